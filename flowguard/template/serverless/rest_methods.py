"""Methods of the REST API: integration, CORS, authorizers, request validation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flowguard.model import Unknown, UnknownKind, Unresolved
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.rest_authorizers import (
    Authorizer,
    add_authorizer,
    authorization,
    read_authorizer,
)
from flowguard.template.serverless.stack import invoke_arn
from flowguard.template.serverless.values import (
    Plain,
    concat,
    given,
    known,
    present,
    text,
)

if TYPE_CHECKING:
    from flowguard.template.serverless.rest_api import Endpoint, RestApi

_HEADERS = (
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
)


def add_methods(api: RestApi) -> None:
    """A method for each endpoint, and one for CORS where an endpoint asks for it."""
    for path in dict.fromkeys(endpoint.path for endpoint in api.endpoints):
        together = [e for e in api.endpoints if e.path == path]
        if asking := [e for e in together if given(e.config, "cors")]:
            _preflight(api, asking)
    for endpoint in api.endpoints:
        authorizer = read_authorizer(api.stack.service, endpoint.config)
        _method(api, endpoint, authorizer)
        _permission(api, endpoint)
        if authorizer:
            add_authorizer(api.stack, api.id, endpoint.at, authorizer)


def integration_of(endpoint: Endpoint) -> str:
    """The type of an endpoint's integration, as API Gateway calls it."""
    named = known(given(endpoint.config, "integration"))
    if named:
        name = named.upper().replace("-", "_")
        return {"LAMBDA": "AWS", "LAMBDA_PROXY": "AWS_PROXY"}.get(name, name)
    return "AWS" if given(endpoint.config, "async") else "AWS_PROXY"


def _resource(api: RestApi, path: str) -> Plain:
    return api.resources.get(path, api.root) if path else api.root


def _method(api: RestApi, endpoint: Endpoint, authorizer: Authorizer | None) -> None:
    function, config = endpoint.function, endpoint.config
    logical_id = naming.method(api.names[endpoint.path], endpoint.verb)
    permission = f"{function.id}LambdaPermissionApiGateway"
    auth, after = authorization(authorizer)
    properties: dict[str, Plain] = {
        "HttpMethod": endpoint.verb.upper(),
        "RequestParameters": _parameters(config),
        "ResourceId": _resource(api, endpoint.path),
        "RestApiId": api.id,
        "OperationName": present(config, "operationId"),
        "ApiKeyRequired": bool(given(config, "private")),
        **auth,
        "Integration": _integration(api, endpoint),
        "MethodResponses": _responses(endpoint),
        **_validation(api, endpoint),
    }
    depends: list[Plain] = [permission]
    depends += [name for name in (function.after, after) if name]
    api.stack.add(
        logical_id,
        "AWS::ApiGateway::Method",
        properties,
        endpoint.at,
        DependsOn=depends,
    )
    api.methods.append(logical_id)


def _parameters(config: Node) -> dict[str, Plain]:
    """Which parameters of the request are required."""
    found: dict[str, Plain] = {}
    for where, location in (
        ("querystrings", "querystring"),
        ("paths", "path"),
        ("headers", "header"),
    ):
        parameters = given(config, "request", "parameters", where)
        for key, value in parameters.mapping.items() if parameters else []:
            required = present(value, "required") if value.mapping else value
            found[f"method.request.{location}.{key}"] = (
                True if required is None else required
            )
    return found


def _integration(api: RestApi, endpoint: Endpoint) -> Plain:
    config, kind = endpoint.config, integration_of(endpoint)
    function = endpoint.function
    timeout = given(config, "timeoutInMillis") or api.stack.service.setting(
        "apiGateway", "timeoutInMillis"
    )
    found: dict[str, Plain] = {
        "IntegrationHttpMethod": "POST",
        "Type": kind,
        "TimeoutInMillis": timeout,
    }
    if kind in {"AWS", "AWS_PROXY"}:
        mode = known(given(config, "response", "transferMode")) or ""
        streams = mode.upper() == "STREAM" and kind == "AWS_PROXY"
        alias = [":", function.alias.name] if function.alias else []
        version = "2021-11-15" if streams else "2015-03-31"
        last = "/response-streaming-invocations" if streams else "/invocations"
        parts: list[Plain] = [
            "arn:",
            {"Ref": "AWS::Partition"},
            ":apigateway:",
            {"Ref": "AWS::Region"},
            f":lambda:path/{version}/functions/",
            {"Fn::GetAtt": [function.logical_id, "Arn"]},
            *alias,
            last,
        ]
        found["Uri"] = {"Fn::Join": ["", parts]}
        found["ResponseTransferMode"] = mode.upper() or None
    elif kind in {"HTTP", "HTTP_PROXY"}:
        verb = known(given(config, "request", "method")) or endpoint.verb
        connection = known(given(config, "connectionType"))
        found |= {
            "Uri": given(config, "request", "uri"),
            "IntegrationHttpMethod": verb.upper(),
            "ConnectionType": connection.upper().replace("-", "_")
            if connection
            else None,
            "ConnectionId": given(config, "connectionId") if connection else None,
        }
    if kind in {"AWS", "HTTP", "MOCK"}:
        # The framework's own mapping templates, pages of Velocity, name nothing.
        for key in ("RequestTemplates", "IntegrationResponses"):
            found[key] = _theirs(endpoint, key)
        found["PassthroughBehavior"] = given(config, "request", "passThrough") or (
            "NEVER" if kind == "AWS" else None
        )
    return found


def _theirs(endpoint: Endpoint, what: str) -> Unresolved:
    return Unresolved(
        what,
        endpoint.at,
        Unknown(UnknownKind.UNSUPPORTED, "the framework's own mapping templates"),
    )


def _responses(endpoint: Endpoint) -> Plain:
    if integration_of(endpoint) in {"AWS", "HTTP", "MOCK"}:
        return _theirs(endpoint, "MethodResponses")
    return []


def _validation(api: RestApi, endpoint: Endpoint) -> dict[str, Plain]:
    """The validator and models of an endpoint that checks its requests."""
    schemas = given(endpoint.config, "request", "schemas")
    required = any(
        value is True or (isinstance(value, Node) and value.value)
        for value in _parameters(endpoint.config).values()
    )
    if not required and schemas is None:
        return {}
    stack, service = api.stack, api.stack.service
    name = text(service.name)
    validator = (
        f"ApiGateway{naming.alphanumeric(name)}RequestValidator"
        if isinstance(name, str)
        else "ApiGatewayRequestValidator"
    )
    words = " | Validate request body and querystring parameters"
    stack.add(
        validator,
        "AWS::ApiGateway::RequestValidator",
        {
            "RestApiId": api.id,
            "ValidateRequestBody": True,
            "ValidateRequestParameters": True,
            "Name": concat(service.prefix, words),
        },
        endpoint.at,
    )
    found: dict[str, Plain] = {"RequestValidatorId": {"Ref": validator}}
    if schemas:
        found["RequestModels"] = {
            content: {"Ref": _model(api, endpoint, content, schema)}
            for content, schema in schemas.mapping.items()
        }
    return found


def _model(api: RestApi, endpoint: Endpoint, content: str, schema: Node) -> str:
    """The model of a request's body: the endpoint's own, or one of the provider's."""
    named = known(schema)
    shared = (
        api.stack.service.setting("apiGateway", "request", "schemas", named)
        if named
        else None
    )
    if shared is not None and named is not None:
        logical_id = f"ApiGateway{naming.upper_first(naming.camel_case(named))}Model"
        schema, content = shared, "application/json"
    else:
        method = naming.method(api.names[endpoint.path], endpoint.verb)
        logical_id = f"{method}{naming.start_case(content)}Model"
    described = given(schema, "schema")
    api.stack.add(
        logical_id,
        "AWS::ApiGateway::Model",
        {
            "RestApiId": api.id,
            "ContentType": content,
            "Schema": described or schema,
            "Name": given(schema, "name") if described or shared else None,
            "Description": given(schema, "description")
            if described or shared
            else None,
        },
        schema.location,
    )
    return logical_id


def _permission(api: RestApi, endpoint: Endpoint) -> None:
    api.stack.permission(
        f"{endpoint.function.id}LambdaPermissionApiGateway",
        endpoint.function,
        "apigateway.amazonaws.com",
        endpoint.at,
        invoke_arn(api.id),
    )


def _preflight(api: RestApi, asking: list[Endpoint]) -> None:
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
                            "application/json": _theirs(endpoint, "the template")
                            if origins
                            else ""
                        },
                    }
                ],
            },
            "ResourceId": _resource(api, endpoint.path),
            "RestApiId": api.id,
        },
        endpoint.at,
    )


def _verbs(methods: list[str]) -> str:
    if "ANY" not in methods:
        return ",".join(methods)
    return re.sub("ANY", "DELETE,GET,HEAD,PATCH,POST,PUT", ",".join(methods), count=1)


def _words(node: Node | None) -> list[str]:
    if node is None:
        return []
    words = [known(item) for item in node.items] or [known(node)]
    return [word for word in words if word]


def _quoted(node: Node | None) -> str | None:
    value = known(node)
    return None if value is None else f"'{value}'"
