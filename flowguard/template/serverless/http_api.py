"""The HTTP API: `httpApi` events.

Facts: osls 4, lib/plugins/aws/package/compile/events/http-api.js.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from flowguard.errors import TemplateError
from flowguard.model.places import Location
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.http_authorizers import (
    add_authorizers,
    authorization,
)
from flowguard.template.serverless.service import Function, Service
from flowguard.template.serverless.stack import Stack, invoke_arn
from flowguard.template.serverless.values import (
    Plain,
    concat,
    given,
    known,
    present,
    text,
)

API = "HttpApi"
LOGS = "HttpApiLogGroup"
_VERBS = ("GET", "POST", "PUT", "PATCH", "OPTIONS", "HEAD", "DELETE")
_HEADERS = (
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
)
_LOG_FORMAT = json.dumps(
    {
        "requestId": "$context.requestId",
        "ip": "$context.identity.sourceIp",
        "requestTime": "$context.requestTime",
        "httpMethod": "$context.httpMethod",
        "routeKey": "$context.routeKey",
        "status": "$context.status",
        "protocol": "$context.protocol",
        "responseLength": "$context.responseLength",
    },
    separators=(",", ":"),
)


@dataclass(frozen=True, slots=True)
class Route:
    """One `httpApi` event."""

    function: Function
    verb: str
    path: str
    authorizer: Node | None
    at: Location

    @property
    def key(self) -> str:
        """The route's key, as API Gateway writes it; `*` is the default."""
        return "*" if self.path == "*" else f"{self.verb} {self.path}"


def add_http_api(stack: Stack) -> None:
    """The HTTP API of the service, if any function has an `httpApi` event."""
    routes = list(_routes(stack.service))
    if not routes:
        return
    service, at = stack.service, routes[0].at
    own = service.setting("httpApi", "id")
    api: Plain = own or {"Ref": API}
    logs = service.setting("logs", "httpApi")
    if own is None:
        _api(stack, routes, at)
    if logs:
        name = concat("/aws/http-api/", text(service.stack_name) or "")
        stack.log_group(LOGS, name, service.place("provider", "logs", "httpApi"))
    if own is None:
        _stage(stack, logs, at)
    add_authorizers(stack, api)
    for route in routes:
        _route(stack, api, route)


def _routes(service: Service) -> Iterator[Route]:
    seen: set[str] = set()
    for function, event in service.of("httpApi"):
        words = event.short
        if words is not None:
            verb, _, path = ("", "", "*") if words == "*" else words.partition(" ")
        else:
            verb = known(event.get("method")) or ""
            path = known(event.get("path")) or ""
        if not path:
            continue
        verb = "ANY" if verb in {"", "*"} else verb.upper()
        route = Route(function, verb, path, event.get("authorizer"), event.at)
        if path != "*" and route.key in seen:
            raise TemplateError(
                f"the route {route.key} is there twice",
                help="remove one of the two httpApi events",
                location=event.at,
            )
        seen.add(route.key)
        yield route


def _api(stack: Stack, routes: list[Route], at: Location) -> None:
    service = stack.service
    name = service.setting("httpApi", "name")
    by_service = service.setting("httpApi", "shouldStartNameWithService")
    stage_first = concat(service.stage_name, "-", service.service)
    stack.add(
        API,
        "AWS::ApiGatewayV2::Api",
        {
            "Name": name or (service.prefix if by_service else stage_first),
            "Description": service.setting("httpApi", "description"),
            "ProtocolType": "HTTP",
            "DisableExecuteApiEndpoint": present(
                service.provider, "httpApi", "disableDefaultEndpoint"
            ),
            "Tags": service.setting("tags"),
            "CorsConfiguration": _cors(service.setting("httpApi", "cors"), routes),
        },
        name.location if name else at,
    )


def _cors(cors: Node | None, routes: list[Route]) -> Plain:
    if cors is None:
        return None

    def listed(key: str, default: list[Plain]) -> list[Plain]:
        node = given(cors, key)
        return (list(node.items) or [node]) if node else default

    verbs: dict[str, None] = {"OPTIONS": None}
    for route in routes:
        verbs |= dict.fromkeys(_VERBS if route.verb == "ANY" else [route.verb])
    exposed = given(cors, "exposedResponseHeaders")
    return {
        "AllowCredentials": True if given(cors, "allowCredentials") else None,
        "AllowHeaders": listed("allowedHeaders", list(_HEADERS)),
        "AllowMethods": listed("allowedMethods", list(verbs)),
        "AllowOrigins": listed("allowedOrigins", ["*"]),
        "ExposeHeaders": listed("exposedResponseHeaders", []) if exposed else None,
        "MaxAge": present(cors, "maxAge"),
    }


def _stage(stack: Stack, logs: Node | None, at: Location) -> None:
    service = stack.service
    metrics = present(service.provider, "httpApi", "metrics")
    settings: Plain = {
        "DestinationArn": {"Fn::GetAtt": [LOGS, "Arn"]},
        "Format": given(logs, "format") or _LOG_FORMAT,
    }
    stack.add(
        "HttpApiStage",
        "AWS::ApiGatewayV2::Stage",
        {
            "ApiId": {"Ref": API},
            "StageName": "$default",
            "AutoDeploy": True,
            "DefaultRouteSettings": {
                "DetailedMetricsEnabled": False if metrics is None else metrics
            },
            "Tags": service.setting("tags"),
            "AccessLogSettings": settings if logs else None,
        },
        at,
        DependsOn=LOGS if logs else None,
    )
    stack.output("HttpApiId", {"Ref": API}, at, description="Id of the HTTP API")
    url: list[Plain] = [
        "https://",
        {"Ref": API},
        ".execute-api.",
        {"Ref": "AWS::Region"},
        ".",
        {"Ref": "AWS::URLSuffix"},
    ]
    stack.output(
        "HttpApiUrl",
        {"Fn::Join": ["", url]},
        at,
        description="URL of the HTTP API",
    )


def _route(stack: Stack, api: Plain, route: Route) -> None:
    function, service = route.function, stack.service
    integration = f"HttpApiIntegration{function.id}"
    stack.permission(
        f"{function.id}LambdaPermissionHttpApi",
        function,
        "apigateway.amazonaws.com",
        route.at,
        invoke_arn(api, "/*"),
    )
    payload = given(function.config, "httpApi", "payload") or service.setting(
        "httpApi", "payload"
    )
    stack.add(
        integration,
        "AWS::ApiGatewayV2::Integration",
        {
            "ApiId": api,
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": function.target,
            "PayloadFormatVersion": payload or "2.0",
            "TimeoutInMillis": 30000,
        },
        route.at,
        DependsOn=function.after,
    )
    name = "Default" if route.key == "*" else naming.path(route.key)
    target: Plain = {"Fn::Join": ["/", ["integrations", {"Ref": integration}]]}
    stack.add(
        f"HttpApiRoute{name}",
        "AWS::ApiGatewayV2::Route",
        {
            "ApiId": api,
            "RouteKey": "$default" if route.key == "*" else route.key,
            "Target": target,
            **authorization(service, route.authorizer),
        },
        route.at,
        DependsOn=integration,
    )
