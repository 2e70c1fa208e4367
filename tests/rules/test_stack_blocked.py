"""The rule `stack-blocked`."""

from __future__ import annotations

import pathlib
from datetime import UTC, datetime
from typing import Any

import pytest
from kit import (
    PLACE,
    Answers,
    check,
    deployed,
    no_stack,
    planner,
    project,
    stack,
    stack_id,
)

from flowguard.lookups import (
    ChangeSet,
    ChangeSetsOf,
    LastOperation,
    StackEvent,
    StackNamed,
    StackResource,
    StackResources,
)
from flowguard.model import Outcome, Present, Severity, Unknown, UnknownKind
from flowguard.rules.stack_blocked import StackBlocked
from flowguard.stack_states import STATES, Ready

TEMPLATE = """\
    Resources:
      Uploads:
        Type: AWS::S3::Bucket
    """
UPLOADS = StackResource("Uploads", "uploads-1a2b", "AWS::S3::Bucket", "DELETE_FAILED")
NOT_EMPTY = StackEvent(
    "Uploads",
    "uploads-1a2b",
    "AWS::S3::Bucket",
    "DELETE_FAILED",
    "The bucket you tried to delete is not empty",
    datetime(2026, 1, 18, tzinfo=UTC),
    "Console-DeleteStack-42",
)


def answers(status: str, **more: Any) -> Answers:
    return {
        **deployed(stack(status=status, **more), TEMPLATE, [UPLOADS]),
        LastOperation(PLACE, stack_id("app")): Present((NOT_EMPTY,)),
        ChangeSetsOf(PLACE, "app"): Present(
            (ChangeSet("next", "CREATE_COMPLETE", ""),)
        ),
    }


@pytest.mark.parametrize("status", STATES)
def test_every_status(status: str) -> None:
    result = check(StackBlocked(), planner(TEMPLATE), answers(status))

    worst = max((f.severity for f in result.findings), default=None)
    ready = STATES[status].ready
    assert (worst is Severity.ERROR) is (ready in {Ready.NO, Ready.WAIT})


def test_a_new_stack_passes() -> None:
    assert (
        check(StackBlocked(), planner(TEMPLATE), no_stack()).outcome is Outcome.PASSED
    )


def test_a_denied_stack_is_inconclusive() -> None:
    denied = {
        **no_stack(),
        StackNamed(PLACE, "app"): Unknown(UnknownKind.DENIED, "AccessDenied"),
    }

    result = check(StackBlocked(), planner(TEMPLATE), denied)

    assert result.outcome is Outcome.INCONCLUSIVE


def test_it_names_the_resource_the_cause_and_the_commands() -> None:
    (finding,) = check(
        StackBlocked(), planner(TEMPLATE), answers("DELETE_FAILED")
    ).findings

    assert finding.message == (
        "stack 'app' is DELETE_FAILED: it could not be deleted; it takes no update"
    )
    assert finding.evidence == (
        ("cause", "Uploads: The bucket you tried to delete is not empty"),
    )
    retain, force = (
        finding.help.index(word)
        for word in ("--retain-resources Uploads", "FORCE_DELETE_STACK")
    )
    assert retain < force


def test_it_says_who_holds_an_operation() -> None:
    (finding,) = check(
        StackBlocked(), planner(TEMPLATE), answers("DELETE_IN_PROGRESS")
    ).findings

    assert ("held by request token", "Console-DeleteStack-42") in finding.evidence


def test_termination_protection_comes_before_a_deletion() -> None:
    protected = answers("ROLLBACK_COMPLETE", termination_protection=True)

    (finding,) = check(StackBlocked(), planner(TEMPLATE), protected).findings

    assert "ROLLBACK_COMPLETE" in finding.message
    assert finding.help.index("termination protection") < finding.help.index(
        "delete-stack"
    )


def test_a_pending_review_is_told_with_its_change_set() -> None:
    (finding,) = check(
        StackBlocked(), planner(TEMPLATE), answers("REVIEW_IN_PROGRESS")
    ).findings

    assert finding.severity is Severity.WARNING
    assert ("change set", "next (CREATE_COMPLETE)") in finding.evidence


def test_the_serverless_framework_stops_at_a_review(tmp_path: pathlib.Path) -> None:
    files = {"serverless.yml": "service: app\nprovider: {name: aws}\n"}
    shell = stack("app-dev", "REVIEW_IN_PROGRESS")
    plans = project(tmp_path, files)

    (finding,) = check(
        StackBlocked(),
        plans,
        {**deployed(shell), ChangeSetsOf(PLACE, "app-dev"): Present(())},
    ).findings

    assert finding.severity is Severity.ERROR


def test_a_nested_stack_blocks_its_parent() -> None:
    nested = StackResource(
        "Data", stack_id("app-Data"), "AWS::CloudFormation::Stack", "UPDATE_FAILED"
    )
    given: Answers = {
        **deployed(stack(), TEMPLATE, [nested]),
        StackNamed(PLACE, stack_id("app-Data")): Present(
            stack("app-Data", "UPDATE_ROLLBACK_FAILED")
        ),
        LastOperation(PLACE, stack_id("app-Data")): Present(()),
        StackResources(PLACE, "app-Data"): Present((UPLOADS,)),
    }

    (finding,) = check(StackBlocked(), planner(TEMPLATE), given).findings

    assert (finding.logical_id, finding.severity) == ("Data", Severity.ERROR)
    assert "--stack-name app " in finding.help
    assert "--resources-to-skip Data.Uploads" in finding.help


def test_a_stack_that_is_nested_itself_is_warned_of() -> None:
    child = answers("UPDATE_COMPLETE", parent_id=stack_id("parent"))

    (finding,) = check(StackBlocked(), planner(TEMPLATE), child).findings

    assert finding.severity is Severity.WARNING
    assert "deploy the parent stack parent" in finding.help
