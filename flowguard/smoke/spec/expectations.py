"""What a spec says of answers: `expect`, `deps`, `page` and `save`."""

from __future__ import annotations

import re
from typing import Any

from flowguard.smoke.expectation import Capture, Dependency, Operator, Page, Source
from flowguard.smoke.spec.faults import Fault, FaultsError, unlike
from flowguard.smoke.spec.records import Field, OneOf, Record, Values
from flowguard.smoke.spec.references import without_placeholders
from flowguard.smoke.spec.scalars import (
    Choice,
    Duration,
    Flag,
    Number,
    Schema,
    Text,
    Whatever,
)
from flowguard.smoke.spec.shapes import Either, Listed, Made, Mapped
from flowguard.template.document import Node

CERTIFICATE_DAYS = 14.0
"""How many days a certificate must hold where nobody says: time to renew it."""
NAME = r"^[A-Za-z0-9_][A-Za-z0-9_-]*$"
_CLASS = re.compile(r"([1-5])xx", re.IGNORECASE)


def jmespath(expression: str) -> None:
    """Raise `ValueError` for what is no JMESPath expression."""
    from jmespath import compile as compile_expression
    from jmespath.exceptions import JMESPathError

    plain = without_placeholders(expression)
    try:
        compile_expression(plain)
    except JMESPathError as error:
        first = str(error).partition("\n")[0].partition(": Parse error")[0]
        reason = first.removeprefix("Invalid jmespath expression: ").rstrip(": ")
        raise ValueError(f"not JMESPath: {reason}") from None
    except RecursionError:
        raise ValueError("not JMESPath: it is nested too deeply") from None


def pattern(expression: str) -> None:
    """Raise `ValueError` for what is no regular expression."""
    from flowguard.smoke.operators import parse

    parse(f"~ {expression}")


class OneLine:
    """An operator and what it compares with, or a value that must be equal."""

    def read(self, node: Node) -> Operator:
        """The operator. Raises `FaultsError` with the parser's words."""
        from flowguard.smoke.operators import parse

        try:
            return parse(node.plain())
        except ValueError as error:
            fault = Fault(node.location, f"cannot be read: {error}", named=False)
            raise FaultsError(fault) from None

    def schema(self, definitions: Schema) -> Schema:
        """Any value; what the operators are is told in its description."""
        definitions["Operator"] = {
            "description": (
                "A value that must be equal, or one line: '== x', '!= x', '< 1', "
                "'<= 1', '> 1', '>= 1', '~ regex', '!~ regex', 'contains x', "
                "'in [a, b]', 'not in [a, b]', 'exists', 'absent', 'is string', "
                "'length 3'."
            )
        }
        return {"$ref": "#/$defs/Operator"}


class Status:
    """A status, a class of them (`2xx`), or a range (`200-299`)."""

    def read(self, node: Node) -> tuple[int, int]:
        """The first and the last status of the range."""
        value = node.value
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str):
            if found := _CLASS.fullmatch(value):
                return int(found[1]) * 100, int(found[1]) * 100 + 99
            if re.fullmatch(r"[1-5][0-9]{2}", value):
                return int(value), int(value)
            if re.fullmatch(r"[1-5][0-9]{2}-[1-5][0-9]{2}", value):
                low, _, high = value.partition("-")
                if low <= high:
                    return int(low), int(high)
        raise unlike(node, "a status such as 200, 2xx or 200-204")

    def schema(self, definitions: Schema) -> Schema:  # noqa: ARG002
        """A number, or text."""
        return {
            "anyOf": [
                {"type": "integer", "minimum": 100, "maximum": 599},
                {
                    "type": "string",
                    "pattern": r"^[1-5]([xX][xX]|[0-9]{2}(-[1-5][0-9]{2})?)$",
                },
            ]
        }


# -- expect ----------------------------------------------------------------------

OPERATOR = OneLine()
OPERATORS = Listed(OPERATOR, alone=True)
JSON_OPERATORS = Mapped(OPERATOR, check=jmespath)
_OBJECT = Whatever(objects=True)
_STATUSES = Listed(Status(), alone=True)
DURATION = Duration()


def _expect(values: Values, _node: Node) -> dict[str, Any]:
    known = {"max_time": "max_seconds"}
    return {known.get(key, key): value for key, value in values.items()}


def _only_status(statuses: tuple[tuple[int, int], ...]) -> dict[str, Any]:
    return {"status": statuses}


EXPECT = Either(
    "a status, a list of them, or a mapping",
    single=Made(_STATUSES, _only_status),
    items=Made(_STATUSES, _only_status),
    mapping=Record(
        "Expect",
        "What must hold of the answer; the status must be 2xx where it is not said.",
        (
            Field("status", _STATUSES, "`200`, `2xx`, `200-204`, or a list of them."),
            Field("headers", Mapped(OPERATOR), "By the name of the header."),
            Field("body", OPERATORS, "Of the body as text."),
            Field("json", JSON_OPERATORS, "By JMESPath; `@` is the whole document."),
            Field(
                "schema",
                Either("the path of a JSON Schema, or one", Text(r"\S"), None, _OBJECT),
                "A JSON Schema of the body, or the path of one.",
            ),
            Field("openapi", Flag(), "Whether the OpenAPI document must describe it."),
            Field("max_time", DURATION, "One answer that takes longer is slow."),
            Field(
                "certificate_days",
                Number(0, 10_000),
                "How many days the certificate must still hold; 14 where it is not said.",
            ),
        ),
        _expect,
    ),
)


# -- deps and page ---------------------------------------------------------------


def _all_required(names: tuple[str, ...]) -> tuple[Dependency, ...]:
    return tuple(Dependency(name) for name in names)


def _dependencies(rows: tuple[tuple[str, bool], ...]) -> tuple[Dependency, ...]:
    return tuple(Dependency(name, required) for name, required in rows)


_NAMES = Made(Listed(Text(r"\S"), alone=True), _all_required)

DEPENDENCIES = Either(
    "a list of names, or a mapping of them to required or optional",
    single=_NAMES,
    items=_NAMES,
    mapping=Made(Mapped(Choice({"required": True, "optional": False})), _dependencies),
)


def _containing(operator: Operator) -> Operator:
    """Text on a page is looked for in it: the whole page is never equal to it."""
    if operator.name == "==" and isinstance(operator.operand, str):
        return Operator("contains", operator.operand)
    return operator


def _page(values: Values, _node: Node) -> Page:
    return Page(**values)


def selector(text: str) -> None:
    """Raise `ValueError` for what is no CSS selector."""
    from flowguard.smoke.html import check_selector

    check_selector(without_placeholders(text))


PAGE = Record(
    "Page",
    "What a page of a frontend must be.",
    (
        Field("title", OPERATOR, "Of its title."),
        Field(
            "text",
            Listed(Made(OPERATOR, _containing), alone=True),
            "What can be read on it; plain words must be contained.",
        ),
        Field(
            "css",
            Mapped(OPERATOR, check=selector),
            "By selector; `a.next@href` is an attribute.",
        ),
        Field("assets", Flag(), "Whether every script, style and image must be there."),
    ),
    _page,
)


# -- save ------------------------------------------------------------------------


def _from_json(expression: str) -> Capture:
    return Capture(Source.JSON, expression)


def _capture(values: Values, _node: Node) -> Capture:
    source = next(source for source in Source if source in values)
    expression = "" if source is Source.STATUS else values[source]
    return Capture(source, expression, secret=values.get("secret", False))


_SELECTOR = Text(r"\S", "a selector", check=selector)
_JMESPATH = Text(r"\S", "a JMESPath expression", check=jmespath)

SAVE = Mapped(
    Either(
        "a JMESPath expression, or a mapping",
        single=Made(_JMESPATH, _from_json),
        mapping=Record(
            "Capture",
            "A value of the answer that is kept for later requests.",
            (
                Field("json", _JMESPATH, "By JMESPath."),
                Field("header", Text(r"\S"), "A header's value."),
                Field("cookie", Text(r"\S"), "A cookie's value."),
                Field(
                    "regex",
                    Text(r"\S", "a regular expression", check=pattern),
                    "The first group of a pattern, in the body.",
                ),
                Field("css", _SELECTOR, "A selector; `a.next@href` is an attribute."),
                Field("status", Choice({"code": True}), "`code`: the status itself."),
                Field("secret", Flag(), "Whether it is masked wherever it is shown."),
            ),
            _capture,
            (OneOf(tuple(source.value for source in Source), required=True),),
        ),
    ),
    NAME,
    "a name of letters, digits, `_` and `-`",
)
