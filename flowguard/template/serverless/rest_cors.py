"""CORS of the REST API: an OPTIONS method for each path that asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowguard.model.questions import Unknown, UnknownKind, Unresolved
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.values import Plain, given, known

if TYPE_CHECKING:
    from flowguard.template.serverless.rest_parts import Endpoint, RestApi

_HEADERS = (
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
)


def templates(endpoint: Endpoint, what: str) -> Unresolved:
    """What stands for the framework's own mapping templates: they name nothing."""
    return Unresolved(
        what,
        endpoint.at,
        Unknown(UnknownKind.UNSUPPORTED, "the framework's own mapping templates"),
    )


def preflight(api: RestApi, asking: list[Endpoint]) -> None:
    """The OPTIONS method of a path: the union of what its endpoints allow."""
    headers: dict[str, None] = {}
    methods: dict[str, None] = {}
    origins: list[str] = []
    origin, age, cache, credentials = "*", None, None, False
    for endpoint in asking:
        cors = given(endpoint.config, "cors")
        own = _words(given(cors, "headers")) or list(_HEADERS)
        verbs = _words(given(cors, "methods")) or ["OPTIONS"]
        headers |= dict.fromkeys(own)
        methods |= dict.fromkeys([*verbs, "OPTIONS", endpoint.verb.upper()])
        origins += _words(given(cors, "origins"))
        origin = known(given(cors, "origin")) or "*"
        age = given(cors, "maxAge") or age
        cache = given(cors, "cacheControl") or cache
        credentials = credentials or bool(given(cors, "allowCredentials"))
    if "," in origin:
        origins = [word.strip() for word in origin.split(",")]
    values: dict[str, Plain] = {
        "Access-Control-Allow-Origin": f"'{origins[0] if origins else origin}'",
        "Access-Control-Allow-Headers": f"'{','.join(headers)}'",
        "Access-Control-Allow-Methods": f"'{_verbs(list(methods))}'",
        "Access-Control-Allow-Credentials": "'true'" if credentials else None,
        "Access-Control-Max-Age": _quoted(age),
        "Cache-Control": _quoted(cache),
    }
    _options(api, asking[0], values, origins)


def _options(
    api: RestApi, endpoint: Endpoint, values: dict[str, Plain], origins: list[str]
) -> None:
    given_values = {key: value for key, value in values.items() if value is not None}
    names = {f"method.response.header.{key}": key for key in given_values}
    answered: dict[str, Plain] = {**dict.fromkeys(names, True)}
    sent: dict[str, Plain] = {name: given_values[key] for name, key in names.items()}
    logical_id = naming.method(api.names[endpoint.path], "options")
    api.methods.append(logical_id)
    api.stack.add(
        logical_id,
        "AWS::ApiGateway::Method",
        {
            "AuthorizationType": "NONE",
            "HttpMethod": "OPTIONS",
            "MethodResponses": [
                {
                    "StatusCode": "200",
                    "ResponseParameters": answered,
                    "ResponseModels": {},
                }
            ],
            "RequestParameters": {},
            "Integration": {
                "Type": "MOCK",
                "RequestTemplates": {"application/json": "{statusCode:200}"},
                "ContentHandling": "CONVERT_TO_TEXT",
                "IntegrationResponses": [
                    {
                        "StatusCode": "200",
                        "ResponseParameters": sent,
                        "ResponseTemplates": {
                            "application/json": templates(endpoint, "the template")
                            if origins
                            else ""
                        },
                    }
                ],
            },
            "ResourceId": api.resource(endpoint.path),
            "RestApiId": api.id,
        },
        endpoint.at,
    )


def _verbs(methods: list[str]) -> str:
    if "ANY" not in methods:
        return ",".join(methods)
    return ",".join(methods).replace("ANY", "DELETE,GET,HEAD,PATCH,POST,PUT", 1)


def _words(node: Node | None) -> list[str]:
    if node is None:
        return []
    words = [known(item) for item in node.items] or [known(node)]
    return [word for word in words if word]


def _quoted(node: Node | None) -> str | None:
    value = known(node)
    return None if value is None else f"'{value}'"
