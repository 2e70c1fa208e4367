"""Hurl's asserts and captures → what is expected, and what is kept."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from flowguard.smoke.expectation import Operator
from flowguard.smoke.imports.expected import Expected, NotTakenOver
from flowguard.smoke.imports.hurl_text import marked
from flowguard.smoke.imports.json_path import jmespath
from flowguard.smoke.imports.scenario import literal

_QUOTED: Final = r'"((?:[^"\\]|\\.)*)"'
_QUERY: Final = re.compile(
    rf"(status|body|duration|bytes|url|version|certificate|header|cookie|jsonpath|xpath"
    rf"|regex|variable|sha256|md5)(?:\s+{_QUOTED})?(?:\s+/((?:[^/\\]|\\.)*)/)?"
)
_FILTER: Final = re.compile(r"\s+(count|nth\s+-?\d+|first|last)")
_COMPARISON: Final = re.compile(r"(==|!=|>=|<=|>|<)\s*(.+)")
_IS: Final = {
    "isBoolean": "boolean",
    "isString": "string",
    "isNumber": "number",
    "isInteger": "integer",
    "isList": "array",
    "isObject": "object",
}


def captured(text: str) -> Any:
    """What a capture keeps, as a spec says it. Raises `NotTakenOver`."""
    text = text.removesuffix("redact").strip()
    query, argument, rest = _query(text)
    if query == "jsonpath":
        expression, rest = _filtered(jmespath(argument), rest)
        if rest:
            raise NotTakenOver
        return expression
    if rest:
        raise NotTakenOver
    match query:
        case "header":
            return {"header": argument}
        case "cookie" if "[" not in argument:
            return {"cookie": argument}
        case "regex":
            return {"regex": literal(argument)}
        case "status":
            return {"status": "code"}
        case _:
            raise NotTakenOver


def assertion(expected: Expected, text: str) -> None:
    """Take one line of `[Asserts]` over. Raises `NotTakenOver`."""
    query, argument, rest = _query(text)
    if query == "jsonpath":
        expression, rest = _filtered(jmespath(argument), rest)
        expression, operator = _predicate(rest, expression)
        expected.add_json(expression, operator)
        return
    if query == "status":
        expected.status(_statuses(rest))
        return
    _, operator = _predicate(rest, "")
    match query:
        case "header":
            expected.add_header(argument, operator)
        case "body":
            expected.add_body(operator)
        case "duration" if operator.name in {"<", "<="}:
            expected.below(float(operator.operand))
        case "regex" if operator.name == "exists":
            expected.add_body(Operator("~", literal(argument)))
        case _:
            raise NotTakenOver


def json_equal(expected: Expected, header: str, value: Any) -> None:
    """A header, or the whole body as JSON, must be equal to `value`."""
    if header:
        expected.add_header(header, Operator("==", value))
    else:
        expected.add_json("@", Operator("==", value))


def _query(text: str) -> tuple[str, str, str]:
    """The query, its argument, and what stands behind it."""
    found = _QUERY.match(text)
    if not found:
        raise NotTakenOver
    argument = found[3] if found[3] is not None else found[2]
    if found[2] is not None and found[3] is None:
        argument = _string(found[2])
    return found[1], argument or "", text[found.end() :].strip()


def _filtered(expression: str, rest: str) -> tuple[str, str]:
    """`count`, `nth 0`: what of the value is looked at."""
    while found := _FILTER.match(f" {rest}"):
        rest = f" {rest}"[found.end() :].strip()
        words = found[1].split()
        match words:
            case ["count"]:
                expression = f"length({expression})"
            case ["nth", number]:
                expression = f"{expression}[{number}]"
            case _:
                expression = f"{expression}[{0 if words[0] == 'first' else -1}]"
    return expression, rest


def _predicate(text: str, expression: str) -> tuple[str, Operator]:
    negative = text.startswith("not ")
    if negative:
        text = text.removeprefix("not ").strip()
    if found := _COMPARISON.fullmatch(text):
        value = _value(found[2])
        name = {"==": "!=", "!=": "=="}.get(found[1], "") if negative else found[1]
        ordered = name in {"<", "<=", ">", ">="}
        if not name or (ordered and not isinstance(value, int | float)):
            raise NotTakenOver
        return expression, Operator(name, value)
    return expression, _word(text, negative=negative)


def _word(text: str, *, negative: bool) -> Operator:
    word, _, rest = text.partition(" ")
    if word == "exists":
        return Operator("absent" if negative else "exists")
    if word == "matches":
        return Operator("!~" if negative else "~", _pattern(rest.strip()))
    if negative:
        raise NotTakenOver
    match word:
        case word if word in _IS:
            return Operator("is", _IS[word])
        case "isEmpty":
            return Operator("length", Operator("==", 0))
        case "contains" | "includes":
            return Operator("contains", _value(rest))
        case "startsWith":
            return Operator("~", f"^{re.escape(str(_value(rest)))}")
        case "endsWith":
            return Operator("~", f"{re.escape(str(_value(rest)))}$")
        case _:
            raise NotTakenOver


def _statuses(text: str) -> frozenset[int]:
    found = _COMPARISON.fullmatch(text)
    bound = _value(found[2]) if found else None
    if not found or not isinstance(bound, int):
        raise NotTakenOver
    wanted = {
        "==": lambda status: status == bound,
        "!=": lambda status: status != bound,
        "<": lambda status: status < bound,
        "<=": lambda status: status <= bound,
        ">": lambda status: status > bound,
        ">=": lambda status: status >= bound,
    }[found[1]]
    return frozenset(filter(wanted, range(100, 600)))


def _value(text: str) -> Any:
    text = text.strip()
    if text.startswith("{{") and text.endswith("}}"):
        return marked(text)
    if text.startswith('"'):
        found = re.fullmatch(_QUOTED, text)
        if not found:
            raise NotTakenOver
        return marked(_string(found[1]))
    if len(text) > 1 and text[0] == text[-1] == "`":
        return marked(text[1:-1])
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise NotTakenOver from None
    if not isinstance(value, bool | int | float | None):
        raise NotTakenOver
    return value


def _string(text: str) -> str:
    """Hurl's escapes are JSON's, and `\\u{…}`."""
    plain = re.sub(r"\\u\{([0-9a-fA-F]{1,4})\}", lambda f: f"\\u{f[1]:0>4}", text)
    try:
        value = json.loads(f'"{plain}"')
    except ValueError:
        return text
    return str(value)


def _pattern(text: str) -> str:
    """A regular expression between slashes or in quotes."""
    if len(text) > 1 and text[0] == text[-1] == "/":
        return literal(text[1:-1].replace("\\/", "/"))
    found = re.fullmatch(_QUOTED, text)
    if not found:
        raise NotTakenOver
    return literal(_string(found[1]))
