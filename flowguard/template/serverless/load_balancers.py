"""Events of application load balancers: `alb`.

Facts: osls 4, lib/plugins/aws/package/compile/events/alb.
"""

from __future__ import annotations

import re

from flowguard.errors import TemplateError
from flowguard.model import hidden
from flowguard.model.questions import Unresolved
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.service import Event, Function
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import (
    Plain,
    Text,
    concat,
    given,
    known,
    present,
    text,
)

_LISTENER = re.compile(
    r"arn:aws[\w-]*:elasticloadbalancing:.+:listener/app/[\w-]+/([\w-]+)/([\w-]+)"
)
_LONGEST_NAME = 32


def add_load_balancers(stack: Stack) -> None:
    """The target groups, listener rules and permissions of the `alb` events."""
    for function, event in stack.service.of("alb"):
        listener, priority = event.get("listenerArn"), known(event.get("priority"))
        balancer = _balancer(listener)
        if balancer is None or priority is None:
            continue
        many = event.get("multiValueHeaders")
        suffix = "MultiValue" if many else ""
        group = f"{function.id}Alb{suffix}TargetGroup{balancer}"
        _target_group(stack, function, event, group, balancer)
        _rule(stack, function, event, group)
        _permissions(stack, function, event, group)


def _balancer(listener: Node | None) -> str | None:
    """The id of the load balancer; the listener's logical id for a `Ref`."""
    if listener is None:
        return None
    reference, arn = known(listener.get("Ref")), known(listener)
    if reference is not None:
        return reference
    if arn is None:
        return None
    match = _LISTENER.fullmatch(arn)
    if match is None:
        raise TemplateError(
            "this is no ARN of a listener",
            help="give the ARN of an application load balancer's listener",
            location=listener.location,
        )
    return match[1]


def _target_group(
    stack: Stack, function: Function, event: Event, group: str, balancer: str
) -> None:
    service, many = stack.service, event.get("multiValueHeaders")
    named = event.get("targetGroupName")

    def tag(middle: str) -> Text:
        return concat(
            service.service,
            f"-{function.key}-{balancer}-{middle}",
            service.stage_name,
        )

    whole = tag("multi-value-" if many else "")
    prefix = known(service.setting("alb", "targetGroupPrefix")) or ""
    name: Plain = named or whole
    if named is None and not isinstance(whole, Unresolved):
        begin = hidden.real(prefix)
        name = hidden.through(
            lambda text: f"{begin}{naming.md5(text)}"[:_LONGEST_NAME], whole
        )
    waits = (f"{function.id}LambdaPermissionRegisterTarget", function.after)
    stack.add(
        group,
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        {
            "TargetType": "lambda",
            "Targets": [{"Id": function.target}],
            "Name": name,
            "Tags": [{"Key": "Name", "Value": tag("")}],
            "TargetGroupAttributes": [
                {
                    "Key": "lambda.multi_value_headers.enabled",
                    "Value": True if many else False,  # noqa: SIM210 — not the node
                }
            ],
            **_health(event.get("healthCheck")),
        },
        named.location if named else event.at,
        DependsOn=[name for name in waits if name],
    )


def _health(check: Node | None) -> dict[str, Plain]:
    if check is None:
        return {"HealthCheckEnabled": False}

    def setting(key: str, default: Plain) -> Plain:
        node = present(check, key)
        return default if node is None else node

    return {
        "HealthCheckEnabled": True,
        "HealthCheckPath": setting("path", "/"),
        "HealthCheckIntervalSeconds": setting("intervalSeconds", 35),
        "HealthCheckTimeoutSeconds": setting("timeoutSeconds", 30),
        "HealthyThresholdCount": setting("healthyThresholdCount", 5),
        "UnhealthyThresholdCount": setting("unhealthyThresholdCount", 5),
        "Matcher": {"HttpCode": given(check, "matcher", "httpCode") or "200"},
    }


def _rule(stack: Stack, function: Function, event: Event, group: str) -> None:
    actions = _authenticate(stack, event)
    order = len(actions) + 1 if actions else None
    target: Plain = {"Ref": group}
    actions.append({"Type": "forward", "TargetGroupArn": target, "Order": order})
    stack.add(
        f"{function.id}AlbListenerRule{known(event.get('priority'))}",
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        {
            "Actions": actions,
            "Conditions": _conditions(event),
            "ListenerArn": event.get("listenerArn"),
            "Priority": event.get("priority"),
        },
        event.at,
    )


def _listed(node: Node | None) -> list[Plain]:
    if node is None:
        return []
    return list(node.items) if isinstance(node.value, list) else [node]


def _conditions(event: Event) -> list[Plain]:
    found: list[Plain] = []
    conditions = event.get("conditions")
    if paths := _listed(given(conditions, "path")):
        found.append({"Field": "path-pattern", "Values": paths})
    for key, field, config in (
        ("host", "host-header", "HostHeaderConfig"),
        ("method", "http-request-method", "HttpRequestMethodConfig"),
    ):
        if values := _listed(given(conditions, key)):
            found.append({"Field": field, config: {"Values": values}})
    for header in _listed(given(conditions, "header")):
        if isinstance(header, Node):
            named = {
                "HttpHeaderName": header.get("name"),
                "Values": header.get("values"),
            }
            found.append({"Field": "http-header", "HttpHeaderConfig": named})
    if query := given(conditions, "query"):
        pairs: list[Plain] = [{"Key": k, "Value": v} for k, v in query.mapping.items()]
        values_of: Plain = {"Values": pairs}
        found.append({"Field": "query-string", "QueryStringConfig": values_of})
    if values := _listed(given(conditions, "ip")):
        found.append({"Field": "source-ip", "SourceIpConfig": {"Values": values}})
    return found


_SHARED = {
    "OnUnauthenticatedRequest": "onUnauthenticatedRequest",
    "AuthenticationRequestExtraParams": "requestExtraParams",
    "Scope": "scope",
    "SessionCookieName": "sessionCookieName",
    "SessionTimeout": "sessionTimeout",
}
_COGNITO = {
    "UserPoolArn": "userPoolArn",
    "UserPoolClientId": "userPoolClientId",
    "UserPoolDomain": "userPoolDomain",
}
_OIDC = {
    "AuthorizationEndpoint": "authorizationEndpoint",
    "ClientId": "clientId",
    "Issuer": "issuer",
    "TokenEndpoint": "tokenEndpoint",
    "UserInfoEndpoint": "userInfoEndpoint",
}


def _authenticate(stack: Stack, event: Event) -> list[Plain]:
    found: list[Plain] = []
    authorizers = stack.service.setting("alb", "authorizers")
    for order, key in enumerate(_listed(event.get("authorizer")), 1):
        name = known(key) if isinstance(key, Node) else None
        auth = authorizers.get(name) if authorizers and name else None
        if auth is None:
            raise TemplateError(
                f"the authorizer {text(key) if isinstance(key, Node) else key} is not "
                "defined",
                help="define it under provider.alb.authorizers",
                location=event.at,
            )
        cognito = known(auth.get("type")) == "cognito"
        keys = {**(_COGNITO if cognito else _OIDC), **_SHARED}
        config: dict[str, Plain] = {k: given(auth, v) for k, v in keys.items()}
        config["OnUnauthenticatedRequest"] = (
            config["OnUnauthenticatedRequest"] or "deny"
        )
        if not cognito:
            secret = given(auth, "clientSecret")
            config["ClientSecret"] = secret
            config["UseExistingClientSecret"] = None if secret else True
        kind = "Cognito" if cognito else "Oidc"
        found.append(
            {
                "Type": f"authenticate-{kind.lower()}",
                "Order": order,
                f"Authenticate{kind}Config": config,
            }
        )
    return found


def _permissions(stack: Stack, function: Function, event: Event, group: str) -> None:
    principal = "elasticloadbalancing.amazonaws.com"
    for suffix, source in (("Alb", {"Ref": group}), ("RegisterTarget", None)):
        stack.add(
            f"{function.id}LambdaPermission{suffix}",
            "AWS::Lambda::Permission",
            {
                "FunctionName": function.target,
                "Action": "lambda:InvokeFunction",
                "Principal": principal,
                "SourceArn": source,
            },
            event.at,
            DependsOn=[function.after] if function.after else None,
        )
