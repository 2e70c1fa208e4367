"""What a step tells the next one of a deploy."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flowguard.action import outputs
from flowguard.action.outputs import Output
from flowguard.action.shown import Shown
from flowguard.model.ownership import Ownership, Whose
from flowguard.model.results import Coverage, Report, Target, Verdict
from flowguard.model.rollback import (
    Decision,
    Live,
    RollbackReport,
    Step,
    StepOutcome,
    StepResult,
)

CANCELLED = StepResult(
    Step("cancel-update", "cloudformation", "cancel_update_stack"), StepOutcome.DONE
)


@pytest.mark.parametrize(
    ("whose", "status", "steps", "deployed"),
    [
        (Whose.OURS, "UPDATE_COMPLETE", (), "true"),
        (Whose.OURS, "UPDATE_IN_PROGRESS", (CANCELLED,), "true"),
        (Whose.OURS, "UPDATE_ROLLBACK_COMPLETE", (), "false"),
        (Whose.UNPROVEN, "UPDATE_COMPLETE", (), "unknown"),
        (Whose.FOREIGN, "UPDATE_COMPLETE", (), "unknown"),
        (Whose.NONE, "UPDATE_COMPLETE", (), "false"),
        (None, "UPDATE_COMPLETE", (), ""),
    ],
)
def test_whether_the_release_was_deployed(
    whose: Whose | None, status: str, steps: tuple[StepResult, ...], deployed: str
) -> None:
    done = RollbackReport(
        Decision.KEEP,
        row="",
        status_before=status,
        steps=steps,
        ownership=Ownership(whose) if whose else None,
    )
    assert outputs.of(shown(done), 0, allowed=True)[Output.DEPLOYED] == deployed


def test_a_restoring_that_failed_leaves_the_release_deployed() -> None:
    """The stack went back: from the restoring, to the deploy."""
    done = RollbackReport(
        Decision.STOP,
        row="B11f",
        status_before="UPDATE_ROLLBACK_COMPLETE",
        live_release=Live.DEPLOYED,
        ownership=Ownership(Whose.OURS),
    )

    assert outputs.of(shown(done), 5, allowed=False)[Output.DEPLOYED] == "true"


def shown(done: RollbackReport) -> Shown:
    """What a run of `verify` that ended so shows."""
    report = Report(
        command="verify",
        target=Target("app", None, "eu-central-1", "111122223333"),
        results=(),
        coverage=Coverage(),
        started_at=datetime(2026, 1, 18, tzinfo=UTC),
        duration=1.0,
        flowguard_version="1",
        verdict=Verdict.PASS,
        rollback=done,
    )
    return Shown.of(report)
