"""What AWS does not undo of a change to a resource: the table, read.

One comparison serves the deploy and the way back: a row names a move between two
values, and either may make it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any, NamedTuple

from flowguard.model import hidden
from flowguard.model.questions import Unresolved, find_unresolved
from flowguard.model.readiness import Readiness
from flowguard.plan import versions
from flowguard.plan.changes import differ, replacing
from flowguard.template.irreversible import Effect, Kind, Row, rows_of

Properties = Mapping[str, Any]


class Side(NamedTuple):
    """A resource before the deploy, or after it."""

    properties: Properties
    attributes: Properties = MappingProxyType({})
    """Its UpdatePolicy is among them."""


class Way(StrEnum):
    """Who makes the move."""

    DEPLOY = "deploy"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Undone:
    """A change that AWS does not undo, or does not make."""

    row: Row
    way: Way
    verdict: Readiness
    sure: bool
    """False where a value is not known, so that nobody could compare."""
    before: Any
    """The value before the deploy."""
    after: Any

    @property
    def path(self) -> tuple[str, ...]:
        """Where the property is; () for all of them."""
        return tuple(filter(None, self.row.property.split("/")))

    @property
    def blocks(self) -> bool:
        """Whether a restore would meet AWS's refusal, or lose something itself."""
        return self.way is Way.BACK and self.row.effect is not Effect.STAYS

    @property
    def sticks(self) -> bool:
        """Whether CloudFormation's own rollback would meet it, too."""
        return self.blocks and self.row.native != "left"

    def says(self, *, done: bool = False) -> str:
        """What changes and what follows, in words that complete a resource's name;
        `done` where it was deployed already."""
        goes, changes = ("went", "changed") if done else ("goes", "changes")
        if not self.sure:
            goes, changes = ("may have gone", "may have changed") if done else _MAY
        values = _shown(self.before), _shown(self.after)
        name = ".".join(self.path)
        if not name or not all(values):
            move = f"{changes} {name}{self._elements()}".rstrip()
        else:
            move = f"{goes} from {name} {values[0]} to {values[1]}"
        return f"{move}, {_FOLLOWS[self.way, self.row.effect]}: {self.row.why}"

    def _elements(self) -> str:
        """The elements of a list that are lost on the way, in brackets."""
        if self.row.change is not Kind.LOSES or not self.sure:
            return ""
        there = [self.before, self.after]
        old, new = there if self.way is Way.DEPLOY else reversed(there)
        names = [_text(e.get(self.row.key)) for e in _lost(self.row, old, new)]
        return f" ({', '.join(names)})"

    def remedy(self, resource_type: str, physical_id: str) -> str:
        """What to do before the deploy, as an imperative."""
        refused = self.way is Way.DEPLOY and self.row.effect is Effect.REFUSED
        if not refused or self.row.change is Kind.PAST or not self.sure:
            return self.row.remedy(resource_type, physical_id)
        value = _shown(self.before)
        name = ".".join(self.path)
        return (
            f"write {name}{f' {value}' if value else ''} again, as it is deployed; for "
            "another value make a new resource, under another logical id"
        )

    def to_do(self, logical_id: str) -> str:
        """What a person does about it after a rollback, as an imperative."""
        name = ".".join(self.path)
        if self.row.effect is Effect.WAITS and name:
            return f"set {name} of {logical_id} back by hand once AWS takes it"
        if self.row.effect is not Effect.REFUSED or not name:
            return f"look at {logical_id}: {self.row.why}"
        now = _shown(self.after)
        value = f"{name} {now}" if now else f"{name} as it is now"
        return f"write {value} for {logical_id} into the template that you deploy next"


_MAY = ("may go", "may change")
_FOLLOWS = {
    (Way.DEPLOY, Effect.REFUSED): "which AWS refuses",
    (Way.DEPLOY, Effect.WAITS): "which AWS may refuse",
    (Way.DEPLOY, Effect.LOSES): "and no rollback brings back what that costs",
    (Way.DEPLOY, Effect.STAYS): "which AWS does in part",
    (Way.BACK, Effect.REFUSED): "and no rollback can set that back",
    (Way.BACK, Effect.WAITS): "and a rollback may be refused, or have to wait",
    (Way.BACK, Effect.LOSES): "and a rollback has its price",
    (Way.BACK, Effect.STAYS): "and a rollback sets that back in part",
}


def undone(
    resource_type: str,
    before: Side,
    after: Side,
    now: datetime,
    ways: Collection[Way] = tuple(Way),
) -> tuple[Undone, ...]:
    """What a change from `before` to `after` has that AWS does not undo, or not make.

    One for each property, the worst, among the `ways` that are asked for.
    """
    old, new = before.properties, after.properties
    changed = [n for n in {*old, *new} if differ(old.get(n), new.get(n))]
    if not changed:
        return ()
    anew = replacing(resource_type, old, new, changed)
    found: dict[str, Undone] = {}
    for row in rows_of(resource_type):
        if anew and row.property.split("/")[0] not in anew:
            continue  # a new resource is made, with its values from the start
        for each in _of(row, before, after, now):
            if each.way not in ways:
                continue
            known = found.get(row.property)
            if known is None or _weight(each) > _weight(known):
                found[row.property] = each
    return tuple(found.values())


def _weight(one: Undone) -> tuple[bool, bool, bool]:
    return one.verdict is Readiness.RED, one.sure, one.way is Way.DEPLOY


def _of(row: Row, before: Side, after: Side, now: datetime) -> Iterator[Undone]:
    """The row for the deploy, and for the way back."""
    sides = (
        (Way.DEPLOY, row.deploy, before, after),
        (Way.BACK, row.back, after, before),
    )
    values = _at(before.properties, row), _at(after.properties, row)
    for way, verdict, old, new in sides:
        if verdict is None or not _applies(row, new):
            continue
        sure = _moves(row, old.properties, new.properties, now)
        if sure is not None:
            mild = not sure or (way is Way.BACK and _is_minor(row, *values))
            said = Readiness.AMBER if mild else verdict
            yield Undone(row, way, said, sure, *values)


def _is_minor(row: Row, before: Any, after: Any) -> bool:
    """Whether it is a version of which only the minor part changes."""
    if row.change is not Kind.OLDER:
        return False
    return versions.is_same(_text(before), _text(after), parts=row.parts)


def _applies(row: Row, side: Side) -> bool:
    """Whether what else decides is so, or may be."""
    for name, wanted in row.where.items():
        value = side.properties.get(name, "")
        known = not isinstance(value, Unresolved)
        if known and not any(fnmatchcase(_text(value), w) for w in wanted):
            return False
    if not row.policy:
        return True
    given = side.attributes.get("UpdatePolicy")
    name = row.policy.removeprefix("!")
    switch = given.get(name) if isinstance(given, Mapping) else None
    return (_text(switch) == "true") != row.policy.startswith("!")


def _moves(row: Row, old: Properties, new: Properties, now: datetime) -> bool | None:
    """Whether the move is made: True, None for no, False where nobody can tell."""
    if row.change is Kind.PAST:
        return True if _is_past(_at(new, row), now) else None
    a, b = _at(old, row), _at(new, row)
    if not differ(a, b):
        return None
    if row.change in {Kind.GAINS, Kind.LOSES}:
        return _elements(row, a, b)
    if any(find_unresolved((a, b))):
        return False
    if row.change is Kind.CHANGED:
        gone = b is None and row.effect is Effect.LOSES
        return None if gone else True
    return True if _MOVES[row.change](row, _text(a), _text(b), now) else None


def _older(_row: Row, a: str, b: str, _now: datetime) -> bool:
    return bool(a and b) and versions.is_older(b, a)  # else AWS keeps what there is


def _less(_row: Row, a: str, b: str, _now: datetime) -> bool:
    return _number(b) < _number(a)


def _to(row: Row, a: str, b: str, now: datetime) -> bool:
    ends = row.since.get(b)
    refused = ends is not None and ends <= now.date()
    return refused or (b in row.values and a not in row.values)


def _from(row: Row, a: str, b: str, _now: datetime) -> bool:
    return a in row.values and b not in row.values


_MOVES: Mapping[Kind, Callable[[Row, str, str, datetime], bool]] = {
    Kind.OLDER: _older,
    Kind.LESS: _less,
    Kind.TO: _to,
    Kind.FROM: _from,
}


def _elements(row: Row, old: Any, new: Any) -> bool | None:
    """Whether a list gets an element that counts, or loses one."""
    if isinstance(old, Unresolved) or isinstance(new, Unresolved):
        return False
    if row.change is Kind.LOSES:
        return True if _lost(row, old, new) else None
    before, after = _list(old), _list(new)
    gained = [e for e in after if not any(_allows(row, e, old) for old in before)]
    return True if any(name in e for e in gained for name in row.having) else None


def _lost(row: Row, old: Any, new: Any) -> list[Properties]:
    """The elements of a list that are gone, or another where that counts."""
    now = {_text(e.get(row.key)): e for e in _list(new)}
    return [e for e in _list(old) if _is_lost(row, e, now.get(_text(e.get(row.key))))]


def _is_lost(row: Row, element: Properties, now: Properties | None) -> bool:
    return now is None or (row.edits and differ(element, now))


def _allows(row: Row, new: Properties, old: Properties) -> bool:
    """Whether an element is as it was, but for numbers that have grown."""
    return all(
        not differ(old.get(name), new.get(name))
        or (
            name in row.having
            and _number(_text(old.get(name))) < _number(_text(new.get(name)))
        )
        for name in {*old, *new}
    )


def _list(value: Any) -> Sequence[Properties]:
    written = value if isinstance(value, list) else []
    return [element for element in written if isinstance(element, Mapping)]


def _is_past(value: Any, now: datetime) -> bool:
    try:
        when = datetime.fromisoformat(_text(value))
    except ValueError:
        return False
    return (when if when.tzinfo else when.replace(tzinfo=UTC)) < now


def _at(properties: Properties, row: Row) -> Any:
    """What stands at the row's path; what AWS takes where nothing does."""
    value: Any = properties
    for name in filter(None, row.property.split("/")):
        if isinstance(value, Unresolved):
            return value
        value = value.get(name) if isinstance(value, Mapping) else None
    return row.unset if value is None else value


def _text(value: Any) -> str:
    """A scalar as CloudFormation takes it, opened where it is hidden."""
    if value is None or isinstance(value, Mapping | list):
        return ""
    return str(value).lower() if isinstance(value, bool) else hidden.real(str(value))


def _number(text: str) -> float:
    """The number that is written; one that nothing is less than where none is."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _shown(value: Any) -> str:
    """A value in a message; empty for one that says nothing, or too much."""
    if isinstance(value, Unresolved):
        return value.expression
    if value is None or isinstance(value, Mapping | list):
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else ""


_LONGEST = 60
