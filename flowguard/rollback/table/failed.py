"""Rows of the decision table: nothing was deployed, the deploy failed, or the release
that is live is not the one that this run is to judge."""

from __future__ import annotations

from flowguard.model.ownership import Whose
from flowguard.model.readiness import Readiness
from flowguard.model.rollback import Decision, Live, Wants
from flowguard.rollback.row import (
    DELETED,
    EVERYTHING,
    GOOD,
    RESTORED,
    TAKEN_BACK,
    WANTED,
    Approval,
    Check,
    Exit,
    How,
    Row,
    when,
)

_SETTLED = GOOD | TAKEN_BACK
"""Statuses of a stack that serves a release."""
_UNTOUCHED = (
    Live.BEFORE,
    "the release of the snapshot: nothing was deployed since",
)
_FAILED_BEFORE = (Live.OTHER, "an earlier release, which is known to have failed")

FAILED: tuple[Row, ...] = (
    Row(
        "N0x",
        "nothing was deployed since the snapshot, and the live release is not the one "
        "at hand: your release is not live",
        when(status=_SETTLED, whose=Whose.NONE, refuted=True),
        Decision.STOP,
        advice=("see why the deploy changed nothing: its log, and the stack it names",),
        wants=Wants.PROOF,
        live=_UNTOUCHED,
    ),
    Row(
        "N0",
        "nothing was deployed since the snapshot: there is nothing to take back",
        when(status=_SETTLED, whose=Whose.NONE),
        Decision.KEEP,
        exit=Exit.GO,
        headline="nothing was deployed",
        live=_UNTOUCHED,
    ),
    Row(
        "A2o",
        "the last deploy failed and CloudFormation rolled it back; an earlier one since "
        "the snapshot is live",
        when(status=TAKEN_BACK, overtaken=True),
        Decision.STOP,
        advice=("see whose the two deploys are; then take a new snapshot",),
        wants=Wants.PROOF,
        live=(Live.OTHER, "the release of an earlier deploy since the snapshot"),
    ),
    Row(
        "A2l",
        "the deploy failed and CloudFormation rolled it back, to a release that had "
        "failed before: the last good one can be restored",
        when(
            status=TAKEN_BACK,
            live_failed=True,
            restorable=True,
            cannot_be_undone=False,
            readiness=frozenset({None, Readiness.GREEN, Readiness.AMBER}),
            health=WANTED,
        ),
        Decision.ROLL_BACK,
        How.RESTORE,
        Approval.ASK,
        EVERYTHING,
        ends=RESTORED,
        live=_FAILED_BEFORE,
    ),
    Row(
        "A2m",
        "the deploy failed and CloudFormation rolled it back, to a release that had "
        "failed before",
        when(status=TAKEN_BACK, live_failed=True),
        Decision.STOP,
        advice=("deploy the last good release again, or roll forward",),
        wants=Wants.PROOF,
        live=_FAILED_BEFORE,
    ),
    Row(
        "A2",
        "the deploy failed or was cancelled, and CloudFormation rolled it back: nothing "
        "of it is left to take back",
        when(status=TAKEN_BACK),
        Decision.KEEP,
        verifies=EVERYTHING,
        exit=Exit.GO_IF_ASKED,
        headline="CloudFormation has taken it back",
        says_of_ours="an earlier run took the deploy back: nothing of it is left",
        shows_failure=True,
    ),
    Row(
        "B10",
        "somebody else deployed since: rolling that back is not for this run to do",
        when(whose=Whose.FOREIGN),
        Decision.STOP,
        advice=("talk to whoever deployed; then take a new snapshot, or roll forward",),
        wants=Wants.PROOF,
    ),
    Row(
        "A4x",
        "the deploy failed in EXPRESS mode, which knows no rollback: the snapshot can be "
        "deployed in that mode",
        when(status="UPDATE_FAILED", express=True, has_snapshot=True),
        Decision.ROLL_BACK,
        How.REPLAY,
        Approval.ASK,
        EVERYTHING,
        ("deploy once more in STANDARD mode afterwards",),
        ends=RESTORED,
    ),
    Row(
        "A4",
        "the deploy failed and rollback was switched off: the stack can be rolled back "
        "to its last stable state",
        when(status="UPDATE_FAILED", express=False, sticks=False),
        Decision.ROLL_BACK,
        How.ROLL_BACK_STACK,
        Approval.OURS,
        EVERYTHING,
        ends=TAKEN_BACK,
    ),
    Row(
        "A4i",
        "the deploy failed and rollback was switched off, and it changed what AWS does "
        "not set back: the way to the last good state may end stuck there",
        when(status="UPDATE_FAILED", express=False),
        Decision.ROLL_BACK,
        How.ROLL_BACK_STACK,
        Approval.ASK,
        EVERYTHING,
        ("or mend what failed, and deploy again",),
        ends=TAKEN_BACK,
    ),
    Row(
        "A5",
        "the stack could not be created and kept what was made: rolling it back "
        "deletes that",
        when(status="CREATE_FAILED"),
        Decision.ROLL_BACK,
        How.ROLL_BACK_STACK,
        Approval.ASK,
        (Check.GONE, Check.ORPHANS),
        ends=DELETED | {"ROLLBACK_COMPLETE"},
    ),
    Row(
        "A6",
        "the stack could not be created and was rolled back: deleting it frees the name",
        when(status="ROLLBACK_COMPLETE"),
        Decision.ROLL_BACK,
        How.DELETE,
        Approval.ASK,
        (Check.GONE, Check.ORPHANS),
        ends=DELETED,
    ),
    Row(
        "A7r",
        "the stack could not be created, its rollback failed, and it holds data that a "
        "deletion would take along",
        when(status="ROLLBACK_FAILED", data_left=True),
        Decision.STOP,
        advice=("save the data, or take the resource over into another stack, first",),
    ),
    Row(
        "A7",
        "the stack could not be deleted: it can be, but for what holds data or resists",
        when(status=frozenset({"DELETE_FAILED", "ROLLBACK_FAILED"})),
        Decision.ROLL_BACK,
        How.DELETE_RETAINING,
        Approval.ASK,
        (Check.GONE, Check.ORPHANS),
        ("adopt what is retained into a stack, or delete it by hand",),
        ends=DELETED,
    ),
    Row(
        "B10m",
        "somebody deployed after the smoke tests had begun: they say nothing of what is "
        "live now",
        when(status=GOOD, overtaken_tests=True),
        Decision.STOP,
        advice=("test what is live now: flowguard smoke",),
        wants=Wants.PROOF,
        tested_another=True,
    ),
)
