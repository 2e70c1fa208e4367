"""The fake refuses what AWS refuses: each cell of the table, through boto3."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from cloudformation import STATES, Fake, error, expected, serving
from flowguard.aws.session import Aws

BODY = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
OTHER = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})

CELLS = [
    (status, operation, disabled)
    for status in STATES["statuses"]
    for operation in STATES["operations"]
    for disabled in (False, True)
    if not disabled or operation in {"UpdateStack", "ExecuteChangeSet"}
]


@pytest.fixture(scope="module")
def fake() -> Iterator[Fake]:
    """One account for all cells, each with a stack of its own."""
    with serving() as fake:
        yield fake


@pytest.fixture(scope="module")
def aws(fake: Fake) -> Aws:
    """Signed in to it."""
    return fake.aws()


def given(status: str, operation: str) -> dict[str, Any]:
    """The parameters of an operation that nothing but the state can refuse."""
    name = re.sub(r"[^A-Za-z]", "-", f"{status}-{operation}")
    call = operation.partition(":")[0]
    match call:
        case "CreateStack" | "UpdateStack":
            return {"StackName": name, "TemplateBody": OTHER}
        case "CreateChangeSet":
            return {
                "StackName": name,
                "TemplateBody": OTHER,
                "ChangeSetName": "new",
                "ChangeSetType": operation.partition(":")[2],
            }
        case "ExecuteChangeSet":
            return {"StackName": name, "ChangeSetName": "waiting"}
        case _:
            return {"StackName": name}


def attempt(aws: Aws, operation: str, asked: dict[str, Any]) -> tuple[str, str]:
    """The code and the words of the refusal; "yes" where there is none."""
    call = xform_name(operation.partition(":")[0])
    try:
        aws.call("cloudformation", call, **asked)
    except ClientError as refused:
        said = refused.response["Error"]
        return said["Code"], said["Message"]
    return "yes", ""


@pytest.mark.parametrize(("status", "operation", "disabled"), CELLS)
def test_each_operation_in_each_state_is_answered_as_aws_does(
    fake: Fake, aws: Aws, status: str, operation: str, disabled: bool
) -> None:
    asked = given(status, operation)
    if operation in {"UpdateStack", "ExecuteChangeSet"}:
        asked["DisableRollback"] = disabled
    stack = fake.seed(asked["StackName"], status, BODY)
    kind = "CREATE" if status == "REVIEW_IN_PROGRESS" else "UPDATE"
    waiting = fake.stacks.add_change_set(
        stack, kind, {"ChangeSetName": "waiting", "TemplateBody": OTHER}
    )
    if (status, operation) == ("DELETE_COMPLETE", "DetectStackDrift"):
        asked["StackName"] = stack.id
    key = expected(operation, status, disable_rollback=disabled)

    answer = attempt(aws, operation, asked)

    if key == "yes":
        assert answer == ("yes", "")
        return
    wanted = error(
        key,
        stack_id=stack.id,
        stack_name=stack.name,
        status=status,
        change_set=asked.get("ChangeSetName", ""),
        change_set_id=waiting.id,
        change_set_status="AVAILABLE",
    )
    assert answer == (wanted.code, wanted.message)
