"""The rule `stack-policy-denies`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from kit import PLACE, check, deployed, planner, stack

from flowguard.lookups import StackPolicyOf, StackResource
from flowguard.model.places import Severity
from flowguard.model.questions import Absent, Observed, Present
from flowguard.model.results import Outcome
from flowguard.rules.stack_policy_denies import StackPolicyDenies

BEFORE = """\
    Resources:
      Users: {Type: AWS::DynamoDB::Table, Properties: {TableName: users}}
      Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: a}}
    """
ROWS = [
    StackResource("Users", "users", "AWS::DynamoDB::Table", "CREATE_COMPLETE"),
    StackResource("Topic", "arn:t", "AWS::SNS::Topic", "CREATE_COMPLETE"),
]
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}
MODIFIED = BEFORE.replace("DisplayName: a", "DisplayName: b")
REPLACED = BEFORE.replace("TableName: users", "TableName: people")
REMOVED = BEFORE.replace("Topic:", "Other:")


def deny(action: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": action, **more}


def of_type(kind: str) -> dict[str, Any]:
    condition = {"StringEquals": {"ResourceType": [kind]}}
    return {"Resource": "*", "Condition": condition}


@pytest.mark.parametrize(
    ("statements", "after", "found"),
    [
        ([ALLOW], MODIFIED, []),
        (
            [ALLOW, deny("Update:*", Resource="LogicalResourceId/Topic")],
            MODIFIED,
            [("Topic", Severity.ERROR)],
        ),
        ([ALLOW, deny("Update:*", Resource="LogicalResourceId/U*")], MODIFIED, []),
        (
            [ALLOW, deny("Update:*", NotResource="LogicalResourceId/Topic")],
            MODIFIED,
            [],
        ),
        ([ALLOW, deny("Update:Delete", Resource="*")], MODIFIED, []),
        (
            [ALLOW, deny(["Update:Replace"], **of_type("AWS::DynamoDB::Table"))],
            REPLACED,
            [("Users", Severity.ERROR)],
        ),
        ([ALLOW, deny("Update:*", **of_type("AWS::S3::Bucket"))], REPLACED, []),
        ([], MODIFIED, [("Topic", Severity.ERROR)]),
        (
            [ALLOW, deny("Update:Delete", Resource="LogicalResourceId/Other")],
            REMOVED,
            [("Other", Severity.WARNING)],
        ),
    ],
)
def test_forward_it_fails_and_backward_it_stays(
    statements: list[dict[str, Any]], after: str, found: list[tuple[str, Severity]]
) -> None:
    policy: Observed[str] = Present(json.dumps({"Statement": statements}))
    given = {**deployed(stack(), BEFORE, ROWS), StackPolicyOf(PLACE, "app"): policy}

    findings = check(StackPolicyDenies(), planner(after), given).findings

    assert [(f.logical_id, f.severity) for f in findings] == found


@pytest.mark.parametrize("policy", [Absent(), Present("no policy")])
def test_without_a_policy_all_is_allowed(policy: Observed[str]) -> None:
    given = {**deployed(stack(), BEFORE, ROWS), StackPolicyOf(PLACE, "app"): policy}

    assert (
        check(StackPolicyDenies(), planner(REPLACED), given).outcome is Outcome.PASSED
    )
