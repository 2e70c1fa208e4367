"""The rule `rollback-disabled`."""

from __future__ import annotations

from typing import Any

import pytest
from kit import check, deployed, planner, stack

from flowguard.lookups import StackResource
from flowguard.rules.rollback_disabled import RollbackDisabled

BEFORE = "    Resources: {T: {Type: AWS::SNS::Topic, Properties: {TopicName: a}}}\n"
ROWS = [StackResource("T", "arn:t", "AWS::SNS::Topic", "CREATE_COMPLETE")]


@pytest.mark.parametrize(
    ("settings", "after", "said"),
    [
        ({}, BEFORE, ""),
        ({"mode": "STANDARD"}, BEFORE, ""),
        ({"disable_rollback": True}, BEFORE, "without rollback"),
        ({"mode": "EXPRESS"}, BEFORE, "in EXPRESS mode"),
        (
            {"disable_rollback": True},
            BEFORE.replace("TopicName: a", "TopicName: b"),
            "the replacement of T is refused",
        ),
    ],
)
def test_how_the_stack_was_deployed(
    settings: dict[str, Any], after: str, said: str
) -> None:
    given = deployed(stack(**settings), BEFORE, ROWS)

    findings = check(RollbackDisabled(), planner(after), given).findings

    assert len(findings) == bool(said)
    assert all(said in finding.message for finding in findings)
