"""What an operator accepts: comparisons of JSON values, of honest types.

1 is not "1", and true is not 1; 1 and 1.0 are the one number that they are in JSON.
What is missing satisfies nothing but `absent`, `null` and `is null`, so that a field
that disappears never satisfies `!= DOWN`.
"""

from __future__ import annotations

import json
import math
import operator as compare
from collections.abc import Callable, Mapping
from typing import Any, Final

from flowguard.smoke.expectation import Operator

PATTERN_SECONDS: Final = 0.5
"""How long a pattern may look at one text."""

ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": compare.lt,
    "<=": compare.le,
    ">": compare.gt,
    ">=": compare.ge,
}


class Undecided(Exception):  # noqa: N818 — nothing is wrong; it is not known
    """An operator came to no answer in its time."""


def holds(operator: Operator, actual: Any, *, present: bool) -> bool:
    """Whether what came is what was expected. Raises `Undecided`.

    `present` says whether there was anything; `actual` counts only then.
    """
    name, operand = operator.name, operator.operand
    if name in {"exists", "absent"}:
        return present is (name == "exists")
    if not present:
        return (name == "==" and operand is None) or (
            name == "is" and operand == "null"
        )
    match name:
        case "==" | "!=":
            return equal(actual, operand) is (name == "==")
        case "in" | "not in":
            return any(equal(actual, one) for one in operand) is (name == "in")
        case "~" | "!~":
            return isinstance(actual, str) and _found(operand, actual) is (name == "~")
        case "contains":
            return _contains(actual, operand)
        case "is":
            return operand in kinds(actual)
        case "length":
            sized = isinstance(actual, (str, list, tuple, Mapping))
            return sized and holds(operand, len(actual), present=True)
        case _:
            ordered = is_number(actual) and is_number(operand)
            return ordered and ORDER[name](actual, operand)


def equal(left: Any, right: Any) -> bool:
    """Whether two JSON values are the same: deeply, and of the same types."""
    if is_number(left) and is_number(right):
        return bool(left == right)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(
            equal(value, right[key]) for key, value in left.items()
        )
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(map(equal, left, right))
    return type(left) is type(right) and bool(left == right)


def kinds(value: Any) -> frozenset[str]:
    """The types of JSON that a value is of: 1 is a number and an integer."""
    match value:
        case None:
            return frozenset({"null"})
        case bool():
            return frozenset({"boolean"})
        case int():
            return frozenset({"number", "integer"})
        case float():
            whole = {"integer"} if value.is_integer() else set()
            return frozenset({"number", *whole})
        case str():
            return frozenset({"string"})
        case list() | tuple():
            return frozenset({"array"})
        case _:
            return frozenset({"object"})


def _contains(actual: Any, operand: Any) -> bool:
    if isinstance(actual, str):
        return (operand if isinstance(operand, str) else json.dumps(operand)) in actual
    if isinstance(actual, (list, tuple)):
        return any(equal(item, operand) for item in actual)
    return isinstance(actual, Mapping) and operand in actual


def _found(pattern: str, text: str) -> bool:
    return search(pattern, text) is not None


def search(pattern: str, text: str) -> tuple[str, ...] | None:
    """What a pattern found, whole, and its groups; None where it found nothing.

    A body is hostile and a pattern may be slow on it (`(a+)+$`). Python's own `re`
    cannot be stopped, and stops every other thread meanwhile; so the `regex` library,
    of the same syntax, searches, for half a second at most.

    Raises `Undecided` when that time is over.
    """
    try:
        match = compiled(pattern).search(text, timeout=PATTERN_SECONDS, concurrent=True)
    except TimeoutError:
        raise Undecided(
            f"the pattern {pattern!r} came to no end in {PATTERN_SECONDS} s "
            f"on {len(text)} characters"
        ) from None
    return match and (match[0], *(group or "" for group in match.groups()))


def compiled(pattern: str) -> Any:
    """A pattern, ready to search.

    Raises ValueError for what is no pattern; compiled ones are kept by `regex`."""
    import regex

    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"{pattern!r} is no pattern: {error}") from None


def is_number(value: Any) -> bool:
    """Whether a value is a number of JSON, which true is not."""
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and not math.isnan(value)
    )
