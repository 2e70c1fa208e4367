"""The HTTP routes that a template deploys, and what stands behind them.

API Gateway's REST APIs (methods, or an OpenAPI body as SAM writes it), its HTTP
APIs (routes, or a body), and the URLs of Lambda functions. WebSocket routes are
no HTTP routes and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flowguard.model.places import UNWRITTEN, Location
from flowguard.model.questions import Unresolved
from flowguard.template import resource_types
from flowguard.template.resolved import Resource, Template

ANY = "ANY"
_ANY_METHOD = "x-amazon-apigateway-any-method"
_METHODS = ("get", "head", "post", "put", "patch", "delete", _ANY_METHOD)
_INTEGRATION = "x-amazon-apigateway-integration"
_WORD = re.compile(r"[A-Za-z0-9]+")
_FUNCTION = "AWS::Lambda::Function"
_OF_FUNCTION = {"AWS::Lambda::Alias", "AWS::Lambda::Version"}
_NO_SIGN_IN = {"", "NONE"}
_SHORTEST_NAME = 4
"""Shorter names would be found in everything."""


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path that an API answers."""

    method: str
    """In capitals; `ANY` for all."""
    path: str
    """`/users/{proxy+}`, without the API's stage."""
    logical_id: str
    """The resource that makes it: a method, a route, or the API with a body."""
    api: str
    """The API's logical id; empty where it is another stack's."""
    functions: tuple[str, ...] = ()
    """Logical ids of the Lambda functions behind it."""
    signed_in: bool = False
    """Whether it refuses those who are not signed in."""
    location: Location = UNWRITTEN

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def answers(self, method: str, path: str) -> bool:
        """Whether a request with this method and path comes here."""
        return self.method in {ANY, method.upper()} and bool(
            _pattern(self.path).fullmatch(path.partition("?")[0] or "/")
        )


def find(routes: Iterable[Route], method: str, path: str) -> Route | None:
    """The route that a request comes to: the most specific that answers it."""
    answering = [route for route in routes if route.answers(method, path)]
    return max(answering, key=_specificity, default=None)


def untested(
    routes: Iterable[Route], requests: Iterable[tuple[str, str]]
) -> tuple[Route, ...]:
    """The routes that none of the requests, a method and a path each, comes to.

    A path may begin with the API's stage, as that of a URL does.
    """
    routes = tuple(routes)
    reached = {
        found
        for method, path in requests
        for at in (path, "/" + path.lstrip("/").partition("/")[2])
        if (found := find(routes, method, at))
    }
    return tuple(route for route in routes if route not in reached)


def routes_of(template: Template) -> tuple[Route, ...]:
    """All routes, in the order of the template."""
    graph = References(template.resources)
    found: list[Route] = []
    for resource in template.resources.values():
        match resource.resource_type:
            case "AWS::ApiGateway::Method":
                found.extend(_method(resource, template, graph))
            case "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api":
                found.extend(_body(resource, graph))
            case "AWS::ApiGatewayV2::Route":
                found.extend(_v2_route(resource, template, graph))
            case "AWS::Lambda::Url":
                found.append(_function_url(resource, graph))
            case _:
                pass  # it makes no route
    return tuple(found)


class References:
    """Which resources of a template refer to which."""

    def __init__(self, resources: Mapping[str, Resource]) -> None:
        self._resources = resources
        self._names = dict(_names(resources))
        self._direct: dict[str, frozenset[str]] = {}

    def of(self, logical_id: str) -> frozenset[str]:
        """The resources that one resource refers to."""
        if logical_id not in self._direct:
            resource = self._resources[logical_id]
            found = self.within((resource.properties, resource.attributes))
            self._direct[logical_id] = found - {logical_id}
        return self._direct[logical_id]

    def within(self, value: Any) -> frozenset[str]:
        """The resources that a value refers to, by reference or by name."""
        return frozenset(self._in(value))

    def behind(self, logical_ids: Iterable[str]) -> tuple[str, ...]:
        """They and all that they refer to, directly or not, in a stable order."""
        reached: dict[str, None] = {}
        waiting = [i for i in logical_ids if i in self._resources]
        while waiting:
            logical_id = waiting.pop(0)
            if logical_id not in reached:
                reached[logical_id] = None
                waiting += sorted(self.of(logical_id))
        return tuple(reached)

    def functions(self, value: Any) -> tuple[str, ...]:
        """The Lambda functions that a value refers to, also through an alias."""
        found = set(self.within(value))
        for logical_id in sorted(found):
            if self._type(logical_id) in _OF_FUNCTION:
                found |= self.of(logical_id)
        return tuple(sorted(i for i in found if self._type(i) == _FUNCTION))

    def _type(self, logical_id: str) -> str:
        return self._resources[logical_id].resource_type

    def _in(self, value: Any) -> Iterator[str]:
        match value:
            case Unresolved(expression=expression):
                yield from (
                    w for w in _WORD.findall(expression) if w in self._resources
                )
            case str():
                yield from (i for name, i in self._names.items() if name in value)
            case Mapping():
                for inner in value.values():
                    yield from self._in(inner)
            case list() | tuple():
                for inner in value:
                    yield from self._in(inner)
            case _:
                pass  # a number or nothing


def _names(resources: Mapping[str, Resource]) -> Iterator[tuple[str, str]]:
    """The physical names that are known, and whose they are."""
    for logical_id, resource in resources.items():
        key = resource_types.identity(resource.resource_type, resource.properties)
        if key and len(key) == 1:  # a part of several is no name by itself
            ((_, name),) = key
            if isinstance(name, str) and len(name) >= _SHORTEST_NAME:
                yield name, logical_id


# --- REST APIs --------------------------------------------------------------


def _method(method: Resource, template: Template, graph: References) -> Iterator[Route]:
    given = method.properties
    integration = given.get("Integration")
    kind = integration.get("Type") if isinstance(integration, Mapping) else None
    verb = given.get("HttpMethod")
    if not isinstance(verb, str) or (verb == "OPTIONS" and kind == "MOCK"):
        return  # CORS
    path = _rest_path(given.get("ResourceId"), template, graph)
    if path is None:
        return
    authorization = given.get("AuthorizationType", "NONE")
    yield Route(
        verb.upper(),
        path,
        method.logical_id,
        _api(given.get("RestApiId"), template, graph, "AWS::ApiGateway::RestApi"),
        graph.functions(integration),
        authorization not in _NO_SIGN_IN or given.get("ApiKeyRequired") is True,
        method.at("Properties", "HttpMethod"),
    )


def _rest_path(value: Any, template: Template, graph: References) -> str | None:
    """The path of a REST resource, from its parents; None where it is not known."""
    parts: list[str] = []
    for _ in template.resources:
        expression = value.expression if isinstance(value, Unresolved) else ""
        if "RootResourceId" in expression:
            break
        parents = [
            i
            for i in graph.within(value)
            if template.resources[i].resource_type == "AWS::ApiGateway::Resource"
        ]
        if len(parents) != 1:
            return None
        resource = template.resources[parents[0]].properties
        part = resource.get("PathPart")
        if not isinstance(part, str):
            return None
        parts.append(part)
        value = resource.get("ParentId")
    return "/" + "/".join(reversed(parts))


def _body(api: Resource, graph: References) -> Iterator[Route]:
    """The routes of an API that is written as an OpenAPI document."""
    body = api.properties.get("Body")
    paths = body.get("paths") if isinstance(body, Mapping) else None
    if not isinstance(paths, Mapping) or not isinstance(body, Mapping):
        return
    for path, item in paths.items():
        for verb in _METHODS if isinstance(item, Mapping) else ():
            operation = item.get(verb)
            if isinstance(operation, Mapping):
                yield Route(
                    ANY if verb == _ANY_METHOD else verb.upper(),
                    str(path),
                    api.logical_id,
                    api.logical_id,
                    graph.functions(operation.get(_INTEGRATION)),
                    _secured(operation.get("security", body.get("security"))),
                    api.at("Properties", "Body", "paths", str(path), verb),
                )


def _secured(security: Any) -> bool:
    """Whether a security requirement of OpenAPI asks for anything; SAM writes `NONE`."""
    requirements = security if isinstance(security, list | tuple) else ()
    return any(
        name != "NONE"
        for requirement in requirements
        if isinstance(requirement, Mapping)
        for name in requirement
    )


# --- HTTP APIs and functions' own URLs --------------------------------------


def _v2_route(
    route: Resource, template: Template, graph: References
) -> Iterator[Route]:
    given = route.properties
    key = given.get("RouteKey")
    if not isinstance(key, str):
        return
    method, _, path = key.partition(" ")
    if key == "$default":
        method, path = ANY, "/{proxy+}"
    if not path.startswith("/"):
        return  # a WebSocket route
    integrations = [
        template.resources[i].properties
        for i in sorted(graph.within(given.get("Target")))
    ]
    yield Route(
        method.upper(),
        path,
        route.logical_id,
        _api(given.get("ApiId"), template, graph, "AWS::ApiGatewayV2::Api"),
        graph.functions(integrations),
        given.get("AuthorizationType", "NONE") not in _NO_SIGN_IN,
        route.at("Properties", "RouteKey"),
    )


def _function_url(url: Resource, graph: References) -> Route:
    return Route(
        ANY,
        "/{proxy+}",
        url.logical_id,
        url.logical_id,
        graph.functions(url.properties.get("TargetFunctionArn")),
        url.properties.get("AuthType") == "AWS_IAM",
        url.at("Properties"),
    )


def _api(value: Any, template: Template, graph: References, kind: str) -> str:
    ids = (
        i for i in graph.within(value) if template.resources[i].resource_type == kind
    )
    return next(ids, "")


# --- paths ------------------------------------------------------------------


def _pattern(path: str) -> re.Pattern[str]:
    """`{id}` stands for one part of a path, `{proxy+}` for all the rest."""
    parts = re.split(r"(\{[^{}]*\})", path.rstrip("/") or "/")
    written = "".join(
        (r".+" if part.endswith("+}") else r"[^/]+")
        if part.startswith("{")
        else re.escape(part)
        for part in parts
    )
    return re.compile(written + "/?")


def _specificity(route: Route) -> tuple[bool, int, bool]:
    """API Gateway prefers a full match, then one path parameter, then the rest."""
    greedy = "+}" in route.path
    fixed = len([p for p in route.path.split("/") if p and not p.startswith("{")])
    return not greedy, fixed, route.method != ANY
