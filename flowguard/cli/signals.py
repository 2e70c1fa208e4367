"""SIGTERM ends a command as Ctrl-C does: with its clean-up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """While the block runs, SIGTERM raises `KeyboardInterrupt` in it.

    A cancelled workflow step and `docker stop` send SIGTERM. Outside the main
    thread, where Python lets nobody set a handler, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


CHANGING = frozenset({"deploy", "guard", "rollback", "verify"})
"""The commands that may have had a stack moving."""


def interrupted(command: str) -> str:
    """What is said of a command that was ended on its way."""
    if command in CHANGING:
        # A command that is guarded would deploy anew.
        verify = "see how it ends: flowguard verify"
        again = verify if command == "guard" else "run it again"
        return f"interrupted; what the stack was told, it goes on with: {again}"
    if command == "smoke":
        return "interrupted; what the tests made was removed as the spec says"
    return "interrupted; nothing was changed"
