"""Stacks of the tests: short templates, and waiting until a stack settles."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.exceptions import ClientError

GONE = "gone"


def cloudformation() -> Any:
    """A client of the account that is applied."""
    return boto3.client("cloudformation")


def template(**resources: Any) -> str:
    """A template with these resources."""
    return json.dumps({"Resources": resources})


def queue(name: str, seconds: int = 30, **attributes: Any) -> dict[str, Any]:
    """A queue, as the cheapest resource with a name and a property to change."""
    properties = {"QueueName": name, "VisibilityTimeout": seconds}
    return {"Type": "AWS::SQS::Queue", "Properties": properties, **attributes}


def table(name: str, **attributes: Any) -> dict[str, Any]:
    """A table with the key `id`."""
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {"TableName": name, **KEYED_BY_ID},
        **attributes,
    }


KEYED_BY_ID: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}


def filled_table(name: str) -> None:
    """Make a table in no stack, with one item."""
    client: Any = boto3.client("dynamodb")
    client.create_table(TableName=name, **KEYED_BY_ID)
    client.put_item(TableName=name, Item={"id": {"S": "kept"}})


def create(stack: str, body: str) -> str:
    """Create a stack; the status in which it settles."""
    cloudformation().create_stack(
        StackName=stack, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    return settled(stack)


def bucket(name: str) -> dict[str, Any]:
    """A bucket."""
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}


def status(stack: str) -> str:
    """The stack's status; `GONE` when there is no such stack."""
    try:
        found = cloudformation().describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError:
        return GONE
    return str(found["StackStatus"])


def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds; it soon must."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def settled(stack: str) -> str:
    """The status in which a stack settles."""
    until(lambda: not _moves(status(stack)))
    return status(stack)


def _moves(status: str) -> bool:
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def events(stack: str) -> list[tuple[str, str, str]]:
    """Logical id, status and reason of a stack's events, the oldest first."""
    told = cloudformation().describe_stack_events(StackName=stack)["StackEvents"]
    return [
        (
            event["LogicalResourceId"],
            event["ResourceStatus"],
            event.get("ResourceStatusReason", ""),
        )
        for event in reversed(told)
    ]


def change_set(stack: str, body: str, **arguments: Any) -> dict[str, Any]:
    """Create the change set `deploy`, and describe it when it is settled."""
    client = cloudformation()
    client.create_change_set(
        StackName=stack, ChangeSetName="deploy", TemplateBody=body, **arguments
    )
    described: dict[str, Any] = client.describe_change_set(
        StackName=stack, ChangeSetName="deploy"
    )
    return described
