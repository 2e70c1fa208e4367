"""Events of EventBridge: `schedule`, `eventBridge` and `cloudwatchEvent`.

Facts: osls 4, lib/plugins/aws/package/compile/events (schedule, event-bridge,
cloud-watch-event).
"""

from __future__ import annotations

from collections import Counter

from flowguard.model import hidden
from flowguard.model.questions import Unresolved
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.service import Event, Function
from flowguard.template.serverless.stack import ROLE, Stack, custom_role
from flowguard.template.serverless.values import (
    Plain,
    Text,
    as_json,
    concat,
    known,
    text,
)

_LONGEST_NAME = 64


def add_schedules(stack: Stack) -> None:
    """The rules and schedules of the `schedule` events."""
    numbers: Counter[str] = Counter()
    scheduled: dict[str, Function] = {}
    for function, event in stack.service.of("schedule"):
        rates = event.arn("rate")
        by_scheduler = known(event.get("method")) == "scheduler"
        for rate in rates.items or [rates]:
            numbers[function.key] += 1
            number = numbers[function.key]
            if by_scheduler:
                scheduled[function.key] = function
                _schedule(stack, function, event, rate, number)
            else:
                _rule(stack, function, event, rate, number)
    if scheduled:
        _let_scheduler_invoke(stack, list(scheduled.values()))


def _state(event: Event) -> str:
    enabled = event.present("enabled")
    off = enabled is not None and enabled.value is False
    return "DISABLED" if off else "ENABLED"


def _input(event: Event) -> Plain:
    """What the function is sent; a mapping is sent as JSON."""
    node = event.get("input")
    return as_json(node) if node and isinstance(node.value, dict | list) else node


def _rule(
    stack: Stack, function: Function, event: Event, rate: Node, number: int
) -> None:
    logical_id = f"{function.id}EventsRuleSchedule{number}"
    stack.add(
        logical_id,
        "AWS::Events::Rule",
        {
            "ScheduleExpression": rate,
            "State": _state(event),
            "Name": event.get("name"),
            "Description": event.get("description"),
            "Targets": [
                {
                    "Input": _input(event),
                    "InputPath": event.get("inputPath"),
                    "InputTransformer": _transformer(event),
                    "Arn": function.target,
                    "Id": f"{function.key}Schedule",
                }
            ],
        },
        event.at,
        DependsOn=function.after,
    )
    stack.permission(
        f"{function.id}LambdaPermissionEventsRuleSchedule{number}",
        function,
        "events.amazonaws.com",
        event.at,
        {"Fn::GetAtt": [logical_id, "Arn"]},
    )


def _schedule(
    stack: Stack, function: Function, event: Event, rate: Node, number: int
) -> None:
    role = event.get("roleArn") or custom_role(stack.service, function)
    named = known(role)
    if named is not None and not named.startswith("arn:"):
        role = None
    logical: Plain = {"Fn::GetAtt": [named or ROLE, "Arn"]}
    stack.add(
        f"{function.id}SchedulerSchedule{number}",
        "AWS::Scheduler::Schedule",
        {
            "ScheduleExpression": rate,
            "State": _state(event),
            "Target": {
                "Arn": function.target,
                "RoleArn": role or logical,
                "Input": _input(event),
            },
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Name": event.get("name"),
            "GroupName": event.get("groupName"),
            "Description": event.get("description"),
            "ScheduleExpressionTimezone": event.get("timezone"),
        },
        event.at,
        DependsOn=function.after,
    )


def _let_scheduler_invoke(stack: Stack, functions: list[Function]) -> None:
    prefix = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
    arns: list[Plain] = []
    for function in functions:
        name = text(function.name) or ""
        arns.append({"Fn::Sub": concat(prefix, name)})
        arns.append({"Fn::Sub": concat(prefix, name, ":*")})
    stack.principals.append("scheduler.amazonaws.com")
    stack.allow(["lambda:InvokeFunction"], arns)


def _transformer(event: Event) -> Plain:
    transformer = event.get("inputTransformer")
    if transformer is None:
        return None
    keys = transformer.mapping
    return {naming.upper_first(key): value for key, value in keys.items()}


def add_cloudwatch_events(stack: Stack) -> None:
    """The rules of the `cloudwatchEvent` events."""
    numbers: Counter[str] = Counter()
    for function, event in stack.service.of("cloudwatchEvent"):
        numbers[function.key] += 1
        number = numbers[function.key]
        logical_id = f"{function.id}EventsRuleCloudWatchEvent{number}"
        stack.add(
            logical_id,
            "AWS::Events::Rule",
            {
                "EventPattern": event.get("event"),
                "State": _state(event),
                "Description": event.get("description"),
                "Name": event.get("name"),
                "Targets": [
                    {
                        "Input": _input(event),
                        "InputPath": event.get("inputPath"),
                        "InputTransformer": _transformer(event),
                        "Arn": function.target,
                        "Id": f"{function.key}CloudWatchEvent",
                    }
                ],
            },
            event.at,
            DependsOn=function.after,
        )
        stack.permission(
            f"{function.id}LambdaPermissionEventsRuleCloudWatchEvent{number}",
            function,
            "events.amazonaws.com",
            event.at,
            {"Fn::GetAtt": [logical_id, "Arn"]},
        )


def add_event_bridge(stack: Stack) -> None:
    """The rules of the `eventBridge` events, and the buses that they name."""
    for function, event in stack.service.of("eventBridge"):
        default = concat(text(function.name) or "", f"-rule-{event.index}")
        if isinstance(default, Unresolved):
            continue  # the name makes the logical id
        logical_id = f"{naming.alphanumeric(default)}EventBridgeRule"
        bus, made = _bus(stack, event)
        named = event.get("name")
        name = _short(default, f"rule-{event.index}")
        depends: list[Plain] = [id_ for id_ in (function.after, made) if id_]
        stack.add(
            logical_id,
            "AWS::Events::Rule",
            {
                "Description": event.get("description"),
                "EventBusName": bus,
                "EventPattern": event.get("pattern"),
                "Name": named or name,
                "ScheduleExpression": event.get("schedule"),
                "State": _state(event),
                "Targets": [_target(function, event, known(named) or name)],
            },
            event.at,
            DependsOn=depends[0] if len(depends) == 1 else depends or None,
        )
        path: list[Plain] = ["rule", *([bus] if bus else []), named or name]
        arn: list[Plain] = [
            "arn",
            {"Ref": "AWS::Partition"},
            "events",
            {"Ref": "AWS::Region"},
            {"Ref": "AWS::AccountId"},
            {"Fn::Join": ["/", path]},
        ]
        stack.permission(
            f"{function.id}EventBridgeLambdaPermission{event.index}",
            function,
            "events.amazonaws.com",
            event.at,
            {"Fn::Join": [":", arn]},
        )


def _bus(stack: Stack, event: Event) -> tuple[Plain, str | None]:
    """The name of an event's bus, and its logical id where the stack makes it."""
    bus = event.get("eventBus")
    name: Text | None = text(bus)
    if bus is None or name == "default":
        return None, None
    if not isinstance(name, str):
        return bus, None
    if name.startswith("arn"):
        return Node(name.partition("/")[2], bus.location), None
    logical_id = f"{naming.resource(name)}EventBridgeEventBus"
    stack.add(logical_id, "AWS::Events::EventBus", {"Name": bus}, bus.location)
    return bus, logical_id


def _short(name: str, suffix: str) -> str:
    short = len(hidden.real(name)) <= _LONGEST_NAME
    return name if short else naming.hashed(name, suffix)


def _target(function: Function, event: Event, rule: str) -> Plain:
    given_input = event.get("input")
    retry, dead = event.get("retryPolicy"), event.get("deadLetterQueueArn")
    target: dict[str, Plain] = {
        "Arn": function.target,
        "Id": _short(f"{rule}-target", "target"),
        "Input": as_json(given_input) if given_input else None,
        "InputPath": event.get("inputPath"),
        "InputTransformer": _transformer(event),
        "DeadLetterConfig": {"Arn": dead} if dead else None,
    }
    if retry:
        target["RetryPolicy"] = {
            "MaximumEventAgeInSeconds": retry.get("maximumEventAge"),
            "MaximumRetryAttempts": retry.get("maximumRetryAttempts"),
        }
    return target
