"""What a report says is live: no more than what is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cloudformation import Call, Fake, denied
from rollback.scenarios import deployed, failed_by_itself, in_window
from rollback.stage import WHATEVER, Stage

from flowguard.model.rollback import Decision, StepOutcome
from flowguard.report.rollback.words import headline
from flowguard.rollback.exit_codes import exit_code
from flowguard.rollback.run import rollback

LAST = "the release that was deployed last"
GOES_ON = "nobody can tell yet: the rollback goes on in AWS"


@pytest.fixture
def stage() -> Stage:
    """An account with nothing in it yet."""
    fake = Fake()
    return Stage(fake, fake.direct(), mine=WHATEVER)


def test_what_was_restored_is_live(stage: Stage) -> None:
    deployed(stage)

    report = stage.roll_back()

    assert report.live == "the release of the snapshot"
    assert stage.roll_back().live == "the release of the snapshot", "told again"


def test_a_dry_run_leaves_the_deploy_live(stage: Stage) -> None:
    deployed(stage)

    assert stage.roll_back(stage.wish(dry_run=True)).live == LAST


def test_a_plan_that_waits_for_an_approval_leaves_the_deploy_live(
    stage: Stage,
) -> None:
    deployed(stage, None)

    report = stage.roll_back()

    assert report.needs_approval
    assert report.live == LAST


def test_a_refused_call_leaves_the_deploy_live(stage: Stage) -> None:
    deployed(stage)
    stage.fake.on("execute_change_set", 0, denied)

    assert stage.roll_back().live == LAST


def test_a_restoring_that_was_taken_back_leaves_the_bad_release_live(
    stage: Stage,
) -> None:
    deployed(stage)
    stage.fake.script("Api", "update", "Invalid parameter")

    report = stage.roll_back()
    failed = [r for r in report.steps if r.outcome is StepOutcome.FAILED]

    assert "restoring the snapshot failed" in report.live
    assert [r.step.id for r in failed] == ["execute-change-set"]
    assert "Api: Invalid parameter" in failed[0].message
    assert headline(report) == "the rollback failed: a person must act now"
    assert "restoring the snapshot failed" in stage.roll_back().live


def test_an_end_too_late_to_be_seen_is_told_as_one_that_goes_on(stage: Stage) -> None:
    in_window(stage)
    stage.fake.lifecycle.seconds = 10_000

    report = stage.roll_back(stage.wish(timeout=60))

    assert report.live == GOES_ON
    assert [(r.outcome, r.message) for r in report.steps] == [
        (StepOutcome.DONE, "begun; goes on in AWS")
    ]


def test_an_interruption_tells_how_the_stack_is_by_then(stage: Stage) -> None:
    in_window(stage)
    stage.fake.lifecycle.seconds = 10_000

    def told(line: str) -> None:
        if "UPDATE_ROLLBACK_IN_PROGRESS" in line:
            raise KeyboardInterrupt

    report = rollback(replace(stage.world(), tell=told), stage.wish())

    assert report.status_after == "UPDATE_ROLLBACK_IN_PROGRESS"
    assert report.live == GOES_ON
    assert [r.step.id for r in report.steps] == ["cancel-update"]
    assert exit_code(report) == 3


def test_a_call_that_was_cut_off_is_not_told_as_taken(stage: Stage) -> None:
    in_window(stage)

    def stop(_call: Call) -> None:
        raise KeyboardInterrupt

    stage.fake.on("cancel_update_stack", 1, stop)

    report = stage.roll_back()

    assert "nobody can tell" in report.live
    assert [r.outcome for r in report.steps] == [StepOutcome.FAILED]
    assert exit_code(report) == 3


def test_a_snapshot_without_a_template_is_not_told_as_restorable(
    stage: Stage,
) -> None:
    deployed(stage)
    assert stage.before
    stage.before = replace(stage.before, original=None, processed=None, readiness=None)

    report = stage.roll_back()

    assert (report.row, report.live) == ("B3n", LAST)
    assert not any("can be restored" in line for line in stage.lines)


def test_a_stack_that_is_not_there_is_named_with_its_region(stage: Stage) -> None:
    world = replace(stage.world(), region="eu-central-1")

    report = rollback(world, stage.wish(stack="mistyped"))

    assert "there is no stack mistyped in eu-central-1" in report.reasons
    assert not any("deleted" in reason for reason in report.reasons)
    assert any("--stack-name" in what for what in report.to_do)
    assert headline(report) == "there is no such stack"


def test_a_deploy_that_took_itself_back_is_not_told_as_kept(stage: Stage) -> None:
    failed_by_itself(stage)

    report = stage.roll_back()

    assert report.decision is Decision.KEEP
    assert headline(report) == "CloudFormation has taken it back"
    assert report.live == "the release from before the deploy"
