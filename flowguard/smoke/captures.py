"""What is kept of an answer for the requests after it."""

from __future__ import annotations

from typing import Any

from flowguard.model.exchange import Response
from flowguard.smoke import body, html, operators
from flowguard.smoke.expectation import Capture, Source


class NotCaptured(Exception):  # noqa: N818 — it is what the answer lacks
    """The answer does not hold it: what it has instead."""


def take(capture: Capture, response: Response) -> Any:
    """A captured value; null counts as none. Raises `NotCaptured`."""
    value = _value(capture, response)
    if value is None:
        raise NotCaptured(f"{describe(capture)} is not there")
    return value


def describe(capture: Capture) -> str:
    """`json id`, `header etag`: what a capture looks at."""
    return f"{capture.source} {capture.expression}".strip()


def _value(capture: Capture, response: Response) -> Any:
    match capture.source:
        case Source.JSON:
            return _json(capture.expression, response)
        case Source.HEADER:
            return response.header(capture.expression)
        case Source.COOKIE:
            return cookie(response, capture.expression)
        case Source.REGEX:
            return _group(capture.expression, response)
        case Source.CSS:
            try:
                return html.parse(response).select(capture.expression)
            except ValueError as error:
                raise NotCaptured(str(error)) from None
        case Source.STATUS:
            return response.status


def _json(expression: str, response: Response) -> Any:
    try:
        return query(expression, body.document(response))
    except body.NotJsonError as error:
        reason = f"the body is no JSON: {error.reason} ({error.shown})"
        raise NotCaptured(reason) from None
    except ValueError as error:
        raise NotCaptured(str(error)) from None


def query(expression: str, document: Any) -> Any:
    """What a JMESPath expression finds. Raises ValueError, with one line."""
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.search(expression, document)
    except JMESPathError as error:
        raise ValueError(body.cut(str(error))) from None
    except (RecursionError, TypeError, ArithmeticError) as error:
        raise ValueError(f"{expression} cannot be evaluated: {error}") from None


def _group(pattern: str, response: Response) -> str | None:
    try:
        found = operators.search(pattern, body.text(response))
    except (operators.Undecided, ValueError) as error:
        raise NotCaptured(str(error)) from None
    return found[min(1, len(found) - 1)] if found else None


def cookie(response: Response, name: str) -> str | None:
    """The value of a cookie that the answer sets (RFC 6265, 5.2); the last one."""
    found = None
    for header, value in response.headers:
        if header.lower() == "set-cookie":
            pair = value.partition(";")[0]
            key, equals, content = pair.partition("=")
            if equals and key.strip() == name:
                found = content.strip().removeprefix('"').removesuffix('"')
    return found
