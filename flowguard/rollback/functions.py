"""Functions before × functions after: the same where they run the same code so.

A version is the same where its code and configuration are, an alias or an export where
what it points at is. An inline function's digest is another after each upload: there the
source in the template is compared. The values of an environment are nowhere written
down; where a version from before still is there, Lambda's own answer is compared with it,
and else they follow from the template and its parameters, which are compared, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flowguard.model.rollback import Identity
from flowguard.model.snapshot import (
    FunctionAlias,
    FunctionState,
    FunctionVersion,
    Snapshot,
    StackOutput,
)
from flowguard.rollback import likeness
from flowguard.rollback.sides import DIFFERENT, SAME, UNKNOWN, Sides, equal, known

Configuration = tuple[tuple[str, str], ...]

_VERSION = re.compile(
    r"(?P<what>arn:[\w-]+:lambda:[^:]+:\d+:(?P<kind>function|layer):(?P<name>[^:]+)):"
    r"(?P<version>\d+)"
)
NO_SOURCE = "its source cannot be compared: nobody kept the template from before"
LAYER = "AWS::Lambda::LayerVersion"


def codes(sides: Sides) -> Iterator[Identity]:
    """The code of each function, and what its aliases point at."""
    return known(sides, "functions", "functions", lambda: _each_code(sides))


def configurations(sides: Sides) -> Iterator[Identity]:
    """The configuration of each function; that nobody told is said of their code."""
    if sides.before.knows("functions") and sides.after.knows("functions"):
        yield from _each_configuration(sides)


def same_target(sides: Sides, old: StackOutput, new: StackOutput) -> bool:
    """Whether two outputs point at two versions of one thing that are the same."""
    was, now = _VERSION.fullmatch(old.value), _VERSION.fullmatch(new.value)
    if not was or not now or was["what"] != now["what"]:
        return False
    if was["kind"] == "layer":
        return _is_own_layer(sides, old.value, new.value)
    for before, after in _pairs(sides):
        if after and after.name == now["name"]:
            found = (before, was["version"]), (after, now["version"])
            return _same_version(sides, *found) is True
    return False


def _pairs(
    sides: Sides,
) -> Iterator[tuple[FunctionState, FunctionState | None]]:
    now = {function.logical_id: function for function in sides.after.functions}
    return ((old, now.get(old.logical_id)) for old in sides.before.functions)


# --- code -----------------------------------------------------------------------------


def _each_code(sides: Sides) -> Iterator[Identity]:
    for old, new in _pairs(sides):
        name = f"function {old.logical_id}"
        if new is None:
            yield Identity(name, DIFFERENT, old.code_sha256, "none")
            continue
        if old.code_sha256 == new.code_sha256 or not new.inline:
            yield equal(name, old.code_sha256, new.code_sha256)
        else:
            yield _inline(sides, name, new)
        now = {alias.name: alias for alias in new.aliases}
        for alias in old.aliases:
            there = now.get(alias.name)
            yield _alias(sides, (old, alias), (new, there) if there else None)


def _inline(sides: Sides, name: str, new: FunctionState) -> Identity:
    same = _same_source(sides, new)
    if same is None:
        return Identity(name, UNKNOWN, "", NO_SOURCE)
    outcome = SAME if same else DIFFERENT
    return Identity(name, outcome, "the source from before", _SOURCES[same])


_SOURCES = {True: "the same source", False: "another source"}


def _same_source(sides: Sides, new: FunctionState) -> bool | None:
    """Whether the template has the code from before; None where nobody can tell."""
    stack, _, _ = new.logical_id.rpartition(".")
    if stack:
        texts = [dict(side.nested).get(stack) for side in (sides.before, sides.after)]
        return True if texts[0] and texts[0] == texts[1] else None
    if sides.templates is None:
        return True if sides.same_template else None
    before, after = (likeness.code_of(t, new.logical_id) for t in sides.templates)
    if before is None or after is None:
        return None
    same: bool = before == after
    return same


# --- versions -------------------------------------------------------------------------

Numbered = tuple[FunctionState, str]


def _same_version(sides: Sides, old: Numbered, new: Numbered) -> bool | None:
    """Whether two versions do the same; None where nobody can tell."""
    (function, was), (now, number) = old, new
    # What the account says of the old one now can be held against the new one, value
    # by value.
    before = _published(now, was) or _published(function, was)
    after = _published(now, number)
    if was == number:
        there = _published(function, was)
        return not there or not after or there.code_sha256 == after.code_sha256
    if before is None or after is None:
        return None
    same_code = before.code_sha256 == after.code_sha256
    if not same_code and now.inline:
        # The two were published from what is compared as the functions' own code.
        latest = (before.code_sha256, after.code_sha256) == (
            function.code_sha256,
            now.code_sha256,
        )
        same_code = latest and _same_source(sides, now) is True
    if not same_code or _differing(sides, before.configuration, after.configuration):
        return False
    if _published(now, was) and before.environment and after.environment:
        return before.environment == after.environment
    return True


def _published(function: FunctionState, number: str) -> FunctionVersion | None:
    return next((v for v in function.published if v.version == number), None)


Pointing = tuple[FunctionState, FunctionAlias]


def _alias(sides: Sides, was: Pointing, now: Pointing | None) -> Identity:
    """By what it points at: a restored release is published as another version."""
    function, old = was
    name, expected = f"alias {function.logical_id}:{old.name}", _pointed(old)
    if now is None:
        return Identity(name, DIFFERENT, expected, "none")
    new = now[1]
    same = _same_target_of(sides, was, now)
    outcome = SAME if same else DIFFERENT
    return Identity(name, outcome, expected, _pointed(new))


def _same_target_of(sides: Sides, was: Pointing, now: Pointing) -> bool:
    (function, old), (there, new) = was, now
    same = _same_version(sides, (function, old.version), (there, new.version))
    if same is None:
        # All that an older snapshot tells of it.
        same = bool(old.code_sha256) and old.code_sha256 == new.code_sha256
    if len(old.weights) != len(new.weights):
        return False
    return same and all(
        share == other
        and _same_version(sides, (function, version), (there, number)) is True
        for (version, share), (number, other) in zip(
            old.weights, new.weights, strict=True
        )
    )


def _pointed(alias: FunctionAlias) -> str:
    shares = "".join(f", {share:.0%} version {v}" for v, share in alias.weights)
    return f"version {alias.version}{shares}"


def _is_own_layer(sides: Sides, old: str, new: str) -> bool:
    """Whether both are the stack's own layer: its content is what the template says."""
    before = {p: name for name, kind, p in sides.before.resources if kind == LAYER}
    after = {p: name for name, kind, p in sides.after.resources if kind == LAYER}
    return old in before and before[old] == after.get(new) and sides.same_template


# --- configuration --------------------------------------------------------------------


def _each_configuration(sides: Sides) -> Iterator[Identity]:
    for old, new in _pairs(sides):
        if new is None or not (old.configuration and new.configuration):
            continue  # it is gone, which is told; or an older snapshot tells nothing
        name = f"configuration {old.logical_id}"
        found = _differing(sides, old.configuration, new.configuration)
        if found:
            texts = [", ".join(f"{k} {side[k]}" for k in side) for side in found]
            yield Identity(name, DIFFERENT, *texts)
        elif (same := _same_environment(old, new)) is False:
            values = ("the values from before", "other values")
            yield Identity(f"environment {old.logical_id}", DIFFERENT, *values)
        else:
            yield Identity(name, SAME, "", _ENVIRONMENT[same])


_ENVIRONMENT = {
    True: "its environment has the values from before, by Lambda's own answer",
    None: "its environment's values follow from the template and its parameters",
}
"""What the environment was compared by."""


def _same_environment(old: FunctionState, new: FunctionState) -> bool | None:
    """Whether its values are as they were, told by versions from before that still are
    there; None where none is."""
    found = None
    for version in old.published:
        there = _published(new, version.version)
        numbers = (old.environment, version.environment, new.environment)
        if there is None or not all((*numbers, there.environment)):
            continue
        was = old.environment == version.environment
        now = new.environment == there.environment
        if was is not now:
            return False
        found = found or (was and now) or None
    return found


def _differing(
    sides: Sides, before: Configuration, after: Configuration
) -> tuple[Mapping[str, str], Mapping[str, str]] | None:
    """The settings that differ, on both sides; None where none does.

    What the stack has made itself goes by its name in the template: a role that was
    replaced and restored is the same role.
    """
    if not before or not after:
        return None
    old, new = _named(sides.before, before), _named(sides.after, after)
    names = sorted(n for n in old.keys() | new.keys() if old.get(n) != new.get(n))
    if not names:
        return None
    was, now = ({n: s.get(n, "none") for n in names} for s in (old, new))
    return was, now


def _named(side: Snapshot, configuration: Configuration) -> Mapping[str, str]:
    ids = {physical: logical for logical, _, physical in side.resources if physical}
    if not ids:
        return dict(configuration)
    any_of = "|".join(map(re.escape, sorted(ids, key=len, reverse=True)))
    own = re.compile(rf"(?<![\w-])(?:{any_of})(?![\w-])")
    return {
        name: own.sub(lambda found: ids[found[0]], value)
        for name, value in configuration
    }
