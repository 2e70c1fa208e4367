"""Time as it passes, until somebody ends the run."""

from __future__ import annotations

import threading
import time

from flowguard.aws.fence import hurries

_TURN = 0.2
"""Seconds of a wait at once: a signal that came just before one is seen after it."""


class Clock:
    """The clock of a run; thread-safe."""

    def __init__(self) -> None:
        self._ended = threading.Event()

    def now(self) -> float:
        """Seconds, from any beginning."""
        return time.monotonic()

    def wait(self, seconds: float) -> bool:
        """Wait; False as soon as the run is ended."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._ended.wait(min(left, _TURN)) or hurries():
                return False
        return not self.ended

    def end(self) -> None:
        """End every wait, now and later."""
        self._ended.set()

    @property
    def ended(self) -> bool:
        """Whether the run was ended."""
        return self._ended.is_set() or hurries()
