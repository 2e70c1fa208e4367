"""The rule `stateful-resource-unprotected`."""

from __future__ import annotations

import pytest
from kit import check, no_stack, planner

from flowguard.rules.stateful_resource_unprotected import StatefulResourceUnprotected

TABLE = """\
    Resources:
      Users:
        Type: AWS::DynamoDB::Table
{policies}        Properties: {{TableName: users}}
      Topic:
        Type: AWS::SNS::Topic
    """


@pytest.mark.parametrize(
    ("policies", "missing"),
    [
        ([], ["DeletionPolicy", "UpdateReplacePolicy"]),
        (["DeletionPolicy: Retain"], ["UpdateReplacePolicy"]),
        (["DeletionPolicy: Delete", "UpdateReplacePolicy: Delete"], []),
        (["DeletionPolicy: Retain", "UpdateReplacePolicy: Snapshot"], []),
    ],
)
def test_what_is_not_said_is_found(policies: list[str], missing: list[str]) -> None:
    lines = "".join(f"        {line}\n" for line in policies)
    plans = planner(TABLE.format(policies=lines))

    findings = check(StatefulResourceUnprotected(), plans, no_stack()).findings

    assert [f.logical_id for f in findings] == (["Users"] if missing else [])
    for finding in findings:
        assert all(f"{name}: Retain" in finding.help for name in missing)
        assert finding.location.line == 2


@pytest.mark.parametrize(
    ("resource", "missing"),
    [
        ("{Type: AWS::RDS::DBCluster}", "UpdateReplacePolicy"),
        ("{Type: AWS::RDS::DBInstance}", "UpdateReplacePolicy"),
        ("{Type: AWS::RDS::DBInstance, UpdateReplacePolicy: Snapshot}", ""),
        (
            "{Type: AWS::RDS::DBInstance, Properties: {DBClusterIdentifier: c}}",
            "",
        ),
        (
            "{Type: AWS::Neptune::DBInstance, Properties: {DBClusterIdentifier: c}}",
            "",
        ),
        (
            "{Type: AWS::Neptune::DBCluster}",
            "DeletionPolicy and no UpdateReplacePolicy",
        ),
    ],
)
def test_databases_leave_a_snapshot_or_hold_nothing(
    resource: str, missing: str
) -> None:
    plans = planner(f"    Resources: {{Db: {resource}}}\n")

    findings = check(StatefulResourceUnprotected(), plans, no_stack()).findings

    assert [f"has no {missing};" in f.message for f in findings] == [True] * bool(
        missing
    )
