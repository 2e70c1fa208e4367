"""Patterns that a template brings, matched within a time.

They are Java's, and whoever wrote them may have made one that never comes to an end.
"""

from __future__ import annotations

import re
import time

_NOT_OURS = re.compile(r"(?<!\\)\[\^?\[|&&|\\[pP]\{|\\[QER]")
"""Sets within sets, Java's own classes and quotations: here they mean another thing."""
_PATIENCE = 2.0
"""Seconds that the patterns of a template may take in all."""
_LONGEST = 4_096
"""Characters of a pattern: it takes time to be read, too."""
_UNREADABLE = "FlowGuard cannot read its AllowedPattern"
_SLOW = "its AllowedPattern takes too long to match"


class UndecidedError(Exception):
    """Nobody can say here whether a value is taken; the text says why."""


class Patience:
    """The time that all patterns of one template share, whichever round it is."""

    def __init__(self, seconds: float = _PATIENCE) -> None:
        self._left = seconds
        self._known: dict[tuple[str, str], bool | str] = {}

    def matches(self, pattern: str, text: str) -> bool:
        """Whether the pattern takes the whole text, as Java reads it.

        Raises `UndecidedError` where that cannot be told, or not in time.
        """
        found = self._known.get((pattern, text))
        if found is None:
            began = time.monotonic()
            found = self._known[pattern, text] = _matched(pattern, text, self._left)
            self._left -= time.monotonic() - began
        if isinstance(found, str):
            raise UndecidedError(found)
        return found


def _matched(pattern: str, text: str, seconds: float) -> bool | str:
    """Whether it matches, or why that cannot be told."""
    if seconds <= 0:
        return _SLOW
    if _NOT_OURS.search(pattern) or len(pattern) > _LONGEST:
        return _UNREADABLE
    import regex  # Python's own cannot be stopped

    try:
        compiled = regex.compile(pattern, regex.ASCII)
        match = compiled.fullmatch(text, timeout=seconds, concurrent=True)
    except TimeoutError:
        return _SLOW
    except (regex.error, OverflowError, RecursionError, MemoryError):
        return _UNREADABLE
    return match is not None
