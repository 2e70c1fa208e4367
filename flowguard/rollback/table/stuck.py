"""Rows of the decision table: the stack is stuck, since its rollback failed."""

from __future__ import annotations

from flowguard.model.rollback import Decision
from flowguard.rollback.causes import Cause
from flowguard.rollback.row import EVERYTHING, TAKEN_BACK, Approval, How, Row, when

_STUCK = "UPDATE_ROLLBACK_FAILED"

STUCK: tuple[Row, ...] = (
    Row(
        "A3a",
        "the rollback failed since an artifact of the old release is gone: once it is "
        "there again, the rollback goes on",
        when(status=_STUCK, cause=Cause.ARTIFACT),
        Decision.ROLL_BACK,
        How.CONTINUE_RESTORING,
        Approval.ASK,
        EVERYTHING,
        ends=TAKEN_BACK,
    ),
    Row(
        "A3b",
        "the rollback failed since a resource was deleted outside of CloudFormation: "
        "once somebody has made it again, the rollback goes on",
        when(status=_STUCK, cause=Cause.GONE),
        Decision.ROLL_BACK,
        How.CONTINUE,
        Approval.ASK,
        EVERYTHING,
        ("make it again, with the same name and properties; then approve",),
        ends=TAKEN_BACK,
    ),
    Row(
        "A3bl",
        "the rollback failed since a resource was deleted outside of CloudFormation "
        "that nobody can make again with the same id: it can go on without it",
        when(status=_STUCK, cause=Cause.LOST),
        Decision.ROLL_BACK,
        How.CONTINUE_SKIPPING,
        Approval.ASK,
        EVERYTHING,
        ("give it another logical id in the next release, so that a new one is made",),
        ends=TAKEN_BACK,
    ),
    Row(
        "A3bd",
        "the rollback failed since a resource that held data was deleted outside of "
        "CloudFormation",
        when(status=_STUCK, cause=Cause.DATA_GONE),
        Decision.STOP,
        advice=(
            "restore its data to the same name; then continue the rollback by hand",
        ),
    ),
    Row(
        "A3c",
        "the rollback failed for a lack of rights: once they are there, it goes on",
        when(status=_STUCK, cause=Cause.ACCESS),
        Decision.ROLL_BACK,
        How.CONTINUE,
        Approval.ASK,
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
        Decision.ROLL_BACK,
        How.CONTINUE,
        Approval.AUTOMATIC,
        EVERYTHING,
        ends=TAKEN_BACK,
    ),
    Row(
        "A3l",
        "the rollback failed since AWS allows this change only after a time: it goes on "
        "once somebody has waited for that",
        when(status=_STUCK, cause=Cause.LATER),
        Decision.ROLL_BACK,
        How.CONTINUE,
        Approval.ASK,
        EVERYTHING,
        ("wait until AWS allows it again; then approve",),
        ends=TAKEN_BACK,
    ),
    Row(
        "A3g",
        "the rollback failed for something that must be cleared first: once somebody "
        "has done that, it goes on",
        when(status=_STUCK, cause=Cause.BLOCKED),
        Decision.ROLL_BACK,
        How.CONTINUE,
        Approval.ASK,
        EVERYTHING,
        ("clear what is in the way, in the order that is told; then approve",),
        ends=TAKEN_BACK,
    ),
    Row(
        "A3u",
        "the rollback failed in a custom resource, whose own words decide nothing: "
        "going on runs it again",
        when(status=_STUCK, cause=Cause.CUSTOM),
        Decision.ROLL_BACK,
        How.CONTINUE,
        Approval.ASK,
        EVERYTHING,
        ends=TAKEN_BACK,
    ),
    Row(
        "A3d",
        "the rollback failed for a reason that passes: it can be tried again, three times "
        "at most",
        when(status=_STUCK, cause=Cause.BUSY),
        Decision.ROLL_BACK,
        How.CONTINUE_LATER,
        Approval.AUTOMATIC,
        EVERYTHING,
        ends=TAKEN_BACK,
        tries=3,
    ),
    Row(
        "A3e",
        "the rollback failed since AWS lets nobody change this back: it can go on "
        "without the resources that are in the way, and only those",
        when(status=_STUCK, cause=Cause.IRREVERSIBLE),
        Decision.ROLL_BACK,
        How.CONTINUE_SKIPPING,
        Approval.ASK,
        EVERYTHING,
        ("bring template and reality together before anybody deploys again",),
        ends=TAKEN_BACK,
    ),
    Row(
        "A3f",
        "the rollback failed for a reason that FlowGuard does not know",
        when(status=_STUCK),
        Decision.STOP,
        advice=("read what failed, and mend the cause; nothing is ever forced",),
    ),
)
