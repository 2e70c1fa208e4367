"""Pre-deployment validation fails what conflicts before anything is made."""

from __future__ import annotations

import pytest
from demo.stacks import (
    change_set,
    cloudformation,
    create,
    events,
    filled_table,
    queue,
    settled,
    table,
    template,
)

from flowguard.demo.controls import Controls
from flowguard.demo.server import EmbeddedAccount


@pytest.fixture(autouse=True)
def _early(account: EmbeddedAccount) -> None:
    account.control(Controls(early_validation=True))


def test_early_validation_fails_a_change_set() -> None:
    filled_table("users")

    found = change_set("s", template(U=table("users")), ChangeSetType="CREATE")

    assert found["Status"] == "FAILED"
    assert "AWS::EarlyValidation::ResourceExistenceCheck" in found["StatusReason"]
    told = cloudformation().describe_events(ChangeSetName=found["ChangeSetId"])
    [event] = told["OperationEvents"]
    assert event["ValidationName"] == "NAME_CONFLICT_VALIDATION"
    assert event["LogicalResourceId"] == "U"


def test_early_validation_fails_a_creation_before_it_makes_anything() -> None:
    filled_table("users")

    body = template(Q=queue("q"), U=table("users", DependsOn="Q"))

    assert create("s", body) == "ROLLBACK_COMPLETE"
    assert {where for where, *_ in events("s")} == {"s"}


def test_early_validation_lets_a_stack_keep_its_own() -> None:
    create("s", template(U=table("users")))

    found = change_set("s", template(U=table("users"), Q=queue("q")))

    assert found["Status"] == "CREATE_COMPLETE"


def test_early_validation_can_be_switched_off() -> None:
    filled_table("users")
    body = template(U=table("users"))

    found = change_set("s", body, ChangeSetType="CREATE", DisableValidation=True)
    assert found["Status"] == "CREATE_COMPLETE"

    cloudformation().execute_change_set(StackName="s", ChangeSetName="deploy")
    assert settled("s") == "ROLLBACK_COMPLETE"


@pytest.mark.parametrize(
    "adoption",
    [
        {"ChangeSetType": "CREATE", "ImportExistingResources": True},
        {
            "ChangeSetType": "IMPORT",
            "ResourcesToImport": [
                {
                    "ResourceType": "AWS::DynamoDB::Table",
                    "LogicalResourceId": "U",
                    "ResourceIdentifier": {"TableName": "users"},
                }
            ],
        },
    ],
    ids=lambda adoption: adoption["ChangeSetType"],
)
def test_what_is_adopted_is_no_conflict(adoption: dict[str, object]) -> None:
    filled_table("users")
    body = template(U=table("users", DeletionPolicy="Retain"))

    found = change_set("s", body, **adoption)
    assert found["Status"] == "CREATE_COMPLETE"

    cloudformation().execute_change_set(StackName="s", ChangeSetName="deploy")
    assert settled("s") in ("CREATE_COMPLETE", "IMPORT_COMPLETE")
