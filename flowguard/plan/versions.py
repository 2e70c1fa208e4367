"""Versions of engines, in order: `14.9`, `OpenSearch_2.11`, `5.7.mysql_aurora.2.11.2`."""

from __future__ import annotations

import re
from itertools import takewhile

_WORDS = re.compile(r"\d+|[a-z]+")
_FAMILIES = ("elasticsearch", "opensearch")
"""What came after what, where a product got another name."""


def is_older(version: str, than: str, *, parts: int = 0) -> bool:
    """Whether `version` comes before `than`; with `parts`, by its first numbers alone.

    What one of them leaves open (`14`, `6.x`) is taken for what the other says: AWS
    keeps a version that fits.
    """
    return _order(version, parts) < _order(than, parts) and not is_same(
        version, than, parts=parts
    )


def is_same(version: str, other: str, *, parts: int = 0) -> bool:
    """Whether the two agree as far as both are written."""
    one, two = _order(version, parts), _order(other, parts)
    length = min(len(one), len(two))
    return one[:length] == two[:length]


def _order(version: str, parts: int) -> tuple[int, ...]:
    """The numbers of a version, its family first."""
    words = _WORDS.findall(version.lower())
    family = _FAMILIES.index(words[0]) if words and words[0] in _FAMILIES else 0
    written = takewhile(lambda word: word != "x", words)
    numbers = tuple(int(word) for word in written if word.isdigit())
    return (family, *(numbers[:parts] if parts else numbers))
