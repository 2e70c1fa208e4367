"""What an operation leaves on its stack is told as CloudFormation tells it."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from demo.stacks import change_set, cloudformation, create, queue, settled, template

from flowguard.demo.controls import Controls, Fault
from flowguard.demo.server import EmbeddedAccount

pytestmark = pytest.mark.usefixtures("account")

ROLE = "arn:aws:iam::123456789012:role/deployer"


def described() -> dict[str, Any]:
    """The stack `s`."""
    [found] = cloudformation().describe_stacks(StackName="s")["Stacks"]
    stack: dict[str, Any] = found
    return stack


def operations() -> list[tuple[str, str]]:
    """Type and id of the stack's last operations."""
    return [
        (each["OperationType"], each["OperationId"])
        for each in described()["LastOperations"]
    ]


def test_executed_change_set_is_told_with_the_stack() -> None:
    create("s", template(A=queue("a")))
    assert "ChangeSetId" not in described()

    made = change_set("s", template(A=queue("a", 60)))
    assert "ChangeSetId" not in described()
    cloudformation().execute_change_set(StackName="s", ChangeSetName="deploy")
    settled("s")
    assert described()["ChangeSetId"] == made["ChangeSetId"]

    cloudformation().update_stack(StackName="s", TemplateBody=template(A=queue("a")))
    settled("s")
    assert "ChangeSetId" not in described()


def test_operation_has_an_id_and_its_events_have_it_too() -> None:
    made = cloudformation().create_stack(
        StackName="s", TemplateBody=template(A=queue("a"))
    )["OperationId"]
    settled("s")
    changed = cloudformation().update_stack(
        StackName="s", TemplateBody=template(A=queue("a", 60))
    )["OperationId"]
    settled("s")

    assert operations() == [("UPDATE_STACK", changed), ("CREATE_STACK", made)]
    told = cloudformation().describe_stack_events(StackName="s")["StackEvents"]
    assert [event["OperationId"] for event in told] == (
        [changed] * 5 + [made] * (len(told) - 5)
    )
    [summary] = cloudformation().list_stacks()["StackSummaries"]
    assert summary["LastOperations"] == described()["LastOperations"]


def test_rollback_is_an_operation_of_its_own(account: EmbeddedAccount) -> None:
    create("s", template(A=queue("a")))
    account.control(Controls(faults=(Fault(operation="create", match="b"),)))

    update = cloudformation().update_stack(
        StackName="s", TemplateBody=template(A=queue("a", 60), B=queue("b"))
    )["OperationId"]
    assert settled("s") == "UPDATE_ROLLBACK_COMPLETE"

    (kind, rollback), (_, failed) = operations()
    assert (kind, failed) == ("ROLLBACK", update)
    told = cloudformation().describe_stack_events(StackName="s")["StackEvents"]
    ids = {event["ResourceStatus"]: event["OperationId"] for event in told}
    assert ids["CREATE_FAILED"] == update
    assert ids["UPDATE_ROLLBACK_IN_PROGRESS"] == rollback
    assert ids["UPDATE_ROLLBACK_COMPLETE"] == rollback


def test_role_and_topics_are_kept_for_later_operations() -> None:
    topic = "arn:aws:sns:eu-central-1:123456789012:told"
    made = {"StackName": "s", "ChangeSetName": "deploy", "ChangeSetType": "CREATE"}
    cloudformation().create_change_set(
        **made,
        TemplateBody=template(A=queue("a")),
        RoleARN=ROLE,
        NotificationARNs=[topic],
    )
    cloudformation().execute_change_set(StackName="s", ChangeSetName="deploy")
    settled("s")

    cloudformation().update_stack(
        StackName="s", TemplateBody=template(A=queue("a", 60))
    )
    settled("s")

    assert described()["RoleARN"] == ROLE
    assert described()["NotificationARNs"] == [topic]


def test_parameter_from_the_store_is_told_with_what_was_found_there() -> None:
    store: Any = boto3.client("ssm")
    store.put_parameter(Name="/seconds", Value="45", Type="String")
    parameter = {
        "Type": "AWS::SSM::Parameter::Value<String>",
        "Default": "/seconds",
    }
    body = json.loads(template(A=queue("a")))
    body["Parameters"] = {"Seconds": parameter}
    body["Resources"]["A"]["Properties"]["VisibilityTimeout"] = {"Ref": "Seconds"}

    made = change_set("s", json.dumps(body), ChangeSetType="CREATE")
    cloudformation().execute_change_set(StackName="s", ChangeSetName="deploy")
    settled("s")

    told = [
        {
            "ParameterKey": "Seconds",
            "ParameterValue": "/seconds",
            "ResolvedValue": "45",
        }
    ]
    assert described()["Parameters"] == told
    assert made["Parameters"] == told
