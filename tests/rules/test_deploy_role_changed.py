"""The rule `deploy-role-changed`."""

from __future__ import annotations

import pytest
from kit import check, deployed, planner, stack

from flowguard.lookups import StackResource
from flowguard.model.places import Severity
from flowguard.rules.deploy_role_changed import DeployRoleChanged

BEFORE = """\
    Resources:
      Deployer:
        Type: AWS::IAM::Role
        Properties: {RoleName: deployer, ManagedPolicyArns: [a, b]}
      Topic: {Type: AWS::SNS::Topic}
    """
REMOVED = "    Resources: {Topic: {Type: AWS::SNS::Topic}}\n"
CHANGED = BEFORE.replace("[a, b]", "[a]")
ROWS = [StackResource("Deployer", "deployer", "AWS::IAM::Role", "CREATE_COMPLETE")]


@pytest.mark.parametrize(
    ("role", "after", "severity"),
    [
        ("deployer", CHANGED, Severity.WARNING),
        ("deployer", REMOVED, Severity.ERROR),
        ("deployer", BEFORE, None),
        ("other", REMOVED, None),
        ("", REMOVED, None),
    ],
)
def test_the_role_that_deploys_the_stack(
    role: str, after: str, severity: Severity | None
) -> None:
    arn = f"arn:aws:iam::123456789012:role/ci/{role}" if role else ""
    given = deployed(stack(role_arn=arn), BEFORE, ROWS)

    findings = check(DeployRoleChanged(), planner(after), given).findings

    assert [f.severity for f in findings] == ([severity] if severity else [])
