"""A first spec, drafted from the routes and the authorizers of a template."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from flowguard.smoke.request import SAFE
from flowguard.template import Template
from flowguard.template.routes import ANY, References, Route, routes_of

_WORDS = re.compile(r"[A-Za-z0-9]+")
_OUTPUTS = {
    "AWS::ApiGateway::RestApi": "ServiceEndpoint",
    "AWS::ApiGatewayV2::Api": "HttpApiUrl",
}
"""The outputs of the Serverless Framework; others are asked for in a comment."""
_DEPENDENCIES = {
    "AWS::DynamoDB::Table": "dynamodb",
    "AWS::S3::Bucket": "s3",
    "AWS::Cognito::UserPool": "cognito",
    "AWS::SQS::Queue": "sqs",
    "AWS::RDS::DBInstance": "database",
    "AWS::RDS::DBCluster": "database",
}
_MADE_BY_TOOLS = re.compile(r"deploymentbucket", re.IGNORECASE)


def draft(template: Template, path: str) -> str:
    """The text of a `smoke.yml` for the routes of `template`, which is at `path`.

    What only its author can know is a comment that says what is missing.
    """
    routes = routes_of(template)
    health = next((r for r in routes if _is_health(r)), None)
    lines = [
        f"# Drafted by `flowguard smoke init` from {json.dumps(path)}.",
        "# Say what the answers must hold, and remove what does not matter.",
        *_base(template, routes),
    ]
    lines += _phases(routes, health)
    if any(route.signed_in for route in routes):
        lines += ["", *_sign_in(template)]
    checks = [*_checks(template, routes, health)]
    lines += ["", "checks:"]
    if not any(not line.lstrip().startswith("#") for line in checks):
        lines.append("  up: {get: /, expect: [2xx, 3xx, 4xx]}   # it answers at all")
    return "\n".join([*lines, *checks]) + "\n"


def _phases(routes: Sequence[Route], health: Route | None) -> Iterator[str]:
    """What is waited for, and what proves the release, which only its author can say."""
    asked = health or next((r for r in routes if _is_plain(r)), None)
    path = _quoted(asked.path) if asked else "/"
    expected = "" if asked and not asked.signed_in else ", expect: [2xx, 3xx, 4xx]"
    yield f"wait: {{get: {path}{expected}, up: 90s}}"
    yield "# Let the service name its commit: else nothing proves that the new code answers."
    yield (
        f"# release: {{get: {path}, expect: {{json: "
        '{release: "${git.sha}"}}, within: 60s}'
    )


def _is_plain(route: Route) -> bool:
    """Whether it can be asked as it stands."""
    return route.method in {"GET", ANY} and "{" not in route.path


def _base(template: Template, routes: Sequence[Route]) -> Iterator[str]:
    kinds = {
        template.resources[route.api].resource_type
        for route in routes
        if route.api in template.resources
    }
    known = [output for kind, output in _OUTPUTS.items() if kind in kinds]
    if template.dialect == "serverless" and known:
        yield f"base: ${{stack.{known[0]}}}"
    else:
        yield "base: ${stack.ApiUrl}   # an output of the stack with the API's URL"


def _sign_in(template: Template) -> Iterator[str]:
    clients = [
        resource.logical_id
        for resource in template.resources.values()
        if resource.resource_type == "AWS::Cognito::UserPoolClient"
    ]
    pools = [
        resource.logical_id
        for resource in template.resources.values()
        if resource.resource_type == "AWS::Cognito::UserPool"
    ]
    yield "auth:"
    if clients and pools:
        yield "  user:   # made for the run, and always removed"
        yield f'    cognito: {{pool: "${{stack.{pools[0]}Id}}", client: "${{stack.{clients[0]}Id}}"}}'
        yield "    # both are outputs of the stack: add them, or write the ids here"
    else:
        yield '  user: {bearer: "${env.SMOKE_TOKEN}"}   # or: cognito, oauth2, sigv4, login'


def _checks(
    template: Template, routes: Sequence[Route], health: Route | None
) -> Iterator[str]:
    taken: set[str] = set()
    for route in routes:
        name = _name(route, taken)
        if route is health:
            yield f"  {name}: {_health(template, route)}"
        elif "{" in route.path:
            path = re.sub(r"\{[^{}]*\}", "1", route.path)
            yield f"  # {route}: name a path, such as"
            yield f"  # {name}: {_request(route, _verb(route), path)}"
        elif route.method in SAFE or route.method == ANY:
            yield f"  {name}: {_request(route, _verb(route), route.path)}"
        else:
            yield f"  # {route} writes: give it a body, and a `finally` that removes it"
            body = {"json": "{}"} if route.method != "DELETE" else {}
            yield f"  # {name}: {_request(route, route.method.lower(), route.path, body)}"


def _request(
    route: Route, verb: str, path: str, more: dict[str, str] | None = None
) -> str:
    parts = {verb: _quoted(path), **({"as": "user"} if route.signed_in else {})}
    parts |= more or {}
    return "{" + ", ".join(f"{key}: {value}" for key, value in parts.items()) + "}"


def _health(template: Template, route: Route) -> str:
    """The health check, with the dependencies that its function refers to."""
    found: dict[str, None] = {}
    for logical_id in References(template.resources).behind(route.functions):
        word = _DEPENDENCIES.get(template.resources[logical_id].resource_type)
        if word and not _MADE_BY_TOOLS.search(logical_id):
            found[word] = None
    deps = {"deps": f"[{', '.join(found)}]"} if found else {}
    return _request(route, _verb(route), route.path, deps)


def _is_health(route: Route) -> bool:
    words = {word.lower() for word in _WORDS.findall(route.path)}
    safe = route.method in {*SAFE, ANY} and "{" not in route.path
    return safe and bool(words & {"health", "healthz", "healthcheck", "status", "live"})


def _verb(route: Route) -> str:
    return "get" if route.method == ANY else route.method.lower()


def _name(route: Route, taken: set[str]) -> str:
    """A name that no other check has, from the path; the method where it must."""
    base = "-".join(_WORDS.findall(route.path.replace("{proxy+}", ""))) or "root"
    verb = _verb(route)
    names = (base, f"{verb}-{base}", *(f"{verb}-{base}-{n}" for n in range(2, 1000)))
    name = next(name for name in names if name not in taken)
    taken.add(name)
    return name


def _quoted(path: str) -> str:
    """A path as YAML reads it in a flow mapping."""
    return path if re.fullmatch(r"/[\w./-]*", path, re.ASCII) else json.dumps(path)
