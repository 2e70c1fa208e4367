"""Template × deployed stack → what the deploy will change."""

from __future__ import annotations

import pathlib

import pytest
from kit import PLACE, Answers, deployed, no_stack, planner, project, stack

from flowguard.errors import UsageError
from flowguard.lookups import Parameter, ParameterNamed, StackResource
from flowguard.model import (
    AccountState,
    ChangeAction,
    Pending,
    Present,
    Replacement,
)
from flowguard.plan import Plan

OLD = """\
    Parameters:
      Days: {Type: Number, Default: 1}
    Resources:
      Jobs:
        Type: AWS::SQS::Queue
        Properties: {QueueName: jobs, VisibilityTimeout: 30}
      Users:
        Type: AWS::DynamoDB::Table
        Properties: {TableName: users}
      Keep:
        Type: AWS::SQS::Queue
        Properties: {MessageRetentionPeriod: !Ref Days}
      Gone:
        Type: AWS::SNS::Topic
    Outputs:
      Name: {Value: x, Export: {Name: app-old}}
    """
NEW = """\
    Parameters:
      Days: {Type: Number, Default: 9}
    Resources:
      Jobs:
        Type: AWS::SQS::Queue
        Properties: {QueueName: jobs, VisibilityTimeout: 60}
      Users:
        Type: AWS::DynamoDB::Table
        Properties: {TableName: people}
      Keep:
        Type: AWS::SQS::Queue
        Properties: {MessageRetentionPeriod: !Ref Days}
      Fresh:
        Type: AWS::SNS::Topic
        Properties: {TopicName: fresh}
    Outputs:
      Name: {Value: x, Export: {Name: app-new}}
    """
THERE = [
    StackResource("Jobs", "https://sqs/jobs", "AWS::SQS::Queue", "CREATE_COMPLETE"),
    StackResource("Users", "users", "AWS::DynamoDB::Table", "CREATE_COMPLETE"),
    StackResource("Keep", "https://sqs/keep", "AWS::SQS::Queue", "CREATE_COMPLETE"),
    StackResource("Gone", "arn:gone", "AWS::SNS::Topic", "CREATE_COMPLETE"),
]


def plan(answers: Answers, text: str = NEW) -> Plan:
    return planner(text).build(AccountState(answers))


def updated() -> Plan:
    now = stack(parameters=(("Days", "1"),), outputs=(("Name", "x", "app-old"),))
    return plan(deployed(now, OLD, THERE))


def test_what_the_stack_has_and_what_it_has_not() -> None:
    actions = {change.logical_id: change.action for change in updated().changes}

    assert actions == {
        "Jobs": ChangeAction.MODIFY,
        "Users": ChangeAction.MODIFY,
        "Keep": ChangeAction.MODIFY,
        "Fresh": ChangeAction.ADD,
        "Gone": ChangeAction.REMOVE,
    }


@pytest.mark.parametrize(
    ("logical_id", "changed", "replacement"),
    [
        ("Jobs", ("VisibilityTimeout",), Replacement.FALSE),
        ("Users", ("TableName",), Replacement.TRUE),
        ("Keep", (), Replacement.FALSE),
    ],
)
def test_what_differs_and_what_is_replaced(
    logical_id: str, changed: tuple[str, ...], replacement: Replacement
) -> None:
    (change,) = (c for c in updated().changes if c.logical_id == logical_id)

    assert (change.changed, change.replacement) == (changed, replacement)


def test_the_deployed_parameters_stand_before_the_defaults() -> None:
    (keep,) = (c for c in updated().changes if c.logical_id == "Keep")

    assert str(keep.properties["MessageRetentionPeriod"]) == "1"


def test_claims_are_what_other_deploys_must_know() -> None:
    claims = updated().claims

    assert claims.names == (
        ("AWS::DynamoDB::Table", "people", "Users"),
        ("AWS::SNS::Topic", "fresh", "Fresh"),
    )
    assert claims.exports_added == ("app-new",)
    assert claims.exports_removed == ("app-old",)
    assert set(claims.locations) == {
        ("names", "Users"),
        ("names", "Fresh"),
        ("exports_added", "app-new"),
        ("exports_removed", "app-old"),
    }
    assert claims.locations["exports_added", "app-new"].line > 1


def test_a_new_stack_adds_everything() -> None:
    assert {change.action for change in plan(no_stack()).changes} == {ChangeAction.ADD}


def test_nothing_is_claimed_before_the_stack_is_known() -> None:
    assert plan({}).changes == ()


def test_somebody_must_say_which_stack_is_meant() -> None:
    with pytest.raises(UsageError, match="does not say which stack") as raised:
        planner(NEW, stack_name=None).build(AccountState({}))

    assert "--stack-name" in raised.value.help
    assert PLACE.partition == "aws"


def test_a_name_that_is_looked_up_is_waited_for(tmp_path: pathlib.Path) -> None:
    text = """\
        service: ${ssm:/name}
        provider: {name: aws, region: eu-central-1}
        """
    plans = project(tmp_path, {"serverless.yml": text})
    name = ParameterNamed(PLACE, "/name")

    waiting = plans.build(AccountState({}))
    known = plans.build(AccountState({name: Present(Parameter("String", "shop"))}))

    assert isinstance(waiting.stack, Pending)
    assert known.stack_name == "shop-dev"
