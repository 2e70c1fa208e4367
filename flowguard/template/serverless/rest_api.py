"""The REST API: `http` events, and all that API Gateway needs for them.

Facts: osls 4, lib/plugins/aws/package/compile/events/api-gateway. A deployment's
logical id ends in a number that each run of the framework makes anew: it is left off.
"""

from __future__ import annotations

from flowguard.model.places import Location
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.custom_resources import add_log_role
from flowguard.template.serverless.rest_keys import Keys
from flowguard.template.serverless.rest_methods import add_methods
from flowguard.template.serverless.rest_parts import Endpoint, RestApi
from flowguard.template.serverless.service import Service
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import (
    Plain,
    concat,
    given,
    known,
    present,
    text,
)

API = "ApiGatewayRestApi"
DEPLOYMENT = "ApiGatewayDeployment"


def add_rest_api(stack: Stack) -> None:
    """The REST API of the service, if any function has an `http` event."""
    endpoints = tuple(_endpoints(stack.service))
    if not endpoints:
        return
    own = stack.service.setting("apiGateway", "restApiId")
    root = stack.service.setting("apiGateway", "restApiRootResourceId")
    api = RestApi(
        stack,
        endpoints,
        own or {"Ref": API},
        root or {"Fn::GetAtt": [API, "RootResourceId"]},
        {"": ""},
        {},
        [],
    )
    if own is None:
        _api(stack, endpoints[0].at)
    _resources(api)
    add_methods(api)
    _deployment(api)
    Keys(stack, api.id, DEPLOYMENT).add()
    _logs(api)


def _endpoints(service: Service) -> list[Endpoint]:
    """The `http` events whose path and method are known."""
    found = []
    for function, event in service.events:
        if event.kind != "http":
            continue
        short = known(event.config)
        if short is not None:
            verb, _, path = short.partition(" ")
        else:
            path = known(present(event.config, "path")) or ""
            verb = known(present(event.config, "method")) or ""
        if verb:
            path = path.removeprefix("/").removesuffix("/")
            found.append(Endpoint(function, event.config, event.at, path, verb.lower()))
    return found


def _api(stack: Stack, at: Location) -> None:
    service = stack.service
    name = service.setting("apiName")
    if name:
        at = name.location
    by_service = service.setting("apiGateway", "shouldStartNameWithService")
    default = (
        service.prefix
        if by_service
        else concat(service.stage_name, "-", service.service)
    )
    kind = known(service.setting("endpointType")) or "EDGE"
    endpoints = service.setting("vpcEndpointIds")
    policy = service.setting("apiGateway", "resourcePolicy")
    tags = service.setting("tags")

    def setting(key: str) -> Node | None:
        return present(service.provider, "apiGateway", key)

    key_source = known(setting("apiKeySourceType"))
    access = known(present(service.provider, "apiGateway", "endpoint", "accessMode"))
    stack.add(
        API,
        "AWS::ApiGateway::RestApi",
        {
            "Name": name or default,
            "BinaryMediaTypes": setting("binaryMediaTypes"),
            "DisableExecuteApiEndpoint": setting("disableDefaultEndpoint"),
            "EndpointConfiguration": {
                "Types": [kind.upper()],
                "VpcEndpointIds": endpoints,
            },
            "SecurityPolicy": service.setting(
                "apiGateway", "endpoint", "securityPolicy"
            ),
            "EndpointAccessMode": access.upper() if access else None,
            "Tags": [{"Key": k, "Value": v} for k, v in tags.mapping.items()]
            if tags
            else None,
            "Policy": {"Version": "2012-10-17", "Statement": policy}
            if policy and (policy.items or policy.mapping)
            else "",
            "ApiKeySourceType": key_source.upper() if key_source else None,
            "MinimumCompressionSize": setting("minimumCompressionSize"),
            "Description": service.setting("apiGateway", "description"),
        },
        at,
    )


def _resources(api: RestApi) -> None:
    """A resource for each part of each path, but for those the user names."""
    named = _named_resources(api.stack.service)
    for path, (resource_id, name) in named.items():
        api.resources[path], api.names[path] = resource_id, name
    for endpoint in api.endpoints:
        parts = endpoint.path.split("/") if endpoint.path else []
        paths = ["/".join(parts[: i + 1]) for i in range(len(parts))]
        # Nothing above a resource that the user names is ours to make.
        start = max((i + 1 for i, p in enumerate(paths) if p in named), default=0)
        for path, part in list(zip(paths, parts, strict=True))[start:]:
            if path in api.resources:
                continue
            parent = path.rpartition("/")[0]
            name = naming.path(path)
            logical_id = f"ApiGatewayResource{name}"
            api.names[path], api.resources[path] = name, {"Ref": logical_id}
            api.stack.add(
                logical_id,
                "AWS::ApiGateway::Resource",
                {
                    "ParentId": api.resources.get(parent, api.root),
                    "PathPart": part,
                    "RestApiId": api.id,
                },
                endpoint.at,
            )


def _named_resources(service: Service) -> dict[str, tuple[Plain, str]]:
    """The resources of an API made elsewhere, by path: id and name."""
    config = service.setting("apiGateway", "restApiResources")
    found: dict[str, tuple[Plain, str]] = {}
    for key, node in config.mapping.items() if config else []:
        path = key.strip("/")
        found[path] = (node, naming.path(path))
    for item in config.items if config else []:
        path = (known(item.get("path")) or "").strip("/")
        name = known(given(item, "name")) or naming.path(path)
        found[path] = (item.get("resourceId"), name)
    return found


def _deployment(api: RestApi) -> None:
    stack, service = api.stack, api.stack.service
    at = api.endpoints[0].at
    stack.add(
        DEPLOYMENT,
        "AWS::ApiGateway::Deployment",
        {
            "RestApiId": api.id,
            "StageName": service.setting("apiGateway", "stage") or service.stage_name,
            "Description": service.setting("apiGateway", "description"),
        },
        at,
        DependsOn=list(api.methods),
    )
    parts: list[Plain] = [
        "https://",
        api.id,
        ".execute-api.",
        {"Ref": "AWS::Region"},
        ".",
        {"Ref": "AWS::URLSuffix"},
        concat("/", service.stage_name),
    ]
    stack.output(
        "ServiceEndpoint",
        {"Fn::Join": ["", parts]},
        at,
        description="URL of the service endpoint",
    )


def _logs(api: RestApi) -> None:
    stack, service = api.stack, api.stack.service
    logs = service.setting("logs", "restApi")
    access = present(logs, "accessLogging")
    if logs is None or (access is not None and not access.value):
        return
    at = service.place("provider", "logs", "restApi")
    name = concat("/aws/api-gateway/", service.service, "-", text(service.stage) or "")
    stack.log_group("ApiGatewayLogGroup", name, at)
    add_log_role(stack, at)
