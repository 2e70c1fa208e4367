"""Rows of the decision table: there is no stack, or it is still moving."""

from __future__ import annotations

from flowguard.model.ownership import Whose
from flowguard.model.rollback import Decision
from flowguard.rollback.facts import NO_STACK, Restored
from flowguard.rollback.row import (
    DELETED,
    EVERYTHING,
    MOVING,
    NOBODY_KNOWS,
    TAKEN_BACK,
    WANTED,
    Approval,
    Check,
    How,
    Row,
    when,
)

_MAYBE_OURS = frozenset({Whose.OURS, Whose.UNPROVEN})

UNSETTLED: tuple[Row, ...] = (
    Row(
        "R1",
        "the stack was deleted before, as somebody approved: nothing is left to do",
        when(status="DELETE_COMPLETE", restored=Restored.DONE),
        Decision.ROLL_BACK,
        verifies=(Check.GONE,),
    ),
    Row(
        "A9n",
        "there is no stack of that name here",
        when(status=NO_STACK),
        Decision.STOP,
        advice=("check --stack-name, --region and the account",),
        live=NOBODY_KNOWS,
        headline="there is no such stack",
    ),
    Row(
        "A9",
        "the stack is deleted: the deploy failed, or somebody deleted it",
        when(status="DELETE_COMPLETE"),
        Decision.KEEP,
        advice=(
            "read why it failed: a deleted stack's events answer to its id for 90 days",
            "look for resources that outlived it: those with DeletionPolicy Retain",
        ),
        headline="the stack is deleted",
    ),
    Row(
        "A8",
        "the stack is an empty shell that waits for a change set: deleting it frees "
        "the name",
        when(status="REVIEW_IN_PROGRESS"),
        Decision.ROLL_BACK,
        How.DELETE,
        Approval.ASK,
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
            whose=_MAYBE_OURS,
            health=WANTED,
            sticks=False,
        ),
        Decision.ROLL_BACK,
        How.CANCEL,
        Approval.OURS,
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
            whose=_MAYBE_OURS,
            health=WANTED,
            sticks=True,
        ),
        Decision.ROLL_BACK,
        How.CANCEL,
        Approval.ASK,
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
            status="UPDATE_IN_PROGRESS", shifting=True, whose=_MAYBE_OURS, health=WANTED
        ),
        Decision.ROLL_BACK,
        How.STOP_SHIFT,
        Approval.OURS,
        EVERYTHING,
        ends=TAKEN_BACK,
    ),
    Row(
        "B6",
        "the update is done and its clean-up is under way: too late to cancel",
        when(status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        Decision.ROLL_BACK,
        How.WAIT,
        Approval.AUTOMATIC,
    ),
    Row(
        "A1",
        "an operation is under way, and nobody may act on a moving stack",
        when(status=MOVING),
        Decision.ROLL_BACK,
        How.WAIT,
        Approval.AUTOMATIC,
    ),
)
