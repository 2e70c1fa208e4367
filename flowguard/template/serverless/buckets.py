"""Events of buckets: `s3`, of a bucket that the stack makes or that exists.

Facts: osls 4, lib/plugins/aws/package/compile/events/s3/index.js.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flowguard.errors import TemplateError
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.custom_resources import (
    add_custom_resource,
    add_handler,
    handler_id,
)
from flowguard.template.serverless.service import Event, Function
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import (
    Plain,
    as_json,
    given,
    known,
)

HANDLER = "custom-resource-existing-s3"
_CREATED = "s3:ObjectCreated:*"


@dataclass(slots=True)
class Bucket:
    """A bucket that the stack makes for its events."""

    key: str
    """As events name it: its name, or its key under `provider.s3`."""
    name: Node
    settings: Node | None
    events: list[tuple[Function, Event]] = field(default_factory=list)


def add_buckets(stack: Stack) -> None:
    """The buckets of the `s3` events, and what tells existing ones to notify."""
    for bucket in _new_buckets(stack).values():
        _add_bucket(stack, bucket)
    _add_existing(stack)


def _new_buckets(stack: Stack) -> dict[str, Bucket]:
    found: dict[str, Bucket] = {}
    for function, event in stack.service.of("s3"):
        if event.get("existing"):
            continue
        named = event.arn("bucket")
        if named.mapping:
            raise TemplateError(
                "a bucket that the stack makes is named by a text",
                help="add existing: true for a bucket that is made elsewhere",
                location=event.at,
            )
        key = known(named)
        if key is None:
            continue
        settings = stack.service.setting("s3", key)
        name = given(settings, "name") or named
        bucket = found.setdefault(known(name) or key, Bucket(key, name, settings))
        bucket.events.append((function, event))
    return found


def _notification(function: Function, event: Event) -> Plain:
    rules = event.get("rules")
    listed: list[Plain] = [
        {"Name": name, "Value": value}
        for rule in (rules.items if rules else [])
        for name, value in list(rule.mapping.items())[:1]
    ]
    return {
        "Event": event.get("event") or _CREATED,
        "Function": function.target,
        "Filter": {"S3Key": {"Rules": listed}} if rules else None,
    }


def _add_bucket(stack: Stack, bucket: Bucket) -> None:
    own: dict[str, Plain] = {
        naming.upper_first(key): value
        for key, value in (bucket.settings.mapping.items() if bucket.settings else [])
        if key != "name"
    }
    notify = own.pop("NotificationConfiguration", None)
    lambdas: list[Plain] = [_notification(f, event) for f, event in bucket.events]
    more = dict(notify.mapping) if isinstance(notify, Node) else {}
    depends: list[Plain] = []
    for function, event in bucket.events:
        permission = f"{function.id}LambdaPermission{naming.alphanumeric(bucket.key)}S3"
        depends += [name for name in (permission, function.after) if name]
        arn: list[Plain] = ["arn:", {"Ref": "AWS::Partition"}]
        arn.append(f":s3:::{known(bucket.name)}")
        stack.permission(
            permission,
            function,
            "s3.amazonaws.com",
            event.at,
            {"Fn::Join": ["", arn]},
            SourceAccount={"Ref": "AWS::AccountId"},
        )
    stack.add(
        f"S3Bucket{naming.alphanumeric(bucket.key)}",
        "AWS::S3::Bucket",
        {
            "BucketName": bucket.name,
            "NotificationConfiguration": {"LambdaConfigurations": lambdas, **more},
            **own,
        },
        bucket.name.location,
        DependsOn=depends,
    )


def _add_existing(stack: Stack) -> None:
    """One custom resource for each function that listens to existing buckets."""
    statements: list[Plain] = []
    order: list[tuple[Node, Function, list[Event]]] = []
    for function in stack.service.functions.values():
        events = [event for event in function.of("s3") if event.get("existing")]
        if not events:
            continue
        bucket = events[0].arn("bucket")
        if any(e.arn("bucket").plain() != bucket.plain() for e in events):
            raise TemplateError(
                f"the function {function.key} listens to more than one existing bucket",
                help="give each bucket a function of its own",
                location=events[-1].at,
            )
        order.append((bucket, function, events))
        path: list[Plain] = ["arn", {"Ref": "AWS::Partition"}, "s3", "", "", bucket]
        statements.append(
            {
                "Effect": "Allow",
                "Resource": {"Fn::Join": [":", path]},
                "Action": ["s3:PutBucketNotification", "s3:GetBucketNotification"],
            }
        )
    if not order:
        return
    # One after another, those of one bucket in a row.
    keys = list(dict.fromkeys(str(as_json(bucket)) for bucket, _, _ in order))
    order.sort(key=lambda entry: keys.index(str(as_json(entry[0]))))
    before: str | None = None
    for bucket, function, events in order:
        before = _notify(stack, bucket, function, events, before)
    path = ["arn", {"Ref": "AWS::Partition"}, "lambda", {"Ref": "AWS::Region"}]
    path += [{"Ref": "AWS::AccountId"}, "function", "*"]
    statements.append(
        {
            "Effect": "Allow",
            "Resource": {"Fn::Join": [":", path]},
            "Action": ["lambda:AddPermission", "lambda:RemovePermission"],
        }
    )
    add_handler(stack, HANDLER, statements, order[0][2][0].at)


def _notify(
    stack: Stack,
    bucket: Node,
    function: Function,
    events: list[Event],
    before: str | None,
) -> str:
    configs: list[Plain] = []
    for event in events:
        rules = event.get("rules")
        listed: list[Plain] = [
            {naming.start_case(name): value}
            for rule in (rules.items if rules else [])
            for name, value in list(rule.mapping.items())[:1]
        ]
        configs.append({"Event": event.get("event") or _CREATED, "Rules": listed})
    logical_id = f"{function.id}CustomS31"
    waits = (function.logical_id, function.after, handler_id(HANDLER), before)
    add_custom_resource(
        stack,
        logical_id,
        "Custom::S3",
        {
            "FunctionName": function.name,
            "FunctionQualifier": function.alias.name if function.alias else None,
            "BucketName": bucket,
            "BucketConfigs": configs,
        },
        handler=HANDLER,
        at=events[0].at,
        after=[name for name in waits if name],
    )
    return logical_id
