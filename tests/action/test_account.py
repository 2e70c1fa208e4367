"""A step that asks an account: what it says of the stack and of the deploy."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import kit
import pytest
from action.jobs import Job

from flowguard.lookups import ResourceNamed, StackResource
from flowguard.model.places import Place
from flowguard.model.questions import Absent, Lookup, Observed, Unknown, UnknownKind

Observe = Callable[[Collection[Lookup[Any]]], dict[Lookup[Any], Observed[Any]]]

BEFORE = """\
    Resources:
      Users:
        Type: AWS::DynamoDB::Table
        DeletionPolicy: Retain
        UpdateReplacePolicy: Retain
        Properties: {TableName: users-old}
      Jobs: {Type: AWS::SQS::Queue}
      Tags:
        Type: AWS::SNS::Topic
        Properties: {DisplayName: old}
    """
AFTER = """\
Resources:
  Users:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties: {TableName: users}
  Tags:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: new}
  News: {Type: AWS::SNS::Topic}
"""


@pytest.fixture
def account(job: Job, monkeypatch: pytest.MonkeyPatch) -> Callable[[Observe], None]:
    """Have an account answer the step as a test wants."""

    def answer(observe: Observe) -> None:
        place = Place(kit.PLACE.account_id, "eu-central-1")
        monkeypatch.setattr(
            "flowguard.cli.preflight._account", lambda *_: (place, observe)
        )

    (job.workspace / "template.yaml").write_text(AFTER)
    return answer


def deployed(status: str) -> Observe:
    """An account with the stack in that state, and nothing else."""
    resources = [
        StackResource("Users", "users-old", "AWS::DynamoDB::Table", "CREATE_COMPLETE"),
        StackResource("Jobs", "app-Jobs-1", "AWS::SQS::Queue", "CREATE_COMPLETE"),
        StackResource("Tags", "arn:tags", "AWS::SNS::Topic", "CREATE_COMPLETE"),
    ]
    answers = kit.deployed(kit.stack(status=status), BEFORE, resources)
    return lambda lookups: {k: answers.get(k, Absent()) for k in lookups}


def test_it_says_what_becomes_of_each_resource(
    job: Job, account: Callable[[Observe], None]
) -> None:
    account(deployed("UPDATE_COMPLETE"))

    ran = job.run()

    rows = [line for line in ran.summary.splitlines() if "| `AWS::" in line]
    assert rows == [
        "| replaces | `Users` | `AWS::DynamoDB::Table` | `users-old` |",
        "| modifies | `Tags` | `AWS::SNS::Topic` | `arn:tags` |",
        "| adds | `News` | `AWS::SNS::Topic` |  |",
        "| removes | `Jobs` | `AWS::SQS::Queue` | `app-Jobs-1` |",
    ]
    assert ran.outputs["replacement-count"] == "2"
    assert ran.outputs["stack-status"] == "UPDATE_COMPLETE"
    assert ran.outputs["verdict"] == "pass"
    assert ran.outputs["aws-asked"] == "true"
    assert ran.outputs["deploy-allowed"] == "true"


def test_a_stack_that_takes_no_deploy_blocks_it(
    job: Job, account: Callable[[Observe], None]
) -> None:
    account(deployed("UPDATE_ROLLBACK_FAILED"))

    ran = job.run()

    assert ran.code == 1
    assert ran.outputs["stack-status"] == "UPDATE_ROLLBACK_FAILED"
    assert "stack-blocked" in {
        command.properties["title"] for command in ran.annotations("error")
    }


@pytest.mark.parametrize(("strict", "code"), [("false", 0), ("true", 3)])
def test_what_aws_does_not_answer_is_inconclusive(
    strict: str, code: int, job: Job, account: Callable[[Observe], None]
) -> None:
    answers = deployed("UPDATE_COMPLETE")
    denied = Unknown(UnknownKind.DENIED, "AccessDenied", "dynamodb:DescribeTable")

    def observe(lookups: Collection[Lookup[Any]]) -> dict[Lookup[Any], Observed[Any]]:
        return {
            lookup: denied if isinstance(answer, Absent) else answer
            for lookup, answer in answers(lookups).items()
        }

    account(observe)

    ran = job.run(strict=strict)

    warnings = ran.annotations("warning")
    assert ran.code == code
    assert ran.outputs["verdict"] == "inconclusive"
    assert ran.outputs["deploy-allowed"] == ("false" if code else "true")
    assert int(ran.outputs["unanswered-count"]) > 0
    assert any("dynamodb:DescribeTable" in warning.data for warning in warnings)


@pytest.mark.parametrize("strict", ["false", "true"])
def test_a_fault_of_ours_is_a_crash_with_its_cause(
    strict: str, job: Job, account: Callable[[Observe], None]
) -> None:
    """It never passes, and all rules that it takes down are told of in one place."""
    answers = deployed("UPDATE_COMPLETE")
    broke = Unknown(UnknownKind.BROKEN, "FlowGuard broke: KeyError: 'documentation'")

    def observe(lookups: Collection[Lookup[Any]]) -> dict[Lookup[Any], Observed[Any]]:
        return {
            lookup: broke if isinstance(lookup, ResourceNamed) else answer
            for lookup, answer in answers(lookups).items()
        }

    account(observe)

    ran = job.run(strict=strict)

    assert ran.code == 2
    assert ran.outputs["verdict"] == "inconclusive"
    assert ran.outputs["deploy-allowed"] == "false"
    (told,) = (a for a in ran.annotations("error") if "broke" in a.properties["title"])
    assert "KeyError: 'documentation'" in told.data
