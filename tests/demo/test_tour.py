"""`flowguard demo` shows what broke a company's staging."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import boto3
import pytest

import flowguard
from flowguard import demo
from flowguard.cli import main
from flowguard.demo.strict import pin
from flowguard.errors import FlowGuardError

TABLE = "flowlogic-staging-migrations"
AT = r"\n *--> infra/serverless/"
PACKAGES = str(Path(flowguard.__file__).parents[1])
DEMO = [sys.executable, "-m", "flowguard", "demo"]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the demo prints, run as `make demo` does: from any folder, and from a
    virtual environment that is not in PATH."""
    folder = tmp_path_factory.mktemp("anywhere")
    variables = {"PATH": str(folder), "HOME": str(folder), "TMPDIR": str(folder)}
    ended = subprocess.run(
        DEMO,
        cwd=folder,
        env={**variables, "PYTHONPATH": PACKAGES},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def test_a_command_that_is_not_in_path_is_put_there(shown: str) -> None:
    """`make demo` installs into a folder of its own."""
    assert f"export PATH={Path(sys.executable).parent}:$PATH" in shown


def stops(shown: str) -> list[str]:
    """The parts of the demo, one a stop."""
    return shown.split("\n── ")[1:]


@pytest.mark.parametrize(
    ("stop", "finding"),
    [
        # 1: a table exists outside any stack, and holds data.
        (0, rf"error\[name-taken\].*'{TABLE}' already exists.*{AT}resources.yml:76:18"),
        (0, rf"'{TABLE}' already exists: no stack owns it"),
        (0, r"holds: 17 items"),
        (0, r"DeletionPolicy: Retain"),
        # 3: the service name is a temporary one.
        (0, rf"warning\[naming-drift\].*{AT}serverless.yml:3:10"),
        # 6: tables without DeletionPolicy.
        (0, rf"warning\[stateful-resource-unprotected\].*{AT}resources.yml:2:3"),
        # 4: a deploy to prod would make a third production.
        (1, r"error\[duplicate-environment\].*a third production"),
        (1, r"'flowlogic-prod-videos' already exists: stack 'flowlogic-backend-prod'"),
        # 2: the stack of the standard name is DELETE_FAILED.
        (2, r"error\[stack-blocked\].*'flowlogic-backend-staging' is DELETE_FAILED"),
        (2, r"VideosUploadBucket: .*not empty"),
        (2, r"--retain-resources VideosUploadBucket"),
    ],
)
def test_finding_is_shown(shown: str, stop: int, finding: str) -> None:
    assert re.search(finding, stops(shown)[stop])


def test_staging_is_blocked_by_the_one_table_alone(shown: str) -> None:
    errors = re.findall(r"^error\[.*", stops(shown)[0], re.MULTILINE)

    assert len(errors) == 1


@pytest.mark.parametrize(
    ("stop", "line"),
    [
        # 4: the template is sound, and the deploy could be taken back.
        (3, r"go: no findings"),
        (3, r"can be taken back: green"),
        (3, r"snapshot-digest=sha256:[0-9a-f]{64}"),
        (3, r"go: 4 checks: 4 passed"),
        # 5: /health is content, and the users get an error.
        (4, r'GET /health\n200 {"status": "ok", "release": "1.5.0"'),
        (4, r"\nrelease passed\n"),
        (4, r"error\[smoke-failed\]: users: GET /users answers 500, not 2xx.*"),
        (4, r"\n *--> infra/qa/template.yaml:\d+:\d+ \(ApiFunction\)"),
        (4, r"the smoke tests are run again, on what is live now\n"),
        (4, r"compared \d+ things with the snapshot: \d+ as before"),
        (4, r"failed: rolled back and verified, 4 checks: 1 failed, 3 passed"),
        # 6: the release from before answers, with its data.
        (5, r'GET /health\n200 {"status": "ok", "release": "1.4.0"'),
        (5, r'GET /plans\n200 \[("(free|pro|team)"(, )?){3}\]'),
    ],
)
def test_bad_release_is_found_and_taken_back(shown: str, stop: int, line: str) -> None:
    assert re.search(line, stops(shown)[stop])


def test_smoke_tests_pass_after_the_rollback(shown: str) -> None:
    _, after = shown.split("the smoke tests are run again")

    assert "\nusers passed\n" in after


def test_rollback_changes_the_function_alone(shown: str) -> None:
    events = re.findall(r"^\d\d:\d\d:\d\d [A-Z_]+ (.+)$", shown, re.MULTILINE)

    assert set(events) == {"flowlogic-backend-qa", "ApiFunction"}


def test_report_is_where_the_demo_says(shown: str) -> None:
    [path] = re.findall(r"^/\S+/report\.html$", shown, re.MULTILINE)
    report = Path(path).read_text(encoding="utf-8")

    assert "rolled back and verified" in report
    assert "GET /users answers 500" in report


def test_real_command_lines_are_shown(shown: str) -> None:
    commands = re.findall(r"^\$ flowguard (\w+).*", shown, re.MULTILINE)
    codes = re.findall(r"^\(exit code (\d)\)$", shown, re.MULTILINE)

    assert list(zip(commands, codes, strict=True)) == [
        ("preflight", "1"),
        ("preflight", "1"),
        ("preflight", "1"),
        ("preflight", "0"),
        ("snapshot", "0"),
        ("smoke", "0"),
        ("verify", "4"),
    ]


def test_rule_that_is_offered_to_be_explained_exists(
    shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    [rule] = re.findall(r"flowguard explain (\S+)", shown)

    assert main(["explain", rule]) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize("code", [0, 2])
def test_demo_that_does_not_hold_is_told(
    capsys: pytest.CaptureFixture[str], code: int
) -> None:
    def other(_: Sequence[str]) -> int:
        return code

    with pytest.raises(FlowGuardError, match=f"ended with exit code {code}, where"):
        demo.run(other, serve=False)

    assert "1 of 6" in capsys.readouterr().out


def test_process_is_left_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    environment, folder = dict(os.environ), Path.cwd()
    folders: list[Path] = []

    def blocked(_: Sequence[str]) -> int:
        folders.append(Path.cwd())
        return 1

    with pytest.raises(FlowGuardError, match="1, where the demo shows 0"):
        demo.run(blocked, serve=False)

    assert (dict(os.environ), Path.cwd()) == (environment, folder)
    assert {path.name for path in folders} == {"serverless", "qa"}
    assert not any(path.exists() for path in folders)
    assert capsys.readouterr().out


PLAYED = """
import sys
import flowguard.cli.demo
from flowguard.cli import main

CODES = {"smoke": 0, "verify": 4}

def played(argv):
    if argv[0] == "preflight":
        return 1 if "--stage" in argv else main(argv)
    return CODES[argv[0]] if argv[0] in CODES else main(argv)

flowguard.cli.demo.main = played
sys.exit(main(["demo", "--serve"]))
"""
"""The demo's command, whose stops take no time."""


@pytest.fixture
def served() -> Iterator[subprocess.Popen[str]]:
    """A demo that keeps its account."""
    with subprocess.Popen(
        [sys.executable, "-c", PLAYED],
        env={**os.environ, "PYTHONPATH": PACKAGES},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_served_account_is_there_until_it_is_ended(
    served: subprocess.Popen[str],
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
) -> None:
    assert served.stdout is not None
    folder = Path()
    for line in served.stdout:
        if export := re.fullmatch(r"export (\w+)=(\S+)\n", line):
            monkeypatch.setenv(export[1], export[2])
        if line.startswith("cd /"):
            folder = Path(line.removeprefix("cd ").strip())
        if "osls deploy" in line:
            break
    tables = boto3.client("dynamodb").list_tables()["TableNames"]
    assert TABLE in tables
    assert "service: flowlogic-backend-staging-v2" in (
        folder / "serverless.yml"
    ).read_text(encoding="utf-8")

    served.send_signal(number)

    assert served.wait(timeout=20) == 0
    assert not folder.exists()


@pytest.mark.parametrize("name", ["ministack", "cryptography"])
def test_missing_extra_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    def missing(asked: str) -> str:
        if asked == name:
            raise ModuleNotFoundError
        return version(asked)

    monkeypatch.setattr(pin, "version", missing)

    assert main(["demo"]) == 2

    said = capsys.readouterr().err
    assert f"needs {name}" in said
    assert "pip install 'flowguard[demo]'" in said
