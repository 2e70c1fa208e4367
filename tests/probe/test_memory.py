"""What a hostile server can make us hold."""

from __future__ import annotations

import gzip
import subprocess
import sys

import pytest
from probe.servers import Script, Server, endlessly, saying

MOST = 150_000
"""Kilobytes that the issue allows the whole process."""

PROGRAM = """
import sys
from flowguard.model.exchange import (Request)
from flowguard.probe import Probe

with Probe(environment={}) as probe:
    for _ in range(3):
        came = probe(Request("GET", sys.argv[1], timeout=20.0))
status = open("/proc/self/status").read()
print(type(came).__name__, status.partition("VmHWM:")[2].split()[0])
"""

OK = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(bytes(300_000_000), 1)


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (endlessly(b"x" * 65536, OK + b"\r\n"), "Response"),
        (saying(OK + b"X: ", b"x" * 10_000_000), "Fault"),
        (endlessly(b"X: y\r\n" * 999, OK), "Fault"),
        (
            saying(OK + b"Content-Encoding: gzip\r\n\r\n" + BOMB),
            "Response",
        ),
    ],
    ids=["endless body", "10 MB header", "endless headers", "gzip bomb"],
)
def test_memory_is_bounded(script: Script, outcome: str) -> None:
    # VmHWM and not ru_maxrss, which a child begins with its parent's.
    with Server(script) as server:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, server.url],
            check=True,
            capture_output=True,
            text=True,
        )

    came, peak = done.stdout.split()
    assert came == outcome
    assert int(peak) < MOST
