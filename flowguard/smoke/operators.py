"""One line of an expectation: read, judged, and shown.

`>= 1` · `exists` · `absent` · `~ ^v\\d` · `!~ error` · `contains x` · `in [a, b]` ·
`not in [a, b]` · `is string` · `length >= 2` · `!= null` · `== exists` (the word
itself) · any other value, which must be equal.

Types are honest: 1 is not "1", and true is not 1; 1 and 1.0 are the one number that
they are in JSON. What is missing satisfies nothing but `absent`, `null` and `is null`,
so that a field that disappears never satisfies `!= DOWN`.
"""

from __future__ import annotations

import json
import math
import operator as compare
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from flowguard.errors import did_you_mean
from flowguard.smoke.suite import Operator

PATTERN_SECONDS: Final = 0.5
"""How long a pattern may look at one text."""

NAMES: Final = (
    *("==", "!=", "<", "<=", ">", ">=", "~", "!~", "contains", "in", "not in"),
    *("exists", "absent", "is", "length"),
)
TYPES: Final = ("string", "number", "integer", "boolean", "array", "object", "null")

_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": compare.lt,
    "<=": compare.le,
    ">": compare.gt,
    ">=": compare.ge,
}
_SIGN = re.compile(r"(==|!=|<=|>=|<|>)\s*(.+)", re.DOTALL)
_WORD = re.compile(r"(not in|contains|in|is|length|!~|~)\s+(.+)", re.DOTALL)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_MAX_DIGITS = 400
_VARIABLE = re.compile(r"(?<!\$)\$\{[^{}]*\}")
_WRONG = {
    "=>": ">=",
    "=<": "<=",
    "<>": "!=",
    "===": "==",
    "!==": "!=",
    "=~": "~",
    "=": "==",
    "matches": "~",
    "len": "length",
    "lenght": "length",
}


class Undecided(Exception):  # noqa: N818 — nothing is wrong; it is not known
    """An operator came to no answer in its time."""


# -- reading ---------------------------------------------------------------------


def parse(value: Any) -> Operator:
    """An expectation as it is written in a spec.

    Raises ValueError, whose text says what is wrong and what to write.
    """
    if not isinstance(value, str):
        return Operator("==", value)
    text = value.strip()
    if text in {"exists", "absent"}:
        return Operator(text)
    if match := _SIGN.fullmatch(text):
        return _comparison(match[1], match[2], text)
    if match := _WORD.fullmatch(text):
        return _worded(match[1], match[2], text)
    _refuse_misspelt(text)
    return Operator("==", value)


def _comparison(name: str, rest: str, text: str) -> Operator:
    if name in {"==", "!="} and rest.startswith("="):
        raise ValueError(f"{text!r} is no expectation; did you mean '{name} …'?")
    operand = scalar(rest)
    if name in _ORDER and not (_is_number(operand) or _has_variable(operand)):
        raise ValueError(
            f"{name!r} compares with a number, not with {rest!r}; "
            f"write '== {text}' for the text itself"
        )
    return Operator(name, operand)


def _worded(name: str, rest: str, text: str) -> Operator:
    match name:
        case "~" | "!~":
            if not _has_variable(rest):
                _compiled(rest)
            return Operator(name, rest)
        case "contains":
            operand = scalar(rest)
            same = not _is_number(operand) or _as_json(operand) == rest
            return Operator(name, operand if same else rest)
        case "is":
            if rest not in TYPES:
                hint = did_you_mean(rest, TYPES) or f"; write one of {_list(TYPES)}"
                raise ValueError(
                    f"{rest!r} is no type{hint}, or '== {text}' for the text itself"
                )
            return Operator(name, rest)
        case "length":
            return _length(rest, text)
        case _:
            return Operator(name, _choices(name, rest, text))


def _choices(name: str, rest: str, text: str) -> tuple[Any, ...]:
    operand = _sequence(rest)
    if operand is None:
        raise ValueError(
            f"{name!r} takes a list such as [a, b], not {rest!r}; "
            f"write '== {text}' for the text itself"
        )
    return operand


def _length(rest: str, text: str) -> Operator:
    inner = parse(scalar(rest) if _NUMBER.fullmatch(rest) else rest)
    known = inner.name in {"==", "!=", "in", "not in", *_ORDER}
    operands = inner.operand if isinstance(inner.operand, tuple) else (inner.operand,)
    if not known or not all(_is_number(o) or _has_variable(o) for o in operands):
        raise ValueError(
            f"'length' compares with a number, as in 'length >= 2', not {rest!r}; "
            f"write '== {text}' for the text itself"
        )
    return Operator("length", inner)


def _refuse_misspelt(text: str) -> None:
    """Raise where a text is an operator but for a slip; prose is left alone."""
    first, _, rest = text.partition(" ")
    if meant := _WRONG.get(first) if rest else None:
        raise ValueError(f"{first!r} is no operator; did you mean '{meant} {rest}'?")
    if match := re.fullmatch(r"(!?~)(\S.*)", text, re.DOTALL):
        raise ValueError(f"write a space in {text!r}: '{match[1]} {match[2]}'")
    known = ("contains", "length") if rest else ("exists", "absent")
    near = did_you_mean(first, known) if _close(first, known) else ""
    if near:
        raise ValueError(
            f"{text!r} is no expectation{near} Write '== {text}' for the text itself"
        )


def _close(word: str, known: tuple[str, ...]) -> bool:
    """Nearer than difflib's usual: "present" is a value, "exsits" is a slip."""
    return any(word != name and sorted(word) == sorted(name) for name in known) or any(
        abs(len(word) - len(name)) == 1
        and _is_one_letter_short(*sorted((word, name), key=len))
        for name in known
    )


def _is_one_letter_short(short: str, long: str) -> bool:
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def scalar(text: str) -> Any:
    """A value written on one line: what JSON has, lists without quotes, else text."""
    text = text.strip()
    if text in {"null", "true", "false"} or _is_short_number(text):
        return json.loads(text)
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if text[:1] in {'"', "{"}:
        try:
            return json.loads(text)
        except ValueError:
            return text
    sequence = _sequence(text)
    return text if sequence is None else list(sequence)


def _is_short_number(text: str) -> bool:
    """Python refuses to read thousands of digits; nobody means them."""
    return len(text) < _MAX_DIGITS and _NUMBER.fullmatch(text) is not None


def _sequence(text: str) -> tuple[Any, ...] | None:
    """`[a, "b, c", 3]`; None where it is no list."""
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return None
    items: list[str] = [""]
    depth, quote = 0, ""
    for character in text[1:-1]:
        if character == "," and not depth and not quote:
            items.append("")
            continue
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and not items[-1].strip():
            quote = character
        else:
            depth += (character in "[{") - (character in "]}")
        items[-1] += character
    if items == [""]:
        return ()
    return tuple(scalar(item) for item in items)


# -- judging ---------------------------------------------------------------------


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
            ordered = _is_number(actual) and _is_number(operand)
            return ordered and _ORDER[name](actual, operand)


def as_meant(operator: Operator, text: str) -> Any:
    """The text of a header or of a page, as the number that it is compared with.

    `content-length: ">= 1"` and `x-count: 5` mean numbers, though all of HTTP is text.
    """
    operand = operator.operand
    operands = operand if isinstance(operand, tuple) else (operand,)
    if operator.name == "is" or (
        operator.name in {"==", "!=", "in", "not in", *_ORDER}
        and any(_is_number(one) or isinstance(one, bool) for one in operands)
    ):
        value = scalar(text)
        return value if isinstance(value, (int, float)) else text
    return text


def equal(left: Any, right: Any) -> bool:
    """Whether two JSON values are the same: deeply, and of the same types."""
    if _is_number(left) and _is_number(right):
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
        return (operand if isinstance(operand, str) else _as_json(operand)) in actual
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
        match = _compiled(pattern).search(
            text, timeout=PATTERN_SECONDS, concurrent=True
        )
    except TimeoutError:
        raise Undecided(
            f"the pattern {pattern!r} came to no end in {PATTERN_SECONDS} s "
            f"on {len(text)} characters"
        ) from None
    return match and (match[0], *(group or "" for group in match.groups()))


def _compiled(pattern: str) -> Any:
    """Raises ValueError for what is no pattern; compiled ones are kept by `regex`."""
    import regex

    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"{pattern!r} is no pattern: {error}") from None


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and not math.isnan(value)
    )


def _has_variable(value: Any) -> bool:
    return isinstance(value, str) and _VARIABLE.search(value) is not None


# -- showing ---------------------------------------------------------------------


def show(operator: Operator) -> str:
    """An expectation as one would write it; a text to be equal to is in quotes."""
    name, operand = operator.name, operator.operand
    match name:
        case "==":
            return _as_json(operand)
        case "exists" | "absent":
            return name
        case "~" | "!~" | "is":
            return f"{name} {operand}"
        case "length":
            return f"length {show(operand)}"
        case _:
            return f"{name} {_as_json(operand)}"


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _list(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
