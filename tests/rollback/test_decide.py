"""The decision from facts alone, and what must hold of the table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rollback.history import (
    SNAPSHOT,
    STACK,
    deploy,
    facts,
    of,
    of_stack,
    resource,
)

from flowguard.model.ownership import Evidence, Source, Whose
from flowguard.model.readiness import Readiness
from flowguard.model.rollback import Decision
from flowguard.rollback.decide import decide
from flowguard.rollback.facts import window_open
from flowguard.rollback.health import Health
from flowguard.rollback.journal import operations, token
from flowguard.rollback.ownership import Deploy
from flowguard.rollback.row import MOVING, Approval, How
from flowguard.rollback.table import BY_ID, TABLE
from flowguard.stack_states import STATES

ROLLBACK = token("B3", "abc123", "execute-change-set")


@pytest.mark.parametrize("status", STATES)
@pytest.mark.parametrize("health", Health)
@pytest.mark.parametrize("readiness", [None, *Readiness])
def test_nothing_is_done_to_a_moving_stack_but_within_its_window(
    status: str, health: Health, readiness: Readiness | None
) -> None:
    row = decide(facts(status, health=health, judged=readiness))

    if status in MOVING:
        assert row.how in {How.WAIT, How.CANCEL, How.STOP_SHIFT}


@pytest.mark.parametrize("status", STATES)
@pytest.mark.parametrize("health", [Health.GOOD, Health.PRE_EXISTING, Health.UNCLEAR])
def test_a_release_that_is_not_known_to_be_bad_stays(
    status: str, health: Health
) -> None:
    row = decide(facts(status, health=health))

    if STATES[status].ready == "update":
        assert row.how is How.NOTHING


def test_what_deletes_or_skips_is_never_automatic() -> None:
    taking = {How.DELETE, How.DELETE_RETAINING, How.CONTINUE_SKIPPING, How.REPLAY}
    asked = {row.id for row in TABLE if row.how in taking}

    assert {i for i in asked if BY_ID[i].approval is not Approval.ASK} == set()


def test_what_stops_or_keeps_has_nothing_to_do() -> None:
    idle = [row for row in BY_ID.values() if row.decision is not Decision.ROLL_BACK]

    assert {row.how for row in idle} == {How.NOTHING}
    assert all(row.advice for row in idle if row.decision is Decision.STOP)


def test_the_last_row_takes_all_that_is_left() -> None:
    assert TABLE[-1].when == {}
    assert all(row.when for row in TABLE[:-1])


FOREIGN: dict[str, dict[str, Any]] = {
    "another token": {"deploy": Deploy(token="mine")},
    "another change set": {"deploy": Deploy(change_set_id="arn:mine")},
    "another operation": {
        "deploy": Deploy(operation_id="mine"),
        "events": tuple(replace(e, operation_id="theirs") for e in deploy(5)),
    },
    "after the record": {"deploy": Deploy(record="an earlier event")},
    "another commit answers": {
        "evidence": (Evidence(Source.RELEASE, Whose.FOREIGN, "abc1234 answers"),)
    },
}


@pytest.mark.parametrize("name", FOREIGN)
def test_the_deploy_of_somebody_else_is_not_rolled_back(name: str) -> None:
    row = decide(facts(**FOREIGN[name]))

    assert row.id == "B10"


ERASES: dict[str, dict[str, Any]] = {
    "two since the snapshot": {"events": (*deploy(5), *deploy(9))},
    "after our rollback": {
        "events": (*deploy(5), *deploy(7, token=ROLLBACK), *deploy(9)),
    },
    "the snapshot knows no event": {"before": replace(SNAPSHOT, last_event="")},
}


@pytest.mark.parametrize("name", ERASES)
def test_a_restore_that_would_erase_another_deploy_is_refused(name: str) -> None:
    row = decide(facts(**ERASES[name]))

    assert row.id == "B10e"


MEANT: dict[str, dict[str, Any]] = {
    "the only one": {},
    "by its token": {
        "deploy": Deploy(token="mine"),
        "events": tuple(deploy(5, token="mine")),
    },
    "by its change set": {
        "deploy": Deploy(change_set_id="arn:mine"),
        "stack": replace(STACK, change_set_id="arn:mine"),
    },
    "by its record": {
        "deploy": Deploy(record="e9"),
        "events": tuple(replace(e, id="e9") for e in deploy(5)),
    },
    "by its operation": {
        "deploy": Deploy(operation_id="o9"),
        "events": tuple(replace(e, operation_id="o9") for e in deploy(5)),
    },
    "after one that failed before": {
        "events": (*deploy(5, "UPDATE_ROLLBACK_COMPLETE"), *deploy(9))
    },
}


@pytest.mark.parametrize("name", MEANT)
def test_the_deploy_that_is_meant_is_taken_back(name: str) -> None:
    row = decide(facts(**MEANT[name]))

    assert row.id == "B3"


def test_the_snapshot_says_whether_the_deploy_can_be_taken_back() -> None:
    red = facts(before=replace(SNAPSHOT, readiness=Readiness.RED))

    assert decide(red).id == "B5"


def test_what_was_judged_since_counts_more() -> None:
    assert decide(facts(judged=Readiness.RED)).id == "B5"


# --- the monitoring window ----------------------------------------------------------

WATCHED = replace(STACK, status="UPDATE_IN_PROGRESS", monitoring_minutes=10)
BEGUN = [of_stack(5, "UPDATE_IN_PROGRESS", "User Initiated")]
API = [of("Api", 5, "UPDATE_IN_PROGRESS"), of("Api", 6, "UPDATE_COMPLETE")]
TOPIC = of("Topic", 6, "UPDATE_IN_PROGRESS")


@pytest.mark.parametrize(
    ("stack", "events", "expected", "is_open"),
    [
        (WATCHED, [*BEGUN, *API], frozenset({"Api"}), True),
        (WATCHED, [*BEGUN, *API], frozenset(), True),
        (WATCHED, [*BEGUN, *API, TOPIC], frozenset(), False),
        (WATCHED, [*BEGUN, *API], frozenset({"Api", "Topic"}), False),
        (WATCHED, BEGUN, frozenset(), False),
        (replace(WATCHED, monitoring_minutes=0), [*BEGUN, *API], frozenset(), False),
        (
            replace(WATCHED, status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
            [*BEGUN, *API],
            frozenset(),
            False,
        ),
    ],
)
def test_the_window_is_open_once_all_resources_are_done(
    stack: Any, events: Any, expected: Any, is_open: bool
) -> None:
    last = operations(events, stack.stack_id)[-1]

    assert window_open(stack, last, expected) is is_open


def test_an_update_of_somebody_else_is_waited_for() -> None:
    theirs = facts(
        stack=WATCHED, events=(*BEGUN, *API), deploy=Deploy(token="mine"), evidence=()
    )

    assert decide(theirs).id == "A1"


def test_an_update_of_unknown_origin_is_cancelled_by_approval_alone() -> None:
    unknown = facts(before=None, stack=WATCHED, events=(*BEGUN, *API), evidence=())

    assert unknown.whose is Whose.UNPROVEN
    assert decide(unknown).approval is Approval.OURS


def test_data_that_is_left_holds_a_deletion_up() -> None:
    left = (resource("Orders", "AWS::DynamoDB::Table", "DELETE_FAILED"),)

    assert decide(facts("ROLLBACK_FAILED", resources=left)).id == "A7r"
    assert decide(facts("ROLLBACK_FAILED")).id == "A7"
