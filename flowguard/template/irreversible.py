"""What AWS does not undo in place: the rows of `irreversible.toml`.

The file says what each column means. It is read at the first question.
"""

from __future__ import annotations

import functools
import pathlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from flowguard.model.readiness import Readiness

_FILE = pathlib.Path(__file__).with_name("irreversible.toml")


class Kind(StrEnum):
    """Which move of a value is at issue."""

    OLDER = "older"
    LESS = "less"
    CHANGED = "changed"
    TO = "to"
    FROM = "from"
    GAINS = "gains"
    LOSES = "loses"
    PAST = "past"


class Effect(StrEnum):
    """What comes of the move."""

    REFUSED = "refused"
    WAITS = "waits"
    LOSES = "loses"
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that AWS does not undo."""

    id: str
    types: tuple[str, ...]
    """Patterns of resource types."""
    property: str
    """The path of the property, `/` between names; empty for all of them."""
    change: Kind
    effect: Effect
    why: str
    way: str
    source: str
    example: tuple[Any, Any]
    deploy: Readiness | None = None
    """The verdict where the deploy makes the move; None where that is harmless."""
    back: Readiness | None = None
    """The verdict where the way back makes it."""
    values: tuple[str, ...] = ()
    since: Mapping[str, date] = field(default_factory=dict)
    unset: str | None = None
    parts: int = 1
    key: str = ""
    edits: bool = False
    having: tuple[str, ...] = ()
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    policy: str = ""
    native: str = ""
    rule: str = ""
    """The rule that tells of it before a deploy, where it has one of its own."""
    excluded: tuple[str, ...] = ()

    def is_of(self, resource_type: str) -> bool:
        """Whether it is about resources of that type."""
        return _any(self.types, resource_type) and not _any(
            self.excluded, resource_type
        )

    def remedy(self, resource_type: str, name: str) -> str:
        """What to do, for a resource of that type and name."""
        save = _read()["save"].get(resource_type, f"a backup of {name}")
        return self.way.replace("{save}", save).replace("{id}", name)


@functools.cache
def _read() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@functools.cache
def rows() -> tuple[Row, ...]:
    """All rows, in the order in which they are documented."""
    return tuple(_row(raw) for raw in _read()["row"])


@functools.cache
def rows_of(resource_type: str) -> tuple[Row, ...]:
    """Those that are about resources of a type."""
    return tuple(row for row in rows() if row.is_of(resource_type))


def row(name: str) -> Row:
    """The row with that id; raises `KeyError`."""
    return {each.id: each for each in rows()}[name]


def _row(raw: dict[str, Any]) -> Row:
    given = {**raw, "excluded": raw.get("except", ())}
    given.pop("except", None)
    for name, make in _MADE.items():
        if name in given:
            given[name] = make(given[name])
    return Row(**given)


_MADE: Mapping[str, Any] = {
    "change": Kind,
    "effect": Effect,
    "deploy": Readiness,
    "back": Readiness,
    **dict.fromkeys(("types", "values", "having", "excluded", "example"), tuple),
}


def _any(patterns: Sequence[str], text: str) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)
