"""Services that are broken or mean, tested by the command: one run for all of them."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from cli.smoking import ENVIRONMENT
from probe.certificates import signed
from probe.servers import (
    Script,
    Server,
    answering,
    dripping,
    endlessly,
    reply,
    saying,
    silent,
)

from flowguard.report import FORMATS

MOST = 150_000
"""Kilobytes that the whole process may take."""
TIMEOUT = 1.0
BUDGET = 30.0

# VmHWM and not ru_maxrss, which a child begins with its parent's.
PROGRAM = """
import pathlib, runpy, sys
try:
    runpy.run_module("flowguard", run_name="__main__", alter_sys=True)
finally:
    peak = open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]
    pathlib.Path("peak").write_text(peak)
"""

OK = b"HTTP/1.1 200 OK\r\n"
GZIP = OK + b"Content-Encoding: gzip\r\n\r\n"
JSON = "Content-Type: application/json"
ORDERS = (
    "::error::owned\n##[error]owned\n\x1b[31m\x1b]0;owned\x07\x9b2J\u202eowned\r\n"
    "::set-output name=a::owned\n%0A::warning::owned <script>alert(1)</script> @owned"
)
ACTS_ON_A_TERMINAL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]"
)


def orders(status: bytes) -> Script:
    """Say them in the reason, in headers and in the body."""
    hostile = ORDERS.encode()
    one_line = hostile.replace(b"\r", b"").replace(b"\n", b" ")
    head = b"HTTP/1.1 %s %s\r\nX-Request-Id: %s\r\nContent-Type: application/json\r\n"
    body = json.dumps({"message": ORDERS}).encode() if status == b"500" else hostile
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return saying(head % (status, one_line, one_line) + length + body)


CIRCLE = answering(lambda _: reply(b"", "Location: /", status="302 Found"))

MEAN: dict[str, tuple[Script, dict[str, object], str]] = {
    "endless": (
        endlessly(b"x" * 65536, OK + b"\r\n"),
        {"expect": {"json": {"ok": True}}},
        "body is no JSON",
    ),
    "bomb": (
        saying(GZIP + gzip.compress(bytes(50_000_000))),
        {"expect": {"body": "contains ok"}},
        "body is",
    ),
    "silent": (silent, {}, "gave up after 1 s, while waiting for the answer"),
    "loris": (
        dripping(b"X-A: b\r\n", OK),
        {},
        "gave up after 1 s, while waiting for the answer",
    ),
    "drip": (
        dripping(b"x", OK + b"\r\n"),
        {},
        "gave up after 1 s, while reading the body",
    ),
    "headers": (
        saying(OK, b"A: " + b"x" * 10_000_000),
        {},
        "headers",
    ),
    "circle": (CIRCLE, {"redirects": 20}, "it redirects in a circle"),
    "garbage": (
        answering(lambda _: reply(b'{"ok": tru', JSON)),
        {"expect": {"json": {"ok": True}}},
        "body is no JSON",
    ),
    "charset": (
        answering(lambda _: reply(b'{"ok": "\xff\xfe"}', f"{JSON}; charset=utf-8")),
        {"expect": {"json": {"ok": "fine"}}},
        "json ok is",
    ),
    "strange": (
        answering(lambda _: reply(b'{"ok": 1}', f"{JSON}; charset=no-such")),
        {"expect": {"json": {"ok": 2}}},
        "json ok is 1, not 2",
    ),
    "http": (saying(b"\0\xff\x1b[31m garbage\r\n\r\n"), {}, "no HTTP"),
    "orders": (orders(b"500"), {}, "answers 500, not 2xx: "),
    "orders-expected": (
        orders(b"200"),
        {"expect": {"headers": {"X-Request-Id": "fine"}, "json": {"a": 1}}},
        "header",
    ),
}


@dataclass(frozen=True)
class Ran:
    """What came of the run."""

    code: int
    seconds: float
    said: dict[str, str]
    """All that was printed or written, by its name."""
    peak: int

    def message(self, check: str) -> str:
        """What is said of a check."""
        results = json.loads(self.said["json"])["smoke"]["results"]
        return next(str(r["message"]) for r in results if r["name"] == check)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("mean")
    checks: dict[str, dict[str, object]] = {}
    with ExitStack() as servers:
        for name, (script, more, _) in MEAN.items():
            server = servers.enter_context(Server(script))
            checks[name] = {"get": f"{server.url}/", **more}
        own = signed(None, folder, "localhost", address="127.0.0.1").serving()
        speaks_tls = servers.enter_context(Server(silent, tls=own))
        no_tls = servers.enter_context(Server(saying(b"HTTP/1.1 200 OK\r\n\r\n")))
        checks["untrusted"] = {"get": speaks_tls.url}
        checks["no-tls"] = {"get": f"https://{no_tls.authority}"}
        control = servers.enter_context(Server(answering(lambda _: reply(b"{}"))))
        spec = {
            "control": control.url,
            "timeout": f"{TIMEOUT:g}s",
            "budget": f"{BUDGET:g}s",
            # Two failures of each are enough; none ends the others.
            "gate": {
                "spread": "50ms",
                "flake": "0.01%",
                "verdict": {"failed": "stop"},
            },
            "checks": checks,
        }
        (folder / "smoke.yml").write_text(json.dumps(spec))
        began = time.monotonic()
        done = subprocess.run(
            [
                *(sys.executable, "-c", PROGRAM, "smoke"),
                *(f"--output={name}={name}.out" for name in FORMATS),
            ],
            cwd=folder,
            env=ENVIRONMENT,
            capture_output=True,
            check=False,
            timeout=60,
        )
        took = time.monotonic() - began
    assert done.returncode != 2, done.stderr.decode()
    said = {name: (folder / f"{name}.out").read_text() for name in FORMATS}
    said |= {"stdout": done.stdout.decode(), "stderr": done.stderr.decode()}
    return Ran(done.returncode, took, said, int((folder / "peak").read_text()))


def test_all_of_them_fail_within_the_budget(ran: Ran) -> None:
    results = json.loads(ran.said["json"])["smoke"]["results"]

    assert ran.code == 1, ran.said["stderr"]
    assert {r["name"]: r["outcome"] for r in results} == dict.fromkeys(
        (*MEAN, "untrusted", "no-tls"), "failed"
    )
    assert ran.seconds < BUDGET


@pytest.mark.parametrize("name", MEAN)
def test_message_names_what_is_wrong(ran: Ran, name: str) -> None:
    assert MEAN[name][2] in ran.message(name)


def test_message_names_what_is_wrong_with_tls(ran: Ran) -> None:
    assert "certificate" in ran.message("untrusted")
    assert "TLS" in ran.message("no-tls")


def test_little_memory_is_taken(ran: Ran) -> None:
    assert ran.peak < MOST


def test_nothing_acts_on_a_terminal(ran: Ran) -> None:
    for name, text in ran.said.items():
        assert "owned" in text, name
        assert not ACTS_ON_A_TERMINAL.search(text), name


def test_nothing_gives_orders_to_a_runner(ran: Ran) -> None:
    for name, text in ran.said.items():
        commands = re.findall(r"^\s*::([\w-]+)", text, re.MULTILINE)
        ours = {"error", "warning", "notice"} if name == "github" else set()
        assert set(commands) <= ours, name
        assert not re.search(r"^\s*::\w+::owned", text, re.MULTILINE), name
        assert "##[" not in text, name
    assert "<script>alert" not in ran.said["html"]
