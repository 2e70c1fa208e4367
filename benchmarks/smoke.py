"""Smoke tests: how long a suite takes.

The same checks (the status, and two assertions on the JSON body) of a service on the
loopback that answers after 50 ms, as whole processes from start to exit, at most 20
requests at once where a tool can be told. 20 checks are to take at most 0.45 s, 200 at
most 1.0 s and at most twice what curl needs to ask alone. Each value is the median of
several runs, all tools in turns; a run counts only if its exit code is 0 and the
service was asked exactly once for each check.

`python benchmarks/smoke.py --json FILE` installs the other tools into a temporary
folder with npm and pip, and measures; those that cannot be had are named.
"""

from __future__ import annotations

import json
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from peers import ENVIRONMENT, PEERS, Missing, Tool, curl, flowguard
from rows import Row, machine, main, setting

ENDPOINTS = 20
SIZES = (20, 200)
ROUNDS = {20: 9, 200: 9}
ROUNDS_OF_PEERS = {20: 3, 200: 3}
TIMEOUT = 180.0


class Service:
    """The service that is tested, in a process of its own."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"

    def urls(self, count: int) -> list[str]:
        """As many as there are checks; the endpoints take turns."""
        return [f"{self._base}/endpoint/{n % ENDPOINTS}" for n in range(count)]

    def asked(self) -> int:
        """How often it was asked since the last time."""
        with urllib.request.urlopen(f"{self._base}/count") as answer:  # noqa: S310
            count, _ = json.load(answer)
            return int(count)


def measured() -> Iterator[Row]:
    """The seconds of each tool and size."""
    yield from machine()
    yield setting("python", platform.python_version())
    with tempfile.TemporaryDirectory() as name, running() as service:
        folder = pathlib.Path(name)
        tools, missing = [flowguard(), curl()], {}
        for peer, install in PEERS.items():
            home = folder / peer.replace(" ", "-")
            home.mkdir()
            try:
                tools.append(install(home))
            except Missing as why:
                missing[peer] = str(why)
        for tool in tools:
            yield setting(tool.name, tool.version)
        for size in SIZES:
            yield from _of_size(size, tools, service, folder)
        for peer, reason in missing.items():
            yield Row(peer, "not measured", reason, "")


def _of_size(
    size: int, tools: Sequence[Tool], service: Service, folder: pathlib.Path
) -> Iterator[Row]:
    """A row for each tool, and how we stand to curl."""
    commands = {}
    for tool in tools:
        home = folder / f"{tool.name.replace(' ', '-')}-{size}"
        home.mkdir()
        commands[tool.name] = (home, tool.suite(home, service.urls(size)))
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(ROUNDS[size]):
        for name, (home, command) in commands.items():
            if name in {"flowguard", "curl"} or turn < ROUNDS_OF_PEERS[size]:
                seconds[name].append(_run(name, home, command, service, size))
    medians = {name: statistics.median(runs) for name, runs in seconds.items()}
    for name, median in medians.items():
        yield Row(name, f"{size} checks", round(median, 3), "s")
    ratio = medians["flowguard"] / medians["curl"]
    yield Row("flowguard", f"{size} checks / curl", round(ratio, 2), "×")


def _run(
    name: str,
    home: pathlib.Path,
    command: Sequence[str | pathlib.Path],
    service: Service,
    size: int,
) -> float:
    """The seconds of one run; ends the program if it was none."""
    service.asked()
    begun = time.perf_counter()
    done = subprocess.run(
        command,
        check=False,
        cwd=home,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=TIMEOUT,
    )
    taken = time.perf_counter() - begun
    asked = service.asked()
    if done.returncode or asked != size:
        end = done.stdout.decode(errors="replace")[-2000:]
        sys.exit(f"{name}: exit {done.returncode}, {asked} of {size} requests\n{end}")
    return taken


@contextmanager
def running() -> Iterator[Service]:
    """Start the service, and end it."""
    program = pathlib.Path(__file__).with_name("service.py")
    with subprocess.Popen(
        [sys.executable, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        if process.stdout is None:
            raise RuntimeError("the service has no output")
        try:
            yield Service(int(process.stdout.readline()))
        finally:
            process.terminate()


if __name__ == "__main__":
    main(__doc__, measured())
