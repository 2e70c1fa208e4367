"""The rule `user-pool-attribute-added`."""

from __future__ import annotations

import pytest
from kit import check, deployed, planner, stack

from flowguard.lookups import StackResource
from flowguard.rules.user_pool_attribute_added import UserPoolAttributeAdded

POOL = """\
    Resources:
      Users:
        Type: AWS::Cognito::UserPool
        Properties:
          Schema: [{schema}]
      Topic: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {name}}}}}
    """
ROWS = [
    StackResource("Users", "eu_1", "AWS::Cognito::UserPool", "CREATE_COMPLETE"),
    StackResource("Topic", "arn:t", "AWS::SNS::Topic", "CREATE_COMPLETE"),
]


@pytest.mark.parametrize(
    ("after", "name", "found"),
    [
        ("{Name: plan}, {Name: team}", "b", ["Users"]),
        ("{Name: plan}, {Name: team}", "a", []),  # alone, nothing else can fail
        ("{Name: plan}", "b", []),
    ],
)
def test_an_attribute_beside_other_changes(
    after: str, name: str, found: list[str]
) -> None:
    given = deployed(stack(), POOL.format(schema="{Name: plan}", name="a"), ROWS)
    plans = planner(POOL.format(schema=after, name=name))

    findings = check(UserPoolAttributeAdded(), plans, given).findings

    assert [finding.logical_id for finding in findings] == found
    assert all("the attribute team" in finding.message for finding in findings)
