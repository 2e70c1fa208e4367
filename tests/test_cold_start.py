"""`flowguard --version` waits for nothing that it does not need."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

PROGRAM = """
import json, sys
before = set(sys.modules)
from flowguard.cli import main
code = main(["--version"])
print(json.dumps([code, sorted(set(sys.modules) - before)]))
"""
OURS = {"flowguard", "flowguard.cli"}
ROUNDS = 15
MAX_RATIO = 2.5


def test_it_imports_nothing_slow() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    code, imported = json.loads(done.stdout.splitlines()[-1])
    foreign = {name.partition(".")[0] for name in imported} - sys.stdlib_module_names
    slow = {"argparse", "dataclasses", "typing", "shutil", "inspect", "logging"}
    assert code == 0
    assert foreign == {"flowguard"}
    assert {name for name in imported if name.startswith("flowguard")} == OURS
    assert slow.isdisjoint(imported)


def test_it_takes_little_longer_than_python_itself() -> None:
    """The shortest of several runs of each, taken in turn: noise only adds.

    Processor time is compared, so that it matters little what else runs.
    """
    ours = [sys.executable, "-c", "from flowguard.cli import main; main(['--version'])"]
    bare = [sys.executable, "-c", "pass"]
    times = [(_seconds(ours), _seconds(bare)) for _ in range(ROUNDS)]

    ratio = min(ours for ours, _ in times) / min(bare for _, bare in times)

    assert ratio <= MAX_RATIO


def _seconds(command: list[str]) -> float:
    """The processor time that a command takes, in it and in the kernel for it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
