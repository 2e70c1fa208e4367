"""SIGTERM ends a command as Ctrl-C does: with its clean-up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from flowguard.aws.fence import hurry


@contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """While the block runs, SIGTERM raises `KeyboardInterrupt` in it, as Ctrl-C does.

    Either of them shortens each call of AWS's that is under way or still comes.

    A cancelled workflow step and `docker stop` send SIGTERM. Outside the main
    thread, where Python lets nobody set a handler, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken = {signal.SIGTERM: signal.signal(signal.SIGTERM, _interrupt)}
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        taken[signal.SIGINT] = signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        for number, before in taken.items():
            signal.signal(number, before)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    hurry()
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
