"""The rule `name-used-twice`."""

from __future__ import annotations

from kit import check, no_stack, planner

from flowguard.model.places import Location
from flowguard.model.results import Outcome
from flowguard.rules.name_used_twice import NameUsedTwice

TWICE = """\
    Parameters:
      Stage: {Type: String, Default: dev}
    Resources:
      Users:
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: users-dev
      People:
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: !Sub users-${Stage}
      Bucket:
        Type: AWS::S3::Bucket
        Properties:
          BucketName: users-dev
    """


def test_the_second_one_is_found_however_its_name_is_written() -> None:
    (finding,) = check(NameUsedTwice(), planner(TWICE), no_stack()).findings

    assert finding.logical_id == "People"
    assert finding.location == Location("template.yaml", 11, 18, 11, 37)
    assert finding.related_locations[0][1].line == 7


def test_other_names_pass() -> None:
    plans = planner(TWICE, parameters={"Stage": "staging"})

    assert check(NameUsedTwice(), plans, no_stack()).outcome is Outcome.PASSED


def test_names_that_aws_lets_be_alike_pass() -> None:
    apis = """\
    Resources:
      A:
        Type: AWS::ApiGateway::RestApi
        Properties: {Name: api}
      B:
        Type: AWS::ApiGateway::RestApi
        Properties: {Name: api}
    """

    assert check(NameUsedTwice(), planner(apis), no_stack()).outcome is Outcome.PASSED


def test_kindred_types_share_their_names() -> None:
    text = """\
    Resources:
      Users:
        Type: AWS::DynamoDB::Table
        Properties: {TableName: users}
      Everywhere:
        Type: AWS::DynamoDB::GlobalTable
        Properties: {TableName: users}
    """

    (finding,) = check(NameUsedTwice(), planner(text), no_stack()).findings

    assert finding.logical_id == "Everywhere"
