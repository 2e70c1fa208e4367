"""A server that sends a byte now and then holds nobody for longer than was said."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from calls.test_fence import IDENTITY, environment
from demo.stacks import KEYED_BY_ID

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 100000\r\n\r\n"
LONGEST = 110
"""Seconds: far less than the server takes for one answer, and than three calls may."""
TEMPLATE = f"""\
Resources:
  Users:
    Type: AWS::DynamoDB::Table
    Properties: {{TableName: users, {str(KEYED_BY_ID)[1:-1]}}}
"""
SMOKE = """\
base: {url}
budget: 2s
checks:
  table: {{table: users}}
"""


@contextmanager
def dripping(*, identity: bool) -> Iterator[tuple[str, threading.Event]]:
    """A real server: a byte each second, for as long as somebody reads.

    Where `identity` is set it says at once who asks. The event is set when a call
    has come that it answers in drops.
    """
    came = threading.Event()
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            asked = connection.recv(65536)
            while b"\r\n\r\n" not in asked or asked.endswith(b"\r\n\r\n"):
                more = connection.recv(65536)
                asked += more
                if not more or b"Action=" in asked or b"{" in asked:
                    break
            if identity and b"GetCallerIdentity" in asked:
                length = str(len(IDENTITY)).encode()
                connection.sendall(HEAD.replace(b"100000", length) + IDENTITY)
                return
            came.set()
            connection.sendall(HEAD)
            while not over.wait(1):
                connection.sendall(b" ")

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", came
        finally:
            over.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "smoke.yml").write_text(SMOKE.format(url="http://127.0.0.1:9"))
    return tmp_path


COMMANDS = {
    "preflight": ["preflight", "--template", "template.yaml"],
    "snapshot": ["snapshot", "--output", "a", "--no-templates"],
    "smoke": ["smoke"],
    "verify": ["verify", "--timeout", "0.05"],
    "rollback": ["rollback", "--timeout", "0.05"],
}


def start(command: list[str], url: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flowguard", *command, "--stack-name", "app"],
        cwd=folder,
        env={**os.environ, **environment(url)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


QUICK = (
    ("smoke", False),
    ("smoke", True),
    ("verify", False),
    ("rollback", False),
    ("rollback", True),
)
SLOW = tuple(
    (command, identity)
    for command in COMMANDS
    for identity in (False, True)
    if (command, identity) not in QUICK
)
"""Those that end with the half minute that a call may take; `make proof` waits."""


def assert_it_ends(command: str, folder: Path, *, identity: bool) -> None:
    """In the sign-in, or in the calls after it; and it never passes."""
    with dripping(identity=identity) as (url, _came):
        process = start(COMMANDS[command], url, folder)
        try:
            _out, err = process.communicate(timeout=LONGEST)
        finally:
            process.kill()

    assert process.returncode in {2, 3}, err
    assert "Traceback" not in err


@pytest.mark.parametrize(("command", "identity"), QUICK)
def test_a_command_ends_in_its_time(
    command: str, identity: bool, project: Path
) -> None:
    assert_it_ends(command, project, identity=identity)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("identity", [False, True])
def test_a_signal_ends_a_command_while_it_waits(
    command: str, identity: bool, project: Path
) -> None:
    given = [word for word in COMMANDS[command] if word not in {"--timeout", "0.05"}]
    with dripping(identity=identity) as (url, came):
        process = start(given, url, project)
        try:
            assert came.wait(60)
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()

    assert process.returncode in {2, 3}, err
    assert "interrupted" in out + err
