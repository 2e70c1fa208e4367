"""Chai's assertions, as Postman has them, → what is expected."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from flowguard.smoke.expectation import Operator
from flowguard.smoke.imports import javascript_syntax as js
from flowguard.smoke.imports.chai_json import (
    ORDER,
    SAME,
    of_json,
    present,
    regex,
)
from flowguard.smoke.imports.expected import (
    EVERY_STATUS,
    Expected,
    NotTakenOver,
    path_of,
)
from flowguard.smoke.imports.subjects import (
    Body,
    Duration,
    Header,
    Json,
    Status,
    Subject,
)

Link = str | int | js.Call
Operand = Callable[[js.Expression], Any]
_FILLERS: Final = frozenset(
    re.findall(
        r"\w+",
        "to be been is that which and has have with at of same but does still also deep "
        "a an not",
    )
)
_CLASSES: Final = {
    "info": (100, 199),
    "success": (200, 299),
    "redirection": (300, 399),
    "clientError": (400, 499),
    "serverError": (500, 599),
    "error": (400, 599),
    "ok": (200, 200),
    "accepted": (202, 202),
    "badRequest": (400, 400),
    "unauthorized": (401, 401),
    "forbidden": (403, 403),
    "notFound": (404, 404),
    "notAcceptable": (406, 406),
    "rateLimited": (429, 429),
}
_BARE: Final = frozenset(
    ("true", "false", "null", "undefined", "exist", "empty", "json", *_CLASSES)
)
_REASONS: Final = {
    "OK": 200,
    "Created": 201,
    "Accepted": 202,
    "No Content": 204,
    "Moved Permanently": 301,
    "Found": 302,
    "Not Modified": 304,
    "Bad Request": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "Not Found": 404,
    "Method Not Allowed": 405,
    "Conflict": 409,
    "Gone": 410,
    "Unprocessable Entity": 422,
    "Too Many Requests": 429,
    "Internal Server Error": 500,
    "Service Unavailable": 503,
}


def assertion(
    expected: Expected, subject: Subject, links: Sequence[Link], operand: Operand
) -> None:
    """`pm.expect(subject)` and the words behind it. Raises `NotTakenOver`."""
    word, arguments, negative = _sentence(links, operand)
    match subject:
        case Status():
            allowed = _numbers(word, arguments)
            expected.status(EVERY_STATUS - allowed if negative else allowed)
        case Duration() if not negative and ORDER.get(word, "")[:1] == "<":
            expected.below(_number(arguments))
        case Header(name):
            expected.add_header(name, _of_text(word, arguments, negative))
        case Body():
            expected.add_body(_of_text(word, arguments, negative))
        case Json():
            for expression, operator in of_json(
                subject, word, arguments, negative=negative
            ):
                expected.add_json(expression, operator)
        case _:
            raise NotTakenOver


def response_assertion(
    expected: Expected, links: Sequence[Link], operand: Operand
) -> None:
    """`pm.response.to` and the words behind it. Raises `NotTakenOver`."""
    word, arguments, negative = _sentence(links, operand)
    if word in _CLASSES and not arguments:
        low, high = _CLASSES[word]
        allowed = frozenset(range(low, high + 1))
        expected.status(EVERY_STATUS - allowed if negative else allowed)
        return
    match word, arguments:
        case "status", [int(status)]:
            allowed = frozenset({status})
            expected.status(EVERY_STATUS - allowed if negative else allowed)
        case "header", [str(name)]:
            expected.add_header(name, Operator("absent" if negative else "exists"))
        case _ if negative:
            raise NotTakenOver
        case "status", [str(reason)] if reason in _REASONS:
            expected.status({_REASONS[reason]})
        case "header", [str(name), value]:
            expected.add_header(name, Operator("==", value))
        case _:
            _response_body(expected, word, arguments)


def _response_body(expected: Expected, word: str, arguments: list[Any]) -> None:
    match word, arguments:
        case "body", [str(text)]:
            expected.add_body(Operator("==", text))
        case "body", [js.Pattern() as pattern]:
            expected.add_body(Operator("~", regex(pattern)))
        case "jsonBody", [str(path), *value] if len(value) <= 1:
            subject = Json(_steps(path))
            expected.add_json(*present(subject))
            for wanted in value:
                expected.add_json(path_of(subject.path), Operator("==", wanted))
        case (("json" | "jsonBody"), []):
            expected.is_json = True
        case _:
            raise NotTakenOver


def _sentence(links: Sequence[Link], operand: Operand) -> tuple[str, list[Any], bool]:
    """The one word that decides, its arguments, and whether it is negated."""
    left, negative = list(links), False
    while left:
        link, *left = left
        if not isinstance(link, str):
            raise NotTakenOver
        if left and isinstance(left[0], js.Call):
            call, *left = left
            if left or not isinstance(call, js.Call):
                raise NotTakenOver
            return link, [operand(argument) for argument in call.arguments], negative
        if left and link in _FILLERS:
            negative = negative or link == "not"
        elif not left and link in _BARE:
            return link, [], negative
        else:
            raise NotTakenOver
    raise NotTakenOver


def _numbers(word: str, arguments: list[Any]) -> frozenset[int]:
    """The statuses of which an assertion holds."""
    match word, arguments:
        case word, [int(status)] if word in SAME:
            return frozenset({status})
        case "oneOf", [list(statuses)]:
            return frozenset(s for s in statuses if isinstance(s, int))
        case "within", [int(low), int(high)]:
            return frozenset(range(low, high + 1))
        case word, [int(bound)] if word in ORDER:
            low = {">": bound + 1, ">=": bound}.get(ORDER[word], 100)
            high = {"<": bound - 1, "<=": bound}.get(ORDER[word], 599)
            return frozenset(range(max(low, 100), min(high, 599) + 1))
        case _:
            raise NotTakenOver


def _number(arguments: list[Any]) -> float:
    if len(arguments) == 1 and isinstance(arguments[0], int | float):
        return float(arguments[0])
    raise NotTakenOver


def _of_text(word: str, arguments: list[Any], negative: bool) -> Operator:
    match word, arguments, negative:
        case word, [str(text)], _ if word in SAME:
            return Operator("!=" if negative else "==", text)
        case (("include" | "contain" | "includes" | "contains"), [str(text)], False):
            return Operator("contains", text)
        case "match", [js.Pattern() as pattern], _:
            return Operator("!~" if negative else "~", regex(pattern))
        case "oneOf", [list(texts)], _:
            return Operator("not in" if negative else "in", tuple(texts))
        case "exist", [], _:
            return Operator("absent" if negative else "exists")
        case _:
            raise NotTakenOver


def _steps(path: str) -> tuple[str | int, ...]:
    """`a.b[0]`, as lodash reads it."""
    found = re.fullmatch(r"[\w$-]+(\.[\w$-]+|\[\d+\])*", path)
    if not found:
        raise NotTakenOver
    steps = re.findall(r"[\w$-]+", path)
    return tuple(int(step) if step.isdigit() else step for step in steps)
