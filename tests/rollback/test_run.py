"""A rollback when AWS, or somebody else, does not play along."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cloudformation import Call, Fake, broken, cut, denied, throttled
from rollback.scenarios import (
    SCENARIOS,
    artifact_deleted,
    deployed,
    in_window,
    stuck,
    undeletable,
)
from rollback.stage import NAME, WHATEVER, Stage, template

from flowguard.model.rollback import Decision, IdentityOutcome, StepOutcome
from flowguard.model.snapshot import Kept, StackParameter
from flowguard.rollback.exit_codes import exit_code
from flowguard.rollback.health import Diagnosis, Health
from flowguard.rollback.table import BY_ID


@pytest.fixture
def stage() -> Stage:
    """An account with nothing in it yet."""
    fake = Fake()
    return Stage(fake, fake.direct(), mine=WHATEVER)


def operations(stage: Stage) -> list[str]:
    return [name for name, _ in stage.changed()]


# --- approvals ----------------------------------------------------------------------


def test_a_plan_gone_stale_is_refused(stage: Stage) -> None:
    undeletable(stage)
    first = stage.roll_back()
    stage.fake.do("delete_stack", StackName=NAME, RetainResources=["Topic"])
    stage.fake.settle()
    undeletable_again(stage)

    second = stage.roll_back(stage.wish(approve=first.plan_hash))

    assert not stage.changed()
    assert exit_code(second) == 3
    assert any("stale" in reason for reason in second.reasons)


def undeletable_again(stage: Stage) -> None:
    """The same state, of another stack of that name."""
    stage.fake.world.live.clear()
    undeletable(stage)


@pytest.mark.parametrize("name", [i for i, row in BY_ID.items() if row.ends])
def test_a_dry_run_changes_nothing(name: str, stage: Stage) -> None:
    wish = stage.wish(**(SCENARIOS[name].arrange(stage) or {}), dry_run=True)

    report = stage.roll_back(wish)

    assert not stage.changed()
    assert report.plan_hash
    assert {s.outcome for s in report.steps} == {StepOutcome.NOT_REACHED}


# --- answers that are lost, late, or no ----------------------------------------------

ACTS = {
    "B1": "cancel_update_stack",
    "A4": "rollback_stack",
    "A3d": "continue_update_rollback",
    "B3": "execute_change_set",
}


@pytest.mark.parametrize(("name", "operation"), ACTS.items())
@pytest.mark.parametrize("befalls", [throttled, cut, broken])
def test_a_call_that_was_not_taken_is_made_again(
    name: str, operation: str, befalls: Callable[[Call], None], stage: Stage
) -> None:
    SCENARIOS[name].arrange(stage)
    stage.fake.on(operation, 1, befalls)

    report = stage.roll_back()

    assert exit_code(report) == 0
    assert report.verified


@pytest.mark.parametrize(("name", "operation"), ACTS.items())
@pytest.mark.parametrize("befalls", [cut, broken])
def test_a_call_whose_answer_was_lost_is_taken_once(
    name: str, operation: str, befalls: Callable[[Call], None], stage: Stage
) -> None:
    SCENARIOS[name].arrange(stage)
    before = len(stage.fake.stack(NAME).operations)
    stage.fake.on(operation, 1, befalls, answered=True)

    report = stage.roll_back()

    begun = len(stage.fake.stack(NAME).operations) - before
    assert begun == (3 if name == "A3d" else 1)
    assert exit_code(report) == 0


@pytest.mark.parametrize("befalls", [cut, broken, throttled])
def test_a_change_set_whose_making_was_not_heard_of_is_found(
    befalls: Callable[[Call], None], stage: Stage
) -> None:
    deployed(stage)
    stage.fake.on("create_change_set", 1, befalls, answered=befalls is not throttled)

    assert exit_code(stage.roll_back()) == 0
    assert stage.code() == "orders/1.zip"


@pytest.mark.parametrize(("name", "operation"), ACTS.items())
def test_what_aws_denies_is_a_failure_that_pages(
    name: str, operation: str, stage: Stage
) -> None:
    SCENARIOS[name].arrange(stage)
    stage.fake.on(operation, 0, denied)

    report = stage.roll_back()

    assert exit_code(report) == 5
    assert operations(stage).count(operation) == 1


@pytest.mark.parametrize(
    "operation", ["describe_stacks", "describe_stack_events", "list_stack_resources"]
)
@pytest.mark.parametrize("befalls", [throttled, cut, broken])
def test_a_read_that_fails_is_made_again(
    operation: str, befalls: Callable[[Call], None], stage: Stage
) -> None:
    deployed(stage)
    stage.fake.on(operation, 1, befalls)
    stage.fake.on(operation, 2, befalls)

    assert exit_code(stage.roll_back()) == 0


@pytest.mark.parametrize(
    "operation", ["describe_stacks", "describe_stack_events", "list_stack_resources"]
)
@pytest.mark.parametrize("befalls", [throttled, denied])
def test_what_nobody_tells_stops_it(
    operation: str, befalls: Callable[[Call], None], stage: Stage
) -> None:
    deployed(stage)
    stage.fake.on(operation, 0, befalls)

    report = stage.roll_back()

    assert not stage.changed()
    assert exit_code(report) == 3


def test_a_proof_that_cannot_be_made_is_none(stage: Stage) -> None:
    deployed(stage)
    stage.fake.on("get_function", 0, denied)

    report = stage.roll_back()

    unknown = [i for i in report.identities if i.outcome is IdentityOutcome.UNKNOWN]
    assert [i.name for i in unknown] == ["functions"]
    assert report.verified is False
    assert exit_code(report) == 5


def other_place(stage: Stage, kept: Kept) -> Kept:
    """The snapshot names another text, which lies in the same bucket."""
    planted = stage.keep(template(3), "planted")
    return replace(kept, location=planted.location, version_id=planted.version_id)


def other_digest(_stage: Stage, kept: Kept) -> Kept:
    return replace(kept, sha256="0" * 64)


def nowhere(_stage: Stage, kept: Kept) -> Kept:
    return replace(kept, location=f"{kept.location}-2")


def no_text(stage: Stage, kept: Kept) -> Kept:
    version = stage.fake.world.store("snapshots", f"{NAME}/bytes", b"\xff\xfe")
    where = f"s3://snapshots/{NAME}/bytes"
    return replace(kept, location=where, version_id=version.id)


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("tamper", [other_place, other_digest, nowhere, no_text])
def test_a_template_that_is_not_the_one_that_was_kept_is_not_restored(
    tamper: Callable[[Stage, Kept], Kept], dry_run: bool, stage: Stage
) -> None:
    deployed(stage)
    assert stage.before
    assert stage.before.original
    kept = tamper(stage, stage.before.original)
    stage.before = replace(stage.before, original=kept, processed=kept)

    report = stage.roll_back(stage.wish(dry_run=dry_run))

    assert not stage.changed()
    assert not report.steps
    assert exit_code(report) == 3
    assert any("is another now" in reason for reason in report.reasons)
    assert any("--snapshot-digest" in what for what in report.to_do)
    assert stage.code() == "orders/2.zip"


def test_a_template_that_nobody_may_read_is_not_restored(stage: Stage) -> None:
    deployed(stage)
    stage.fake.on("get_object", 0, denied)

    report = stage.roll_back()

    assert not stage.changed()
    assert exit_code(report) == 3
    assert any("; allow s3:GetObject" in reason for reason in report.reasons)


# --- time, and others ----------------------------------------------------------------


def test_a_deadline_is_no_success(stage: Stage) -> None:
    in_window(stage)
    stage.fake.lifecycle.seconds = 10_000

    report = stage.roll_back(stage.wish(timeout=60))

    assert report.decision is Decision.STOP
    assert exit_code(report) == 3
    assert report.status_after == "UPDATE_ROLLBACK_IN_PROGRESS"


def test_the_next_run_waits_for_what_the_last_one_began(stage: Stage) -> None:
    in_window(stage)
    stage.fake.lifecycle.seconds = 600
    stage.roll_back(stage.wish(timeout=60))

    report = stage.roll_back()

    assert not stage.changed()
    assert exit_code(report) == 0
    assert report.verified


def test_a_deploy_that_comes_in_between_is_left_alone(stage: Stage) -> None:
    deployed(stage)

    def deploy(_call: Call) -> None:
        stage.fake.do(
            "update_stack",
            StackName=NAME,
            TemplateBody=template(3),
            ClientRequestToken="theirs",
        )
        stage.fake.settle()

    stage.fake.on("create_change_set", 1, deploy, answered=True)

    report = stage.roll_back()

    assert report.row == "B10e"
    assert exit_code(report) == 3
    assert stage.code() == "orders/3.zip"
    assert operations(stage) == ["create_change_set", "delete_change_set"]
    assert [r.step.id for r in report.steps] == [
        "create-change-set",
        "delete-change-set",
    ]


def test_a_window_that_closes_just_now_is_no_dead_end(stage: Stage) -> None:
    in_window(stage)
    stage.fake.on("cancel_update_stack", 1, lambda _call: stage.fake.settle())

    report = stage.roll_back()

    assert operations(stage) == [
        "cancel_update_stack",
        "create_change_set",
        "execute_change_set",
    ]
    assert exit_code(report) == 0


def test_a_change_set_that_would_take_data_along_is_dropped(stage: Stage) -> None:
    stage.create()
    stage.snapshot()
    table: Any = {"Type": "AWS::DynamoDB::Table", "Properties": {"KeySchema": []}}
    stage.deploy(template(2, Added=table))

    report = stage.roll_back()

    assert operations(stage) == ["create_change_set", "delete_change_set"]
    assert exit_code(report) == 3
    assert any("with what it holds" in s.message for s in report.steps)
    assert not stage.fake.stack(NAME).change_sets


def test_a_restoring_that_fails_starts_no_other(stage: Stage) -> None:
    deployed(stage)
    stage.fake.script("Api", "update", "Invalid parameter")

    first = stage.roll_back()
    second = stage.roll_back()

    assert exit_code(first) == 5
    assert exit_code(second) == 5
    assert not stage.changed()


def test_what_stays_busy_is_left_after_three_attempts(stage: Stage) -> None:
    stuck(stage, "Rate exceeded")
    stage.fake.script("Api", "continue", "Rate exceeded", times=99)

    first = stage.roll_back()
    tried = operations(stage)
    second = stage.roll_back()

    assert tried == ["continue_update_rollback"] * 3
    assert exit_code(first) == 5
    assert not stage.changed()
    assert exit_code(second) == 3


def test_a_file_is_put_back_once(stage: Stage) -> None:
    """What was approved is gone on with, though part of it was done before."""
    artifact_deleted(stage)
    first = stage.roll_back()
    stage.fake.on("continue_update_rollback", 1, denied)
    wish = stage.wish(approve=first.plan_hash)
    stage.roll_back(wish)

    report = stage.roll_back(wish)

    assert operations(stage) == ["continue_update_rollback"]
    assert exit_code(report) == 0


# --- what is said, and what is not ---------------------------------------------------

CANARY = "canary-7c41"


def test_a_value_that_is_withheld_is_restored_and_shown_nowhere(stage: Stage) -> None:
    secret = {"Type": "String", "Default": CANARY}

    def body(release: int) -> str:
        document = json.loads(template(release))
        document["Parameters"]["Token"] = secret
        return json.dumps(document)

    stage.create(body(1))
    before = stage.snapshot()
    stage.deploy(body(2), Parameters=[{"ParameterKey": "Token", "ParameterValue": "x"}])
    hidden = (*before.parameters[:1], StackParameter("Token", "****", withheld=True))
    values = stage.keep(json.dumps({"parameters": {"Token": CANARY}}), "values")
    stage.before = replace(before, parameters=hidden, values=values)

    report = stage.roll_back()

    assert stage.fake.stack(NAME).release.parameters["Token"] == CANARY
    assert CANARY not in repr(report) + repr(stage.lines)


def test_a_hidden_value_that_was_restored_by_nobody_is_told(stage: Stage) -> None:
    def body(release: int) -> str:
        document = json.loads(template(release))
        document["Parameters"]["Key"] = {"Type": "String", "NoEcho": True}
        return json.dumps(document)

    given = [{"ParameterKey": "Key", "ParameterValue": CANARY}]
    stage.create(body(1), Parameters=given)
    stage.snapshot()
    stage.deploy(body(2), Parameters=given)

    report = stage.roll_back()

    assert report.verified is False
    assert exit_code(report) == 5
    assert any("NoEcho parameter Key" in what for what in report.to_do)
    assert CANARY not in repr(report)


def test_what_the_stack_says_is_told_as_it_comes(stage: Stage) -> None:
    in_window(stage)
    stage.lines.clear()

    report = stage.roll_back()

    assert any("UPDATE_ROLLBACK_COMPLETE orders-staging" in x for x in stage.lines)
    assert set(report.events) <= set(stage.lines)


def test_smoke_tests_that_asked_make_another_exit_code(stage: Stage) -> None:
    deployed(stage)

    report = stage.roll_back()

    assert exit_code(report, verifying=True) == 4


def test_a_failed_deploy_that_took_itself_back_is_still_a_failed_one(
    stage: Stage,
) -> None:
    SCENARIOS["A2"].arrange(stage)

    report = stage.roll_back(stage.wish(diagnosis=Diagnosis(Health.GOOD)))

    assert (exit_code(report), exit_code(report, verifying=True)) == (0, 1)


def test_no_read_is_tried_again_once_the_time_is_over(stage: Stage) -> None:
    deployed(stage)
    stage.fake.on("describe_stacks", 0, throttled)
    began = stage.fake.clock.now()

    report = stage.roll_back(stage.wish(timeout=0.0))

    assert exit_code(report) == 3
    assert stage.fake.clock.now() == began, "nobody waited"
