"""An answer held against what is expected of it: pure, and without a clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flowguard.errors import ConfigError, did_you_mean
from flowguard.model.exchange import Request, Response
from flowguard.model.smoke import Mismatch
from flowguard.smoke import body, dependencies, health, operators
from flowguard.smoke.captures import NotCaptured, describe, query, take
from flowguard.smoke.evaluation import Evaluation
from flowguard.smoke.expectation import Capture, Expect, Operator

__all__ = ["Context", "Evaluation", "capture", "evaluate", "holds_all"]

_TOO_MANY = 429
_BAD_REQUEST = 400
_THROTTLED = ("Throttl", "TooManyRequests", "LimitExceeded", "SlowDown")


@dataclass(frozen=True, slots=True)
class Context:
    """What an evaluation needs beside the answer."""

    request: Request
    schemas: Mapping[str, Any] = field(default_factory=dict)
    """JSON Schemas by the path that a spec gives them."""
    openapi: Mapping[str, Any] | None = None
    """The service's OpenAPI document."""
    health: bool | None = None
    """Whether the answer is a health document; by its URL and type where None."""
    is_own: dependencies.IsOwn = dependencies.nobodys
    """Whether a dependency that nobody named is a part of the stack."""


def evaluate(expect: Expect, response: Response, context: Context) -> Evaluation:
    """Judge an answer. Raises `ConfigError` for a schema that cannot be used."""
    if why := _throttled(expect, response):
        return Evaluation(unmeasured=(why,))
    judged = Evaluation(slow=tuple(_slow(expect, response)))
    for judge in (_status, _headers, _body, _json, _schema, _openapi, _page):
        try:
            judged += Evaluation(tuple(judge(expect, response, context)))
        except operators.Undecided as undecided:
            judged += Evaluation(unmeasured=(str(undecided),))
    told = _health(expect, response, context)
    if told.explained and response.status >= dependencies.SERVER_ERROR:
        rest = tuple(one for one in judged.mismatches if one.what != "status")
        judged = replace(judged, mismatches=rest)
    return judged + told


def capture(
    save: tuple[tuple[str, Capture], ...], response: Response
) -> tuple[dict[str, Any], tuple[Mismatch, ...]]:
    """What is kept of an answer, and what it lacks of that."""
    kept: dict[str, Any] = {}
    missing = []
    for name, one in save:
        try:
            kept[name] = take(one, response)
        except NotCaptured as error:
            missing.append(Mismatch(f"save {name}", describe(one), str(error)))
    return kept, tuple(missing)


def _expects(expect: Expect, status: int) -> bool:
    return any(low <= status <= high for low, high in expect.status)


# -- what HTTP says --------------------------------------------------------------


def _throttled(expect: Expect, response: Response) -> str:
    """Why an answer says nothing: the service only told us to ask less."""
    if _expects(expect, response.status):
        return ""
    kind = response.header("x-amzn-errortype") or ""
    named = response.status >= _BAD_REQUEST and any(w in kind for w in _THROTTLED)
    if response.status != _TOO_MANY and not named:
        return ""
    after = response.header("retry-after")
    later = f", retry after {body.cut(after, 40)}" if after else ""
    return f"throttled: HTTP {response.status}{later}"


def _status(expect: Expect, response: Response, _: Context) -> Iterator[Mismatch]:
    if not _expects(expect, response.status):
        wanted = " or ".join(_range(low, high) for low, high in expect.status)
        said = f"{response.status} {response.reason}".strip()
        location = response.header("location")
        if location and response.status // 100 == 3:  # noqa: PLR2004 — 3xx, a redirect
            said += f" to {body.cut(location)}"
        yield Mismatch("status", wanted, body.cut(said))


def _range(low: int, high: int) -> str:
    if low == high:
        return str(low)
    whole = low % 100 == 0 and high == low + 99
    return f"{low // 100}xx" if whole else f"{low}-{high}"


def _headers(expect: Expect, response: Response, _: Context) -> Iterator[Mismatch]:
    for name, operator in expect.headers:
        value = response.header(name)
        meant = None if value is None else operators.as_meant(operator, value)
        if not operators.holds(operator, meant, present=value is not None):
            shown = "missing" if value is None else body.cut(value)
            yield Mismatch(f"header {name.lower()}", operators.show(operator), shown)


def _slow(expect: Expect, response: Response) -> Iterator[str]:
    took = response.timings.total
    if expect.max_seconds is not None and took > expect.max_seconds:
        yield f"it took {took:.3g} s; at most {expect.max_seconds:g} s are expected"
    certificate, days = response.certificate, expect.certificate_days
    if certificate and days is not None and certificate.days_left < days:
        left = f"{certificate.days_left:.0f} days"
        yield f"its certificate ends in {left}; at least {days:g} are expected"


# -- what the body says ----------------------------------------------------------


def _body(expect: Expect, response: Response, _: Context) -> Iterator[Mismatch]:
    if not expect.body:
        return
    text = body.text(response)
    for operator in expect.body:
        meant = operators.as_meant(operator, text)
        if not operators.holds(operator, meant, present=bool(response.body)):
            shown = body.cut(text) or "empty"
            yield Mismatch("body", operators.show(operator), shown)


def _json(expect: Expect, response: Response, _: Context) -> Iterator[Mismatch]:
    if not expect.json:
        return
    try:
        document = body.document(response)
    except body.NotJsonError as error:
        yield _not_json(error)
        return
    for expression, operator in expect.json:
        what, wanted = f"json {expression}", operators.show(operator)
        try:
            value = query(expression, document)
        except ValueError as error:
            yield Mismatch(what, wanted, str(error))
            continue
        if not operators.holds(operator, value, present=value is not None):
            yield Mismatch(what, wanted, _shown(expression, value, document))


def _not_json(error: body.NotJsonError) -> Mismatch:
    return Mismatch("body", "JSON", f"{error.reason} ({error.shown})")


def _shown(expression: str, value: Any, document: Any) -> str:
    if value is not None:
        return body.as_shown(value)
    if not isinstance(document, dict):
        return "null or missing"
    if expression in document:
        return "null"
    names = body.cut(", ".join(map(str, [*document][:8])), 80)
    there = f" (there is {names})" if names else ""
    return f"missing{did_you_mean(expression, document)}{there}"


def _schema(expect: Expect, response: Response, context: Context) -> Iterator[Mismatch]:
    if expect.schema is None:
        return
    from flowguard.smoke.schema import violations

    schema = expect.schema
    if isinstance(schema, str):
        if schema not in context.schemas:
            raise ConfigError(f"the JSON Schema {schema!r} was not read")
        schema = context.schemas[schema]
    try:
        document = body.document(response)
    except body.NotJsonError as error:
        yield _not_json(error)
    else:
        yield from violations(schema, document)


def _openapi(
    expect: Expect, response: Response, context: Context
) -> Iterator[Mismatch]:
    if not expect.openapi:
        return
    if context.openapi is None:
        raise ConfigError(
            "the check expects what an OpenAPI document says, and there is none",
            help="name it: openapi: PATH",
        )
    from flowguard.smoke.schema import described

    request = context.request
    yield from described(context.openapi, request.method, request.url, response)


def _page(expect: Expect, response: Response, _: Context) -> Iterator[Mismatch]:
    if expect.page is not None:
        from flowguard.smoke.page import judge

        yield from judge(expect.page, response)


def _health(expect: Expect, response: Response, context: Context) -> Evaluation:
    asked = context.health
    if asked is None:
        asked = health.is_expected(context.request.url, response)
    if not (expect.dependencies or asked):
        return Evaluation()
    failure = response.status >= _BAD_REQUEST and _expects(expect, response.status)
    return dependencies.judge(
        response, expect.dependencies, unwell=failure, is_own=context.is_own
    )


# -- what is no HTTP -------------------------------------------------------------


def holds_all(
    expected: tuple[tuple[str, Operator], ...], value: Any
) -> tuple[Mismatch, ...]:
    """What does not hold of plain values, as AWS gives them. Raises `Undecided`."""
    found = []
    for expression, operator in expected:
        try:
            actual = query(expression, value)
        except ValueError as error:
            found.append(Mismatch(expression, operators.show(operator), str(error)))
            continue
        if not operators.holds(operator, actual, present=actual is not None):
            shown = _shown(expression, actual, value)
            found.append(Mismatch(expression, operators.show(operator), shown))
    return tuple(found)
