"""Asks AWS about a dependency; `flowguard.smoke.asks` says what the answers hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flowguard.aws.smoke import metrics
from flowguard.aws.smoke.connection import Answer, Connection
from flowguard.aws.smoke.stack import DeployedStack
from flowguard.model.questions import Absent, Present, Unknown, UnknownKind
from flowguard.smoke.suite import Ask

if TYPE_CHECKING:
    from flowguard.aws.session import Aws

INVOCATION = 900
"""Seconds that a function may take: AWS's own bound."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How AWS is asked about one kind of dependency."""

    ask: Callable[[Aws, str, Ask], Mapping[str, Any] | None]
    permissions: tuple[str, ...]
    """The IAM actions; the first is named where AWS denies and names none."""
    absent: frozenset[str] = frozenset({"ResourceNotFoundException"})


class Asker:
    """Asks about dependencies, by their names or their logical ids; thread-safe."""

    def __init__(self, connection: Connection, stack: DeployedStack) -> None:
        self._connection = connection
        self._stack = stack

    def __call__(self, ask: Ask) -> Answer[Any]:
        """The state of a dependency; see `flowguard.smoke.world.AskAws`."""
        kind = KINDS.get(ask.kind)
        if kind is None:
            reason = f"FlowGuard cannot ask about a {ask.kind}"
            return Unknown(UnknownKind.UNSUPPORTED, reason)
        name, doubt = self._stack.physical(ask.name)
        found = self._connection.observed(
            lambda aws: kind.ask(aws, name, ask),
            absent=kind.absent,
            permission=kind.permissions[0],
        )
        # It may be there under the name that the stack gave it.
        if isinstance(found, Absent) and doubt:
            return doubt
        return _evidence(ask, found)


def _evidence(ask: Ask, found: Answer[Any]) -> Answer[Any]:
    """The answer, unless it says nothing either way."""
    if ask.kind != "alarm" or ask.expect or not isinstance(found, Present):
        return found
    if found.value["state"] != "INSUFFICIENT_DATA":
        return found
    reason = "the alarm has INSUFFICIENT_DATA, which proves nothing"
    return Unknown(UnknownKind.UNSUPPORTED, reason)


def code_sha256(
    connection: Connection, stack: DeployedStack, function: str
) -> Answer[str]:
    """Of the code that a function runs, by its name or its logical id."""
    name, doubt = stack.physical(function)
    found = connection.observed(
        lambda aws: str(
            aws.call("lambda", "get_function_configuration", FunctionName=name)[
                "CodeSha256"
            ]
        ),
        absent={"ResourceNotFoundException"},
        permission="lambda:GetFunctionConfiguration",
    )
    return doubt if isinstance(found, Absent) and doubt else found


# -- the kinds -------------------------------------------------------------------


def _table(aws: Aws, name: str, _ask: Ask) -> Mapping[str, Any]:
    row = aws.call("dynamodb", "describe_table", TableName=name)["Table"]
    # That it can be read is proven by a read; no item leaves it.
    aws.call("dynamodb", "scan", TableName=name, Limit=1, Select="COUNT")
    return {
        "status": row["TableStatus"],
        "items": row.get("ItemCount"),
        "readable": True,
    }


def _bucket(aws: Aws, name: str, _ask: Ask) -> Mapping[str, Any]:
    head = aws.call("s3", "head_bucket", Bucket=name)
    listed = aws.call("s3", "list_objects_v2", Bucket=name, MaxKeys=1)
    return {
        "region": head.get("BucketRegion", ""),
        "empty": not listed.get("Contents"),
        "readable": True,
    }


def _user_pool(aws: Aws, name: str, _ask: Ask) -> Mapping[str, Any]:
    row = aws.call("cognito-idp", "describe_user_pool", UserPoolId=name)["UserPool"]
    return {
        "id": row.get("Id", name),
        "name": row.get("Name", ""),
        "users": row.get("EstimatedNumberOfUsers"),
        "mfa": row.get("MfaConfiguration", "OFF"),
    }


def _parameter(aws: Aws, name: str, _ask: Ask) -> Mapping[str, Any]:
    answer = aws.call("ssm", "get_parameter", Name=name, WithDecryption=False)
    row = answer["Parameter"]
    return {"type": row["Type"], "version": row.get("Version")}


def _secret(aws: Aws, name: str, _ask: Ask) -> Mapping[str, Any] | None:
    row = aws.call("secretsmanager", "describe_secret", SecretId=name)
    if row.get("DeletedDate"):
        return None
    rotation = bool(row.get("RotationEnabled"))
    return {"name": row.get("Name", name), "rotation": rotation}


def _queue(aws: Aws, name: str, _ask: Ask) -> Mapping[str, Any]:
    url = name
    if not name.startswith("http"):
        url = aws.call("sqs", "get_queue_url", QueueName=name)["QueueUrl"]
    waiting = "ApproximateNumberOfMessages"
    names = (waiting, f"{waiting}NotVisible", f"{waiting}Delayed")
    answer = aws.call(
        "sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=[*names]
    )
    numbers = [int(answer["Attributes"].get(name, 0)) for name in names]
    return dict(zip(("depth", "in_flight", "delayed"), numbers, strict=True))


def _migration(aws: Aws, name: str, ask: Ask) -> Mapping[str, Any] | None:
    from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

    write, read = TypeSerializer().serialize, TypeDeserializer().deserialize
    key = {field: write(_exact(value)) for field, value in ask.options["key"].items()}
    answer = aws.call(
        "dynamodb", "get_item", TableName=name, Key=key, ConsistentRead=True
    )
    item = answer.get("Item")
    return {f: _plain(read(value)) for f, value in item.items()} if item else None


def _function(aws: Aws, name: str, ask: Ask) -> Mapping[str, Any]:
    # Once and no more: what it does when it is called again, nobody knows.
    client = aws.client(
        "lambda",
        read_timeout=INVOCATION,
        retries={"mode": "standard", "total_max_attempts": 1},
    )
    answer = client.invoke(
        FunctionName=name,
        InvocationType="RequestResponse",
        Payload=json.dumps(ask.options.get("payload")).encode(),
    )
    return {
        "status": answer["StatusCode"],
        "error": answer.get("FunctionError"),
        "version": answer.get("ExecutedVersion", ""),
        "payload": _document(answer["Payload"].read()),
    }


def _alarm(aws: Aws, name: str, _ask: Ask) -> Mapping[str, Any] | None:
    answer = aws.call(
        "cloudwatch",
        "describe_alarms",
        AlarmNames=[name],
        AlarmTypes=["MetricAlarm", "CompositeAlarm"],
    )
    rows = [*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())]
    if not rows:
        return None
    # The other time also moves where the state is only found anew.
    since = rows[0].get("StateTransitionedTimestamp")
    return {
        "state": rows[0]["StateValue"],
        "reason": rows[0].get("StateReason", ""),
        "since": _plain(since or rows[0].get("StateUpdatedTimestamp")),
    }


def _metrics(aws: Aws, name: str, ask: Ask) -> Mapping[str, Any]:
    return metrics.of_function(aws, name, float(ask.options.get("seconds", 300)))


KINDS: Mapping[str, Kind] = {
    "alarm": Kind(_alarm, ("cloudwatch:DescribeAlarms",)),
    "bucket": Kind(
        _bucket, ("s3:ListBucket",), frozenset({"404", "NoSuchBucket", "NotFound"})
    ),
    "function": Kind(_function, ("lambda:InvokeFunction",)),
    "metrics": Kind(_metrics, ("cloudwatch:GetMetricData",)),
    "migration": Kind(_migration, ("dynamodb:GetItem",)),
    "parameter": Kind(
        _parameter,
        ("ssm:GetParameter",),
        frozenset({"ParameterNotFound", "ParameterVersionNotFound"}),
    ),
    "queue": Kind(
        _queue,
        ("sqs:GetQueueUrl", "sqs:GetQueueAttributes"),
        frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}),
    ),
    "secret": Kind(_secret, ("secretsmanager:DescribeSecret",)),
    "table": Kind(_table, ("dynamodb:DescribeTable", "dynamodb:Scan")),
    "user-pool": Kind(_user_pool, ("cognito-idp:DescribeUserPool",)),
}
"""How each kind is asked about, by its name in a spec."""


def _exact(value: Any) -> Any:
    """A number as DynamoDB's library wants it."""
    from decimal import Decimal  # slow, and only DynamoDB's numbers need it

    return Decimal(str(value)) if isinstance(value, float) else value


def _plain(value: Any) -> Any:
    """A value of AWS's as JSON would have it."""
    from decimal import Decimal

    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime():
            return value.isoformat()
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case set() | frozenset():
            return sorted((_plain(item) for item in value), key=str)
        case None | str() | int() | float():
            return value
        case bytes():
            return value.hex()
        case _:  # boto3 wraps what is binary
            inner = getattr(value, "value", None)
            return inner.hex() if isinstance(inner, bytes) else str(value)


def _document(text: bytes) -> Any:
    """JSON; what is none, as text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text.decode(errors="replace")
