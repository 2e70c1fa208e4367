"""Rows of the decision table: an earlier run restored the snapshot, or tried to."""

from __future__ import annotations

from flowguard.model.rollback import Decision
from flowguard.rollback.facts import Restored
from flowguard.rollback.health import Health
from flowguard.rollback.row import EVERYTHING, TAKEN_BACK, Exit, Row, when

FORWARD = (
    "read why the restoring failed: its events, and the step above",
    "go forward: mend the release that is live and deploy that, or deploy the last good one",
)
"""Where a release is live that was to be taken back and could not be."""

RESTORED_BEFORE: tuple[Row, ...] = (
    Row(
        "B11",
        "the snapshot was restored before, and the service does not work: no second "
        "rollback",
        when(restored=Restored.DONE, health=Health.BAD),
        Decision.STOP,
        advice=("find out what differs from before; nothing more is done by itself",),
        verifies=EVERYTHING,
        exit=Exit.ACT_NOW,
    ),
    Row(
        "B11f",
        "restoring the snapshot failed, and CloudFormation took that back: no second "
        "rollback",
        when(status=TAKEN_BACK, restored=Restored.FAILED),
        Decision.STOP,
        advice=FORWARD,
        verifies=EVERYTHING,
        exit=Exit.ACT_NOW,
    ),
    Row(
        "B11h",
        "restoring the snapshot failed, and nobody took that back: parts of both "
        "releases may be live, and no second rollback is begun",
        when(restored=Restored.FAILED),
        Decision.STOP,
        advice=(
            "read why the restoring failed, and mend that",
            "then bring the stack to rest: aws cloudformation continue-update-rollback",
            "go forward from there: deploy a release that works",
        ),
        exit=Exit.ACT_NOW,
    ),
    Row(
        "R0",
        "the snapshot was restored before: nothing is left to take back",
        when(restored=Restored.DONE),
        Decision.ROLL_BACK,
        verifies=EVERYTHING,
    ),
)
