"""The embedded account starts, is reached by AWS clients alone, and ends."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest

from flowguard.demo.controls import Controls
from flowguard.demo.server import EmbeddedAccount
from flowguard.errors import FlowGuardError

PARENT = """
from flowguard.demo.server import EmbeddedAccount
with EmbeddedAccount() as account:
    print(account.pid, account.folder, flush=True)
    input()
"""


def runs(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)],
        check=False,
        capture_output=True,
        text=True,
    ).stdout
    return not state.startswith("Z")  # ended, and its parent has not asked yet


def ends(pid: int) -> bool:
    """Whether a process ends within some seconds."""
    deadline = time.monotonic() + 10
    while runs(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def answers(host: str, port: int) -> bool:
    """Whether something listens there."""
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


def queues() -> list[str]:
    """The queues of the account that is applied."""
    return list(boto3.client("sqs").list_queues().get("QueueUrls", []))


def test_account_ends_with_its_context() -> None:
    with EmbeddedAccount() as account:
        pid = account.pid
        assert runs(pid)

    assert ends(pid)


def test_account_ends_when_its_context_is_interrupted() -> None:
    pids: list[int] = []

    def interrupted() -> None:
        with EmbeddedAccount() as account:
            pids.append(account.pid)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert ends(pids[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_account_does_not_outlive_its_parent(number: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        pid, folder = parent.stdout.readline().split()

        parent.send_signal(number)

        assert ends(int(pid))
        assert not Path(folder).exists()


def test_killed_account_is_told() -> None:
    with EmbeddedAccount() as account:
        os.kill(account.pid, signal.SIGKILL)
        assert ends(account.pid)

        with pytest.raises(FlowGuardError, match="does not answer any more"):
            account.reset()


def test_account_listens_on_one_loopback_address(account: EmbeddedAccount) -> None:
    port = int(account.url.rpartition(":")[2])

    assert answers("127.0.0.1", port)
    assert not answers("127.0.0.2", port)  # would answer on 0.0.0.0


@pytest.mark.usefixtures("account")
def test_accounts_do_not_get_in_each_others_way() -> None:
    boto3.client("sqs").create_queue(QueueName="q")

    with EmbeddedAccount() as other, other.applied():
        assert queues() == []


def test_settings_of_the_user_lead_no_call_out_of_the_account(
    running: EmbeddedAccount, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nendpoint_url = http://127.0.0.1:9\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of another account")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    before = dict(os.environ)

    with running.applied():
        identity = boto3.Session().client("sts").get_caller_identity()

    assert identity["Account"] == "123456789012"
    assert dict(os.environ) == before


def test_reset_empties_the_account(account: EmbeddedAccount) -> None:
    boto3.client("sqs").create_queue(QueueName="q")
    account.control(Controls(delay=60))

    account.reset()

    assert queues() == []
    assert account.controls == Controls()


def test_failed_start_tells_what_the_process_wrote(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such module\nexit 1\n")
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(broken))

    with (
        pytest.raises(FlowGuardError, match="ended while it started") as raised,
        EmbeddedAccount(),
    ):
        pass

    assert "no such module" in raised.value.help


def test_account_that_was_not_started_is_told() -> None:
    with pytest.raises(FlowGuardError, match="not running"):
        EmbeddedAccount().variables()
