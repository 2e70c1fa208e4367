"""The WebSocket API: `websocket` events.

Facts: osls 4, lib/plugins/aws/package/compile/events/websockets. The deployment's
logical id ends in a hash of the API: it is left off here.
"""

from __future__ import annotations

from flowguard.errors import TemplateError
from flowguard.model.places import Location
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.custom_resources import add_log_role
from flowguard.template.serverless.service import Event, Function
from flowguard.template.serverless.stack import Stack, proxy_uri
from flowguard.template.serverless.values import Plain, concat, given, known, present

API = "WebsocketsApi"
STAGE = "WebsocketsDeploymentStage"
DEPLOYMENT = "WebsocketsDeployment"
LOGS = "WebsocketsLogGroup"
_LOG_FORMAT = (
    "$context.identity.sourceIp $context.identity.caller $context.identity.user "
    '[$context.requestTime] "$context.eventType $context.routeKey '
    '$context.connectionId" $context.requestId'
)


def add_websockets(stack: Stack) -> None:
    """The WebSocket API of the service, if any function has such an event."""
    events = [
        (function, event, route)
        for function, event in stack.service.of("websocket")
        if (route := known(event.arn("route"))) is not None
    ]
    if not events:
        return
    at = events[0][1].at
    own = stack.service.setting("apiGateway", "websocketApiId")
    api: Plain = own or {"Ref": API}
    if own is None:
        _api(stack, at)
    routes: list[str] = []
    for function, event, route in events:
        routes += _route(stack, api, function, event, route)
    if own is None:
        _stage(stack, api, at)
    _deployment(stack, api, routes, at, own=own)


def _description(stack: Stack) -> Plain:
    return stack.service.setting("websocketsDescription") or "Serverless Websockets"


def _api(stack: Stack, at: Location) -> None:
    service = stack.service
    name = service.setting("websocketsApiName")
    default = concat(service.stage_name, "-", service.service, "-websockets")
    selection = service.setting("websocketsApiRouteSelectionExpression")
    stack.add(
        API,
        "AWS::ApiGatewayV2::Api",
        {
            "Name": name or default,
            "RouteSelectionExpression": selection or "$request.body.action",
            "Description": _description(stack),
            "ProtocolType": "WEBSOCKET",
            "Tags": service.setting("tags"),
        },
        name.location if name else at,
    )
    connections = "arn:${AWS::Partition}:execute-api:*:*:*/@connections/*"
    stack.allow(["execute-api:ManageConnections"], [{"Fn::Sub": connections}])


def _route(
    stack: Stack, api: Plain, function: Function, event: Event, route: str
) -> list[str]:
    """A route with its integration; what the deployment has to wait for."""
    integration = f"{function.id}WebsocketsIntegration"
    logical_id = naming.websocket_route(route)
    answer = event.get("routeResponseSelectionExpression")
    authorizer = _authorizer(stack, api, event)
    stack.add(
        integration,
        "AWS::ApiGatewayV2::Integration",
        {
            "ApiId": api,
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": proxy_uri(function.target),
        },
        event.at,
        DependsOn=function.after,
    )
    waits = [API] if isinstance(api, dict) else []
    stack.add(
        f"{function.id}LambdaPermissionWebsockets",
        "AWS::Lambda::Permission",
        {
            "FunctionName": function.target,
            "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com",
        },
        event.at,
        DependsOn=[*waits, function.after or function.logical_id],
    )
    target: Plain = {"Fn::Join": ["/", ["integrations", {"Ref": integration}]]}
    stack.add(
        logical_id,
        "AWS::ApiGatewayV2::Route",
        {
            "ApiId": api,
            "RouteKey": route,
            "AuthorizationType": "CUSTOM" if authorizer else "NONE",
            "Target": target,
            "RouteResponseSelectionExpression": answer,
            "AuthorizerId": {"Ref": authorizer} if authorizer else None,
        },
        event.at,
    )
    if answer is None:
        return [logical_id]
    stack.add(
        f"{logical_id}Response",
        "AWS::ApiGatewayV2::RouteResponse",
        {
            "ApiId": api,
            "RouteId": {"Ref": logical_id},
            "RouteResponseKey": "$default",
        },
        event.at,
    )
    return [f"{logical_id}Response", logical_id]


def _authorizer(stack: Stack, api: Plain, event: Event) -> str | None:
    """The authorizer of a route; its logical id, or None where anybody may call."""
    config = event.get("authorizer")
    if config is None:
        return None
    arn: Node | None = given(config, "arn")
    name = known(given(config, "name"))
    short = known(config)
    if short is not None:
        arn, name = (config, None) if ":" in short else (None, short)
    function = None
    if arn is not None:
        plain = known(arn)
        name = plain.rpartition(":")[2] if plain is not None else name
    elif name is not None:
        function = stack.service.functions.get(name)
        if function is None:
            raise TemplateError(
                f"the authorizer {name} is no function of this service",
                location=config.location,
            )
    if name is None:
        return None
    target: Plain = function.target if function else arn
    source = given(config, "identitySource")
    logical_id = f"{naming.resource(name)}WebsocketsAuthorizer"
    stack.add(
        logical_id,
        "AWS::ApiGatewayV2::Authorizer",
        {
            "ApiId": api,
            "Name": name,
            "AuthorizerType": "REQUEST",
            "AuthorizerUri": proxy_uri(target),
            "IdentitySource": source or ["route.request.header.Auth"],
        },
        config.location,
        DependsOn=function.after if function else None,
    )
    waits: list[Plain] = [API] if isinstance(api, dict) else []
    if function:
        waits += [name for name in (function.logical_id, function.after) if name]
    stack.add(
        f"{naming.resource(name)}LambdaPermissionWebsockets",
        "AWS::Lambda::Permission",
        {
            "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com",
            "FunctionName": target,
        },
        config.location,
        DependsOn=waits,
    )
    return logical_id


def _stage(stack: Stack, api: Plain, at: Location) -> None:
    service = stack.service
    logs = service.setting("logs", "websocket")
    settings: dict[str, Plain] = {}
    if logs:
        place = service.place("provider", "logs", "websocket")
        name = concat("/aws/websocket/", service.service, "-", service.stage_name)
        stack.log_group(LOGS, name, place)
        add_log_role(stack, place)
        settings = _log_settings(logs)
    stack.add(
        STAGE,
        "AWS::ApiGatewayV2::Stage",
        {
            "ApiId": api,
            "StageName": service.stage_name,
            "Description": _description(stack),
            "DeploymentId": {"Ref": DEPLOYMENT},
            **settings,
        },
        at,
    )


def _log_settings(logs: Node) -> dict[str, Plain]:
    def wanted(key: str) -> bool:
        node = present(logs, key)
        return node is None or bool(node.value)

    level: Plain = given(logs, "level") or "INFO"
    group = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
    access: Plain = {
        "DestinationArn": {"Fn::Sub": group + "${" + LOGS + "}"},
        "Format": given(logs, "format") or _LOG_FORMAT,
    }
    return {
        "DefaultRouteSettings": {
            "DataTraceEnabled": wanted("fullExecutionData"),
            "LoggingLevel": level if wanted("executionLogging") else "OFF",
        },
        "AccessLogSettings": access if wanted("accessLogging") else None,
    }


def _deployment(
    stack: Stack, api: Plain, routes: list[str], at: Location, *, own: Node | None
) -> None:
    stage = stack.service.stage_name
    stack.add(
        DEPLOYMENT,
        "AWS::ApiGatewayV2::Deployment",
        {
            "ApiId": api,
            "Description": _description(stack),
            "StageName": stage if own else None,
        },
        at,
        DependsOn=routes,
    )
    url: list[Plain] = [
        "wss://",
        api,
        ".execute-api.",
        {"Ref": "AWS::Region"},
        ".",
        {"Ref": "AWS::URLSuffix"},
        concat("/", stage),
    ]
    stack.output(
        "ServiceEndpointWebsocket",
        {"Fn::Join": ["", url]},
        at,
        description="URL of the service endpoint",
    )
