"""What differs between two canonical templates, by its path and never by its value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

_BASIC_PLANE = 0xFFFF
_TOLD = 120
"""Characters of a path that are shown."""
_DESCRIBED = frozenset({"Description", "ConstraintDescription"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which they are not the same."""

    path: tuple[str, ...]
    how: str = "differs"
    illegible: bool = False
    """AWS shows `?` for each letter beyond ASCII here, and all else is the same."""

    def __str__(self) -> str:
        where = ".".join(self.path)
        short = where if len(where) <= _TOLD else f"{where[:_TOLD]}…"
        return f"{short} {self.how}"

    @property
    def only_described(self) -> bool:
        """Whether it stands in a text that is for people alone."""
        top, *rest = self.path
        if top in {"Description", "Metadata"}:
            return True
        if top in {"Parameters", "Outputs"}:
            return bool(rest) and rest[-1] in _DESCRIBED
        return top == "Resources" and rest[1:2] == ["Metadata"]


def differences(
    mine: Any, live: Any, path: tuple[str, ...] = ()
) -> Iterator[Difference]:
    """Each of them, the smallest part that differs."""
    match mine, live:
        case dict(), dict():
            for key in sorted({*mine, *live}):
                here = (*path, key)
                if key not in live:
                    yield Difference(here, "is only in the release at hand")
                elif key not in mine:
                    yield Difference(here, "is only in the live template")
                else:
                    yield from differences(mine[key], live[key], here)
        case list(), list() if len(mine) == len(live):
            for index, (one, other) in enumerate(zip(mine, live, strict=True)):
                yield from differences(one, other, (*path, str(index)))
        case str(), str() if mine != live:
            yield Difference(path, illegible=looks_the_same(mine, live))
        case _ if mine != live:
            yield Difference(path)


def looks_the_same(mine: str, live: str) -> bool:
    """Whether `live` is `mine` as AWS reads it back: `?` for what is not ASCII.

    AWS has done so since ever in GetTemplate and DescribeStacks
    (aws-cloudformation/cloudformation-coverage-roadmap#1220).
    """
    if mine == live or mine.isascii():
        return False
    runs = groupby(mine, key=lambda letter: letter == "?" or not letter.isascii())
    shown = "".join(_shown([*run], hidden=hidden) for hidden, run in runs)
    return re.fullmatch(shown, live, re.DOTALL) is not None


def _shown(letters: list[str], *, hidden: bool) -> str:
    """A pattern of what AWS shows for letters that stand side by side."""
    if not hidden:
        return re.escape("".join(letters))
    # Java counts two characters in what lies beyond the basic plane.
    double = sum(ord(letter) > _BASIC_PLANE for letter in letters)
    return rf"\?{{{len(letters)},{len(letters) + double}}}"
