"""Releases in a folder that somebody else may have filled."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zipfile
from pathlib import Path

import pytest
from release import recorded
from release.recorded import live, write

from flowguard.errors import TemplateError
from flowguard.release import Likeness, compare, find
from flowguard.release.digests import Digester

FIXED = """\
Parameters: {Release: {Type: String}}
Resources:
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      Code: {S3Bucket: code, S3Key: !Sub "builds/app-${Release}.zip"}
"""


def sha(content: bytes) -> str:
    """As Lambda gives it."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


# --- where a release lies -----------------------------------------------------------


def test_the_named_template_comes_first_and_is_read_or_refused(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": "Resources: {}", "template.yaml": "Resources: {}"})

    found = find(tmp_path, "app", template=tmp_path / "a.yaml")

    assert [release.source for release in found] == ["a.yaml", "template.yaml"]
    write(tmp_path, {"a.yaml": "Resources: {"})
    with pytest.raises(TemplateError):
        find(tmp_path, "app", template=tmp_path / "a.yaml")


def test_a_template_is_found_once(tmp_path: Path) -> None:
    write(tmp_path, recorded.CLI_PROJECT)
    argv = ["aws", "cloudformation", "deploy", "--template-file", "./packaged.yaml"]

    found = find(tmp_path, "app", template=tmp_path / "packaged.yaml", argv=argv)

    assert [release.source for release in found] == ["packaged.yaml"]


EVERY_TOOLS = {
    **recorded.CLI_PROJECT,
    "cdk.out/manifest.json": recorded.cdk_manifest(("app", "")),
    "cdk.out/app.template.json": "Resources: {}",
    ".serverless/cloudformation-template-update-stack.json": "Resources: {}",
    "own.yaml": "Resources: {}",
}
SLS = ".serverless/cloudformation-template-update-stack.json"
CDK = "cdk.out/app.template.json"


@pytest.mark.parametrize(
    ("argv", "sources"),
    [
        ([], ["packaged.yaml", SLS, CDK]),
        (["make", "deploy"], ["packaged.yaml", SLS, CDK]),
        (["npx", "osls", "deploy"], [SLS]),
        (["cdk", "deploy", "--all"], [CDK]),
        (["sam", "deploy"], ["packaged.yaml"]),
        (
            ["aws", "cloudformation", "deploy", "--template-file", "own.yaml"],
            ["own.yaml"],
        ),
        (["bash", "-ec", "npm ci && npx serverless deploy; echo done"], [SLS]),
        (["sh", "-c", "sam build && sam deploy -t 'own.yaml'"], ["own.yaml"]),
        (["sh", "-c", "echo 'unclosed"], ["packaged.yaml", SLS, CDK]),
    ],
)
def test_what_a_command_deploys_from(
    tmp_path: Path, argv: list[str], sources: list[str]
) -> None:
    write(tmp_path, EVERY_TOOLS)

    assert [release.source for release in find(tmp_path, "app", argv=argv)] == sources


def test_serverless_own_file_is_no_template(tmp_path: Path) -> None:
    path = write(tmp_path, {"serverless.yml": "service: shop"}) / "serverless.yml"

    assert find(tmp_path, "app", template=path) == ()


def test_a_service_in_a_folder_of_its_own(tmp_path: Path) -> None:
    """What its tool left lies beside the template that is named."""
    package = {
        "serverless.yml": "service: shop",
        ".serverless/serverless-state.json": recorded.osls_state(),
        ".serverless/cloudformation-template-update-stack.json": "Resources: {}",
    }
    write(tmp_path / "services/shop", package)
    write(tmp_path / "services/sam", recorded.SAM_PROJECT)

    def sources(stack: str, template: str) -> list[str]:
        found = find(tmp_path, stack, template=Path(template))
        return [release.source for release in found]

    assert sources("shop-prod", "services/shop/serverless.yml") == [
        "services/shop/.serverless/cloudformation-template-update-stack.json"
    ]
    assert sources("app", "services/sam/template.yaml") == [
        "services/sam/template.yaml",
        "services/sam/.aws-sam/build/template.yaml",
    ]
    [_, built] = find(tmp_path, "app", template=Path("services/sam/template.yaml"))
    there = live(recorded.SAM_LIVE, parameters={"Stage": "prod"})
    assert compare(built, there).likeness is Likeness.EQUAL


def test_a_project_may_package_elsewhere(tmp_path: Path) -> None:
    package = {
        "serverless.yml": "service: shop\npackage: {path: build/out}",
        "build/out/serverless-state.json": recorded.osls_state(),
        "build/out/cloudformation-template-update-stack.json": "Resources: {}",
    }
    write(tmp_path, package)

    assert [release.stack_name for release in find(tmp_path, "shop-prod")] == [
        "shop-prod"
    ]


@pytest.mark.parametrize(
    "name",
    [
        ".serverless/cloudformation-template-update-stack.json",
        "cdk.out/app.template.json",
        "template.yaml",
    ],
)
def test_no_link_leads_out_of_the_project(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"outside.json": '{"Resources": {}}'})
    manifest = recorded.cdk_manifest(("app", ""))
    project = write(tmp_path / "project", {"cdk.out/manifest.json": manifest})
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).symlink_to(tmp_path / "outside.json")

    assert find(project, "app") == ()


def test_a_stack_may_be_named_by_its_id(tmp_path: Path) -> None:
    write(tmp_path, {"samconfig.toml": recorded.SAM_CONFIG, "template.yaml": FIXED})
    arn = "arn:aws:cloudformation:eu-central-1:123456789012:stack/app/1f"

    assert [dict(r.parameters) for r in find(tmp_path, arn)] == [{"Stage": "prod"}]


def test_nothing_lies_there(tmp_path: Path) -> None:
    assert find(tmp_path, "app") == ()


# --- zips that a pipeline uploads by itself -----------------------------------------


def test_a_zip_under_a_fixed_key_is_known_by_what_lambda_runs(tmp_path: Path) -> None:
    write(tmp_path, {"template.yaml": FIXED, "dist/app-1.2.zip": b"code"})
    [mine] = find(tmp_path, "app", parameters={"Release": "1.2"})
    given = {"Release": "1.2"}

    same = compare(mine, live(FIXED, codes={"Fn": sha(b"code")}, parameters=given))
    other = compare(mine, live(FIXED, codes={"Fn": sha(b"else")}, parameters=given))

    assert same.likeness is Likeness.EQUAL
    assert other.differences == ("code of Fn: Lambda runs other code",)


def test_a_fixed_key_without_its_zip_tells_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"template.yaml": FIXED})
    [mine] = find(tmp_path, "app", parameters={"Release": "1.2"})

    match = compare(mine, live(FIXED, codes={"Fn": "x"}, parameters={"Release": "1.2"}))

    assert match.likeness is Likeness.UNKNOWN
    assert match.not_compared[0].startswith("code of Fn: its name in S3")


@pytest.mark.parametrize("known", [True, False])
def test_a_commit_in_a_key_is_one_content_where_it_is_known(
    tmp_path: Path, *, known: bool
) -> None:
    commit = "3f2c9d1e" * 5
    write(tmp_path, {"template.yaml": FIXED})
    given = {"Release": commit}
    [mine] = find(tmp_path, "app", parameters=given if known else {})

    match = compare(mine, live(FIXED, parameters=given))

    assert match.likeness is (Likeness.EQUAL if known else Likeness.UNKNOWN)


def test_zips_beside_the_template_are_uploaded_under_their_digest(
    tmp_path: Path,
) -> None:
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as archive:
        archive.writestr("app.py", "x")
    content = (tmp_path / "code.zip").read_bytes()
    text = "Resources: {Fn: {Type: AWS::Lambda::Function, Properties: {Code: %s}}}"
    write(tmp_path, {"template.yaml": text % "code.zip"})
    [mine] = find(tmp_path, "app")
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()

    there = text % f"{{S3Bucket: pkg, S3Key: pre/{digest}}}"
    other = text % f"{{S3Bucket: pkg, S3Key: pre/{'0' * 32}}}"

    assert compare(mine, live(there)).likeness is Likeness.EQUAL
    assert compare(mine, live(other)).likeness is Likeness.DIFFERENT


# --- hostile folders ----------------------------------------------------------------

HOSTILE = [
    b"",
    b"{",
    b"[]",
    b"7",
    b"null",
    b"\xff\xfe",
    b"a: &a [*a]",
    b"[" * 3000,
    b'{"a":' * 3000,
    b"Resources: 7",
    b"Resources: {A: 7, B: [], C: {Type: 7}, Fn::ForEach::X: [1, 2, 3]}",
    b"Resources: {A: {Type: AWS::Serverless::Function, Properties: 7}}",
    b"Resources: {A: {Type: AWS::Lambda::Function, Properties: {Code: 7}}}",
    b"Resources: {A: {Type: AWS::Lambda::Function, Properties: {Code: /etc/passwd}}}",
    b"Resources: {A: {Type: AWS::Lambda::Function, Properties: {Code: ../../..}}}",
    b'Resources: {A: {Type: AWS::Lambda::Function, Properties: {Code: "a\\0b"}}}',
    b"Transform: [7, {Name: [1]}, {Name: AWS::Include, Parameters: {Location: 7}}]",
    b"Metadata: {flowguard: 7}\nGlobals: 7\nParameters: 7\nConditions: []",
    b'{"artifacts": 7}',
    (
        b'{"artifacts": {"a": 7, "b": {"type": "aws:cloudformation:stack", "properties":'
        b' {"templateFile": "../../../etc/passwd"}}, "c": {"type": "cdk:cloud-assembly",'
        b' "properties": {"directoryName": "."}}}}'
    ),
    b'{"service": [], "package": {"artifactDirectoryName": 7}}',
    (
        b'{"service": {"service": "shop", "provider": {"stackName": "app"}, "functions":'
        b' {"a": {"package": {"artifact": "../../etc/passwd"}}, "b": 7}, "layers": 7}}'
    ),
]
PLACES = (
    "template.yaml",
    "packaged.yaml",
    ".aws-sam/build/template.yaml",
    ".serverless/cloudformation-template-update-stack.json",
    ".serverless/serverless-state.json",
    "cdk.out/manifest.json",
    "cdk.out/app.template.json",
    "samconfig.toml",
)


@pytest.mark.parametrize("content", HOSTILE)
@pytest.mark.parametrize("base", [recorded.SAM_PROJECT, recorded.CLI_PROJECT, {}])
def test_hostile_files_are_passed_over_or_compared(
    tmp_path: Path, content: bytes, base: dict[str, str]
) -> None:
    for place in PLACES:
        folder = tmp_path / place.replace("/", "_")
        write(
            folder, base | {"cdk.out/manifest.json": recorded.cdk_manifest(("app", ""))}
        )
        write(folder, {place: content})
        for release in find(folder, "app"):
            compare(release, live(recorded.CLI_PACKAGED))
            compare(release, live(content.decode("latin-1")))


def test_a_folder_that_leads_out_of_the_project_has_no_checksum(tmp_path: Path) -> None:
    write(tmp_path, {"outside/a": "x", "project/src/a": "x"})
    project = tmp_path / "project"
    assert Digester(project).folder(project / "src")
    assert not Digester(project).folder(tmp_path / "outside")
    assert Digester(project).file(tmp_path / "outside/a") is None

    (project / "src/out").symlink_to(tmp_path / "outside", target_is_directory=True)

    assert not Digester(project).folder(project / "src")
    (project / "src/out").unlink()
    (project / "src/b").symlink_to(tmp_path / "outside/a")
    assert not Digester(project).folder(project / "src")


def test_a_loop_of_links_and_a_pipe_end(tmp_path: Path) -> None:
    write(tmp_path, {"src/a": "x"})
    (tmp_path / "src/again").symlink_to(tmp_path / "src", target_is_directory=True)
    assert not Digester(tmp_path).folder(tmp_path / "src")

    (tmp_path / "src/again").unlink()
    os.mkfifo(tmp_path / "src/pipe")
    assert not Digester(tmp_path).folder(tmp_path / "src")
    assert Digester(tmp_path).file(tmp_path / "src/pipe") is None


def test_what_is_read_of_all_is_bounded(tmp_path: Path) -> None:
    """And each file is read once, however many functions are made from it."""
    write(tmp_path, {"src/a": "x" * 60, "src/b": "x" * 30, "other/c": "x" * 20})
    digester = Digester(tmp_path, most_bytes=100)

    assert digester.folder(tmp_path / "src")
    assert digester.folder(tmp_path / "src")
    assert digester.file(tmp_path / "src/a")
    assert not digester.folder(tmp_path / "other")
    assert not Digester(tmp_path, most_files=1).folder(tmp_path / "src")


def test_a_file_that_was_written_again_is_read_again(tmp_path: Path) -> None:
    write(tmp_path, {"code.zip": b"one"})
    before = Digester(tmp_path).file(tmp_path / "code.zip")
    assert Digester(tmp_path).file(tmp_path / "code.zip") == before

    write(tmp_path, {"code.zip": b"two"})
    os.utime(tmp_path / "code.zip", ns=(1, 1))

    after = Digester(tmp_path).file(tmp_path / "code.zip")
    assert before is not None
    assert after is not None
    assert (before.sha256, after.sha256) == (sha(b"one"), sha(b"two"))


def test_what_a_template_holds_is_not_shown(tmp_path: Path) -> None:
    """Serverless writes decrypted parameters into it."""
    text = "Resources: {A: {Type: Custom::A, Properties: {Password: hunter2}}}"
    write(tmp_path, {"template.yaml": text})
    [mine] = find(tmp_path, "app", parameters={"Secret": "hunter2"})
    there = live(text.replace("hunter2", "hunter3"))

    assert "hunter" not in f"{mine!r} {compare(mine, there)!r}"
    assert "hunter" not in repr(there)


def test_sams_checksum_is_the_one_that_sam_computed(tmp_path: Path) -> None:
    write(tmp_path, {"src/app.py": recorded.MAIN})

    assert Digester(tmp_path).folder(tmp_path / "src") == recorded.SAM_KEY
    assert Digester(tmp_path).folder(tmp_path / "src/app.py") == recorded.SAM_KEY


# --- what AWS does not tell ---------------------------------------------------------


def test_a_template_that_aws_does_not_show_is_not_known(tmp_path: Path) -> None:
    write(tmp_path, {"template.yaml": "Resources: {}"})
    [mine] = find(tmp_path, "app")

    match = compare(mine, live(""))

    assert match.likeness is Likeness.UNKNOWN
    assert match.not_compared == ("the template: AWS did not show it",)


def test_a_release_of_another_stack_is_not_compared() -> None:
    from flowguard.release import LocalRelease

    mine = LocalRelease("cdk.out/", json.loads("{}"), stack_name="other")

    assert compare(mine, live("{}")).likeness is Likeness.UNKNOWN
