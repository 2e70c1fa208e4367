"""What smoke tests and alarms say of a deploy."""

from __future__ import annotations

import pytest

from flowguard.model.exchange import Timings
from flowguard.model.smoke import (
    Exchange,
    SmokeOutcome,
    SmokePhase,
    SmokeReport,
    SmokeResult,
)
from flowguard.rollback.health import Health, diagnose

PASSED, FAILED, SLOW = SmokeOutcome.PASSED, SmokeOutcome.FAILED, SmokeOutcome.SLOW
ERRORED, INCONCLUSIVE = SmokeOutcome.ERRORED, SmokeOutcome.INCONCLUSIVE
BEFORE = SmokeOutcome.PRE_EXISTING


def result(
    outcome: SmokeOutcome, *, critical: bool = True, status: int | None = 500
) -> SmokeResult:
    sent = Exchange("GET /", "GET", "https://x/", status, 0, Timings(), passed=False)
    return SmokeResult("health", outcome, critical=critical, exchanges=(sent,))


@pytest.mark.parametrize(
    ("outcomes", "health"),
    [
        ([PASSED], Health.GOOD),
        ([PASSED, SLOW], Health.GOOD),
        ([PASSED, FAILED], Health.BAD),
        ([FAILED, ERRORED], Health.BAD),
        ([PASSED, ERRORED], Health.UNCLEAR),
        ([INCONCLUSIVE], Health.UNCLEAR),
        ([PASSED, BEFORE], Health.PRE_EXISTING),
        ([BEFORE, FAILED], Health.BAD),
        ([], Health.UNCLEAR),
    ],
)
def test_the_worst_that_is_certain_counts(
    outcomes: list[SmokeOutcome], health: Health
) -> None:
    report = SmokeReport(tuple(result(outcome) for outcome in outcomes))

    assert diagnose(report).health is health


def test_a_check_that_is_not_critical_takes_nothing_back() -> None:
    report = SmokeReport((result(PASSED), result(FAILED, critical=False)))

    assert diagnose(report).health is Health.GOOD


def test_no_answer_counts_where_the_baseline_had_one() -> None:
    silent = result(FAILED, status=None)
    before = SmokeReport((result(PASSED, status=200),))
    broken = SmokeReport((result(BEFORE, status=None),))

    assert diagnose(SmokeReport((silent,))).health is Health.UNCLEAR
    known = SmokeReport((silent,), answered_before=frozenset({"health"}))
    assert diagnose(known).health is Health.BAD
    new = SmokeReport((silent,), answered_before=frozenset({"other"}), baseline="12:00")
    assert diagnose(new).health is Health.UNCLEAR
    assert diagnose(SmokeReport((silent,)), (), before).health is Health.BAD
    assert diagnose(SmokeReport((silent,)), (), broken).health is Health.UNCLEAR


def test_an_alarm_that_went_off_is_enough() -> None:
    found = diagnose(SmokeReport((result(PASSED),)), ("errors",))

    assert found.health is Health.BAD
    assert found.reasons == ("alarm errors went off",)


@pytest.mark.parametrize(
    ("outcome", "health"), [(FAILED, Health.BAD), (ERRORED, Health.UNCLEAR)]
)
def test_a_phase_counts_as_a_check_does(outcome: SmokeOutcome, health: Health) -> None:
    report = SmokeReport((result(PASSED),), (SmokePhase("soak", outcome),))

    assert diagnose(report).health is health


def test_without_smoke_tests_somebody_asks() -> None:
    assert diagnose(None).health is Health.ASKED
