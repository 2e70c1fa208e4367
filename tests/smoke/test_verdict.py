"""Whether the deploy stays, as far as the smoke tests know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowguard.model.results import Verdict
from flowguard.model.smoke import SmokeOutcome, SmokePhase, SmokeReport, SmokeResult
from flowguard.smoke.findings import results
from flowguard.smoke.suite import Gate, Policy
from flowguard.smoke.verdict import EXIT_CODES, verdict

FAILED, INCONCLUSIVE, ERRORED, PRE_EXISTING, SLOW, PASSED = SmokeOutcome


def report(
    *outcomes: SmokeOutcome, critical: bool = True, phases: tuple[SmokePhase, ...] = ()
) -> SmokeReport:
    results = (SmokeResult("one", one, critical=critical) for one in outcomes)
    return SmokeReport(tuple(results), phases)


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ((PASSED, PASSED), 0),
        ((PASSED, SLOW), 0),
        ((PASSED, PRE_EXISTING), 0),
        ((PASSED, FAILED), 1),
        ((PASSED, ERRORED), 3),
        ((PASSED, INCONCLUSIVE), 3),
        ((ERRORED, FAILED), 1),
        ((ERRORED, ERRORED), 3),
        ((), 3),
    ],
)
def test_the_worst_outcome_decides(
    outcomes: tuple[SmokeOutcome, ...], code: int
) -> None:
    assert EXIT_CODES[verdict(report(*outcomes), Gate())] == code


def test_a_failure_that_is_not_critical_warns() -> None:
    found = report(PASSED)
    found = replace(
        found, results=found.results + report(FAILED, critical=False).results
    )

    assert verdict(found, Gate()) is Verdict.PASS


@pytest.mark.parametrize(
    "outcomes",
    [(FAILED,), (FAILED, PRE_EXISTING), (FAILED, PASSED), (PASSED,), (SLOW,)],
)
def test_where_no_check_counts_nothing_is_a_pass(
    outcomes: tuple[SmokeOutcome, ...],
) -> None:
    found = report(*outcomes, critical=False)
    told = [f.message for result in results(found) for f in result.findings]

    assert EXIT_CODES[verdict(found, Gate())] == 3
    assert any("nothing that counts was tested" in text for text in told)
    assert verdict(replace(found, is_baseline=True), Gate()) is Verdict.PASS


@pytest.mark.parametrize("outcomes", [(ERRORED,), (INCONCLUSIVE, ERRORED), ()])
def test_nothing_measured_is_no_pass_under_any_policy(
    outcomes: tuple[SmokeOutcome, ...],
) -> None:
    lax = Gate(failed=Policy.IGNORE, inconclusive=Policy.IGNORE, errored=Policy.IGNORE)

    assert verdict(report(*outcomes), lax) is Verdict.INCONCLUSIVE
    assert verdict(report(*outcomes, critical=False), lax) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("gate", "outcome", "expected"),
    [
        (Gate(failed=Policy.WARN), FAILED, Verdict.PASS),
        (Gate(failed=Policy.STOP), FAILED, Verdict.BLOCK),
        (Gate(slow=Policy.STOP), SLOW, Verdict.INCONCLUSIVE),
        (Gate(slow=Policy.ROLL_BACK), SLOW, Verdict.BLOCK),
        (Gate(errored=Policy.WARN), ERRORED, Verdict.PASS),
        (Gate(inconclusive=Policy.ROLL_BACK), INCONCLUSIVE, Verdict.BLOCK),
        (Gate(pre_existing=Policy.STOP), PRE_EXISTING, Verdict.INCONCLUSIVE),
    ],
)
def test_a_policy_says_what_an_outcome_does(
    gate: Gate, outcome: SmokeOutcome, expected: Verdict
) -> None:
    assert verdict(report(PASSED, outcome), gate) is expected


@pytest.mark.parametrize(
    ("name", "outcome", "expected"),
    [
        ("wait", FAILED, Verdict.BLOCK),
        ("release", ERRORED, Verdict.INCONCLUSIVE),
        ("soak", FAILED, Verdict.BLOCK),
        ("clean-up", ERRORED, Verdict.PASS),
        ("sign-in", ERRORED, Verdict.PASS),
    ],
)
def test_phases_count_where_they_speak_of_the_service(
    name: str, outcome: SmokeOutcome, expected: Verdict
) -> None:
    phases = (SmokePhase(name, outcome),)

    assert verdict(report(PASSED, phases=phases), Gate()) is expected
