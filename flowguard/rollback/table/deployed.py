"""Rows of the decision table: the deploy went through."""

from __future__ import annotations

from flowguard.model.ownership import Whose
from flowguard.model.readiness import Readiness
from flowguard.model.rollback import Decision, Wants
from flowguard.rollback.health import Health
from flowguard.rollback.ownership import TO_PROVE
from flowguard.rollback.row import (
    CODE,
    EVERYTHING,
    GOOD,
    RESTORED,
    WANTED,
    Approval,
    Check,
    Exit,
    How,
    Row,
    when,
)

_FINE = frozenset({Health.GOOD, Health.PRE_EXISTING})
"""Nothing that the deploy has broken."""

DEPLOYED: tuple[Row, ...] = (
    Row(
        "B8",
        "the backend works and the frontend does not: the frontend can be set back",
        when(status=GOOD, front_broken=True),
        Decision.ROLL_BACK,
        How.FRONT,
        Approval.AUTOMATIC,
        (Check.SMOKE,),
        ("the frontend's variables stay, and its next push may not go live by itself",),
        ends=GOOD,
    ),
    Row(
        "B0u",
        "the deploy broke nothing, and the live release is not proven to be yours",
        when(status=GOOD, health=_FINE, whose=Whose.UNPROVEN, refuted=True),
        Decision.STOP,
        advice=TO_PROVE,
        wants=Wants.PROOF,
    ),
    Row(
        "B0",
        "the smoke tests let the release pass: it stays",
        when(status=GOOD, health=Health.GOOD),
        Decision.KEEP,
        exit=Exit.GO,
        works=True,
    ),
    Row(
        "B9",
        "what fails has failed before the deploy, too: that is no reason to take it "
        "back",
        when(status=GOOD, health=Health.PRE_EXISTING),
        Decision.KEEP,
        exit=Exit.GO_IF_PASSED,
    ),
    Row(
        "B9q",
        "the smoke tests leave it to a person whether the release stays",
        when(status=GOOD, health=Health.UNCLEAR),
        Decision.STOP,
        advice=("look at what failed or could not be measured, and decide",),
    ),
    Row(
        "B7",
        "this is the first release: there is nothing to go back to",
        when(status=GOOD, first_release=True, health=WANTED),
        Decision.KEEP,
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
        Decision.STOP,
        advice=("talk to whoever deployed; then take a new snapshot, or roll forward",),
        wants=Wants.PROOF,
    ),
    Row(
        "B5",
        "the deploy cannot be taken back without loss",
        when(status=GOOD, readiness=Readiness.RED),
        Decision.STOP,
        advice=(
            "see what would be lost, and why: flowguard preflight",
            "stop what writes, where the way back would lose data that is made now",
            "roll forward; or restore into resources of new names, compare, adopt them",
        ),
    ),
    Row(
        "B3n",
        "no snapshot from before the deploy that keeps a template is at hand: there is "
        "nothing to restore",
        when(status=GOOD, restorable=False),
        Decision.STOP,
        advice=(
            "where one was taken, hand it on: --snapshot FILE",
            "else deploy the last good release again",
            "keep the next snapshot's templates: `flowguard snapshot --help`",
        ),
    ),
    Row(
        "B4",
        "not all of the deploy can be taken back: its code can, and the rest stays",
        when(status=GOOD, readiness=Readiness.AMBER),
        Decision.ROLL_BACK,
        How.RESTORE_CODE,
        Approval.OURS,
        CODE,
        ("take the rest back by hand, or roll forward: see the readiness report",),
        ends=RESTORED,
    ),
    Row(
        "B3iq",
        "nobody can tell whether AWS would set back what the deploy changed: the live "
        "template cannot be read",
        when(status=GOOD, comparable=False),
        Decision.STOP,
        advice=("let the run read it, or wait until AWS answers; then run this again",),
        wants=Wants.ANSWER,
    ),
    Row(
        "B3i",
        "the deploy changed what AWS does not set back in place, so that a restore "
        "would fail or have to wait: restoring the code alone would leave that as it is",
        when(status=GOOD, cannot_be_undone=True),
        Decision.ROLL_BACK,
        How.RESTORE_CODE,
        Approval.ASK,
        CODE,
        ("or roll forward: the old code must work with what stays",),
        ends=RESTORED,
    ),
    Row(
        "B3",
        "the deploy went through: restoring the snapshot, by a change set that is its "
        "inverse, would take it back",
        when(status=GOOD, readiness=Readiness.GREEN),
        Decision.ROLL_BACK,
        How.RESTORE,
        Approval.OURS,
        EVERYTHING,
        ends=RESTORED,
    ),
    Row(
        "B3u",
        "the snapshot can be restored; nobody judged beforehand what that would lose",
        when(status=GOOD, readiness=None),
        Decision.ROLL_BACK,
        How.RESTORE,
        Approval.ASK,
        EVERYTHING,
        ends=RESTORED,
    ),
)

SAME = Row(
    "B3e",
    "the stack is configured as the snapshot says already: CloudFormation has nothing "
    "to take back",
    {},
    Decision.KEEP,
    verifies=EVERYTHING,
    advice=(
        "compare the code that runs with that of the last good release",
        "look at what no template holds: data, values in a store, other services",
    ),
    exit=Exit.GO_IF_ASKED,
    headline="CloudFormation has nothing to take back",
    deployed="the release that was deployed last, which is configured as the snapshot says",
)
"""What `B3` and its like turn into where the change set is empty."""
