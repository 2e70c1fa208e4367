"""The rule `backup-off`."""

from __future__ import annotations

import pytest
from kit import PLACE, check, deployed, planner, stack

from flowguard.lookups import RecoveryOf, StackResource
from flowguard.model.places import Severity
from flowguard.model.questions import Observed, Present, Unknown, UnknownKind
from flowguard.model.results import Outcome
from flowguard.rules.backup_off import BackupOff

BEFORE = """\
    Resources:
      Users:
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: users
          BillingMode: PROVISIONED
      Topic: {Type: AWS::SNS::Topic}
    """
CHANGED = BEFORE.replace("PROVISIONED", "PAY_PER_REQUEST")
PROTECTED = CHANGED.replace(
    "TableName: users",
    "TableName: users\n          PointInTimeRecoverySpecification: "
    "{PointInTimeRecoveryEnabled: true}",
)
REMOVED = "    Resources: {Topic: {Type: AWS::SNS::Topic}}\n"
TAGGED = BEFORE.replace("TableName: users", "TableName: users\n          Tags: []")
ROWS = [StackResource("Users", "users", "AWS::DynamoDB::Table", "CREATE_COMPLETE")]
OFF: Observed[bool] = Present(value=False)


@pytest.mark.parametrize(
    ("after", "severity"),
    [
        (CHANGED, Severity.INFO),
        (REMOVED, Severity.WARNING),
        (BEFORE.replace("TableName: users", "TableName: people"), Severity.WARNING),
        (BEFORE, None),
        (TAGGED, None),
        (PROTECTED, None),
    ],
)
def test_a_table_that_the_deploy_changes(after: str, severity: Severity | None) -> None:
    given = {**deployed(stack(), BEFORE, ROWS), RecoveryOf(PLACE, "users"): OFF}

    findings = check(BackupOff(), planner(after), given).findings

    assert [f.severity for f in findings] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("recovery", "outcome"),
    [
        (OFF, Outcome.FAILED),
        (Present(value=True), Outcome.PASSED),
        (Unknown(UnknownKind.DENIED, "No."), Outcome.INCONCLUSIVE),
    ],
)
def test_outcome(recovery: Observed[bool], outcome: Outcome) -> None:
    given = {**deployed(stack(), BEFORE, ROWS), RecoveryOf(PLACE, "users"): recovery}

    assert check(BackupOff(), planner(CHANGED), given).outcome is outcome
