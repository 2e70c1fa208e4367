"""What each tool deployed is known again, and a release beside it is not."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from release import recorded
from release.recorded import live, write

from flowguard.release import Likeness, Live, Match, compare, find

EQUAL, DIFFERENT, UNKNOWN = Likeness.EQUAL, Likeness.DIFFERENT, Likeness.UNKNOWN
ZIP = b"PK the code"
SHA = base64.b64encode(hashlib.sha256(ZIP).digest()).decode()


def matches(
    folder: Path, there: Live, stack: str = "app", **options: Any
) -> dict[str, Match]:
    """The comparison with each release that lies in the folder, by where it lies."""
    found = find(folder, stack, **options)
    return {release.source: compare(release, there) for release in found}


# --- osls ---------------------------------------------------------------------------

UPDATE = ".serverless/cloudformation-template-update-stack.json"


def packaged(
    folder: Path, template: dict[str, Any], code: bytes = ZIP, **state: str
) -> Path:
    """The project as osls leaves it."""
    files: dict[str, str | bytes] = {
        UPDATE: json.dumps(template),
        ".serverless/serverless-state.json": recorded.osls_state(**state),
        ".serverless/shop.zip": code,
    }
    return write(folder, files)


def osls(time: str = recorded.TIME, **options: str) -> dict[str, Any]:
    """What osls compiled."""
    return recorded.osls(time, **{"code": SHA, **options})


def test_what_osls_deployed_is_equal(tmp_path: Path) -> None:
    packaged(tmp_path, osls())
    there = live(osls(), "shop-prod", codes={"ApiLambdaFunction": SHA})

    assert matches(tmp_path, there, "shop-prod")[UPDATE] == Match(
        EQUAL, UPDATE, ("template", "code of ApiLambdaFunction")
    )


def test_the_same_packaged_anew_in_another_job_is_equal(tmp_path: Path) -> None:
    packaged(tmp_path, osls(recorded.LATER, deployment="1796119120000"))
    there = live(osls(), "shop-prod", codes={"ApiLambdaFunction": SHA})

    assert matches(tmp_path, there, "shop-prod")[UPDATE].likeness is EQUAL


@pytest.mark.parametrize("versions", [True, False])
@pytest.mark.parametrize("time", [recorded.TIME, recorded.LATER])
def test_a_release_that_changes_code_alone_is_not(
    tmp_path: Path, time: str, *, versions: bool
) -> None:
    mine, theirs = osls(), osls(time, code="b3RoZXI=")
    if not versions:
        for template in (mine, theirs):
            template.pop("Outputs")
            for name in [*template["Resources"]]:
                if "Version" in name:
                    del template["Resources"][name]
    packaged(tmp_path, mine)
    there = live(theirs, "shop-prod", codes={"ApiLambdaFunction": "b3RoZXI="})

    assert matches(tmp_path, there, "shop-prod")[UPDATE].likeness is DIFFERENT


def test_code_that_lambda_does_not_tell_is_no_ground_for_equal(tmp_path: Path) -> None:
    mine, theirs = osls(recorded.LATER), osls()
    for template in (mine, theirs):
        del template["Outputs"], template["Resources"][f"ApiLambdaVersion{SHA[:6]}"]
    packaged(tmp_path, mine)

    match = matches(tmp_path, live(theirs, "shop-prod"), "shop-prod")[UPDATE]

    assert match.likeness is UNKNOWN
    assert match.not_compared == (
        (
            "code of ApiLambdaFunction: its name in S3 is not made from its content, and "
            "the file is not at hand"
        ),
    )


def test_the_very_package_is_known_by_its_time(tmp_path: Path) -> None:
    """Also where AWS tells nothing of the code, and shows `?` for letters."""
    mine = osls()
    variables = mine["Resources"]["ApiLambdaFunction"]["Properties"]["Environment"]
    variables["Variables"]["GREETING"] = "grüß"
    packaged(tmp_path, mine)
    (tmp_path / ".serverless/shop.zip").unlink()
    shown = json.dumps(mine, ensure_ascii=False).replace("ü", "?").replace("ß", "?")

    match = matches(tmp_path, live(shown, "shop-prod"), "shop-prod")[UPDATE]

    assert match.likeness is EQUAL
    assert match.not_compared == (
        (
            "Resources.ApiLambdaFunction.Properties.Environment.Variables.GREETING: AWS "
            "shows `?` for each letter beyond ASCII"
        ),
    )


def test_a_plugin_that_changes_the_template_at_the_deploy_is_told(
    tmp_path: Path,
) -> None:
    packaged(tmp_path, osls())
    theirs = osls()
    theirs["Resources"]["ApiLambdaFunction"]["Properties"]["Tags"] = []
    there = live(theirs, "shop-prod", codes={"ApiLambdaFunction": SHA})

    assert matches(tmp_path, there, "shop-prod")[UPDATE] == Match(
        DIFFERENT,
        UPDATE,
        ("code of ApiLambdaFunction",),
        ("Resources.ApiLambdaFunction.Properties.Tags is only in the live template",),
    )


def test_a_stamp_proves_the_release_that_a_plugin_changed(tmp_path: Path) -> None:
    stamp = {"flowguard": {"release": "3f2c9d1"}}
    packaged(tmp_path, osls() | {"Metadata": stamp})
    theirs = osls(recorded.LATER) | {"Metadata": stamp}
    theirs["Resources"]["ApiLambdaFunction"]["Properties"]["Tags"] = []

    match = matches(tmp_path, live(theirs, "shop-prod"), "shop-prod")[UPDATE]

    assert match.likeness is EQUAL
    assert match.compared[0] == "stamp"
    other = live(
        theirs | {"Metadata": {"flowguard": {"release": "4a2c9d1"}}}, "shop-prod"
    )
    assert matches(tmp_path, other, "shop-prod")[UPDATE].likeness is DIFFERENT


def test_a_package_of_another_stage_is_no_candidate(tmp_path: Path) -> None:
    packaged(tmp_path, osls(), stage="dev")

    assert find(tmp_path, "shop-prod") == ()
    assert [release.stack_name for release in find(tmp_path, "shop-dev")] == [
        "shop-dev"
    ]


def test_a_package_in_another_folder_is_found_by_the_command(tmp_path: Path) -> None:
    packaged(tmp_path, osls())
    (tmp_path / ".serverless").rename(tmp_path / "out")
    argv = ["npx", "osls", "deploy", "--stage", "prod", "--package", "out"]

    [found] = find(tmp_path, "shop-prod", argv=argv)

    assert found.source == "out/cloudformation-template-update-stack.json"


def test_what_a_first_deploy_begins_with_is_a_candidate_too(tmp_path: Path) -> None:
    """Its update failed, and the stack has its bucket alone."""
    packaged(tmp_path, osls())
    begun = {"Resources": {"ServerlessDeploymentBucket": {"Type": "AWS::S3::Bucket"}}}
    name = ".serverless/cloudformation-template-create-stack.json"
    write(tmp_path, {name: json.dumps(begun)})

    found = matches(tmp_path, live(begun, "shop-prod"), "shop-prod")

    assert {source: match.likeness for source, match in found.items()} == {
        UPDATE: DIFFERENT,
        name: EQUAL,
    }


# --- SAM ----------------------------------------------------------------------------

BUILT = ".aws-sam/build/template.yaml"


def test_what_sam_built_and_deployed_is_equal(tmp_path: Path) -> None:
    write(tmp_path, recorded.SAM_PROJECT)
    there = live(recorded.SAM_LIVE, parameters={"Stage": "prod"})

    found = matches(tmp_path, there, template=tmp_path / "template.yaml")

    everything = (
        "template",
        "code of Api",
        "code of Other",
        "ContentUri of Layer",
        "parameter Stage",
    )
    assert found == {
        BUILT: Match(EQUAL, BUILT, everything),
        "template.yaml": Match(EQUAL, "template.yaml", everything),
    }


def test_another_code_than_sam_built_is_different(tmp_path: Path) -> None:
    write(tmp_path, recorded.SAM_PROJECT)
    write(tmp_path, {".aws-sam/build/Api/app.py": recorded.MAIN.replace("200", "500")})
    there = live(recorded.SAM_LIVE, parameters={"Stage": "prod"})

    match = matches(tmp_path, there)[BUILT]

    assert match.likeness is DIFFERENT
    assert match.differences == ("code of Api: another file was uploaded",)


def test_source_alone_does_not_tell_what_was_built(tmp_path: Path) -> None:
    """A build adds the libraries: its checksum is another, and that says nothing."""
    write(tmp_path, recorded.SAM_PROJECT)
    write(tmp_path, {"src/requirements.txt": "pg8000\n"})
    there = live(recorded.SAM_LIVE, parameters={"Stage": "prod"})

    match = matches(tmp_path, there, template=tmp_path / "template.yaml")[
        "template.yaml"
    ]

    assert match.likeness is UNKNOWN
    assert all("keep `.aws-sam/build/`" in why for why in match.not_compared)


def test_another_parameter_is_another_release(tmp_path: Path) -> None:
    write(tmp_path, recorded.SAM_PROJECT)
    there = live(recorded.SAM_LIVE, parameters={"Stage": "secret-stage"})

    match = matches(tmp_path, there)[BUILT]

    assert match.likeness is DIFFERENT
    assert match.differences == ("parameter Stage has another value",)
    assert "secret-stage" not in str(match)


def test_parameters_of_the_command_take_the_place_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, recorded.SAM_PROJECT)
    argv = ["sam", "deploy", "--parameter-overrides", "Stage=qa"]

    assert {r.parameters["Stage"] for r in find(tmp_path, "app", argv=argv)} == {"qa"}


# --- the AWS CLI --------------------------------------------------------------------

DEPLOY = ["aws", "cloudformation", "deploy", "--template-file", "packaged.yaml"]


def test_what_the_cli_packaged_and_deployed_is_equal(tmp_path: Path) -> None:
    write(tmp_path, recorded.CLI_PROJECT)
    there = live(
        recorded.CLI_PACKAGED, parameters={"Stage": "prod", "Password": "****"}
    )
    argv = [*DEPLOY, "--parameter-overrides", "Stage=prod", "Password=x y=z"]

    match = matches(tmp_path, there, argv=argv)["packaged.yaml"]

    assert match == Match(
        EQUAL,
        "packaged.yaml",
        ("template", "code of Fn", "parameter Stage"),
        (),
        ("parameter Password: its value is hidden",),
    )


def test_another_key_is_another_release(tmp_path: Path) -> None:
    write(tmp_path, recorded.CLI_PROJECT)
    other = recorded.CLI_PACKAGED.replace(recorded.CLI_KEY, "0" * 32)

    match = matches(tmp_path, live(other), argv=DEPLOY)["packaged.yaml"]

    assert match.likeness is DIFFERENT
    assert match.differences == ("code of Fn: another file is named",)


def test_the_clis_zip_cannot_be_told_from_the_source(tmp_path: Path) -> None:
    write(tmp_path, recorded.CLI_PROJECT)
    (tmp_path / "packaged.yaml").unlink()

    match = matches(tmp_path, live(recorded.CLI_PACKAGED))["template.yaml"]

    assert match.likeness is UNKNOWN


# --- CDK ----------------------------------------------------------------------------


def test_what_the_cdk_deployed_is_equal(tmp_path: Path) -> None:
    text = json.dumps(recorded.CDK_TEMPLATE)
    inner = "cdk.out/assembly-Prod"
    files = {
        "cdk.out/manifest.json": recorded.cdk_manifest(
            ("app", ""), ("Else", ""), within=("assembly-Prod",)
        ),
        "cdk.out/app.template.json": text,
        "cdk.out/Else.template.json": "{}",
        f"{inner}/manifest.json": recorded.cdk_manifest(("ProdShop", "prod-shop")),
        f"{inner}/ProdShop.template.json": text,
    }
    write(tmp_path, files)
    again = json.loads(text)
    again["Resources"]["CDKMetadata"]["Properties"]["Analytics"] = "another version"
    again["Resources"]["Fn9270CBC0"]["Metadata"]["aws:asset:path"] = "elsewhere"

    for stack, source in (
        ("app", "cdk.out/app.template.json"),
        ("prod-shop", f"{inner}/ProdShop.template.json"),
    ):
        assert matches(tmp_path, live(again, stack), stack) == {
            source: Match(
                EQUAL,
                source,
                ("template", "code of Fn9270CBC0"),
                (),
                (
                    (
                        "parameter BootstrapVersion: which value this pipeline gives is "
                        "not known"
                    ),
                ),
            )
        }


def test_another_asset_is_another_release(tmp_path: Path) -> None:
    text = json.dumps(recorded.CDK_TEMPLATE)
    manifest = recorded.cdk_manifest(("app", ""))
    files = {"cdk.out/manifest.json": manifest, "cdk.out/app.template.json": text}
    write(tmp_path, files)

    there = live(text.replace(f"{recorded.CDK_KEY}.zip", f"{'0' * 64}.zip"))

    assert matches(tmp_path, there)["cdk.out/app.template.json"].likeness is DIFFERENT
