"""The command line: help, usage errors, exit codes, signals."""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys

import pytest

from flowguard import __version__
from flowguard.cli import main
from flowguard.cli.commands import COMMANDS

TEMPLATE = """\
Resources:
  Users:
    Type: AWS::DynamoDB::Table
    Properties: {TableName: users}
"""


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A folder with a template, and no AWS anywhere near."""
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


PATIENCE = 30
"""Seconds after which a test waits no more."""
OFFLINE = ["preflight", "--offline", "--stack-name", "app"]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"flowguard {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--help"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: flowguard {command}")
    codes = [line for line in said.splitlines() if re.match("  [0-5]  ", line)]
    assert not any("--fail-on" in line for line in codes), "few have that option"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--versoin"], "did you mean '--version'?"),
        (["prefligt"], "there is no command 'prefligt'; did you mean 'preflight'?"),
        (["preflight", "--stack", "x"], "'--stack'; did you mean '--stack-name'?"),
        (["rollback", "--stak-name=x"], "'--stak-name'; did you mean '--stack-name'?"),
        (["preflight", "more"], "does not know 'more'"),
        (["preflight", "--fail-on", "bad"], "--fail-on cannot be 'bad'"),
        (["preflight", "--fail-on=warnin"], "did you mean 'warning'?"),
        (["smoke", "innit"], "did you mean 'init'?"),
        (["rollback"], "the command 'rollback' needs --stack-name NAME"),
        (
            ["snapshot", "--stack-name=x", "--output=y"],
            "needs --keep s3://BUCKET/PREFIX or --kms-key ARN or --no-templates",
        ),
        (
            ["smoke", "--baseline=a", "--against=b"],
            "--against and --baseline exclude each other",
        ),
        (["deploy", "--stack-tag", "team"], "--stack-tag 'team' has no value"),
        (["smoke", "--variable", "key"], "--variable 'key' has no value"),
        (["explain", "name-takn"], "did you mean name-taken?"),
        ([*OFFLINE, "--output", "word=x"], "--output: 'word=x' is not FORMAT=PATH"),
        ([*OFFLINE, "--parameter", "Stage"], "--parameter 'Stage' has no value"),
        ([*OFFLINE, "--accept", "nametaken"], "did you mean name-taken?"),
        ([*OFFLINE, "--output", "json=-"], "write --format json"),
        ([*OFFLINE, "--template", "no.yaml"], "no.yaml cannot be read"),
        (["preflight", "--offline"], "does not say which stack"),
        ([*OFFLINE, "--config", "no.yml"], "no.yml"),
    ],
)
def test_what_cannot_be_is_told_with_the_next_step(
    argv: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(argv) == 2
    printed = capsys.readouterr().err
    assert message in printed
    assert "Traceback" not in printed


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 0),
        (["--fail-on", "warning"], 1),
        (["--fail-on", "warning", "--accept", "stateful-resource-unprotected"], 0),
        (["--fail-on", "never"], 0),
        (["--strict"], 3),
    ],
)
def test_what_blocks_is_the_users_choice(options: list[str], code: int) -> None:
    assert main([*OFFLINE, *options]) == code


def test_a_strict_run_without_aws_could_not_tell(
    folder: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nobody asked cannot be told to be well, though each rule has passed."""
    assert main([*OFFLINE, "--output", "json=loose.json"]) == 0
    assert main([*OFFLINE, "--strict", "--output", "json=strict.json"]) == 3

    verdicts = [
        json.loads((folder / name).read_text())["verdict"]
        for name in ("loose.json", "strict.json")
    ]
    assert verdicts == ["pass", "inconclusive"]
    assert "could not tell" in capsys.readouterr().out


def test_several_reports_in_one_run(folder: pathlib.Path) -> None:
    formats = ("plain", "json", "github", "markdown", "sarif", "junit")
    wanted = [f"--output={name}=out/report.{name}" for name in formats]

    assert main([*OFFLINE, *wanted]) == 0
    for name in formats:
        text = (folder / "out" / f"report.{name}").read_text()
        assert "stateful-resource-unprotected" in text


@pytest.mark.usefixtures("folder")
def test_no_credentials_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["preflight", "--stack-name", "app", "--region", "eu-central-1"]

    assert main(argv) == 2
    problem, help_line = capsys.readouterr().err.strip().splitlines()
    assert "credentials" in problem
    assert help_line.startswith("  help: ")


@pytest.mark.usefixtures("folder")
def test_an_unreachable_aws_is_one_line_soon(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")

    code = main(["preflight", "--stack-name", "app", "--region", "eu-central-1"])

    assert code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 2


def test_without_a_command_it_says_what_there_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 2
    assert "start with: flowguard demo" in capsys.readouterr().out


def test_a_stage_that_looks_mistyped_is_asked_about(
    folder: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "flowguard.yml").write_text("stages: {staging: {aliases: [stg]}}\n")

    assert main([*OFFLINE, "--stage", "stagng"]) == 2
    assert "did you mean staging?" in capsys.readouterr().err
    assert main([*OFFLINE, "--stage", "pr-481"]) == 0


def test_a_configuration_of_another_spelling_is_not_passed_over(
    folder: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "flowguard.yaml").write_text("rules: {name-taken: info}\n")

    assert main(OFFLINE) == 2
    assert "the configuration is called flowguard.yml" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "options", "region"),
    [
        ({}, [], "eu-west-1"),
        ({"AWS_REGION": "us-east-2"}, [], "us-east-2"),
        ({"AWS_REGION": "us-east-2"}, ["--region", "ap-south-1"], "ap-south-1"),
    ],
)
def test_the_region_is_the_one_that_the_deploy_would_take(
    environment: dict[str, str],
    options: list[str],
    region: str,
    folder: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What flowguard.yml says of a stage is held against it, not put in its place."""
    (folder / "flowguard.yml").write_text("stages: {prod: {region: eu-west-1}}\n")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    code = main([*OFFLINE, "--stage", "prod", *options, "--output", "json=r.json"])

    document = json.loads((folder / "r.json").read_text())
    assert document["target"]["region"] == region
    assert code == (0 if region == "eu-west-1" else 1)


def test_a_sam_template_needs_no_region_on_the_command_line(
    folder: pathlib.Path,
) -> None:
    (folder / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Resources:\n  Data: {Type: 'AWS::Serverless::SimpleTable'}\n"
    )

    assert main(OFFLINE) == 0


def test_a_configuration_turns_rules_off(folder: pathlib.Path) -> None:
    (folder / "flowguard.yml").write_text(
        "rules:\n  stateful-resource-unprotected: off\n"
    )

    assert main([*OFFLINE, "--fail-on", "warning"]) == 0


@pytest.mark.parametrize("what", ["config", "report"])
def test_schemas_are_printed(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", what]) == 0
    assert "$schema" in json.loads(capsys.readouterr().out)


def test_permissions_are_a_policy_of_reads(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["permissions"]) == 0
    policy = json.loads(capsys.readouterr().out)
    actions = {a for statement in policy["Statement"] for a in statement["Action"]}
    assert "cloudformation:DescribeStacks" in actions
    reads = ("Describe", "Get", "List", "BatchGet", "GET", "Search", "View")
    assert {a for a in actions if not a.partition(":")[2].startswith(reads)} == set()
    assert "secretsmanager:GetSecretValue" not in actions


def test_rules_are_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    listed = capsys.readouterr().out
    assert main(["explain", "name-taken"]) == 0
    explained = capsys.readouterr().out
    assert "name-taken" in listed
    assert "## How to fix" in explained


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_cleanly(
    sent: signal.Signals, folder: pathlib.Path
) -> None:
    """AWS takes the connection and never answers; the signal comes meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
        }
        options = ["--stack-name", "app", "--region", "eu-central-1"]
        with subprocess.Popen(
            [sys.executable, "-m", "flowguard", "preflight", *options],
            cwd=folder,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                connection, _ = silent.accept()
                process.send_signal(sent)
                _, printed = process.communicate(timeout=PATIENCE)
                connection.close()
            finally:
                process.kill()

    assert process.returncode == 2
    assert printed.strip().splitlines()[-1] == (
        "flowguard: interrupted; nothing was changed"
    )
    assert "Traceback" not in printed


NO_NUMBERS = (
    *("nan", "inf", "-inf", "-1", "0", "1e400", "1e300", "-0.0", "five", ""),
    *("1_0", "\u0661\u0662"),
)


def numbers() -> list[tuple[str, str]]:
    """Every option that takes a number, with its command."""
    return [
        (name, f"--{option.key}")
        for name, kind in COMMANDS.items()
        for option in kind.options.values()
        if option.metavar in {"MINUTES", "HOURS", "SECONDS", "N"}
    ]


def test_there_are_options_that_take_numbers() -> None:
    assert ("rollback", "--timeout") in numbers()
    assert ("deploy", "--window") in numbers()


@pytest.mark.parametrize("text", NO_NUMBERS)
@pytest.mark.parametrize(("command", "option"), numbers())
def test_a_number_that_no_clock_can_wait_for_is_a_usage_error(
    command: str, option: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if option == "--window" and text in {"0", "-0.0"}:
        return  # no window is a window
    unnamed = command == "smoke"
    named = [] if unnamed else ["--stack-name", "app"]

    assert main([command, *named, f"{option}={text}"]) == 2

    printed = capsys.readouterr().err
    assert option in printed
    unit = "hours" if option == "--baseline-age" else "minutes"
    assert f"number of {unit}" in printed
