"""The decision table: which state calls for what. Data; `decide` reads it.

The rows are in order, and the first one that holds is the answer. A row that needs
an approval is printed, with a hash, and carried out once that hash is given back.
"""

from __future__ import annotations

from flowguard.model.ownership import Whose
from flowguard.model.readiness import Readiness
from flowguard.model.rollback import Decision, Wants
from flowguard.rollback.causes import Cause
from flowguard.rollback.facts import NO_STACK, Restored
from flowguard.rollback.health import Health
from flowguard.rollback.ownership import TO_PROVE
from flowguard.rollback.row import (
    CODE,
    DELETED,
    EVERYTHING,
    GOOD,
    MOVING,
    RESTORED,
    TAKEN_BACK,
    WANTED,
    Approval,
    Check,
    How,
    Row,
    when,
)

__all__ = [
    "BY_ID",
    "DELETED",
    "FORWARD",
    "GOOD",
    "MOVING",
    "SAME",
    "TABLE",
    "TAKEN_BACK",
]

_GO = Approval.AUTOMATIC
_OURS = Approval.OURS
_ASK = Approval.ASK
_KEEP, _ROLL_BACK, _STOP = Decision.KEEP, Decision.ROLL_BACK, Decision.STOP
_STUCK = "UPDATE_ROLLBACK_FAILED"
MAYBE_OURS = frozenset({Whose.OURS, Whose.UNPROVEN})
FINE = frozenset({Health.GOOD, Health.PRE_EXISTING})
"""Nothing that the deploy has broken."""
SETTLED = GOOD | TAKEN_BACK
"""Statuses of a stack that serves a release."""

FORWARD = (
    "read why the restoring failed: its events, and the step above",
    "go forward: mend the release that is live and deploy that, or deploy the last good one",
)
"""Where a release is live that was to be taken back and could not be."""

TABLE: tuple[Row, ...] = (
    # --- nothing there, or still moving -------------------------------------------
    Row(
        "R1",
        "the stack was deleted before, as somebody approved: nothing is left to do",
        when(status="DELETE_COMPLETE", restored=Restored.DONE),
        _ROLL_BACK,
        verifies=(Check.GONE,),
    ),
    Row(
        "A9n",
        "there is no stack of that name here",
        when(status=NO_STACK),
        _STOP,
        advice=("check --stack-name, --region and the account",),
    ),
    Row(
        "A9",
        "the stack is deleted: the deploy failed, or somebody deleted it",
        when(status="DELETE_COMPLETE"),
        _KEEP,
        advice=(
            "read why it failed: a deleted stack's events answer to its id for 90 days",
            "look for resources that outlived it: those with DeletionPolicy Retain",
        ),
    ),
    Row(
        "A8",
        "the stack is an empty shell that waits for a change set: deleting it frees "
        "the name",
        when(status="REVIEW_IN_PROGRESS"),
        _ROLL_BACK,
        How.DELETE,
        _ASK,
        (Check.GONE,),
        ends=DELETED,
    ),
    Row(
        "B1",
        "the monitoring window is open: cancelling takes the update back, since the old "
        "resources are still there",
        when(
            status="UPDATE_IN_PROGRESS",
            window_open=True,
            whose=MAYBE_OURS,
            health=WANTED,
            sticks=False,
        ),
        _ROLL_BACK,
        How.CANCEL,
        _OURS,
        EVERYTHING,
        ends=TAKEN_BACK,
    ),
    Row(
        "B1i",
        "the monitoring window is open, and the deploy changed what AWS does not set "
        "back: a cancellation may end stuck there, or do it once more",
        when(
            status="UPDATE_IN_PROGRESS",
            window_open=True,
            whose=MAYBE_OURS,
            health=WANTED,
            sticks=True,
        ),
        _ROLL_BACK,
        How.CANCEL,
        _ASK,
        EVERYTHING,
        (
            "let the window close, and then restore the code alone: flowguard rollback",
            "or approve: what sticks is then skipped by a second approval",
        ),
        ends=TAKEN_BACK,
    ),
    Row(
        "B2",
        "CodeDeploy is shifting traffic: stopping it takes traffic and update back",
        when(
            status="UPDATE_IN_PROGRESS", shifting=True, whose=MAYBE_OURS, health=WANTED
        ),
        _ROLL_BACK,
        How.STOP_SHIFT,
        _OURS,
        EVERYTHING,
        ends=TAKEN_BACK,
    ),
    Row(
        "B6",
        "the update is done and its clean-up is under way: too late to cancel",
        when(status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        _ROLL_BACK,
        How.WAIT,
        _GO,
    ),
    Row(
        "A1",
        "an operation is under way, and nobody may act on a moving stack",
        when(status=MOVING),
        _ROLL_BACK,
        How.WAIT,
        _GO,
    ),
    # --- a rollback was done before -----------------------------------------------
    Row(
        "B11",
        "the snapshot was restored before, and the service does not work: no second "
        "rollback",
        when(restored=Restored.DONE, health=Health.BAD),
        _STOP,
        advice=("find out what differs from before; nothing more is done by itself",),
        verifies=EVERYTHING,
    ),
    Row(
        "B11f",
        "restoring the snapshot failed, and CloudFormation took that back: no second "
        "rollback",
        when(status=TAKEN_BACK, restored=Restored.FAILED),
        _STOP,
        advice=FORWARD,
        verifies=EVERYTHING,
    ),
    Row(
        "B11h",
        "restoring the snapshot failed, and nobody took that back: parts of both "
        "releases may be live, and no second rollback is begun",
        when(restored=Restored.FAILED),
        _STOP,
        advice=(
            "read why the restoring failed, and mend that",
            "then bring the stack to rest: aws cloudformation continue-update-rollback",
            "go forward from there: deploy a release that works",
        ),
    ),
    Row(
        "R0",
        "the snapshot was restored before: nothing is left to take back",
        when(restored=Restored.DONE),
        _ROLL_BACK,
        verifies=EVERYTHING,
    ),
    # --- the deploy failed --------------------------------------------------------
    Row(
        "A3a",
        "the rollback failed since an artifact of the old release is gone: once it is "
        "there again, the rollback goes on",
        when(status=_STUCK, cause=Cause.ARTIFACT),
        _ROLL_BACK,
        How.CONTINUE_RESTORING,
        _ASK,
        EVERYTHING,
        ends=TAKEN_BACK,
    ),
    Row(
        "A3b",
        "the rollback failed since a resource was deleted outside of CloudFormation: "
        "once somebody has made it again, the rollback goes on",
        when(status=_STUCK, cause=Cause.GONE),
        _ROLL_BACK,
        How.CONTINUE,
        _ASK,
        EVERYTHING,
        ("make it again, with the same name and properties; then approve",),
        ends=TAKEN_BACK,
    ),
    Row(
        "A3bl",
        "the rollback failed since a resource was deleted outside of CloudFormation "
        "that nobody can make again with the same id: it can go on without it",
        when(status=_STUCK, cause=Cause.LOST),
        _ROLL_BACK,
        How.CONTINUE_SKIPPING,
        _ASK,
        EVERYTHING,
        ("give it another logical id in the next release, so that a new one is made",),
        ends=TAKEN_BACK,
    ),
    Row(
        "A3bd",
        "the rollback failed since a resource that held data was deleted outside of "
        "CloudFormation",
        when(status=_STUCK, cause=Cause.DATA_GONE),
        _STOP,
        advice=(
            "restore its data to the same name; then continue the rollback by hand",
        ),
    ),
    Row(
        "A3c",
        "the rollback failed for a lack of rights: once they are there, it goes on",
        when(status=_STUCK, cause=Cause.ACCESS),
        _ROLL_BACK,
        How.CONTINUE,
        _ASK,
        EVERYTHING,
        (
            "mend the role's rights; flowguard rollback --role-arn names another role",
            "then approve of the plan that is printed",
        ),
        ends=TAKEN_BACK,
    ),
    Row(
        "A3k",
        "the rollback failed since the credentials expired that CloudFormation worked "
        "with: it can go on with those of now",
        when(status=_STUCK, cause=Cause.CREDENTIALS),
        _ROLL_BACK,
        How.CONTINUE,
        _GO,
        EVERYTHING,
        ends=TAKEN_BACK,
    ),
    Row(
        "A3l",
        "the rollback failed since AWS allows this change only after a time: it goes on "
        "once somebody has waited for that",
        when(status=_STUCK, cause=Cause.LATER),
        _ROLL_BACK,
        How.CONTINUE,
        _ASK,
        EVERYTHING,
        ("wait until AWS allows it again; then approve",),
        ends=TAKEN_BACK,
    ),
    Row(
        "A3g",
        "the rollback failed for something that must be cleared first: once somebody "
        "has done that, it goes on",
        when(status=_STUCK, cause=Cause.BLOCKED),
        _ROLL_BACK,
        How.CONTINUE,
        _ASK,
        EVERYTHING,
        ("clear what is in the way, in the order that is told; then approve",),
        ends=TAKEN_BACK,
    ),
    Row(
        "A3u",
        "the rollback failed in a custom resource, whose own words decide nothing: "
        "going on runs it again",
        when(status=_STUCK, cause=Cause.CUSTOM),
        _ROLL_BACK,
        How.CONTINUE,
        _ASK,
        EVERYTHING,
        ends=TAKEN_BACK,
    ),
    Row(
        "A3d",
        "the rollback failed for a reason that passes: it can be tried again, three times "
        "at most",
        when(status=_STUCK, cause=Cause.BUSY),
        _ROLL_BACK,
        How.CONTINUE_LATER,
        _GO,
        EVERYTHING,
        ends=TAKEN_BACK,
    ),
    Row(
        "A3e",
        "the rollback failed since AWS lets nobody change this back: it can go on "
        "without the resources that are in the way, and only those",
        when(status=_STUCK, cause=Cause.IRREVERSIBLE),
        _ROLL_BACK,
        How.CONTINUE_SKIPPING,
        _ASK,
        EVERYTHING,
        ("bring template and reality together before anybody deploys again",),
        ends=TAKEN_BACK,
    ),
    Row(
        "A3f",
        "the rollback failed for a reason that FlowGuard does not know",
        when(status=_STUCK),
        _STOP,
        advice=("read what failed, and mend the cause; nothing is ever forced",),
    ),
    # --- whose deploy it is -------------------------------------------------------
    Row(
        "N0x",
        "nothing was deployed since the snapshot, and the live release is not the one "
        "at hand: your release is not live",
        when(status=SETTLED, whose=Whose.NONE, refuted=True),
        _STOP,
        advice=("see why the deploy changed nothing: its log, and the stack it names",),
        wants=Wants.PROOF,
    ),
    Row(
        "N0",
        "nothing was deployed since the snapshot: there is nothing to take back",
        when(status=SETTLED, whose=Whose.NONE),
        _KEEP,
    ),
    Row(
        "A2o",
        "the last deploy failed and CloudFormation rolled it back; an earlier one since "
        "the snapshot is live",
        when(status=TAKEN_BACK, overtaken=True),
        _STOP,
        advice=("see whose the two deploys are; then take a new snapshot",),
        wants=Wants.PROOF,
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
        _ROLL_BACK,
        How.RESTORE,
        _ASK,
        EVERYTHING,
        ends=RESTORED,
    ),
    Row(
        "A2m",
        "the deploy failed and CloudFormation rolled it back, to a release that had "
        "failed before",
        when(status=TAKEN_BACK, live_failed=True),
        _STOP,
        advice=("deploy the last good release again, or roll forward",),
        wants=Wants.PROOF,
    ),
    Row(
        "A2",
        "the deploy failed or was cancelled, and CloudFormation rolled it back: nothing "
        "of it is left to take back",
        when(status=TAKEN_BACK),
        _KEEP,
        verifies=EVERYTHING,
    ),
    Row(
        "B10",
        "somebody else deployed since: rolling that back is not for this run to do",
        when(whose=Whose.FOREIGN),
        _STOP,
        advice=("talk to whoever deployed; then take a new snapshot, or roll forward",),
        wants=Wants.PROOF,
    ),
    Row(
        "A4x",
        "the deploy failed in EXPRESS mode, which knows no rollback: the snapshot can be "
        "deployed in that mode",
        when(status="UPDATE_FAILED", express=True, has_snapshot=True),
        _ROLL_BACK,
        How.REPLAY,
        _ASK,
        EVERYTHING,
        ("deploy once more in STANDARD mode afterwards",),
        ends=RESTORED,
    ),
    Row(
        "A4",
        "the deploy failed and rollback was switched off: the stack can be rolled back "
        "to its last stable state",
        when(status="UPDATE_FAILED", express=False, sticks=False),
        _ROLL_BACK,
        How.ROLL_BACK_STACK,
        _OURS,
        EVERYTHING,
        ends=TAKEN_BACK,
    ),
    Row(
        "A4i",
        "the deploy failed and rollback was switched off, and it changed what AWS does "
        "not set back: the way to the last good state may end stuck there",
        when(status="UPDATE_FAILED", express=False),
        _ROLL_BACK,
        How.ROLL_BACK_STACK,
        _ASK,
        EVERYTHING,
        ("or mend what failed, and deploy again",),
        ends=TAKEN_BACK,
    ),
    Row(
        "A5",
        "the stack could not be created and kept what was made: rolling it back "
        "deletes that",
        when(status="CREATE_FAILED"),
        _ROLL_BACK,
        How.ROLL_BACK_STACK,
        _ASK,
        (Check.GONE, Check.ORPHANS),
        ends=DELETED | {"ROLLBACK_COMPLETE"},
    ),
    Row(
        "A6",
        "the stack could not be created and was rolled back: deleting it frees the name",
        when(status="ROLLBACK_COMPLETE"),
        _ROLL_BACK,
        How.DELETE,
        _ASK,
        (Check.GONE, Check.ORPHANS),
        ends=DELETED,
    ),
    Row(
        "A7r",
        "the stack could not be created, its rollback failed, and it holds data that a "
        "deletion would take along",
        when(status="ROLLBACK_FAILED", data_left=True),
        _STOP,
        advice=("save the data, or take the resource over into another stack, first",),
    ),
    Row(
        "A7",
        "the stack could not be deleted: it can be, but for what holds data or resists",
        when(status=frozenset({"DELETE_FAILED", "ROLLBACK_FAILED"})),
        _ROLL_BACK,
        How.DELETE_RETAINING,
        _ASK,
        (Check.GONE, Check.ORPHANS),
        ("adopt what is retained into a stack, or delete it by hand",),
        ends=DELETED,
    ),
    Row(
        "B10m",
        "somebody deployed after the smoke tests had begun: they say nothing of what is "
        "live now",
        when(status=GOOD, overtaken_tests=True),
        _STOP,
        advice=("test what is live now: flowguard smoke",),
        wants=Wants.PROOF,
    ),
    # --- the deploy went through --------------------------------------------------
    Row(
        "B8",
        "the backend works and the frontend does not: the frontend can be set back",
        when(status=GOOD, front_broken=True),
        _ROLL_BACK,
        How.FRONT,
        _GO,
        (Check.SMOKE,),
        ("the frontend's variables stay, and its next push may not go live by itself",),
        ends=GOOD,
    ),
    Row(
        "B0u",
        "the deploy broke nothing, and the live release is not proven to be yours",
        when(status=GOOD, health=FINE, whose=Whose.UNPROVEN, refuted=True),
        _STOP,
        advice=TO_PROVE,
        wants=Wants.PROOF,
    ),
    Row(
        "B0",
        "the smoke tests let the release pass: it stays",
        when(status=GOOD, health=Health.GOOD),
        _KEEP,
    ),
    Row(
        "B9",
        "what fails has failed before the deploy, too: that is no reason to take it "
        "back",
        when(status=GOOD, health=Health.PRE_EXISTING),
        _KEEP,
    ),
    Row(
        "B9q",
        "the smoke tests leave it to a person whether the release stays",
        when(status=GOOD, health=Health.UNCLEAR),
        _STOP,
        advice=("look at what failed or could not be measured, and decide",),
    ),
    Row(
        "B7",
        "this is the first release: there is nothing to go back to",
        when(status=GOOD, first_release=True, health=WANTED),
        _KEEP,
        advice=(
            "send no traffic to it",
            "mend it and deploy again; a deletion would take its data along",
        ),
    ),
    Row(
        "B10e",
        "an earlier deploy since the snapshot stayed and is not proven yours: a restore "
        "would erase it",
        when(status=GOOD, erases=True),
        _STOP,
        advice=("talk to whoever deployed; then take a new snapshot, or roll forward",),
        wants=Wants.PROOF,
    ),
    Row(
        "B5",
        "the deploy cannot be taken back without loss",
        when(status=GOOD, readiness=Readiness.RED),
        _STOP,
        advice=(
            "see what would be lost, and why: flowguard preflight",
            "stop what writes, where the way back would lose data that is made now",
            "roll forward; or restore into resources of new names, compare, adopt them",
        ),
    ),
    Row(
        "B3n",
        "nobody took a snapshot before the deploy that keeps a template: there is "
        "nothing to restore",
        when(status=GOOD, restorable=False),
        _STOP,
        advice=(
            "deploy the last good release again",
            "keep the next snapshot's templates: `flowguard snapshot --help`",
        ),
    ),
    Row(
        "B4",
        "not all of the deploy can be taken back: its code can, and the rest stays",
        when(status=GOOD, readiness=Readiness.AMBER),
        _ROLL_BACK,
        How.RESTORE_CODE,
        _OURS,
        CODE,
        ("take the rest back by hand, or roll forward: see the readiness report",),
        ends=RESTORED,
    ),
    Row(
        "B3iq",
        "nobody can tell whether AWS would set back what the deploy changed: the live "
        "template cannot be read",
        when(status=GOOD, comparable=False),
        _STOP,
        advice=("let the run read it, or wait until AWS answers; then run this again",),
        wants=Wants.ANSWER,
    ),
    Row(
        "B3i",
        "the deploy changed what AWS does not set back in place, so that a restore "
        "would fail or have to wait: restoring the code alone would leave that as it is",
        when(status=GOOD, cannot_be_undone=True),
        _ROLL_BACK,
        How.RESTORE_CODE,
        _ASK,
        CODE,
        ("or roll forward: the old code must work with what stays",),
        ends=RESTORED,
    ),
    Row(
        "B3",
        "the deploy went through: restoring the snapshot, by a change set that is its "
        "inverse, would take it back",
        when(status=GOOD, readiness=Readiness.GREEN),
        _ROLL_BACK,
        How.RESTORE,
        _OURS,
        EVERYTHING,
        ends=RESTORED,
    ),
    Row(
        "B3u",
        "the snapshot can be restored; nobody judged beforehand what that would lose",
        when(status=GOOD, readiness=None),
        _ROLL_BACK,
        How.RESTORE,
        _ASK,
        EVERYTHING,
        ends=RESTORED,
    ),
    Row(
        "S10",
        "the stack is in a state that nothing is known to mend",
        when(),
        _STOP,
        advice=("ask AWS Support, with the stack's id and its failed events",),
    ),
)
"""Every row, in the order in which they are asked."""

SAME = Row(
    "B3e",
    "the stack is configured as the snapshot says already: CloudFormation has nothing "
    "to take back",
    {},
    _KEEP,
    verifies=EVERYTHING,
    advice=(
        "compare the code that runs with that of the last good release",
        "look at what no template holds: data, values in a store, other services",
    ),
)
"""What `B3` and its like turn into where the change set is empty."""

BY_ID = {row.id: row for row in (*TABLE, SAME)}
