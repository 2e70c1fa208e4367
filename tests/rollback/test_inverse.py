"""A change set is executed only where it is the inverse of the deploy."""

from __future__ import annotations

import pytest
from rollback.history import FUNCTION, TABLE

from flowguard.model.rollback import ChangeSetReview, PlannedChange
from flowguard.rollback.inverse import Forward, is_empty, left_out, objections

TOPIC, QUEUE = "AWS::SNS::Topic", "AWS::SQS::Queue"
DONE = Forward(frozenset({"Old", "Same"}), frozenset({"New", "Same"}))


def review(*changes: PlannedChange) -> ChangeSetReview:
    return ChangeSetReview("arn", "CREATE_COMPLETE", changes=changes)


def change(
    action: str, logical_id: str, kind: str = TOPIC, **more: str
) -> PlannedChange:
    return PlannedChange(action, logical_id, kind, **more)


@pytest.mark.parametrize(
    "found",
    [
        change("Remove", "New"),
        change("Add", "Old", TABLE),
        change("Modify", "Same", TABLE, replacement="False"),
        change("Modify", "Same", FUNCTION, replacement="True"),
        change("Remove", "New", QUEUE),
    ],
)
def test_the_inverse_is_executed(found: PlannedChange) -> None:
    assert objections(review(found), DONE) == ()


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (change("Remove", "Same"), "which was there before the deploy"),
        (change("Remove", "New", TABLE), "with what it holds by now"),
        (change("Add", "Other"), "which was not there before the deploy"),
        (change("Modify", "Same", TABLE, replacement="True"), "it would replace"),
        (
            change("Modify", "Same", TABLE, replacement="Conditional"),
            "it would replace",
        ),
        (
            change("Modify", "Same", TABLE, policy_action="ReplaceAndDelete"),
            "it would replace",
        ),
        (change("Modify", "Same", QUEUE, replacement="True"), "it would replace"),
        (change("Import", "Old"), "nobody can tell"),
        (change("Dynamic", "Same"), "nobody can tell"),
    ],
)
def test_anything_else_is_refused(found: PlannedChange, why: str) -> None:
    assert why in "; ".join(objections(review(found), DONE))


def test_what_the_deploy_did_not_touch_stays() -> None:
    done = Forward(DONE.before, DONE.after, frozenset({"New"}))

    said = objections(review(change("Modify", "Same")), done)

    assert said == (f"it would change Same ({TOPIC}), which the deploy did not",)


def test_what_is_not_taken_back_is_told() -> None:
    done = Forward(DONE.before, DONE.after, frozenset({"New", "Same"}))

    assert left_out(review(change("Remove", "New")), done) == ("Same",)


@pytest.mark.parametrize(
    "found", [change("Remove", "New"), change("Modify", "Same", TOPIC)]
)
def test_code_alone_is_code_alone(found: PlannedChange) -> None:
    code = change("Modify", "Same", FUNCTION, replacement="False")

    assert objections(review(found), DONE, code_only=True)
    assert not objections(review(code), DONE, code_only=True)


@pytest.mark.parametrize(
    ("status", "reason", "empty"),
    [
        ("FAILED", "The submitted information didn't contain changes. Submit …", True),
        ("FAILED", "No updates are to be performed.", True),
        ("FAILED", "Export X cannot be deleted as it is in use by Y", False),
        ("CREATE_COMPLETE", "", False),
    ],
)
def test_an_empty_change_set_is_told_from_a_broken_one(
    status: str, reason: str, empty: bool
) -> None:
    assert is_empty(ChangeSetReview("arn", status, reason)) is empty
