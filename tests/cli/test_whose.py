"""Whose deploy `flowguard verify` takes it for, by what lies in the folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.test_guarded import SPEC, environment, report
from guard.service import NAME, Site, serving_site

from flowguard.cli import main

ONE, TWO = b"release 1", b"release 2"


def key(code: bytes) -> str:
    """As `aws cloudformation package` names it."""
    return hashlib.md5(code, usedforsecurity=False).hexdigest()


def packaged(code: bytes) -> str:
    """The service, whose topic's name is a parameter."""
    where = {"S3Bucket": "artifacts", "S3Key": key(code)}
    function = {"FunctionName": "orders-api", "Code": where}
    topic = {"DisplayName": {"Ref": "Stage"}}
    resources = {
        "Api": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": topic},
    }
    stage = {"Type": "String", "Default": "staging"}
    return json.dumps({"Parameters": {"Stage": stage}, "Resources": resources})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The first release, and the folder that it was deployed from."""
    with serving_site() as site:
        site.fake.tick = 20
        for code in (ONE, TWO):
            site.fake.world.store("artifacts", key(code), code)
        for name, value in environment(site).items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("GITHUB_SHA", raising=False)
        monkeypatch.chdir(tmp_path)
        (tmp_path / ".git").mkdir()
        (tmp_path / "smoke.yml").write_text(SPEC.format(port=site.port))
        (tmp_path / "packaged.yaml").write_text(packaged(ONE))
        yield site


def up(site: Site) -> None:
    """The first release is live, and a snapshot of it is taken."""
    site.stage.create(packaged(ONE))
    known = ("--stack-name", NAME, "--template", "packaged.yaml")
    assert main(["preflight", *known, "--output", "json=pre.json"]) == 0
    kept = ("--keep", "s3://snapshots/x", "--preflight", "pre.json")
    told = ("--stack-name", NAME, "--output", "before.json")
    assert main(["snapshot", *told, *kept]) == 0


def verify(*more: str) -> tuple[int, Any]:
    """`flowguard verify`: its exit code, and what its report says of the deploy."""
    known = ("--stack-name", NAME, "--snapshot", "before.json")
    code = main(["verify", *known, "--output", "json=report.json", *more])
    return code, report("report.json")["rollback"]


def again(site: Site, stage: str = "staging", **more: Any) -> None:
    """A deploy of what is live, as somebody makes it in the console."""
    given = [{"ParameterKey": "Stage", "ParameterValue": stage}]
    site.stage.deploy(packaged(ONE), Parameters=given, **more)


TAGS: dict[str, Any] = {"Tags": [{"Key": "team", "Value": "orders"}]}


@pytest.mark.parametrize("how", [{"stage": "oops"}, TAGS], ids=["value", "tags"])
def test_a_deploy_of_what_was_live_already_is_not_proven_ours(
    site: Site, how: dict[str, Any]
) -> None:
    """Our own deploy changed nothing; a colleague changed a value in the console."""
    up(site)
    again(site, **how)
    site.broken = {key(ONE)}

    code, deploy = verify()

    assert code == 3
    assert deploy["ownership"]["whose"] == "unproven"
    assert deploy["plan_hash"]
    assert "create_change_set" not in site.changed()


def test_a_known_parameter_tells_such_deploys_apart(site: Site) -> None:
    up(site)
    again(site, "two")
    site.broken = {key(ONE)}

    assert verify("--parameter", "Stage=staging")[0] == 3
    _, deploy = verify("--parameter", "Stage=two", "--dry-run")
    assert deploy["ownership"]["whose"] == "ours"


def test_a_deploy_of_what_was_live_already_stays_where_it_works(site: Site) -> None:
    up(site)
    again(site, **TAGS)

    assert verify()[0] == 0


# --- what is named ----------------------------------------------------------------------


def edited(path: str, **fields: str) -> str:
    """A record with other values."""
    known = json.loads(Path(path).read_text())
    Path("edited.json").write_text(json.dumps(known | fields))
    return "edited.json"


def test_what_is_named_must_be_of_this_stack_and_name_one_deploy(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    up(site)
    site.stage.deploy(packaged(TWO))
    site.broken = {key(TWO)}
    assert main(["record", "--stack-name", NAME, "--output", "made.json"]) == 0
    known = ("verify", "--stack-name", NAME, "--snapshot", "before.json")

    other = edited("made.json", stack_id=site.stage.id.replace("1111", "2222"))
    assert main([*known, "--record", other]) == 2
    assert "the snapshot is of" in capsys.readouterr().err
    assert main([*known, "--deployed-change-set", "release-7"]) == 2
    assert "'release-7' is no ARN of a change set" in capsys.readouterr().err
    assert "create_change_set" not in site.changed()


# --- the first release ------------------------------------------------------------------


def test_the_first_release_of_a_tool_that_creates_and_then_updates(site: Site) -> None:
    """There is nothing to go back to, and nobody forgot a snapshot."""
    took = main(
        ["snapshot", "--stack-name", NAME, "--output", "before.json", "--no-templates"]
    )
    assert took == 0
    bucket = {"ServerlessDeploymentBucket": {"Type": "AWS::S3::Bucket"}}
    site.stage.create(json.dumps({"Resources": bucket}))
    body = json.loads(packaged(ONE))
    body["Resources"] |= bucket
    Path("packaged.yaml").write_text(json.dumps(body))
    site.stage.deploy(json.dumps(body))
    site.broken = {key(ONE)}

    code, deploy = verify()

    assert (code, deploy["row"]) == (1, "B7")
    assert "first release" in deploy["reasons"][0]
