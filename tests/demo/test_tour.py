"""`flowguard demo` shows what broke a company's staging."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
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
    """What the demo prints, run as a user runs it: from any folder."""
    ended = subprocess.run(
        DEMO,
        cwd=tmp_path_factory.mktemp("anywhere"),
        env={**os.environ, "PYTHONPATH": PACKAGES},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_a_command_that_is_not_in_path_is_put_there(tmp_path: Path) -> None:
    """`make demo` installs into a folder of its own."""
    ended = subprocess.run(
        DEMO,
        cwd=tmp_path,
        env={"PATH": str(tmp_path), "HOME": str(tmp_path), "PYTHONPATH": PACKAGES},
        check=False,
        capture_output=True,
        text=True,
    )

    assert f"export PATH={Path(sys.executable).parent}:$PATH" in ended.stdout


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


def test_real_command_lines_are_shown(shown: str) -> None:
    assert re.findall(r"^\$ flowguard .*", shown, re.MULTILINE) == [
        "$ flowguard preflight --stage staging",
        "$ flowguard preflight --stage prod",
        "$ flowguard preflight --stage staging",
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

    assert "1 of 3" in capsys.readouterr().out


def test_process_is_left_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    environment, folder = dict(os.environ), Path.cwd()
    folders: list[Path] = []

    def blocked(_: Sequence[str]) -> int:
        folders.append(Path.cwd())
        return 1

    assert demo.run(blocked, serve=False) == 0

    assert (dict(os.environ), Path.cwd()) == (environment, folder)
    assert len(set(folders)) == 1
    assert not folders[0].exists()
    assert capsys.readouterr().out


@pytest.fixture
def served() -> Iterator[subprocess.Popen[str]]:
    """A demo that keeps its account."""
    with subprocess.Popen(
        [*DEMO, "--serve"],
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


def test_missing_extra_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_: str) -> str:
        raise ModuleNotFoundError

    monkeypatch.setattr(pin, "version", missing)

    assert main(["demo"]) == 2

    assert "pip install 'flowguard[demo]'" in capsys.readouterr().err
