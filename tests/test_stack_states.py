"""The table of stack statuses against CloudFormation's own list."""

from __future__ import annotations

import re

import boto3
import pytest

from flowguard.stack_states import ROLLED_BACK, STATES, Ready


def known_to_aws() -> set[str]:
    client = boto3.client("cloudformation", "eu-central-1")
    return set(client.meta.service_model.shape_for("StackStatus").enum)


def test_every_status_is_in_the_table() -> None:
    assert set(STATES) == known_to_aws()


def test_what_moves_is_waited_for() -> None:
    moving = {s for s in STATES if s.endswith("IN_PROGRESS")} - {"REVIEW_IN_PROGRESS"}

    assert {s for s, state in STATES.items() if state.ready is Ready.WAIT} == moving


@pytest.mark.parametrize("status", STATES)
def test_a_blocked_state_says_how_to_clear_it_gently_first(status: str) -> None:
    state = STATES[status]
    forced = ["FORCE_DELETE_STACK" in way for way in state.ways]

    assert bool(state.ways) is (state.ready in {Ready.WAIT, Ready.NO}) or (
        status == "REVIEW_IN_PROGRESS"
    )
    assert forced == sorted(forced), "a forced deletion comes last"
    for way in state.ways:
        assert way.format(stack="s", root="s", region="r", failed="f", skip="f")


WAITS = [
    (status, waiter[1])
    for status, state in STATES.items()
    for way in state.ways
    if (waiter := re.search(r" wait (\S+)", way))
]


@pytest.mark.parametrize(("status", "waiter"), WAITS)
def test_a_waiter_ends_well_where_the_stack_does(status: str, waiter: str) -> None:
    deletes = any("delete-stack" in way for way in STATES[status].ways)
    begun = status.replace("_COMPLETE_CLEANUP", "").removesuffix("_IN_PROGRESS")
    good = "DELETE_COMPLETE" if deletes else f"{begun}_COMPLETE"
    client = boto3.client("cloudformation", "eu-central-1")

    acceptors = client.get_waiter(waiter.replace("-", "_")).config.acceptors

    assert (good, "success") in {(a.expected, a.state) for a in acceptors}


def test_the_statuses_of_a_rollback_are_known() -> None:
    assert {status for status in STATES if "ROLLBACK" in status} == ROLLED_BACK


def test_a_creation_that_failed_goes_on_before_anything_is_deleted() -> None:
    ways = STATES["CREATE_FAILED"].ways
    (go_on,) = (n for n, way in enumerate(ways) if "--disable-rollback" in way)
    (back,) = (n for n, way in enumerate(ways) if " rollback-stack " in way)

    assert go_on < back
    assert "deletes the stack" in ways[back]
