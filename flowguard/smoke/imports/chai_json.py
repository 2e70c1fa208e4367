"""Chai's assertions of a JSON value → what is expected.

What is missing in a JSON body is `undefined` in JavaScript, and an assertion on a
member of `undefined` fails; a spec's operators fail on what is missing as well. Where
that would not be so (`not`, `null`), the JMESPath expression itself decides.
"""

from __future__ import annotations

import json
from typing import Any, Final

from flowguard.smoke.expectation import Operator
from flowguard.smoke.imports.expected import NotTakenOver, path_of
from flowguard.smoke.imports.javascript_syntax import Pattern
from flowguard.smoke.imports.subjects import Json

SAME: Final = frozenset({"equal", "equals", "eq", "eql", "eqls"})
INCLUDES: Final = frozenset({"include", "contain", "includes", "contains"})
ORDER: Final = {
    **dict.fromkeys(("above", "gt", "greaterThan"), ">"),
    **dict.fromkeys(("least", "gte", "greaterThanOrEqual"), ">="),
    **dict.fromkeys(("below", "lt", "lessThan"), "<"),
    **dict.fromkeys(("most", "lte", "lessThanOrEqual"), "<="),
}
_TYPES: Final = ("string", "number", "boolean", "array", "object")


def of_json(
    subject: Json, word: str, arguments: list[Any], *, negative: bool
) -> list[tuple[str, Operator]]:
    """What must hold, by JMESPath. Raises `NotTakenOver`."""
    path = path_of(subject.path)
    if subject.length:
        path = f"length({path})"
    if word in SAME and arguments == [None]:
        word, arguments = "null", []
    if word == "property":
        return _properties(subject, arguments, negative)
    if word in {"null", "undefined"} and not arguments:
        return [_nothing(subject, word, negative)]
    if negative:
        return [*_reached(subject), _denied(path, word, arguments)]
    return [(path, _plain(word, arguments))]


def _reached(subject: Json) -> list[tuple[str, Operator]]:
    """That there is what it would be a member of."""
    parent = subject.path if subject.length else subject.path[:-1]
    return [(path_of(parent), Operator("exists"))] if parent else []


def _plain(word: str, arguments: list[Any]) -> Operator:
    match word, arguments:
        case (("true" | "false"), []):
            return Operator("==", word == "true")
        case "exist", []:
            return Operator("exists")
        case "empty", []:
            return Operator("length", Operator("==", 0))
        case word, [int() | float() as bound] if word in ORDER:
            return Operator(ORDER[word], bound)
        case word, [value] if word in SAME and not isinstance(value, Pattern):
            if isinstance(value, dict | list) and word not in {"eql", "eqls"}:
                raise NotTakenOver  # two objects are never one, so that it always fails
            return Operator("==", value)
        case _:
            return _contents(word, arguments)


def _contents(word: str, arguments: list[Any]) -> Operator:
    match word, arguments:
        case (("a" | "an"), [str(kind)]) if kind.lower() in _TYPES:
            return Operator("is", kind.lower())
        case (("lengthOf" | "length"), [int(count)]):
            return Operator("length", Operator("==", count))
        case word, [str() | int() | float() as value] if word in INCLUDES:
            return Operator("contains", value)
        case "match", [Pattern() as pattern]:
            return Operator("~", regex(pattern))
        case "oneOf", [list(values)]:
            return Operator("in", tuple(values))
        case _:
            raise NotTakenOver


def _denied(path: str, word: str, arguments: list[Any]) -> tuple[str, Operator]:
    """What must not be; what is missing is not it."""
    match word, arguments:
        case (("null" | "exist" | "undefined"), []):
            return path, Operator("absent" if word == "exist" else "exists")
        case "empty", []:
            return f"length({path})", Operator(">", 0)
        case word, [value] if word in SAME and not isinstance(value, Pattern):
            return f"{path} != {_literal(value)}", Operator("==", True)
        case _:
            raise NotTakenOver


def _properties(
    subject: Json, arguments: list[Any], negative: bool
) -> list[tuple[str, Operator]]:
    """`have.property(name)`, and what its value is."""
    match arguments:
        case [str(name)] | [str(name), _] if not subject.length:
            inner = Json((*subject.path, name))
        case _:
            raise NotTakenOver
    if not negative:
        wanted = [(path_of(inner.path), Operator("==", v)) for v in arguments[1:]]
        return [present(inner), *wanted]
    if len(arguments) > 1:
        raise NotTakenOver
    path = path_of(subject.path)
    expression = f"type({path}) == 'object' && {present(inner)[0]}"
    return [(path, Operator("exists")), (expression, Operator("==", False))]


def _nothing(subject: Json, word: str, negative: bool) -> tuple[str, Operator]:
    """Whether it is null, which is there, or undefined, which is not."""
    there, operator = present(subject, there=negative)
    if word == "undefined":
        return there, operator
    null = f"{there} && {path_of(subject.path)} == `null`"
    return null, Operator("==", not negative)


def present(subject: Json, *, there: bool = True) -> tuple[str, Operator]:
    """Whether the last member of a path is there, even if it is null."""
    if not subject.path or subject.length or isinstance(subject.path[-1], int):
        raise NotTakenOver
    parent = path_of(subject.path[:-1])
    name = _literal(subject.path[-1])
    return f"contains(keys({parent}), {name})", Operator("==", there)


def _literal(value: Any) -> str:
    """A value within JMESPath."""
    return "`" + json.dumps(value, ensure_ascii=False).replace("`", "\\`") + "`"


def regex(pattern: Pattern) -> str:
    """In Python's dialect, which is the same but for its flags."""
    flags = "".join(flag for flag in pattern.flags if flag in "ims")
    if set(pattern.flags) - set("gimsu"):
        raise NotTakenOver
    text = pattern.source.replace("\\/", "/").replace("${", "$${")
    return f"(?{flags}){text}" if flags else text
