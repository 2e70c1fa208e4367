"""The plain tests of a Postman script → what is expected, and what is kept.

`pm.test`, `pm.expect`, `pm.response.to` and the older `tests[…]`, of the status, the
headers, the body as text and as JSON, and the time; and `pm.environment.set` of what
was found there. Everything else is told as left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from flowguard.model.hidden import is_secret_name
from flowguard.smoke.expectation import Operator
from flowguard.smoke.imports import javascript_syntax as js
from flowguard.smoke.imports.chai import assertion, response_assertion
from flowguard.smoke.imports.expected import Expected, NotTakenOver, path_of
from flowguard.smoke.imports.javascript import read
from flowguard.smoke.imports.scenario import literal, mark
from flowguard.smoke.imports.subjects import (
    Body,
    Duration,
    Header,
    Json,
    Status,
    Subject,
    Value,
)

_SCOPES: Final = ("environment", "collectionVariables", "globals", "variables")
_SILENT: Final = ("console",)
_LONGEST: Final = 80


@dataclass(slots=True)
class Script:
    """Reads the scripts of one request."""

    expected: Expected = field(default_factory=Expected)
    save: dict[str, Any] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    _names: dict[str, Subject] = field(default_factory=dict)

    def read(self, source: str) -> None:
        """Take over what the script tests and keeps."""
        for statement in read(source):
            self._statement(statement, "")

    def _statement(self, statement: js.Statement, test: str) -> None:
        try:
            self._take_over(statement, test)
        except NotTakenOver:
            source = getattr(statement, "source", "") or "a statement"
            line = " ".join(source.split())
            short = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
            self.left_out.append(f"{f'test {test!r}: ' if test else 'script: '}{short}")

    def _take_over(self, statement: js.Statement, test: str) -> None:
        match statement:
            case js.Declare(name, value):
                self._declare(name, value)
            case js.Assign(js.Chain("tests", (str(name),)), value):
                self._compared(value, name)
            case js.Evaluate(js.Chain() as chain):
                self._evaluate(chain, test)
            case _:
                raise NotTakenOver

    def _declare(self, name: str, value: js.Expression) -> None:
        """A name for what is not understood is no fault until it is used."""
        self._names.pop(name, None)
        try:
            self._names[name] = self.subject(value)
        except NotTakenOver:
            return

    def _evaluate(self, chain: js.Chain, test: str) -> None:
        match chain:
            case js.Chain(
                "pm", ("test", js.Call((js.Literal(name), js.Function(body))))
            ):
                for statement in body:
                    self._statement(statement, test or str(name))
            case js.Chain("pm", ("expect", js.Call((of, *_)), *links)):
                assertion(self.expected, self.subject(of), links, self.operand)
            case js.Chain("pm", ("response", ("to" | "be" | "have"), *links)):
                response_assertion(self.expected, links, self.operand)
            case js.Chain("pm", (scope, "set", js.Call((js.Literal(name), value)))) if (
                scope in _SCOPES
            ):
                self._keep(str(name), self.subject(value))
            case js.Chain(
                "postman",
                (
                    ("setEnvironmentVariable" | "setGlobalVariable"),
                    js.Call((js.Literal(name), value)),
                ),
            ):
                self._keep(str(name), self.subject(value))
            case js.Chain(root) if root in _SILENT:
                return
            case _:
                if not isinstance(self.subject(chain), Json):
                    raise NotTakenOver

    def _keep(self, name: str, subject: Subject) -> None:
        match subject:
            case Json(path, length=False) if path:
                capture: Any = path_of(path)
            case Header(header):
                capture = {"header": header}
            case _:
                raise NotTakenOver
        if is_secret_name(name):
            where = capture if isinstance(capture, Mapping) else {"json": capture}
            capture = {**where, "secret": True}
        self.save[name] = capture

    def _compared(self, value: js.Expression, name: str) -> None:
        """`tests["…"] = a === b`."""
        try:
            self._older(value)
        except NotTakenOver:
            self.left_out.append(f"test {name!r}: it is no plain comparison")

    def _older(self, value: js.Expression) -> None:
        match value:
            case js.Comparison(sign, left, right):
                words = {
                    "===": "equal",
                    "==": "equal",
                    "<": "below",
                    ">": "above",
                    "<=": "most",
                    ">=": "least",
                    "!==": "unequal",
                    "!=": "unequal",
                }
                links: list[str | int | js.Call] = [words[sign], js.Call((right,))]
                if words[sign] == "unequal":
                    links = ["not", "equal", js.Call((right,))]
                assertion(self.expected, self.subject(left), links, self.operand)
            case js.Chain("responseBody", ("has", js.Call((js.Literal(str(text)),)))):
                self.expected.add_body(Operator("contains", literal(text)))
            case _:
                raise NotTakenOver

    # -- what an expression stands for ---------------------------------------

    def operand(self, expression: js.Expression) -> Any:
        """A value to compare with; a variable is marked. Raises `NotTakenOver`."""
        match expression:
            case js.Literal(value):
                return _plain(value)
            case js.Pattern():
                return expression
            case _:
                subject = self.subject(expression)
                if isinstance(subject, Value):
                    return subject.value
                raise NotTakenOver

    def subject(self, expression: js.Expression) -> Subject:
        """What an expression stands for. Raises `NotTakenOver`."""
        match expression:
            case js.Literal(value):
                return Value(_plain(value))
            case js.Chain("pm", ("response", *links)):
                return self._response(links)
            case js.Chain("pm", (scope, "get", js.Call((js.Literal(str(name)),)))) if (
                scope in _SCOPES
            ):
                return Value(mark(name))
            case js.Chain("JSON", ("parse", js.Call((inner,)), *links)):
                if isinstance(self.subject(inner), Body):
                    self.expected.is_json = True
                    return _inside(Json(), links)
            case js.Chain(root, links) if root in self._names:
                return _inside(self._names[root], links)
        return _older_subject(expression)

    def _response(self, links: list[str | int | js.Call]) -> Subject:
        match links:
            case ["json", js.Call(()), *rest]:
                self.expected.is_json = True
                return _inside(Json(), rest)
            case ["text", js.Call(())]:
                return Body()
            case ["code"]:
                return Status()
            case ["responseTime"]:
                return Duration()
            case ["headers", "get", js.Call((js.Literal(str(name)),))]:
                return Header(name)
            case _:
                raise NotTakenOver


def _older_subject(expression: js.Expression) -> Subject:
    """What the names of Postman's first version stand for."""
    match expression:
        case js.Chain("responseCode", ("code",)):
            return Status()
        case js.Chain("responseTime", ()):
            return Duration()
        case js.Chain("responseBody", ()):
            return Body()
        case js.Chain("postman", ("getResponseHeader", js.Call((js.Literal(name),)))):
            return Header(str(name))
        case _:
            raise NotTakenOver


def _inside(subject: Subject, links: Any) -> Subject:
    """What members and indexes of a JSON value stand for."""
    rest = [*links]
    if not rest:
        return subject
    if not isinstance(subject, Json) or subject.length:
        raise NotTakenOver
    length = rest[-1] == "length"
    steps = rest[:-1] if length else rest
    if any(isinstance(step, js.Call) for step in steps) or "length" in steps:
        raise NotTakenOver
    return replace(subject, path=(*subject.path, *steps), length=length)


def _plain(value: Any) -> Any:
    """A literal, in which nothing is taken for a variable."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {literal(key): _plain(item) for key, item in value.items()}
    return value
