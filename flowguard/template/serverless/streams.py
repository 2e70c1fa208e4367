"""Events of streams: `stream`, of DynamoDB or Kinesis.

Facts: osls 4, lib/plugins/aws/package/compile/events/stream.js.
"""

from __future__ import annotations

from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.mappings import (
    filter_criteria,
    last_of_arn,
    waits_for,
)
from flowguard.template.serverless.service import Event, Function
from flowguard.template.serverless.stack import Stack
from flowguard.template.serverless.values import (
    Plain,
    concat,
    given,
    known,
)

_READ_DYNAMODB = [
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:DescribeStream",
    "dynamodb:ListStreams",
]
_READ_KINESIS = [
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:DescribeStream",
    "kinesis:ListStreams",
]
_READ_AS_CONSUMER = [
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:DescribeStreamSummary",
    "kinesis:ListShards",
]


def add_streams(stack: Stack) -> None:
    """The event source mappings of the `stream` events."""
    for function in stack.service.functions.values():
        read: dict[str, list[Plain]] = {
            "dynamodb": [],
            "kinesis": [],
            "shared": [],
            "consumer": [],
            "sns": [],
            "sqs": [],
        }
        for event in function.of("stream"):
            _stream(stack, function, event, read)
        stack.allow(_READ_DYNAMODB, read["dynamodb"])
        stack.allow(_READ_KINESIS, read["kinesis"])
        stack.allow(_READ_AS_CONSUMER, read["shared"])
        stack.allow(["kinesis:SubscribeToShard"], read["consumer"])
        stack.allow(["sns:Publish"], read["sns"])
        stack.allow(["sqs:ListQueues", "sqs:SendMessage"], read["sqs"])


def _service_of(arn: Node | None, kind: Node | None) -> str:
    """The service that an ARN names in its third part, unless it is said."""
    named, plain = known(kind), known(arn)
    if named is not None:
        return named
    return plain.split(":")[2] if plain and plain.count(":") > 1 else ""


def _stream(
    stack: Stack, function: Function, event: Event, read: dict[str, list[Plain]]
) -> None:
    arn = event.arn()
    kind = _service_of(arn, event.get("type"))
    name = known(arn)
    name = [*name.split("/"), ""][1] if name is not None else last_of_arn(arn, "/")
    if name is None:
        return
    consumer = event.get("consumer")
    if kind == "dynamodb":
        read["dynamodb"].append(arn)
    else:
        read["shared" if consumer else "kinesis"].append(arn)
    source: Plain = arn
    depends: list[Plain] = list(_names(waits_for(stack, function)))
    if consumer and kind == "kinesis":
        source = consumer
        if consumer.value is True:
            made = _consumer(stack, function, arn, name, event)
            source = {"Ref": made}
            depends.append(made)
        read["consumer"].append(source)
    logical_id = (
        f"{function.id}EventSourceMapping{naming.upper_first(kind)}"
        f"{naming.alphanumeric(name)}"
    )
    stack.add(
        logical_id,
        "AWS::Lambda::EventSourceMapping",
        {
            **_stream_settings(event),
            "EventSourceArn": source,
            "FunctionName": function.target,
            "DestinationConfig": _failures(event, read),
        },
        event.at,
        DependsOn=depends,
    )


def _names(value: Plain) -> list[Plain]:
    return list(value) if isinstance(value, list) else []


def _stream_settings(event: Event) -> dict[str, Plain]:
    enabled, answers = event.present("enabled"), event.present("functionResponseType")
    return {
        "BatchSize": event.get("batchSize") or 10,
        "Enabled": True if enabled is None else enabled,
        "ParallelizationFactor": event.get("parallelizationFactor"),
        "StartingPosition": event.get("startingPosition") or "TRIM_HORIZON",
        "StartingPositionTimestamp": event.get("startingPositionTimestamp"),
        "MaximumBatchingWindowInSeconds": event.present("batchWindow"),
        "MaximumRetryAttempts": event.present("maximumRetryAttempts"),
        "BisectBatchOnFunctionError": event.present("bisectBatchOnFunctionError"),
        "FunctionResponseTypes": [answers] if answers else None,
        "MaximumRecordAgeInSeconds": event.get("maximumRecordAgeInSeconds"),
        "TumblingWindowInSeconds": event.present("tumblingWindowInSeconds"),
        "FilterCriteria": filter_criteria(event),
    }


def _failures(event: Event, read: dict[str, list[Plain]]) -> Plain:
    destination = event.get("destinations", "onFailure")
    if destination is None:
        return None
    arn = given(destination, "arn") or destination
    kind = _service_of(arn, given(destination, "type"))
    read["sns" if kind == "sns" else "sqs"].append(arn)
    return {"OnFailure": {"Destination": arn}}


def _consumer(
    stack: Stack, function: Function, arn: Node, stream: str, event: Event
) -> str:
    service = stack.service
    name = concat(function.key, stream, "Consumer")
    if service.setting("kinesis", "consumerNamingMode"):
        name = concat(
            function.key, stream, service.service, service.stage_name, "Consumer"
        )
    logical_id = f"{naming.resource(str(name))}StreamConsumer"
    stack.add(
        logical_id,
        "AWS::Kinesis::StreamConsumer",
        {"StreamARN": arn, "ConsumerName": name},
        event.at,
    )
    return logical_id
