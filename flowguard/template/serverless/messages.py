"""Events of queues and topics: `sqs` and `sns`.

Facts: osls 4, lib/plugins/aws/package/compile/events (sqs, sns).
"""

from __future__ import annotations

from flowguard.errors import TemplateError
from flowguard.model.questions import Unresolved
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.mappings import (
    arn_parts,
    filter_criteria,
    last_of_arn,
    waits_for,
)
from flowguard.template.serverless.service import Event, Function
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import (
    Plain,
    given,
    known,
    text,
)


def add_queues(stack: Stack) -> None:
    """The event source mappings of the `sqs` events."""
    queues: list[Plain] = []
    for function, event in stack.service.of("sqs"):
        arn = event.arn()
        queues.append(arn)
        name = last_of_arn(arn, ":")
        if name is None:
            continue
        enabled, concurrency = event.present("enabled"), event.get("maximumConcurrency")
        answers = event.present("functionResponseType")
        stack.add(
            f"{function.id}EventSourceMappingSQS{naming.alphanumeric(name)}",
            "AWS::Lambda::EventSourceMapping",
            {
                "BatchSize": event.get("batchSize") or 10,
                "MaximumBatchingWindowInSeconds": event.present(
                    "maximumBatchingWindow"
                ),
                "EventSourceArn": arn,
                "FunctionName": function.target,
                "Enabled": True if enabled is None else enabled,
                "FunctionResponseTypes": [answers] if answers else None,
                "FilterCriteria": filter_criteria(event),
                "ScalingConfig": {"MaximumConcurrency": concurrency}
                if concurrency
                else None,
            },
            event.at,
            DependsOn=waits_for(stack, function),
        )
    stack.allow(
        ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], queues
    )


def add_topics(stack: Stack) -> None:
    """The topics and subscriptions of the `sns` events."""
    for function, event in stack.service.of("sns"):
        if isinstance(event.config.value, Unresolved):
            continue
        arn, name_node = _topic(event)
        name = known(name_node)
        if name_node is None:
            raise TemplateError(
                "the topic's name is not given",
                help="add topicName beside arn",
                location=event.at,
            )
        if name is None:
            continue
        source: Plain = arn or _topic_arn(name_node)
        redrive = _redrive(stack, function, event, name, arn)
        if arn is not None:
            _subscribe(stack, function, event, name, arn, redrive)
        else:
            _add_topic(stack, function, event, name_node, redrive)
        stack.permission(
            f"{function.id}LambdaPermission{naming.alphanumeric(name)}SNS",
            function,
            "sns.amazonaws.com",
            event.at,
            source,
        )


def _topic(event: Event) -> tuple[Node | None, Node | None]:
    """The ARN of a topic that exists, and the topic's name."""
    short = event.short
    if short is not None:
        if not short.startswith("arn:"):
            return None, event.config
        return event.config, Node(short.rpartition(":")[2], event.config.location)
    arn, name = event.get("arn"), event.get("topicName")
    plain = known(arn)
    if name is None and arn is not None and plain is not None:
        last = plain.replace("::", "\0").rpartition(":")[2].replace("\0", "::")
        name = Node(last, arn.location)
    return arn, name


def _topic_arn(name: Node) -> Plain:
    parts: list[Plain] = [
        "arn:",
        {"Ref": "AWS::Partition"},
        ":sns:",
        {"Ref": "AWS::Region"},
        ":",
        {"Ref": "AWS::AccountId"},
        ":",
        name,
    ]
    return {"Fn::Join": ["", parts]}


def _subscribe(  # noqa: PLR0917 — the parts of a subscription
    stack: Stack,
    function: Function,
    event: Event,
    name: str,
    topic: Plain,
    redrive: Plain,
) -> None:
    plain = known(topic) if isinstance(topic, Node) else None
    region = arn_parts(plain)[3] if plain else None
    stack.add(
        f"{function.id}SnsSubscription{naming.alphanumeric(name)}",
        "AWS::SNS::Subscription",
        {
            "TopicArn": topic,
            "Protocol": "lambda",
            "Endpoint": function.target,
            "FilterPolicy": event.get("filterPolicy"),
            "FilterPolicyScope": event.get("filterPolicyScope"),
            "RedrivePolicy": redrive,
            "Region": region if region != text(_region(stack, event)) else None,
        },
        event.at,
        DependsOn=function.after,
    )


def _region(stack: Stack, event: Event) -> Node:
    return Node(stack.service.region, event.at)


def _add_topic(
    stack: Stack, function: Function, event: Event, name: Node, redrive: Plain
) -> None:
    """A topic of the service's own; functions without a filter are part of it."""
    words = known(name) or ""
    logical_id = f"SNSTopic{naming.alphanumeric(words)}"
    existing = stack.resources.get(logical_id, "Properties", "Subscription")
    subscriptions: list[Plain] = list(existing.items) if existing else []
    alone = event.get("filterPolicy") or redrive
    if alone:
        _subscribe(stack, function, event, words, {"Ref": logical_id}, redrive)
    else:
        subscriptions.append({"Endpoint": function.target, "Protocol": "lambda"})
    first = stack.resources.get(logical_id)
    waits = [item.value for item in _waits(first) if isinstance(item.value, str)]
    after = [*waits, *([function.after] if function.after else [])]
    stack.add(
        logical_id,
        "AWS::SNS::Topic",
        {
            "TopicName": name,
            "DisplayName": given(first, "Properties", "DisplayName")
            or (None if first else event.get("displayName")),
            "Subscription": subscriptions or None,
        },
        stack.resources.keys.get(logical_id, event.at),
        DependsOn=after[0] if len(after) == 1 else after or None,
    )


def _waits(resource: Node | None) -> list[Node]:
    depends = given(resource, "DependsOn")
    return (depends.items or [depends]) if depends else []


def _redrive(
    stack: Stack, function: Function, event: Event, name: str, topic: Plain
) -> Plain:
    """The queue of what could not be delivered, and leave to write to it."""
    policy = event.get("redrivePolicy")
    if policy is None:
        return None
    arn, url = _dead_letters(policy)
    topic_name = naming.alphanumeric(name)
    logical_id = f"{topic_name}To{function.id}DLQPolicy"
    stack.add(
        logical_id,
        "AWS::SQS::QueuePolicy",
        {
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Id": logical_id,
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "sns.amazonaws.com"},
                        "Action": "sqs:SendMessage",
                        "Resource": arn,
                        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
                    }
                ],
            },
            "Queues": [url],
        },
        event.at,
    )
    return {"deadLetterTargetArn": arn}


def _dead_letters(policy: Node) -> tuple[Plain, Plain]:
    """The ARN and the URL of a queue, in any of the ways to name it."""
    arn, ref = (
        given(policy, "deadLetterTargetArn"),
        given(policy, "deadLetterTargetRef"),
    )
    plain = known(arn)
    if arn is not None:
        if plain is None:
            return arn, arn
        _, _, _, region, account, name = arn_parts(plain)
        url: list[Plain] = [f"https://sqs.{region}.", {"Ref": "AWS::URLSuffix"}]
        return arn, {"Fn::Join": ["", [*url, f"/{account}/{name}"]]}
    if ref is not None:
        return {"Fn::GetAtt": [ref, "Arn"]}, {"Ref": ref}
    imported = given(policy, "deadLetterTargetImport")
    return (
        {"Fn::ImportValue": given(imported, "arn")},
        {"Fn::ImportValue": given(imported, "url")},
    )
