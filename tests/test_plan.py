"""Template × deployed stack → what the deploy will change."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
from kit import PLACE, Answers, deployed, no_stack, planner, project, stack

from flowguard.errors import TemplateError, UsageError
from flowguard.lookups import (
    DeployedTemplate,
    Parameter,
    ParameterNamed,
    StackResource,
    StackResources,
)
from flowguard.model.changes import ChangeAction, Replacement
from flowguard.model.questions import (
    AccountState,
    Lookup,
    Observed,
    Pending,
    Present,
    T,
    Unknown,
    UnknownKind,
    Unresolved,
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


KEYED = """\
    Resources:
      Users:
        Type: AWS::DynamoDB::Table
        Properties:
          AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
          KeySchema: [{AttributeName: id, KeyType: HASH}]
    """
MORE = "AttributeType: S}, {AttributeName: at, AttributeType: N}]"


@pytest.mark.parametrize(
    ("was", "becomes", "replacement"),
    [
        ("AttributeType: S", "AttributeType: N", Replacement.TRUE),
        ("id, KeyType", "at, KeyType", Replacement.TRUE),
        ("AttributeType: S}]", MORE, Replacement.FALSE),
    ],
)
def test_a_table_is_replaced_for_its_keys_and_not_for_one_more_attribute(
    was: str, becomes: str, replacement: Replacement
) -> None:
    users = StackResource("Users", "u", "AWS::DynamoDB::Table", "CREATE_COMPLETE")

    made = plan(deployed(stack(), KEYED, [users]), KEYED.replace(was, becomes))

    assert [change.replacement for change in made.changes] == [replacement]


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


DENIED = Unknown(UnknownKind.DENIED, "AccessDenied", "cloudformation:X")


def test_what_is_not_known_of_the_stack_is_not_taken_for_new() -> None:
    listed = StackResources(PLACE, "app")
    denied = plan({**deployed(stack(), OLD, THERE), listed: DENIED})

    assert denied.changes == ()
    assert denied.claims.names == ()


def test_without_an_account_all_that_is_written_is_taken_for_new() -> None:
    unasked = Unknown(UnknownKind.UNSUPPORTED, "AWS was not asked (--offline)")

    assert plan(dict.fromkeys(no_stack(), unasked)).changes


def test_what_a_failed_update_found_to_exist_is_not_the_stacks() -> None:
    failed = StackResource(
        "Fresh", "fresh", "AWS::SNS::Topic", "CREATE_FAILED", "fresh already exists"
    )
    now = stack(status="UPDATE_FAILED")

    made = plan(deployed(now, OLD, [*THERE, failed]))

    (fresh,) = (c for c in made.changes if c.logical_id == "Fresh")
    assert fresh.action is ChangeAction.ADD
    assert failed not in made.deployed


def test_what_had_no_name_takes_the_one_it_gets() -> None:
    old = OLD.replace("QueueName: jobs, ", "")
    named = NEW.replace("TableName: people", "TableName: users")

    made = plan(deployed(stack(), old, THERE), named)

    assert ("Jobs", "jobs") in {(c.logical_id, key[0][1]) for c, key in made.naming}


def test_names_are_not_new_where_the_old_ones_are_not_known() -> None:
    unread = DeployedTemplate(PLACE, "app")
    made = plan({**deployed(stack(), OLD, THERE), unread: DENIED})

    assert [change.logical_id for change, _ in made.naming] == ["Fresh"]


STORED = """\
    Parameters:
      Env: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /default}
      Password: {Type: String, NoEcho: true}
    Resources:
      Users:
        Type: AWS::DynamoDB::Table
        Properties: {TableName: !Sub 'users-${Env}', Secret: !Ref Password}
    """
TABLE = StackResource("Users", "users-old", "AWS::DynamoDB::Table", "CREATE_COMPLETE")


def test_a_value_of_the_parameter_store_is_compared_with_what_the_deploy_read() -> None:
    now = stack(
        parameters=(("Env", "/env"), ("Password", "****")), resolved=(("Env", "old"),)
    )
    value = ParameterNamed(PLACE, "/env")
    given = {
        **deployed(now, STORED, [TABLE]),
        value: Present(Parameter("String", "new")),
    }

    (users,) = plan(given, STORED).changes

    assert users.before["TableName"] == "users-old"
    assert users.properties["TableName"] == "users-new"
    assert users.changed == ("TableName",)


def test_a_hidden_value_is_not_its_asterisks() -> None:
    now = stack(parameters=(("Password", "****"), ("Env", "/env")))

    (users,) = plan(deployed(now, STORED, [TABLE]), STORED).changes

    assert isinstance(users.before["Secret"], Unresolved)


class Asked(AccountState):
    """Remembers every question."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self.questions: set[Lookup[Any]] = set()

    def get(self, lookup: Lookup[T]) -> Observed[T]:
        self.questions.add(lookup)
        return super().get(lookup)


@pytest.mark.parametrize("parameters", [(), (("Env", "/env"), ("Password", "****"))])
def test_the_store_is_asked_for_what_the_deploy_will_read(
    parameters: tuple[tuple[str, str], ...],
) -> None:
    plans = planner(STORED)
    now = deployed(stack(parameters=parameters), STORED, [TABLE])
    first, second = Asked({}), Asked(now)

    assert plans.build(first).template.references == ()
    plans.build(second)

    read = {q for q in first.questions | second.questions if type(q) is ParameterNamed}
    assert read == {ParameterNamed(PLACE, "/env" if parameters else "/default")}


@pytest.mark.parametrize("name", ["1app", "my_app", "a.b", "a" * 129])
def test_a_name_that_no_stack_can_have_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="takes no stack of the name") as raised:
        planner(NEW, stack_name=name).build(AccountState({}))

    assert "--stack-name" in raised.value.help


def test_such_a_name_in_a_file_is_told_with_its_place(tmp_path: pathlib.Path) -> None:
    text = "service: my_shop\nprovider: {name: aws, region: eu-central-1}\n"
    plans = project(tmp_path, {"serverless.yml": text})

    with pytest.raises(TemplateError, match="my_shop-dev") as raised:
        plans.build(AccountState({}))

    assert raised.value.location
    assert raised.value.location.line == 1
