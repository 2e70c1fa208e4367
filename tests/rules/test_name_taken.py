"""The rule `name-taken`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from kit import PLACE, Answers, check, deployed, no_stack, planner, stack, stack_id

from flowguard.lookups import (
    Contents,
    ContentsOf,
    NamedResource,
    Owner,
    OwnerOf,
    ResourceNamed,
    StackNamed,
    StackResource,
    TagsOf,
)
from flowguard.model import (
    Absent,
    Location,
    Observed,
    Outcome,
    Present,
    RuleResult,
    Severity,
    Unknown,
    UnknownKind,
)
from flowguard.rules.name_taken import NameTaken

TEMPLATE = """\
    Resources:
      Users:
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: acme-users
    """
TABLE = "AWS::DynamoDB::Table"
ARN = "arn:aws:dynamodb:eu-central-1:123456789012:table/acme-users"
NAMED = ResourceNamed(PLACE, TABLE, (("TableName", "acme-users"),))
DENIED = Unknown(UnknownKind.DENIED, "AccessDenied", "dynamodb:DescribeTable")


def taken(
    owner: Observed[Any], tags: Observed[Any] | None = None, **more: Any
) -> Answers:
    """The answers about a table that exists and holds 17 items."""
    return {
        NAMED: Present(NamedResource("acme-users", ARN, **more)),
        OwnerOf(PLACE, "acme-users"): owner,
        TagsOf(PLACE, ARN): tags or Absent(),
        ContentsOf(PLACE, TABLE, "acme-users"): Present(Contents(17, "items")),
    }


def result_of(answers: Answers, template: str = TEMPLATE) -> RuleResult:
    return check(NameTaken(), planner(template), {**no_stack(), **answers})


def owned_by(name: str, logical_id: str = "T", kind: str = TABLE) -> Present[Any]:
    return Present((Owner(name, stack_id(name), logical_id, kind),))


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Absent(), Outcome.PASSED),
        (DENIED, Outcome.INCONCLUSIVE),
        (Unknown(UnknownKind.UNSUPPORTED, "no such call"), Outcome.PASSED),
    ],
)
def test_outcome(answer: Observed[Any], outcome: Outcome) -> None:
    assert result_of({NAMED: answer}).outcome is outcome


def test_what_nobody_owns_is_to_be_adopted_with_what_it_holds() -> None:
    (finding,) = result_of(taken(Absent())).findings

    assert finding.message == (
        "AWS::DynamoDB::Table 'acme-users' already exists: no stack owns it; "
        "CloudFormation cannot create Users, and rolls everything back"
    )
    assert finding.location == Location("template.yaml", 5, 18, 5, 28)
    assert ("holds", "17 items") in finding.evidence
    assert "the 17 items it holds" in finding.help
    assert "DeletionPolicy: Retain" in finding.help
    start = finding.help.index("[{")
    (row,) = json.loads(finding.help[start : finding.help.index("]'") + 1])
    assert row["ResourceIdentifier"] == {"TableName": "acme-users"}


def test_another_stack_that_owns_it_is_named() -> None:
    (finding,) = result_of(taken(owned_by("shop-prod", "UsersTable"))).findings

    assert "stack 'shop-prod' owns it as UsersTable" in finding.message
    assert "import" not in finding.help


def test_a_resource_of_another_type_with_that_id_is_no_owner() -> None:
    bucket = owned_by("shop-prod", kind="AWS::S3::Bucket")
    (finding,) = result_of(taken(bucket)).findings

    assert "no stack owns it" in finding.message


TAGS = Present(
    (
        ("aws:cloudformation:stack-name", "old"),
        ("aws:cloudformation:stack-id", stack_id("old")),
    )
)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Present(stack("old", "DELETE_COMPLETE")), "the stack 'old' that made it was deleted"),
        (Absent(), "the stack 'old' that made it was deleted"),
        (Present(stack("old")), "stack 'old' made it and has let go of it"),
    ],
)  # fmt: skip
def test_tags_tell_of_the_stack_that_left_it_behind(
    answer: Observed[Any], words: str
) -> None:
    given = {**taken(Absent(), TAGS), StackNamed(PLACE, stack_id("old")): answer}

    (finding,) = result_of(given).findings

    assert words in finding.message


def test_a_stack_of_another_region_is_told_from_the_tags() -> None:
    there = stack_id("old").replace("eu-central-1", "us-east-1")
    tags = Present((*TAGS.value[:1], ("aws:cloudformation:stack-id", there)))

    (finding,) = result_of(taken(Absent(), tags)).findings

    assert "stack 'old' of us-east-1 made it" in finding.message


def test_a_log_group_that_a_service_made_is_told() -> None:
    name = "/aws/lambda/api"
    group = f"""\
    Resources:
      Logs:
        Type: AWS::Logs::LogGroup
        Properties:
          LogGroupName: {name}
    """
    kind = "AWS::Logs::LogGroup"
    given: Answers = {
        ResourceNamed(PLACE, kind, (("LogGroupName", name),)): Present(
            NamedResource(name)
        ),
        OwnerOf(PLACE, name): Absent(),
        ContentsOf(PLACE, kind, name): Present(Contents(0, "bytes")),
    }

    (finding,) = result_of(given, group).findings

    assert "makes it by itself" in finding.message


def test_an_owner_that_could_not_be_told_is_no_nobody() -> None:
    result = result_of(taken(DENIED))

    assert "could not be told which stack owns it" in result.findings[0].message
    assert "if no stack does" in result.findings[0].help
    assert result.unknowns


def test_a_name_held_by_another_account() -> None:
    (finding,) = result_of(taken(Absent(), elsewhere="another account")).findings

    assert "another account has it" in finding.message
    assert "choose another name" in finding.help


def test_what_the_stack_has_already_is_not_asked_about() -> None:
    there = StackResource("Users", "acme-users", TABLE, "CREATE_COMPLETE")
    given = deployed(stack(), TEMPLATE, [there])

    assert check(NameTaken(), planner(TEMPLATE), given).outcome is Outcome.PASSED


def test_what_a_rolled_back_stack_kept_is_found() -> None:
    kept = StackResource("Users", "acme-users", TABLE, "DELETE_SKIPPED")
    failed = deployed(stack(status="ROLLBACK_COMPLETE"), TEMPLATE, [kept])
    given = {**failed, **taken(owned_by("app", "Users"))}

    (finding,) = check(NameTaken(), planner(TEMPLATE), given).findings

    assert "this stack made it and has let go of it" in finding.message


def test_without_the_stacks_own_word_nothing_is_claimed() -> None:
    denied = dict.fromkeys(no_stack(), Unknown(UnknownKind.DENIED, "AccessDenied"))
    given = {**denied, **taken(DENIED)}

    result = check(NameTaken(), planner(TEMPLATE), given)

    assert result.outcome is Outcome.INCONCLUSIVE


def test_a_new_name_for_what_exists_must_be_free() -> None:
    old = TEMPLATE.replace("acme-users", "acme-people")
    there = StackResource("Users", "acme-people", TABLE, "CREATE_COMPLETE")
    given = {**deployed(stack(), old, [there]), **taken(Absent())}

    (finding,) = check(NameTaken(), planner(TEMPLATE), given).findings

    assert finding.logical_id == "Users"


def test_a_resource_that_may_not_be_there_is_only_warned_of() -> None:
    template = """\
    Parameters:
      On: {Type: String}
    Conditions:
      IsOn: !Equals [!Ref On, 'yes']
    Resources:
      Users:
        Type: AWS::DynamoDB::Table
        Condition: IsOn
        Properties:
          TableName: acme-users
    """

    (finding,) = result_of(taken(Absent()), template).findings

    assert finding.severity is Severity.WARNING


def test_a_name_that_only_the_deploy_knows_is_told_as_such() -> None:
    template = """\
    Resources:
      Maker: {Type: 'Custom::Namer'}
      Users:
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: !GetAtt Maker.Name
    """

    result = result_of({}, template)

    assert result.outcome is Outcome.PASSED
    assert [u.kind for u in result.unknowns] == [UnknownKind.KNOWN_AFTER_DEPLOY]
