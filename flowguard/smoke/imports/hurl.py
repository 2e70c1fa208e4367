"""A hurl file → a scenario."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flowguard.model.hidden import is_secret_name
from flowguard.smoke.imports.expected import Expected, NotTakenOver
from flowguard.smoke.imports.hurl_asserts import assertion, captured, json_equal
from flowguard.smoke.imports.hurl_text import (
    Entry,
    Line,
    entries,
    marked,
    unquoted,
)
from flowguard.smoke.imports.scenario import Call, Scenario, literal, mark, slug
from flowguard.smoke.spec.requests import METHODS

_TLS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "insecure": ("verify", lambda value: value != "true"),
    "cacert": ("ca", marked),
    "cert": ("certificate", marked),
    "key": ("key", marked),
}
_REDIRECTS: Final = 20
"""The most that a spec follows."""
_DEFAULT_RETRY: Final = 1.0
_MULTIPLES: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "": 0.001}
_SILENT: Final = frozenset(
    ("retry-interval", "max-redirs", "output", "verbose", "very-verbose", "compressed")
)


def read(text: str, _path: str) -> Scenario:
    """The entries of a hurl file, with the asserts that a spec can say."""
    scenario = Scenario()
    for entry in entries(text):
        if entry.method.lower() not in METHODS:
            name = f"{entry.method} {entry.url}"
            scenario.left_out.append(f"{name}: its method is {entry.method}")
            continue
        scenario.calls.append(_Reader(scenario, entry).call())
    scenario.base = _base(scenario.calls)
    return scenario


def _base(calls: list[Call]) -> str:
    """What most URLs begin with."""
    found: dict[str, int] = {}
    for call in calls:
        start = re.match(r"https?://[^/?#]*|\ue000[^\ue000]*\ue000", call.url)
        if start:
            found[start[0]] = found.get(start[0], 0) + 1
    return max(found, key=lambda base: found[base], default="")


@dataclass(slots=True)
class _Reader:
    scenario: Scenario
    entry: Entry
    expected: Expected = field(default_factory=Expected)
    left_out: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)

    def call(self) -> Call:
        """The request of the entry, and what is expected of its answer."""
        entry = self.entry
        url, _, query = entry.url.partition("?")
        path = re.sub(r"^(https?://[^/]*|\{\{[^}]*\}\})", "", url)
        call = Call(
            slug(f"{entry.method} {path}"),
            entry.method.lower(),
            marked(f"{url}?{query}" if query else url),
            left_out=self.left_out,
        )
        for name, lines in entry.sections.items():
            self._section(name, lines, call)
        headers = {k: v for k, v in map(_pair, entry.headers) if k}
        if headers:
            call.fields["headers"] = headers
        self._body(call)
        self._options(call)
        self._answer(call)
        call.expect = self.expected.spec()
        return call

    # -- the request ---------------------------------------------------------

    def _section(self, name: str, lines: list[Line], call: Call) -> None:
        match name:
            case "QueryStringParams" | "Query":
                call.fields["query"] = _repeated(lines)
            case "FormParams" | "Form":
                call.fields["form"] = _repeated(lines)
            case "MultipartFormData" | "Multipart":
                call.fields["multipart"] = {
                    key: _file(value) for key, value in _repeated(lines).items()
                }
            case "Cookies":
                call.fields["cookies"] = dict(map(_pair, lines))
            case "BasicAuth":
                self._basic(lines, call)
            case "Options":
                self.options = {k: v.strip() for k, v in map(_raw_pair, lines)}
            case "Captures" | "Asserts":
                pass
            case _:
                self.left_out.append(f"the section [{name}]")

    def _basic(self, lines: list[Line], call: Call) -> None:
        for line in lines[:1]:
            user, password = _raw_pair(line)
            secret = marked(password) if "{{" in password else mark("SMOKE_PASSWORD")
            name = slug(f"basic {user}")
            self.scenario.auth[name] = {
                "basic": {"user": marked(user), "password": secret}
            }
            call.fields["as"] = name
            call.optional_sign_in = True

    def _body(self, call: Call) -> None:
        body = self.entry.body.strip()
        if not body:
            return
        if call.safe:
            self.left_out.append(f"the body of the {call.method.upper()}")
        elif found := re.fullmatch(r"file,\s*(.*?)\s*;", body):
            call.fields["file"] = marked(found[1])
        elif body.startswith(("base64,", "hex,")):
            self.left_out.append("its body, which is written as octets")
        elif body.startswith("```"):
            kind, _, inner = body.removeprefix("```").partition("\n")
            call.fields["text"] = marked(inner.removesuffix("```"))
            if kind.strip() == "json":
                call.fields["content_type"] = "application/json"
        elif body.startswith("`"):
            call.fields["text"] = marked(body.strip("`"))
        else:
            call.fields |= _document(body)
        if any(
            name.lower() == "content-type" for name in call.fields.get("headers", ())
        ):
            call.fields.pop("content_type", None)

    def _options(self, call: Call) -> None:
        for name, value in self.options.items():
            if name in _TLS:
                key, say = _TLS[name]
                call.fields.setdefault("tls", {})[key] = say(value)
            elif name == "location":
                call.fields["redirects"] = self._redirects(value)
            elif name == "max-time":
                call.fields["timeout"] = f"{_seconds(value, 's'):g}s"
            elif name == "variable":
                key, _, inner = value.partition("=")
                known = literal(unquoted(inner.strip()))
                self.scenario.variables[key.strip()] = known
            elif name == "retry":
                self._retry(value, call)
            elif name not in _SILENT:
                self.left_out.append(f"the option {name}")
        tls = call.fields.get("tls", {})
        if "key" in tls and "certificate" not in tls:
            del tls["key"]

    def _redirects(self, value: str) -> int:
        limit = self.options.get("max-redirs", "")
        most = min(int(limit), _REDIRECTS) if limit.isdigit() else _REDIRECTS
        return most if value == "true" else 0

    def _retry(self, value: str, call: Call) -> None:
        """Hurl counts its tries; a spec says how long it polls."""
        if not call.safe or not value.lstrip("-").isdigit():
            self.left_out.append(
                "the option retry: what changes something is sent once"
            )
            return
        tries = int(value) if int(value) > 0 else 60
        pause = _seconds(self.options.get("retry-interval", "1000"), "")
        call.fields["until"] = f"{max(tries * pause, 1):.6g}s"

    # -- the answer ----------------------------------------------------------

    def _answer(self, call: Call) -> None:
        if self.entry.status.isdigit():
            self._try(self.entry.status, lambda: self._status(self.entry.status))
        for line in self.entry.answer_headers:
            name, value = _pair(line)
            self._try(
                line.text, lambda n=name, v=value: json_equal(self.expected, n, v)
            )
        for line in self.entry.sections.get("Captures", []):
            name, _, query = line.text.partition(":")
            self._try(
                line.text, lambda n=name, q=query: self._capture(call, n.strip(), q)
            )
        for line in self.entry.sections.get("Asserts", []):
            self._try(line.text, lambda t=line.text: assertion(self.expected, t))
        if self.entry.answer_body.strip():
            self._try("the body of the answer", self._whole_body)

    def _try(self, what: str, take: Any) -> None:
        try:
            take()
        except NotTakenOver:
            self.left_out.append(" ".join(what.split()))

    def _status(self, status: str) -> None:
        self.expected.status({int(status)})

    def _capture(self, call: Call, name: str, query: str) -> None:
        capture = captured(query.strip())
        if is_secret_name(name):
            given = capture if isinstance(capture, dict) else {"json": capture}
            capture = {**given, "secret": True}
        call.save[name] = capture

    def _whole_body(self) -> None:
        body = self.entry.answer_body.strip()
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            raise NotTakenOver from None
        json_equal(self.expected, "", value)


def _document(body: str) -> dict[str, Any]:
    """JSON, XML, or a text; what holds a variable stays as it is written."""
    kind = "application/xml" if body.startswith("<") else "application/json"
    if "{{" not in body and kind == "application/json":
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            kind = "text/plain"
        else:
            if "${" not in body:
                return {"json": value}
    return {"text": marked(body), "content_type": kind}


def _raw_pair(line: Line) -> tuple[str, str]:
    key, _, value = line.text.partition(":")
    return key.strip(), value.strip()


def _pair(line: Line) -> tuple[str, str]:
    key, value = _raw_pair(line)
    return literal(key), marked(value)


def _repeated(lines: list[Line]) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for key, value in map(_pair, lines):
        found.setdefault(key, []).append(value)
    return {key: v[0] if len(v) == 1 else v for key, v in found.items()}


def _file(value: Any) -> Any:
    """`file,name.txt; type/subtype` is a part that is a file."""
    if isinstance(value, list):
        return [_file(one) for one in value]
    found = re.fullmatch(r"file,\s*([^;]*?)\s*;.*", str(value))
    return f"@{found[1]}" if found else value


def _seconds(text: str, unit: str) -> float:
    found = re.fullmatch(r"(\d+)(ms|s|m)?", text)
    if not found:
        return _DEFAULT_RETRY
    return int(found[1]) * _MULTIPLES[found[2] or unit]
