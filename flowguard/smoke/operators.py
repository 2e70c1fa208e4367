"""One line of an expectation: how it is read, and shown.

`>= 1` · `exists` · `absent` · `~ ^v\\d` · `!~ error` · `contains x` · `in [a, b]` ·
`not in [a, b]` · `is string` · `length >= 2` · `!= null` · `== exists` (the word
itself) · any other value, which must be equal.

`comparison` says what each of them accepts.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from flowguard.errors import did_you_mean
from flowguard.smoke.comparison import (
    ORDER,
    Undecided,
    compiled,
    equal,
    holds,
    is_number,
    kinds,
    search,
)
from flowguard.smoke.expectation import Operator

__all__ = [
    "Undecided",
    "as_meant",
    "equal",
    "holds",
    "kinds",
    "parse",
    "scalar",
    "search",
    "show",
]

TYPES: Final = ("string", "number", "integer", "boolean", "array", "object", "null")

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
    if name in ORDER and not (is_number(operand) or _has_variable(operand)):
        raise ValueError(
            f"{name!r} compares with a number, not with {rest!r}; "
            f"write '== {text}' for the text itself"
        )
    return Operator(name, operand)


def _worded(name: str, rest: str, text: str) -> Operator:
    match name:
        case "~" | "!~":
            if not _has_variable(rest):
                compiled(rest)
            return Operator(name, rest)
        case "contains":
            operand = scalar(rest)
            same = not is_number(operand) or _as_json(operand) == rest
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
    known = inner.name in {"==", "!=", "in", "not in", *ORDER}
    operands = inner.operand if isinstance(inner.operand, tuple) else (inner.operand,)
    if not known or not all(is_number(o) or _has_variable(o) for o in operands):
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


def _has_variable(value: Any) -> bool:
    return isinstance(value, str) and _VARIABLE.search(value) is not None


def as_meant(operator: Operator, text: str) -> Any:
    """The text of a header or of a page, as the number that it is compared with.

    `content-length: ">= 1"` and `x-count: 5` mean numbers, though all of HTTP is text.
    """
    operand = operator.operand
    operands = operand if isinstance(operand, tuple) else (operand,)
    if operator.name == "is" or (
        operator.name in {"==", "!=", "in", "not in", *ORDER}
        and any(is_number(one) or isinstance(one, bool) for one in operands)
    ):
        value = scalar(text)
        return value if isinstance(value, (int, float)) else text
    return text


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
