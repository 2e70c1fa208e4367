"""The rollback: from the first failing response to the call that takes a deploy back.

A service on the loopback answers as the release behind it does, and CloudFormation is
the fake that the tests have, asked over HTTP. The commands are whole processes with
the gate that holds where a spec names none. *Deploy* tests inside the monitoring
window, and takes back by `CancelUpdateStack`; *verify* tests an update that is done,
and takes back by a change set from a snapshot.

One failure takes nothing back, since a burst of them is no broken release: the
failures must span `gate.spread`, 10 s, and the one that proves it comes a gap later,
5 s at most. Once a check is proven broken, the others have 5 s left for their own
proof; those that fail as it does need no more. So the *retry budget* of a service
that is down is 15 s, and deciding, reading the stack anew and making the call may add
1 s to it. What they do add is measured by itself: from the *last failing response* to
the call.

`python benchmarks/rollback_time.py --json FILE` measures, and writes the rows.
"""

from __future__ import annotations

import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from rows import ROOT, Row, machine, main, setting

from flowguard import __version__
from flowguard.rollback import snapshot_file
from flowguard.smoke.sampling import JITTER, LONGEST_GAP
from flowguard.smoke.suite import Gate

sys.path.append(str(ROOT / "tests"))

from cloudformation import Call, serving
from rollback.stage import NAME, Stage, template

ROUNDS = 5
BUDGET = Gate().spread + LONGEST_GAP * (1 + JITTER)
ALLOWED = BUDGET + 1
ROLLED_BACK = 4
TIMEOUT = 180.0
CHECKS = 20
CALLS = ("cancel_update_stack", "create_change_set")


@dataclass
class Trial:
    """One bad release, and when it was found out."""

    stage: Stage
    failed: list[float] = field(default_factory=list)
    """When each failing response was sent."""
    called: list[float] = field(default_factory=list)
    """When AWS was told to take it back."""

    def answer(self) -> int:
        """The status of a response: only the first release works."""
        if self.stage.code() == "orders/1.zip":
            return 200
        self.failed.append(time.monotonic())
        return 500

    def call(self, _call: Call) -> None:
        """A call that may take it back; those of the deploy itself came before."""
        if self.failed:
            self.called.append(time.monotonic())


def measured() -> Iterator[Row]:
    """The seconds of both commands."""
    yield from machine()
    yield setting("flowguard", __version__)
    yield setting("python", platform.python_version())
    yield Row("flowguard", "retry budget", BUDGET, "s")
    for name, run in (("deploy", _deploy), ("verify", _verify)):
        trials = [_trial(run) for _ in range(ROUNDS)]
        whole = [t.called[0] - t.failed[0] for t in trials]
        overhead = [
            t.called[0] - max(at for at in t.failed if at < t.called[0]) for t in trials
        ]
        if max(whole) > ALLOWED:
            sys.exit(f"{name}: {max(whole):.2f} s, and {ALLOWED:g} s are allowed")
        case = f"{name}: first failing response to rollback request"
        median = statistics.median(whole)
        yield Row("flowguard", case, round(median, 2), "s")
        yield Row(
            "flowguard", f"{case}, longest of {ROUNDS}", round(max(whole), 2), "s"
        )
        yield Row(
            "flowguard",
            f"{case}, over the budget",
            round(max(0.0, max(whole) - BUDGET), 2),
            "s",
        )
        case = f"{name}: last failing response to rollback request"
        yield Row("flowguard", case, round(statistics.median(overhead), 2), "s")


def _trial(run: Callable[[Trial, pathlib.Path], list[str]]) -> Trial:
    """Deploy a bad release and have it taken back; ends the program if it is not."""
    with serving() as fake, tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        trial = Trial(Stage(fake, fake.aws()))
        for operation in CALLS:
            fake.on(operation, 0, trial.call)
        with _service(trial) as port:
            checks = {f"check-{n}": {"get": f"/{n}"} for n in range(CHECKS)}
            spec = {"base": f"http://127.0.0.1:{port}", "checks": checks}
            (folder / "smoke.yml").write_text(json.dumps(spec), encoding="utf-8")
            trial.stage.create()
            argv = run(trial, folder)
            done = subprocess.run(
                [sys.executable, "-m", "flowguard", *argv, "--stack-name", NAME],
                check=False,
                cwd=folder,
                env=_environment(fake.url),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=TIMEOUT,
            )
    if done.returncode != ROLLED_BACK or not trial.called:
        sys.exit(f"exit {done.returncode}\n{done.stdout.decode()[-2000:]}")
    return trial


def _deploy(trial: Trial, folder: pathlib.Path) -> list[str]:
    """`flowguard deploy`; a look at the stack takes 20 s of CloudFormation's time."""
    trial.stage.fake.tick = 20
    (folder / "2.json").write_text(template(2), encoding="utf-8")
    return ["deploy", "--template", "2.json", "--window", "120m"]


def _verify(trial: Trial, folder: pathlib.Path) -> list[str]:
    """`flowguard verify` of a deploy that is done."""
    trial.stage.fake.tick = 20
    snapshot = trial.stage.snapshot()
    text = snapshot_file.dump(snapshot)
    (folder / "before.json").write_text(text, encoding="utf-8")
    trial.stage.deploy()
    return ["verify", "--snapshot", "before.json"]


def _environment(url: str) -> dict[str, str]:
    return {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


@contextmanager
def _service(trial: Trial) -> Iterator[int]:
    """The service, while the block runs; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(trial.answer())
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    main(__doc__, measured())
