"""`flowguard verify`, `deploy` and `guard`, as commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cloudformation import Call, Refused
from guard.service import NAME, Site, serving_site, template

from flowguard.cli import main
from flowguard.report.schema import report_schema
from flowguard.rollback import snapshot_file

CANARY = "canary-5e1fb7"
SPEC = """\
base: http://127.0.0.1:{port}
checks: {{health: {{get: /health}}}}
gate: {{spread: 0.2s, miss: 30%}}
"""
RELEASE = ["deploy", "--stack-name", NAME, "--template", "2.json"]
GUARD = ["guard", "--stack-name", NAME]
TOUCH = ["--", sys.executable, "-c", "open('touched', 'w')"]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The first release, and a folder with what FlowGuard reads."""
    with serving_site() as site:
        site.up()
        # What describes a stack lets so much time pass that few questions are asked.
        site.fake.tick = 20
        for name, value in environment(site).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        (tmp_path / ".git").mkdir()
        (tmp_path / "smoke.yml").write_text(SPEC.format(port=site.port))
        for release in (1, 2, 3):
            Path(f"{release}.json").write_text(template(release))
        yield site


def environment(site: Site) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": site.fake.url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def report(path: str) -> Any:
    """The report that a command wrote, which fits its schema."""
    written = json.loads(Path(path).read_text())
    jsonschema.validate(written, report_schema())
    return written


def test_a_bad_release_is_deployed_cancelled_and_proven(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["deploy", "--stack-name", NAME, "--template", "2.json"]

    code = main([*argv, "--window", "120m", "--output", "json=report.json"])

    assert code == 4
    assert site.status == "UPDATE_ROLLBACK_COMPLETE"
    written = report("report.json")
    assert (written["command"], written["verdict"]) == ("deploy", "block")
    assert written["rollback"]["row"] == "B1"
    assert written["rollback"]["verified"] is True
    assert [r["outcome"] for r in written["smoke"]["results"]] == ["failed"]
    out, err = capsys.readouterr()
    assert "rolled back" in out
    assert "Modify Api" in err
    assert "UPDATE_ROLLBACK_COMPLETE" in err


def test_what_was_broken_before_is_not_taken_back(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.broken = {"orders/1.zip", "orders/3.zip"}
    argv = ["deploy", "--stack-name", NAME, "--template", "3.json", "--window", "0"]

    code = main([*argv, "--output", "json=report.json"])

    assert "run before the deploy" in capsys.readouterr().err
    assert report("report.json")["rollback"]["row"] == "B9"
    assert code == 0
    assert site.code() == "orders/3.zip"


def test_a_bad_release_of_a_run_that_was_killed_is_not_what_was_before(
    site: Site,
) -> None:
    """Its window went by; the same command again must not take it for the old one."""
    argv = ["deploy", "--stack-name", NAME, "--template", "2.json"]
    killed = subprocess.Popen(
        [sys.executable, "-m", "flowguard", *argv, "--window", "1m"],
        env={**os.environ, **environment(site)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert killed.stderr
    for line in killed.stderr:
        if "the window is open" in line:
            break
    killed.kill()
    killed.communicate()
    site.fake.settle()

    code = main([*argv, "--window", "1m", "--output", "json=report.json"])

    assert code == 1
    assert site.code() == "orders/2.zip"
    assert [r["outcome"] for r in report("report.json")["smoke"]["results"]] == [
        "failed"
    ]


@pytest.mark.parametrize("written", ["true", "TRUE", 1, "yes"])
def test_a_secret_parameter_is_shown_nowhere(
    written: object, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    body = json.loads(template(2))
    body["Parameters"]["Key"] = {"Type": "String", "NoEcho": written}
    Path("secret.json").write_text(json.dumps(body))
    site.fake.script("Api", "update", f"Value {CANARY} is no key")
    argv = ["deploy", "--stack-name", NAME, "--template", "secret.json", "--verbose"]

    code = main([*argv, "--parameter", f"Key={CANARY}", "--output", "json=report.json"])

    assert code == 1
    assert "is no key" in Path("report.json").read_text()
    assert CANARY not in Path("report.json").read_text()
    assert CANARY not in "".join(capsys.readouterr())
    site.fake.on("create_change_set", 0, refused)
    assert main([*argv, "--parameter", f"Key={CANARY}"]) == 2
    said = capsys.readouterr()
    assert "cannot be used" in said.err
    assert CANARY not in said.err


def refused(_call: Call) -> None:
    raise Refused("ValidationError", f"{CANARY} cannot be used")


def test_a_good_deploy_is_verified(site: Site) -> None:
    site.stage.deploy(template(3))

    assert main(["verify", "--stack-name", NAME, "--output", "json=report.json"]) == 0
    assert report("report.json")["rollback"]["decision"] == "keep"


def test_a_bad_deploy_is_no_success_without_a_rollback(site: Site) -> None:
    site.stage.deploy(template(2))

    assert main(["verify", "--stack-name", NAME, "--no-rollback"]) == 1
    assert not site.changed()


def test_another_snapshot_than_the_one_that_is_meant_is_refused(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot = site.stage.snapshot()
    Path("before.json").write_text(snapshot_file.dump(snapshot))
    argv = ["verify", "--stack-name", NAME, "--snapshot", "before.json"]

    code = main([*argv, "--snapshot-digest", f"sha256:{'0' * 64}"])

    assert code == 2
    assert "another snapshot" in capsys.readouterr().err


@pytest.mark.usefixtures("site")
def test_a_command_is_guarded(capsys: pytest.CaptureFixture[str]) -> None:
    """One that deploys nothing here is no success: it may deploy elsewhere."""
    assert main([*GUARD, "--", sys.executable, "-c", "print(7)"]) == 3
    err = capsys.readouterr().err
    assert "| 7" in err
    assert "deployed nothing" in err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["guard", "--stack-name", NAME], "no command"),
        (["deploy", "--template", "1.json"], "nobody says which stack"),
        (["deploy", "--stack-name", NAME, "--template", "none.json"], "none.json"),
        (
            ["deploy", "--stack-name", NAME, "--template", "1.json", "--window", "1h"],
            "minutes",
        ),
        (["deploy", "--stack-name", NAME, "--template", "sls"], "Serverless Framework"),
        (["deploy", "--stack-name", NAME, "--template", "sam.yaml"], "sam package"),
        ([*RELEASE, "--against", "none.json"], "none.json"),
        ([*RELEASE, "--against", "1.json"], "1.json"),
        ([*RELEASE, "--output", "json=1.json/report.json"], "cannot write"),
        ([*RELEASE, "--output", "json=sls"], "cannot write"),
        ([*GUARD, "--against", "none.json", *TOUCH], "none.json"),
        ([*GUARD, "--output", "json=sls", *TOUCH], "cannot write"),
        (["verify", "--stack-name", NAME, "--output", "json=sls"], "cannot write"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is(
    site: Site, capsys: pytest.CaptureFixture[str], argv: list[str], said: str
) -> None:
    Path("sls").mkdir()
    Path("sls/serverless.yml").write_text("service: orders\nprovider: {name: aws}\n")
    function = "{Type: AWS::Serverless::Function, Properties: {CodeUri: ./src}}"
    Path("sam.yaml").write_text(f"Resources: {{Api: {function}}}\n")

    assert main(argv) == 2
    assert said in capsys.readouterr().err
    assert not site.changed()
    assert not Path("touched").exists()


def test_a_report_that_cannot_be_written_after_all_does_not_undo_what_was_done(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    def block(_call: Call) -> None:
        Path("report.json").mkdir(exist_ok=True)

    site.fake.on("execute_change_set", 1, block)
    outputs = ["--output", "json=report.json", "--output", "markdown=report.md"]

    code = main([*RELEASE, "--window", "120m", *outputs])

    assert code == 4
    assert site.status == "UPDATE_ROLLBACK_COMPLETE"
    out, err = capsys.readouterr()
    assert "rolled back" in out
    assert "warning: cannot write the json report to report.json" in err
    assert Path("report.md").read_text()


def test_a_deploy_that_is_refused_leaves_no_empty_report(site: Site) -> None:
    Path("old.json").write_text("old")
    outputs = ["--output", "json=new.json", "--output", "json=old.json"]

    assert main([*RELEASE, "--against", "none.json", *outputs]) == 2
    assert not Path("new.json").exists()
    assert Path("old.json").read_text() == "old"
    assert not site.changed()


@pytest.mark.usefixtures("site")
def test_a_stack_that_is_not_there_is_told_before_the_command_runs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say = [sys.executable, "-c", "print('deploying')"]

    main(["guard", "--stack-name", "nosuch", "--", *say])

    err = capsys.readouterr().err
    told = err.index("there is no stack nosuch in eu-central-1 of account")
    assert told < err.index("check --stack-name and --region") < err.index("deploying")


def test_a_cancelled_workflow_says_what_goes_on(site: Site, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "flowguard", "deploy", "--stack-name", NAME]
    process = subprocess.Popen(
        [*argv, "--template", "2.json", "--window", "170m"],
        cwd=tmp_path,
        env={**os.environ, **environment(site)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    for line in process.stderr:
        if "the window is open" in line:
            break
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)

    assert process.returncode == 3
    assert "goes on in AWS by itself" in out
    assert f"flowguard rollback --stack-name {NAME}" in out
    assert site.changed() == ["create_change_set", "execute_change_set"]
