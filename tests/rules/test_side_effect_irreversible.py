"""The rule `side-effect-irreversible`."""

from __future__ import annotations

import pytest
from kit import check, deployed, planner, stack

from flowguard.lookups import StackResource
from flowguard.rules.side_effect_irreversible import SideEffectIrreversible

TEMPLATE = """\
    Resources:
      Migration:
        Type: {kind}
        Properties: {{ServiceToken: "arn:f", Release: {release}}}
      Topic: {{Type: AWS::SNS::Topic}}
    """


@pytest.mark.parametrize(
    ("kind", "release", "found"),
    [
        ("Custom::Migration", "8", ["Migration"]),
        ("AWS::CloudFormation::CustomResource", "8", ["Migration"]),
        ("Custom::Migration", "7", []),
        ("Custom::LogRetention", "8", []),
        ("AWS::SSM::Parameter", "8", []),
    ],
)
def test_a_custom_resource_that_is_called_again(
    kind: str, release: str, found: list[str]
) -> None:
    row = StackResource("Migration", "m-1", kind, "CREATE_COMPLETE")
    given = deployed(stack(), TEMPLATE.format(kind=kind, release=7), [row])
    plans = planner(TEMPLATE.format(kind=kind, release=release))

    findings = check(SideEffectIrreversible(), plans, given).findings

    assert [finding.logical_id for finding in findings] == found
    assert all("another Release" in finding.message for finding in findings)


def test_a_custom_resource_that_is_called_for_the_last_time() -> None:
    row = StackResource("Migration", "m-1", "Custom::Seed", "CREATE_COMPLETE")
    given = deployed(stack(), TEMPLATE.format(kind="Custom::Seed", release=7), [row])
    plans = planner("    Resources: {Topic: {Type: AWS::SNS::Topic}}\n")

    (finding,) = check(SideEffectIrreversible(), plans, given).findings

    assert "is called to delete" in finding.message
