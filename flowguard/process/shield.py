"""What a command of the smoke tests gets of our environment, and what it cannot read.

A command is code of the repository. What the runner hands to the step is not for it:
the inputs, which may hold secrets; the files with which a step changes the steps after
it; the tokens of the job. To leave them out of its environment is not enough, since
Linux shows to each process of a user what the others of that user were started with
(`/proc/PID/environ`), and their memory. So

- the block that this process was started with is wiped, and the process is made one
  that others may not look into (not dumpable; prctl(2), proc(5));
- a command of root's is started without some capabilities, one of which root has in
  each container: whoever has fewer than another process may not look into that one
  (ptrace(2)), be it ours or one that started us.

Where there is no Linux, or a kernel that refuses, the first line of defence is left:
the command's own environment.
"""

from __future__ import annotations

import ctypes
import os
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_WITHHELD = re.compile(
    r"INPUT_.*|ACTIONS_.*|GH_TOKEN"
    r"|GITHUB_(ENV|OUTPUT|PATH|STATE|STEP_SUMMARY|TOKEN)",
    re.DOTALL,
)
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_GIVEN_UP = (18, 19, 38)
"""CAP_SYS_CHROOT, which containers have; CAP_SYS_PTRACE and CAP_PERFMON, which open all
processes to their owner."""
_ENV_START = 47
"""Where the block's beginning stands in /proc/self/stat behind the name; the end of
it follows."""


def is_withheld(name: str) -> bool:
    """Whether a variable of the runner's is not for the commands of the smoke tests."""
    return _WITHHELD.fullmatch(name) is not None


def handed_down(environment: Mapping[str, str]) -> dict[str, str]:
    """What a command gets of an environment."""
    return {name: value for name, value in environment.items() if not is_withheld(name)}


@cache
def close() -> None:
    """Let no other process read what this one was started with, from now on.

    Its own environment stays as it is, and so does what its children get.
    """
    with suppress(OSError, AttributeError, TypeError, ValueError):
        _prctl(_PR_SET_DUMPABLE, 0)
        _wipe()


def fenced_off(start: Callable[[], T]) -> T:
    """What `start` returns, which starts a process that may look into no other.

    Raises what it raises. A thread of its own gives the capabilities up, for good.
    """
    made: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        for capability in _GIVEN_UP:
            with suppress(OSError, AttributeError, TypeError):
                _prctl(_PR_CAPBSET_DROP, capability)
        try:
            made.append(start())
        except BaseException as error:  # noqa: BLE001 — it is raised below
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return made[0]


def _prctl(option: int, value: int) -> None:
    """Raises `AttributeError` or `TypeError` where there is no such call."""
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _wipe() -> None:
    """Empty the withheld variables in the block that the kernel shows."""
    numbers = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = map(int, numbers[_ENV_START : _ENV_START + 2])
    block = ctypes.string_at(start, end - start)
    at = start
    for entry in block.split(b"\0"):
        name = os.fsdecode(entry.partition(b"=")[0])
        if is_withheld(name):
            # The C library points into the block until a variable is set anew.
            if name in os.environ:
                os.putenv(name, os.environ[name])
            else:
                os.unsetenv(name)
            ctypes.memset(at, 0, len(entry))
        at += len(entry) + 1
