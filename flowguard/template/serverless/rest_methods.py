"""Methods of the REST API: what each endpoint invokes, and for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.rest_authorizers import (
    Authorizer,
    add_authorizer,
    authorization,
    read_authorizer,
)
from flowguard.template.serverless.rest_cors import preflight, templates
from flowguard.template.serverless.rest_validation import (
    request_parameters,
    required_parameters,
    validation,
)
from flowguard.template.serverless.stack import invoke_arn
from flowguard.template.serverless.values import (
    Plain,
    given,
    known,
    present,
)

if TYPE_CHECKING:
    from flowguard.template.serverless.rest_parts import Endpoint, RestApi


def add_methods(api: RestApi) -> None:
    """A method for each endpoint, and one for CORS where an endpoint asks for it."""
    for path in dict.fromkeys(endpoint.path for endpoint in api.endpoints):
        together = [e for e in api.endpoints if e.path == path]
        if asking := [e for e in together if given(e.config, "cors")]:
            preflight(api, asking)
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


def _method(api: RestApi, endpoint: Endpoint, authorizer: Authorizer | None) -> None:
    function, config = endpoint.function, endpoint.config
    logical_id = naming.method(api.names[endpoint.path], endpoint.verb)
    permission = f"{function.id}LambdaPermissionApiGateway"
    auth, after = authorization(authorizer)
    properties: dict[str, Plain] = {
        "HttpMethod": endpoint.verb.upper(),
        "RequestParameters": required_parameters(config),
        "ResourceId": api.resource(endpoint.path),
        "RestApiId": api.id,
        "OperationName": present(config, "operationId"),
        "ApiKeyRequired": bool(given(config, "private")),
        **auth,
        "Integration": _integration(api, endpoint),
        "MethodResponses": _responses(endpoint),
        **validation(api, endpoint),
    }
    # The framework merges lists by index: the authorizer takes the first place.
    depends: list[Plain] = [after or permission]
    depends += [function.after] if function.after else []
    api.stack.add(
        logical_id,
        "AWS::ApiGateway::Method",
        properties,
        endpoint.at,
        DependsOn=depends,
    )
    api.methods.append(logical_id)


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
            found[key] = templates(endpoint, key)
        found["PassthroughBehavior"] = given(config, "request", "passThrough") or (
            "NEVER" if kind == "AWS" else None
        )
    found["RequestParameters"] = _mapped(config, kind) or None
    return found


def _mapped(config: Node, kind: str) -> dict[str, Plain]:
    """Which parameters of the request reach the integration, and as what."""
    found: dict[str, Plain] = {}
    for name, value in request_parameters(config) if kind != "AWS_PROXY" else ():
        key = f"integration.{name.removeprefix('method.')}"
        found[key] = given(value, "mappedValue") or name
    if given(config, "async"):
        found["integration.request.header.X-Amz-Invocation-Type"] = "'Event'"
    return found


def _responses(endpoint: Endpoint) -> Plain:
    if integration_of(endpoint) in {"AWS", "HTTP", "MOCK"}:
        return templates(endpoint, "MethodResponses")
    return []


def _permission(api: RestApi, endpoint: Endpoint) -> None:
    api.stack.permission(
        f"{endpoint.function.id}LambdaPermissionApiGateway",
        endpoint.function,
        "apigateway.amazonaws.com",
        endpoint.at,
        invoke_arn(api.id),
    )
