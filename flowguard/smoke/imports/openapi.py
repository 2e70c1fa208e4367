"""An OpenAPI document (3.0, 3.1) → a scenario.

What is safe to send is sent, with the examples of the document, and every answer must
be as the document describes it. What writes is named, not sent: only its author knows
what it would leave behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from flowguard.errors import ConfigError
from flowguard.model.places import Location
from flowguard.smoke.imports.loose import items, mapping, mappings, text
from flowguard.smoke.imports.scenario import Call, Scenario, literal, mark, slug

_SAFE: Final = ("get", "head", "options")
_METHODS: Final = (*_SAFE, "post", "put", "patch", "delete", "trace")
_BASE: Final = "BASE_URL"
_RESERVED: Final = {"accept", "content-type", "authorization"}
"""Headers of which the format says that they are no parameters."""
_MISSING: Final = object()


def read(document: dict[str, Any], path: str) -> Scenario:
    """The safe operations of a document. Raises `ConfigError` for another version."""
    version = text(document.get("openapi"))
    if not version.startswith("3."):
        raise ConfigError(
            f"OpenAPI {version or 'of no version'} is not read: it must be 3.0 or 3.1",
            help="convert it, such as with swagger2openapi",
            location=Location(path),
        )
    return _Reader(document, path).scenario()


class _Reader:
    def __init__(self, document: dict[str, Any], path: str) -> None:
        self._document = document
        self._scenario = Scenario(openapi=literal(path))
        self._prefix = ""

    def scenario(self) -> Scenario:
        """All of it."""
        self._server()
        for path, entry in mapping(self._document.get("paths")).items():
            whole = self._resolved(entry)
            for method in _METHODS:
                operation = whole.get(method)
                if isinstance(operation, dict):
                    self._operation(path, method, whole, operation)
        return self._scenario

    def _server(self) -> None:
        server = next(iter(mappings(self._document.get("servers"))), {})
        url = text(server.get("url"))
        for name, variable in mapping(server.get("variables")).items():
            default = text(mapping(variable).get("default"))
            url = url.replace(f"{{{name}}}", default)
        found = re.match(r"https?://[^/?#]+", url)
        self._scenario.base = literal(found[0]) if found else mark(_BASE)
        self._prefix = url[found.end() :].rstrip("/") if found else url.rstrip("/")
        if self._prefix and not self._prefix.startswith("/"):
            self._prefix = f"/{self._prefix}"

    # -- operations ----------------------------------------------------------

    def _operation(
        self, path: str, method: str, whole: dict[str, Any], operation: dict[str, Any]
    ) -> None:
        name = f"{method.upper()} {path}"
        if method not in _SAFE:
            self._scenario.left_out.append(f"{name}: it writes")
            return
        call = Call(slug(text(operation.get("operationId")) or name), method, "")
        parameters = [*self._parameters(whole), *self._parameters(operation)]
        given = {(p.get("in"), text(p.get("name"))): p for p in parameters}
        for (place, key), parameter in given.items():
            if not parameter.get("required") and place != "path":
                continue
            value = self._example(parameter)
            if value is _MISSING:
                why = f"the document has no example of its {place} parameter {key!r}"
                self._scenario.left_out.append(f"{name}: {why}")
                return
            path = self._placed(call, place, key, value, path)
        if "{" in path:
            self._scenario.left_out.append(
                f"{name}: its path parameters are not described"
            )
            return
        call.url = self._scenario.base + literal(self._prefix + path)
        call.folder = tuple(text(tag) for tag in items(operation.get("tags"))[:1])
        call.expect = {"status": self._statuses(operation), "openapi": True}
        if said := self._sign_in(operation, call):
            self._scenario.left_out.append(f"{name}: it signs in with {said}")
        else:
            self._scenario.calls.append(call)

    def _parameters(self, parent: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for parameter in mappings(parent.get("parameters")):
            yield self._resolved(parameter)

    def _placed(self, call: Call, place: Any, key: str, value: Any, path: str) -> str:
        """Put a parameter where it belongs; the path, if it belongs there."""
        written = literal(_written(value))
        if place == "path":
            return path.replace(f"{{{key}}}", quote(_written(value), safe=""))
        if place == "query":
            many = [literal(_written(one)) for one in items(value)]
            call.fields.setdefault("query", {})[literal(key)] = many or written
        elif place == "cookie":
            call.fields.setdefault("cookies", {})[literal(key)] = written
        elif place == "header" and key.lower() not in _RESERVED:
            call.fields.setdefault("headers", {})[key] = written
        return path

    def _example(self, parameter: dict[str, Any]) -> Any:
        """A value that the document itself names."""
        if "example" in parameter:
            return parameter["example"]
        for example in mapping(parameter.get("examples")).values():
            found = self._resolved(example)
            if "value" in found:
                return found["value"]
        schema = self._resolved(parameter.get("schema"))
        for key in ("example", "default", "const"):
            if key in schema:
                return schema[key]
        for key in ("examples", "enum"):
            if items(schema.get(key)):
                return schema[key][0]
        return _MISSING

    def _statuses(self, operation: dict[str, Any]) -> Any:
        """Those of success that are described; a redirect where there is none."""
        described = [text(s).lower() for s in mapping(operation.get("responses"))]
        for first in "23":
            found = [s for s in described if re.fullmatch(rf"{first}(\d\d|xx)", s)]
            if found:
                plain = [int(s) if s.isdigit() else s for s in found]
                return plain if len(plain) > 1 else plain[0]
        return "2xx"

    # -- sign-in -------------------------------------------------------------

    def _sign_in(self, operation: dict[str, Any], call: Call) -> str:
        """Sign the request in; what it would take, where a spec cannot say it."""
        wanted = operation.get("security", self._document.get("security"))
        options = mappings(wanted)
        needed = [option for option in options if option]
        if not needed:
            return ""
        names = [*needed[0]]
        schemes = mapping(
            mapping(self._document.get("components")).get("securitySchemes")
        )
        made = (
            _sign_in(self._resolved(schemes.get(names[0]))) if len(names) == 1 else None
        )
        if made is None:
            return " and ".join(map(repr, names))
        name = slug(names[0])
        self._scenario.auth[name] = made
        call.fields["as"] = name
        call.optional_sign_in = len(needed) < len(options)
        return ""

    # -- references ----------------------------------------------------------

    def _resolved(self, value: Any) -> dict[str, Any]:
        """A part of the document, wherever it is written in it."""
        seen = 0
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            value = self._pointed(value["$ref"])
            seen += 1
            if seen > len(_METHODS):
                return {}
        return mapping(value)

    def _pointed(self, reference: str) -> Any:
        if not reference.startswith("#/"):
            return None
        value: Any = self._document
        for part in reference[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            value = mapping(value).get(name)
        return value


def _sign_in(scheme: dict[str, Any]) -> dict[str, Any] | None:
    """A sign-in whose secrets come from the environment."""
    match scheme:
        case {"type": "http", "scheme": str(kind)} if kind.lower() == "bearer":
            return {"bearer": mark("SMOKE_TOKEN")}
        case {"type": "http", "scheme": str(kind)} if kind.lower() == "basic":
            user, password = mark("SMOKE_USER"), mark("SMOKE_PASSWORD")
            return {"basic": {"user": user, "password": password}}
        case {"type": "apiKey", "in": "header", "name": str(header)}:
            if scheme.get("x-amazon-apigateway-authtype") == "awsSigv4":
                return {"sigv4": "execute-api"}
            return {"api_key": {"value": mark("SMOKE_API_KEY"), "header": header}}
        case {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": str(url)} as flow},
        }:
            made = {
                "token_url": literal(url),
                "client_id": mark("SMOKE_CLIENT_ID"),
                "client_secret": mark("SMOKE_CLIENT_SECRET"),
            }
            scopes = [literal(scope) for scope in mapping(flow.get("scopes"))]
            return {"oauth2": {**made, **({"scopes": scopes} if scopes else {})}}
        case {"type": "oauth2" | "openIdConnect"}:
            return {"bearer": mark("SMOKE_TOKEN")}
        case _:
            return None


def _written(value: Any) -> str:
    return text(value) if not isinstance(value, dict | list) else json.dumps(value)
