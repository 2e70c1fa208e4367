"""`flowguard rollback`, as a process and in one, against the account over HTTP."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cloudformation import Call, serving
from rollback.scenarios import SCENARIOS, deployed, in_window, undeletable
from rollback.stage import NAME, Stage

from flowguard.aws.snapshot import take
from flowguard.aws.snapshot_keep import Nowhere
from flowguard.cli import main
from flowguard.model.readiness import Readiness
from flowguard.rollback import record, snapshot_file

PATIENCE = 60
CANARY = "canary-91d4"


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Iterator[Stage]:
    """An account, and a folder that the command is called in."""
    with serving() as fake:
        # A look at the stack takes a minute, so that nobody waits in real time.
        fake.tick = 60
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)
        monkeypatch.setenv("AWS_REGION", "eu-central-1")
        monkeypatch.chdir(tmp_path)
        yield Stage(fake, fake.aws())


def options(stage: Stage) -> list[str]:
    """The snapshot in its file, and the digest that its step printed."""
    asked = ["rollback", "--stack-name", NAME]
    if stage.before is None:
        return asked
    path = pathlib.Path("before.json")
    path.write_text(snapshot_file.dump(stage.before), encoding="utf-8")
    digest = snapshot_file.digest(stage.before)
    return [*asked, "--snapshot", str(path), "--snapshot-digest", digest]


def proof(stage: Stage) -> list[str]:
    """The record that our pipeline wrote right after its deploy."""
    last = stage.fake.stack(NAME).events[-1]["EventId"]
    live = take(stage.aws, NAME, Nowhere(), moving=True)
    path = pathlib.Path("deploy.json")
    path.write_text(record.dump(record.of(live, last)), encoding="utf-8")
    return ["--record", str(path)]


def test_it_rolls_back_and_proves_it(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(stage)

    code = main([*options(stage), *proof(stage), "--output", "json=report.json"])

    told = capsys.readouterr()
    report = json.loads(pathlib.Path("report.json").read_text(encoding="utf-8"))
    assert code == 0
    assert stage.code() == "orders/1.zip"
    assert report["verdict"] == "pass"
    assert report["rollback"]["row"] == "B3"
    assert report["rollback"]["verified"] is True
    assert "UPDATE_COMPLETE orders-staging" in told.err
    assert "B3" in told.out
    assert CANARY not in told.out + told.err + json.dumps(report)


def test_a_dry_run_prints_the_plan_and_changes_nothing(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(stage)
    stage.fake.calls.clear()

    code = main([*options(stage), "--dry-run"])

    assert code == 0
    assert not stage.changed()
    assert "execute" in capsys.readouterr().out


def test_what_destroys_waits_for_its_hash(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    undeletable(stage)

    first = main([*options(stage), "--output", "json=report.json"])
    report = json.loads(pathlib.Path("report.json").read_text(encoding="utf-8"))
    approved = report["rollback"]["plan_hash"]
    wrong = main([*options(stage), "--approve", "0123456789abcdef"])
    second = main([*options(stage), "--approve", approved])

    assert (first, wrong, second) == (3, 3, 0)
    assert f"--approve {approved}" in capsys.readouterr().out


def test_another_snapshot_is_refused(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(stage)
    asked = options(stage)
    path = pathlib.Path("before.json")
    path.write_text(path.read_text().replace("orders-api", "other"), encoding="utf-8")
    stage.fake.calls.clear()

    assert main(asked) == 2
    assert not stage.changed()
    assert "another snapshot" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (["--stack-name", "billing"], "is a snapshot of orders-staging"),
        (["--region", "us-east-1"], "the snapshot is of 111122223333 eu-central-1"),
    ],
)
def test_a_snapshot_of_elsewhere_is_refused(
    changed: list[str], said: str, stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(stage)

    assert main([*options(stage), *changed]) == 2
    assert said in capsys.readouterr().err


def test_a_deploy_that_cannot_be_taken_back_stays(stage: Stage) -> None:
    deployed(stage, Readiness.RED)

    assert main(options(stage)) == 3
    assert stage.code() == "orders/2.zip"


# --- signals ------------------------------------------------------------------------


@contextmanager
def killed_at(
    stage: Stage, operation: str, sent: signal.Signals, *, taken: bool
) -> Iterator[subprocess.Popen[str]]:
    """The command, which gets a signal at a call, before or after AWS takes it."""
    running: list[subprocess.Popen[str]] = []

    def kill(_call: Call) -> None:
        running[0].send_signal(sent)

    stage.fake.on(operation, 1, kill, answered=taken)
    with subprocess.Popen(
        [sys.executable, "-m", "flowguard", *options(stage), *proof(stage)],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        running.append(process)
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize(
    ("row", "operation", "taken"),
    [
        ("B1", "cancel_update_stack", True),
        ("B3", "create_change_set", True),
        ("B3", "execute_change_set", False),
    ],
)
def test_a_killed_process_is_gone_on_with(
    row: str, operation: str, taken: bool, sent: signal.Signals, stage: Stage
) -> None:
    {"B1": in_window, "B3": deployed}[row](stage)
    begun = len(stage.fake.stack(NAME).operations)
    with killed_at(stage, operation, sent, taken=taken) as process:
        printed, told = process.communicate(timeout=PATIENCE)

    code = main([*options(stage), "--record", "deploy.json"])

    assert process.returncode == (3 if sent == signal.SIGTERM else -sent)
    if sent == signal.SIGTERM:
        assert "run this again" in printed
    assert "Traceback" not in told
    assert CANARY not in printed + told
    assert code == 0
    assert stage.status == SCENARIOS[row].status
    assert len(stage.fake.stack(NAME).operations) == begun + 1


def test_a_report_that_cannot_be_written_is_told_before_anything_is_done(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(stage)
    stage.fake.calls.clear()

    code = main([*options(stage), "--output", "json=before.json/report.json"])

    assert code == 2
    assert "cannot write the json report" in capsys.readouterr().err
    assert not stage.changed()
