"""Events of devices and of logs: `iot`, `iotFleetProvisioning`, `alexaSkill`,
`alexaSmartHome`, `cloudwatchLog`.

Facts: osls 4, lib/plugins/aws/package/compile/events (iot, iot-fleet-provisioning,
alexa-skill, alexa-smart-home, cloud-watch-log).
"""

from __future__ import annotations

from collections import Counter

from flowguard.model.questions import Unresolved
from flowguard.template.serverless.service import Event, Function
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import (
    Plain,
    Text,
    as_json,
    concat,
    known,
    text,
)


def add_devices(stack: Stack) -> None:
    """What the events of devices need."""
    numbers: Counter[tuple[str, str]] = Counter()
    for function, event in stack.service.events:
        key = (event.kind, function.key)
        numbers[key] += 1
        match event.kind:
            case "iot":
                _topic_rule(stack, function, event, numbers[key])
            case "iotFleetProvisioning":
                _provisioning(stack, function, event)
            case "alexaSkill":
                _alexa(stack, function, event, f"AlexaSkill{numbers[key]}", "appkit")
            case "alexaSmartHome":
                suffix = f"AlexaSmartHome{numbers[key]}"
                _alexa(stack, function, event, suffix, "connectedhome")
            case _:
                pass


def _one_line(value: Text | None) -> Text | None:
    if not isinstance(value, str):
        return value
    return value.replace("\r\n", "").replace("\n", "")


def _topic_rule(stack: Stack, function: Function, event: Event, number: int) -> None:
    logical_id = f"{function.id}IotTopicRule{number}"
    enabled = event.present("enabled")
    stack.add(
        logical_id,
        "AWS::IoT::TopicRule",
        {
            "RuleName": event.get("name"),
            "TopicRulePayload": {
                "RuleDisabled": enabled is not None and enabled.value is False,
                "Sql": _one_line(text(event.get("sql"))),
                "Actions": [{"Lambda": {"FunctionArn": function.target}}],
                "Description": _one_line(text(event.get("description"))),
                "AwsIotSqlVersion": event.get("sqlVersion"),
            },
        },
        event.at,
        DependsOn=function.after,
    )
    arn: list[Plain] = [
        "arn:",
        {"Ref": "AWS::Partition"},
        ":iot:",
        {"Ref": "AWS::Region"},
        ":",
        {"Ref": "AWS::AccountId"},
        ":rule/",
        {"Ref": logical_id},
    ]
    stack.permission(
        f"{function.id}LambdaPermissionIotTopicRule{number}",
        function,
        "iot.amazonaws.com",
        event.at,
        {"Fn::Join": ["", arn]},
    )


def _provisioning(stack: Stack, function: Function, event: Event) -> None:
    permission = f"{function.id}LambdaPermissionIotProvisioningTemplate"
    enabled, body = event.config.get("enabled"), event.get("templateBody")
    stack.add(
        f"{function.id}IotProvisioningTemplate",
        "AWS::IoT::ProvisioningTemplate",
        {
            "Enabled": True if enabled is None else enabled,
            "PreProvisioningHook": {"TargetArn": function.target},
            "ProvisioningRoleArn": event.get("provisioningRoleArn"),
            "TemplateBody": as_json(body) if body else None,
            "TemplateName": event.get("templateName"),
        },
        event.at,
        DependsOn=[name for name in (permission, function.after) if name],
    )
    stack.permission(permission, function, "iot.amazonaws.com", event.at)


def _alexa(
    stack: Stack, function: Function, event: Event, suffix: str, service: str
) -> None:
    enabled = event.present("enabled")
    off = enabled is not None and enabled.value is False
    skill = event.config if event.short is not None else event.get("appId")
    action = "DisableInvokeFunction" if off else "InvokeFunction"
    stack.add(
        f"{function.id}LambdaPermission{suffix}",
        "AWS::Lambda::Permission",
        {
            "FunctionName": function.target,
            "Action": f"lambda:{action}",
            "Principal": f"alexa-{service}.amazon.com",
            "EventSourceToken": skill,
        },
        event.at,
        DependsOn=function.after,
    )


def add_log_subscriptions(stack: Stack) -> None:
    """The subscription filters of the `cloudwatchLog` events."""
    for function in stack.service.functions.values():
        permission = f"{function.id}LambdaPermissionLogsSubscriptionFilterCloudWatchLog"
        names: list[str] = []
        for number, event in enumerate(function.of("cloudwatchLog"), 1):
            group = event.arn("logGroup")
            name = _one_line(text(group)) or ""
            names += [name] if isinstance(name, str) else []
            stack.add(
                f"{function.id}LogsSubscriptionFilterCloudWatchLog{number}",
                "AWS::Logs::SubscriptionFilter",
                {
                    "LogGroupName": group if known(group) == name else name,
                    "FilterPattern": _filter(event),
                    "DestinationArn": function.target,
                },
                event.at,
                DependsOn=[i for i in (permission, function.after) if i],
            )
            shared: Text = name if isinstance(name, Unresolved) else _shared(names)
            _let_logs_invoke(stack, function, event, permission, shared)


def _filter(event: Event) -> Plain:
    """The filter's pattern, its quotes unescaped where the first one is escaped."""
    pattern = _one_line(text(event.get("filter"))) or ""
    if isinstance(pattern, Unresolved):
        return pattern
    slash, quote = pattern.find("\\"), pattern.find('"')
    if 0 <= slash < quote:
        for escaped in ('\\"', "\\\\'"):
            pattern = pattern.replace(escaped, escaped[-1])
    return pattern


def _shared(names: list[str]) -> str:
    """What the names of all log groups begin with."""
    prefix = names[0]
    for name in names[1:]:
        same = (a == b for a, b in zip(prefix, name, strict=False))
        prefix = prefix[: next((i for i, s in enumerate(same) if not s), len(prefix))]
    return f"{prefix}*" if len(names) > 1 and not prefix.endswith("*") else prefix


def _let_logs_invoke(
    stack: Stack, function: Function, event: Event, permission: str, group: Text
) -> None:
    principal: list[Plain] = ["logs.", {"Ref": "AWS::Region"}, ".amazonaws.com"]
    arn: list[Plain] = [
        "arn:",
        {"Ref": "AWS::Partition"},
        ":logs:",
        {"Ref": "AWS::Region"},
        ":",
        {"Ref": "AWS::AccountId"},
        ":log-group:",
        concat(group),
        ":*",
    ]
    stack.permission(
        permission,
        function,
        {"Fn::Join": ["", principal]},
        event.at,
        {"Fn::Join": ["", arn]},
    )
