"""A Postman collection (v2.1) → a scenario."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from flowguard.smoke.imports.loose import items, mapping, mappings, text
from flowguard.smoke.imports.postman_auth import SignIns
from flowguard.smoke.imports.postman_body import body_of
from flowguard.smoke.imports.postman_tests import Script
from flowguard.smoke.imports.postman_text import marked
from flowguard.smoke.imports.scenario import Call, Scenario, literal, mark
from flowguard.smoke.spec.requests import METHODS

_LEADING: Final = re.compile(r"\{\{([^{}]*)\}\}|https?://[^/?#]*", re.IGNORECASE)
_REDIRECTS: Final = 10
"""What Postman follows where nobody says otherwise."""


def read(collection: dict[str, Any], _path: str) -> Scenario:
    """The requests of a collection, with the tests that are plain."""
    scenario = Scenario()
    for variable in mappings(collection.get("variable")):
        name, value = text(variable.get("key")), text(variable.get("value"))
        secret = variable.get("type") == "secret"
        if name and value and not variable.get("disabled") and not secret:
            scenario.variables[name] = marked(value)
    root = _Folder(auth=collection.get("auth"), events=_events(collection))
    reader = _Reader(scenario)
    for folder, item in _requests(collection, root):
        reader.request(folder, item)
    scenario.auth = reader.sign_ins.found
    scenario.base = _base(reader.origins)
    return scenario


@dataclass(frozen=True, slots=True)
class _Folder:
    """What the requests in a folder have of it."""

    names: tuple[str, ...] = ()
    auth: Any = None
    events: tuple[dict[str, Any], ...] = ()


def _events(item: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return tuple(e for e in mappings(item.get("event")) if not e.get("disabled"))


def _requests(
    parent: dict[str, Any], folder: _Folder
) -> Iterator[tuple[_Folder, dict[str, Any]]]:
    for item in mappings(parent.get("item")):
        events = (*folder.events, *_events(item))
        if "item" in item:
            names = (*folder.names, text(item.get("name")))
            auth = item.get("auth") or folder.auth
            yield from _requests(item, _Folder(names, auth, events))
        elif "request" in item:
            yield _Folder(folder.names, folder.auth, events), item


def _base(origins: Counter[str]) -> str:
    """The origin that most requests have."""
    return origins.most_common(1)[0][0] if origins else ""


@dataclass(slots=True)
class _Reader:
    scenario: Scenario
    origins: Counter[str] = field(default_factory=Counter)
    sign_ins: SignIns = field(default_factory=SignIns)

    def request(self, folder: _Folder, item: dict[str, Any]) -> None:
        """Take a request over."""
        name = text(item.get("name")) or "request"
        request = item["request"]
        if isinstance(request, str):
            request = {"url": request}
        request = mapping(request)
        method = (text(request.get("method")) or "GET").lower()
        url = self._url(request.get("url"))
        if method not in METHODS or not url:
            why = "it has no URL" if not url else f"its method is {method.upper()}"
            self.scenario.left_out.append(f"{name}: {why}")
            return
        call = Call(name, method, url, folder=folder.names)
        call.fields |= self._query(request.get("url"))
        call.fields |= self._headers(request)
        behavior = mapping(item.get("protocolProfileBehavior"))
        call.fields |= body_of(request, method, call.left_out)
        if behavior.get("followRedirects", True):
            limit = behavior.get("maxRedirects", _REDIRECTS)
            call.fields["redirects"] = limit if limit in range(21) else _REDIRECTS
        auth = request.get("auth") or folder.auth
        if not self.sign_ins.apply(mapping(auth), call, self._saved()):
            kind = text(mapping(auth).get("type"))
            self.scenario.left_out.append(f"{name}: it signs in with {kind!r}")
            return
        self._scripts(folder.events, call)
        self.scenario.calls.append(call)

    def _saved(self) -> set[str]:
        """The variables that the requests before keep."""
        return {name for call in self.scenario.calls for name in call.save}

    def _scripts(self, events: tuple[dict[str, Any], ...], call: Call) -> None:
        script = Script(left_out=call.left_out)
        for event in events:
            lines = mapping(event.get("script")).get("exec")
            source = "\n".join(map(text, items(lines))) or text(lines)
            if not source.strip():
                continue
            if event.get("listen") == "test":
                script.read(source)
            else:
                call.left_out.append("the script that runs before it")
        call.expect = script.expected.spec()
        call.save = script.save

    # -- parts of a request --------------------------------------------------

    def _url(self, url: Any) -> str:
        parts = mapping(url)
        raw = _joined(parts) or text(parts.get("raw")) or text(url)
        raw = re.split(r"[?#]", raw.strip(), maxsplit=1)[0]
        for variable in mappings(parts.get("variable")):
            key = re.escape(text(variable.get("key")))
            value = text(variable.get("value")).replace("\\", r"\\")
            raw = re.sub(rf"(?<=/):{key}(?=/|$)", value, raw)
        if not raw:
            return ""
        found = _LEADING.match(raw)
        if not found:
            raw = f"http://{raw}"
            found = _LEADING.match(raw)
        lead = found[0] if found else ""
        origin = self._origin(lead, found[1] if found else None)
        self.origins[origin] += 1
        return origin + marked(raw[len(lead) :])

    def _origin(self, lead: str, variable: str | None) -> str:
        """Postman takes http where neither the URL nor its variable says."""
        if variable is None:
            return marked(lead)
        value = self.scenario.variables.get(variable.strip(), "http")
        return ("" if value.startswith("http") else "http://") + mark(variable.strip())

    def _query(self, url: Any) -> dict[str, Any]:
        rows = [
            (text(row.get("key")), text(row.get("value")))
            for row in mappings(mapping(url).get("query"))
            if not row.get("disabled") and row.get("key") is not None
        ]
        raw = text(mapping(url).get("raw")) if mapping(url) else text(url)
        if not mapping(url).get("query") and "?" in raw:
            query = raw.partition("?")[2].partition("#")[0]
            pairs = (pair.partition("=") for pair in query.split("&") if pair)
            rows = [(key, value) for key, _, value in pairs]
        found = repeated((marked(key), marked(value)) for key, value in rows)
        return {"query": found} if found else {}

    def _headers(self, request: dict[str, Any]) -> dict[str, Any]:
        found = {}
        for row in mappings(request.get("header")):
            name = text(row.get("key"))
            if re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) and not row.get(
                "disabled"
            ):
                found[literal(name)] = marked(
                    re.sub(r"\s+", " ", text(row.get("value")))
                )
        return {"headers": found} if found else {}


def _joined(url: dict[str, Any]) -> str:
    """A URL of its parts, which count for Postman where both are written."""
    host = url.get("host")
    path = url.get("path")
    name = ".".join(map(text, items(host))) or text(host)
    port = f":{text(url['port'])}" if url.get("port") else ""
    steps = "/".join(map(text, items(path))) or text(path).removeprefix("/")
    protocol = text(url.get("protocol"))
    scheme = f"{protocol}://" if protocol else ""
    return f"{scheme}{name}{port}/{steps}" if name else ""


def repeated(rows: Iterator[tuple[str, str]]) -> dict[str, Any]:
    """Pairs as a mapping, in which a name that comes again has a list."""
    found: dict[str, Any] = {}
    for name, value in rows:
        if name in found:
            before = found[name]
            found[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            found[name] = value
    return found
