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
    Stack,
    StackEvent,
    StackNamed,
    StackResource,
    StackResources,
)
from flowguard.model.places import Severity
from flowguard.model.questions import Present, Unknown, UnknownKind
from flowguard.model.results import Outcome
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


DATA_ID = stack_id("app-Data-1Q2W")
"""Of the nested stack whose logical id in its root is `Data`."""


def with_nested(
    status: str, row: str = "UPDATE_COMPLETE", root: str = "UPDATE_COMPLETE"
) -> Answers:
    """The stack `app` with a nested stack of a status, listed with another."""
    nested = StackResource("Data", DATA_ID, "AWS::CloudFormation::Stack", row)
    table = StackResource("Rows", "rows", "AWS::DynamoDB::Table", "UPDATE_FAILED")
    return {
        **deployed(stack(status=root), TEMPLATE, [nested, UPLOADS]),
        StackNamed(PLACE, DATA_ID): Present(
            Stack("app-Data-1Q2W", DATA_ID, status, parent_id=stack_id("app"))
        ),
        LastOperation(PLACE, DATA_ID): Present(()),
        LastOperation(PLACE, stack_id("app")): Present(()),
        StackResources(PLACE, "app-Data-1Q2W"): Present((UPLOADS, table)),
    }


def test_a_nested_stack_blocks_its_parent() -> None:
    """The root is what goes on; what it skips goes by the nested stack's name."""
    (finding,) = check(
        StackBlocked(), planner(TEMPLATE), with_nested("UPDATE_ROLLBACK_FAILED")
    ).findings

    assert (finding.logical_id, finding.severity) == ("Data", Severity.ERROR)
    assert f"describe-stack-events --stack-name {DATA_ID} " in finding.help
    assert "continue-update-rollback --stack-name app " in finding.help
    assert "--resources-to-skip app-Data-1Q2W.Rows  #" in finding.help


def test_no_command_for_a_nested_stack_deletes_its_root() -> None:
    (finding,) = check(
        StackBlocked(), planner(TEMPLATE), with_nested("DELETE_FAILED")
    ).findings

    assert "--stack-name app " not in finding.help
    assert f"delete-stack --stack-name {DATA_ID} " in finding.help
    assert "--retain-resources Uploads Rows " in finding.help


def test_a_nested_stack_has_the_protection_of_its_root() -> None:
    given = {
        **with_nested("DELETE_FAILED"),
        StackNamed(PLACE, DATA_ID): Present(
            Stack(
                "app-Data-1Q2W", DATA_ID, "DELETE_FAILED", termination_protection=True
            )
        ),
    }

    (finding,) = check(StackBlocked(), planner(TEMPLATE), given).findings

    assert "--no-enable-termination-protection --stack-name app " in finding.help
    assert "delete-stack --stack-name app " not in finding.help


@pytest.mark.parametrize(
    ("status", "root", "severity"),
    [
        ("DELETE_FAILED", "UPDATE_COMPLETE", Severity.WARNING),
        ("ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", Severity.WARNING),
        ("ROLLBACK_FAILED", "CREATE_COMPLETE", Severity.WARNING),
        ("DELETE_FAILED", "UPDATE_ROLLBACK_FAILED", Severity.ERROR),
        ("UPDATE_ROLLBACK_FAILED", "UPDATE_COMPLETE", Severity.ERROR),
        ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", Severity.ERROR),
    ],
)
def test_a_settled_root_takes_an_update_for_all_a_nested_stack_left(
    status: str, root: str, severity: Severity
) -> None:
    given = with_nested(status, root=root)

    result = check(StackBlocked(), planner(TEMPLATE), given)

    (found,) = (f.severity for f in result.findings if f.logical_id == "Data")
    assert found is severity


@pytest.mark.parametrize("row", ["DELETE_COMPLETE", "DELETE_SKIPPED"])
def test_a_nested_stack_that_is_the_stacks_no_more_is_no_concern(row: str) -> None:
    result = check(StackBlocked(), planner(TEMPLATE), with_nested("DELETE_FAILED", row))

    assert result.findings == ()


def test_the_root_skips_what_failed_in_its_nested_stacks() -> None:
    """AWS takes no nested stack itself there, and nothing but UPDATE_FAILED."""
    given = with_nested(
        "UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED"
    )

    found = check(StackBlocked(), planner(TEMPLATE), given).findings

    (root,) = (f for f in found if not f.logical_id)
    assert "--resources-to-skip app-Data-1Q2W.Rows  #" in root.help


def test_names_are_quoted_for_the_shell() -> None:
    odd = StackResource("Up;loads", "x", "AWS::S3::Bucket", "DELETE_FAILED")
    given = {
        **answers("DELETE_FAILED"),
        StackResources(PLACE, "app"): Present((odd,)),
    }

    (finding,) = check(StackBlocked(), planner(TEMPLATE), given).findings

    assert "--retain-resources 'Up;loads'" in finding.help


@pytest.mark.parametrize(
    ("status", "protected", "severity"),
    [
        ("ROLLBACK_COMPLETE", False, Severity.WARNING),
        ("ROLLBACK_COMPLETE", True, Severity.ERROR),
        ("ROLLBACK_FAILED", False, Severity.ERROR),
    ],
)
def test_cdk_deletes_what_was_never_created(
    tmp_path: pathlib.Path, status: str, protected: bool, severity: Severity
) -> None:
    files = {
        "cdk.out/app.template.json": '{"Resources":{"T":{"Type":"AWS::SNS::Topic"}}}',
        "cdk.out/manifest.json": """{"artifacts": {"app": {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": "app.template.json"}}}}""",
    }
    given = answers(status, termination_protection=protected)

    (finding,) = check(StackBlocked(), project(tmp_path, files), given).findings

    assert finding.severity is severity
    assert finding.message.count("takes no update") == (severity is Severity.ERROR)


def test_a_creation_that_is_rolled_back_is_deleted_next() -> None:
    (finding,) = check(
        StackBlocked(), planner(TEMPLATE), answers("ROLLBACK_IN_PROGRESS")
    ).findings

    assert " wait " not in finding.help
    assert finding.help.index("describe-stacks") < finding.help.index("delete-stack")


def test_a_stack_that_is_nested_itself_is_warned_of() -> None:
    child = answers("UPDATE_COMPLETE", parent_id=stack_id("parent"))

    (finding,) = check(StackBlocked(), planner(TEMPLATE), child).findings

    assert finding.severity is Severity.WARNING
    assert "deploy the parent stack parent" in finding.help
