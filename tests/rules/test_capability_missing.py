"""The rule `capability-missing`."""

from __future__ import annotations

import pytest
from kit import check, no_stack, planner

from flowguard.rules.capability_missing import CapabilityMissing

ROLE = """\
    Resources:
      Topic:
        Type: AWS::SNS::Topic
      Role:
        Type: AWS::IAM::Role
        Properties: {{{name}AssumeRolePolicyDocument: {{}}}}
    """


@pytest.mark.parametrize(
    ("name", "granted", "needed"),
    [
        ("", ("CAPABILITY_AUTO_EXPAND",), "CAPABILITY_IAM"),
        ("", ("CAPABILITY_IAM",), None),
        ("", ("CAPABILITY_NAMED_IAM",), None),
        ("RoleName: r, ", ("CAPABILITY_IAM",), "CAPABILITY_NAMED_IAM"),
        ("RoleName: r, ", ("CAPABILITY_NAMED_IAM",), None),
        ("RoleName: r, ", (), None),
    ],
)
def test_what_is_granted_against_what_is_needed(
    name: str, granted: tuple[str, ...], needed: str | None
) -> None:
    plans = planner(ROLE.format(name=name), capabilities=granted)

    findings = check(CapabilityMissing(), plans, no_stack()).findings

    assert [f"Role needs {needed}" in f.message for f in findings] == (
        [True] if needed else []
    )
