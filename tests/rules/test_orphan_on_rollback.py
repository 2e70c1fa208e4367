"""The rule `orphan-on-rollback`."""

from __future__ import annotations

import pytest
from kit import check, deployed, no_stack, planner, stack

from flowguard.lookups import StackResource
from flowguard.rules.orphan_on_rollback import OrphanOnRollback

TABLES = """\
    Resources:
      Users:
        Type: AWS::DynamoDB::Table
        DeletionPolicy: {policy}
        Properties: {{TableName: users}}
      Plans:
        Type: AWS::DynamoDB::Table
        DeletionPolicy: {policy}
        Properties: {{TableName: plans}}
      Drawn: {{Type: AWS::DynamoDB::Table, DeletionPolicy: {policy}}}
    """


@pytest.mark.parametrize(
    ("policy", "found"),
    [("Retain", ["Users"]), ("RetainExceptOnCreate", []), ("Delete", [])],
)
def test_one_finding_for_all_that_would_stay_behind(
    policy: str, found: list[str]
) -> None:
    plans = planner(TABLES.format(policy=policy))

    findings = check(OrphanOnRollback(), plans, no_stack()).findings

    assert [finding.logical_id for finding in findings] == found
    for finding in findings:
        assert "Users, Plans stays behind" in finding.message
        assert finding.location.line == 4
        assert [name for name, _ in finding.related_locations] == ["Plans"]


def test_what_the_stack_has_already_is_no_orphan() -> None:
    text = TABLES.format(policy="Retain")
    kind = "AWS::DynamoDB::Table"
    rows = [
        StackResource(logical_id, logical_id.lower(), kind, "CREATE_COMPLETE")
        for logical_id in ("Users", "Plans", "Drawn")
    ]

    result = check(OrphanOnRollback(), planner(text), deployed(stack(), text, rows))

    assert not result.findings
