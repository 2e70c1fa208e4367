"""When a check is asked again, and when enough is known of it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from flowguard.smoke.judge import Judgement, wald
from flowguard.smoke.sampling import (
    MOST_RUNS,
    Confirmation,
    Pace,
    Sampling,
    Seen,
    pace,
)
from flowguard.smoke.suite import Gate

PASSED, FAILED, DOWN, UNROUTED, UNMEASURED, UNSENT = Seen
TEST = wald(Gate(), 20)


def run(answers: list[Seen], plan: Pace | None = None) -> tuple[Sampling, list[float]]:
    """Sample until enough is known, the last answer being repeated; and when."""
    samples, sent, now = Sampling(TEST, plan or pace(Gate()), lambda: 0.5), [], 0.0
    gap: float | None = 0.0
    while gap is not None:
        now += gap
        sent.append(now)
        samples.add(answers[min(len(sent), len(answers)) - 1], now)
        gap = samples.gap()
    return samples, sent


def until(answer: Seen, seconds: float) -> tuple[Sampling, list[float]]:
    """Sample a check that answers so until a moment, and passes then."""
    samples, sent, now = Sampling(TEST, pace(Gate()), lambda: 0.5), [], 0.0
    gap: float | None = 0.0
    while gap is not None:
        now += gap
        sent.append(now)
        samples.add(answer if now < seconds else PASSED, now)
        gap = samples.gap()
    return samples, sent


def confirm(
    answers: list[Seen], checks: int = 20, startup: float = 30.0
) -> tuple[Confirmation, list[float]]:
    """The same of a chain that writes."""
    samples = Confirmation(wald(Gate(), checks), Gate().spread, startup)
    sent, now = [], 0.0
    gap: float | None = 0.0
    while gap is not None:
        now += gap
        sent.append(now)
        samples.add(answers[min(len(sent), len(answers)) - 1], now)
        gap = samples.gap()
    return samples, sent


def test_a_green_check_is_asked_five_times_over_some_seconds() -> None:
    samples, sent = run([PASSED])

    assert samples.judgement is Judgement.HEALTHY
    assert sent == [0, 0.5, 1.5, 3.5, 7.5]


@pytest.mark.parametrize("gate", [Gate(samples=1), Gate(samples=3)])
def test_a_spec_says_how_many_answers_it_wants(gate: Gate) -> None:
    assert len(run([PASSED], pace(gate))[1]) == gate.samples


def test_a_check_says_so_for_itself() -> None:
    assert len(run([PASSED], pace(Gate(samples=1), 8))[1]) == 8


def test_one_failure_takes_more_than_the_wanted_answers_to_be_forgiven() -> None:
    samples, sent = run([FAILED, PASSED], pace(Gate(samples=1)))

    assert samples.judgement is Judgement.HEALTHY
    assert len(sent) == 10


def test_a_broken_check_fails_for_longer_than_a_burst() -> None:
    samples, sent = run([FAILED])

    assert samples.judgement is Judgement.BROKEN
    assert sent[-1] - sent[0] >= Gate().spread
    assert samples.failed <= 6


def test_the_gaps_grow_to_a_bound() -> None:
    _, sent = run([FAILED, PASSED])
    gaps = [late - early for early, late in pairwise(sent)]

    assert gaps == sorted(gaps)
    assert gaps[-1] == 4


def test_checks_are_asked_apart_from_each_other() -> None:
    early = Sampling(TEST, pace(Gate()), lambda: 0.0)
    late = Sampling(TEST, pace(Gate()), lambda: 1.0)
    early.add(FAILED, 0)
    late.add(FAILED, 0)

    assert (early.gap(), late.gap()) == (0.75, 1.25)


def test_a_burst_of_failures_is_forgiven() -> None:
    samples, _ = run([PASSED, FAILED, FAILED, PASSED])

    assert samples.judgement is Judgement.HEALTHY


def test_two_bursts_are_not_one_long_failure() -> None:
    answers = [FAILED, FAILED, *[PASSED] * 7, FAILED, FAILED, FAILED, PASSED]

    assert run(answers)[0].judgement is not Judgement.BROKEN


def test_failing_on_and_on_is_not_excused_by_a_good_start() -> None:
    samples, _ = run([*[PASSED] * 4, FAILED])

    assert samples.judgement is Judgement.BROKEN


def test_what_stays_undecided_ends_so() -> None:
    answers = [FAILED, PASSED, PASSED, PASSED] * 10
    samples, sent = run(answers)

    assert samples.judgement is Judgement.OPEN
    assert len(sent) == Gate().max_samples


@pytest.mark.parametrize("answer", [FAILED, DOWN, UNROUTED])
def test_whatever_fails_past_a_pass_must_outlast_a_burst(answer: Seen) -> None:
    samples, sent = run([PASSED, answer])
    burst, _ = run([PASSED, *[answer] * 4, PASSED])

    assert samples.judgement is Judgement.BROKEN
    assert Gate().spread <= sent[-1] - sent[1] < 2 * Gate().spread
    assert burst.judgement is Judgement.HEALTHY


@pytest.mark.parametrize("answer", [DOWN, UNROUTED])
def test_what_may_be_starting_has_its_time_and_no_more(answer: Seen) -> None:
    samples, sent = run([answer])

    assert samples.judgement is Judgement.BROKEN
    assert Gate().start <= sent[-1] < Gate().start + 9


@pytest.mark.parametrize("answer", [DOWN, UNROUTED])
@pytest.mark.parametrize("seconds", [1, 8, 20, 30])
def test_a_service_that_comes_up_late_is_healthy(answer: Seen, seconds: float) -> None:
    samples, sent = until(answer, seconds)

    assert samples.judgement is Judgement.HEALTHY
    assert samples.early == samples.failed > 0
    assert sent[-1] < seconds + 40


def test_one_failure_past_a_start_is_mere_chance() -> None:
    samples, _ = run([*[DOWN] * 10, PASSED])

    assert samples.judgement is Judgement.HEALTHY


def test_a_late_start_is_as_good_as_one_failure() -> None:
    late, _ = until(DOWN, 20)

    assert late.passed == run([FAILED, PASSED])[0].passed == 9


def test_what_fails_again_after_its_start_is_judged_by_that() -> None:
    samples, sent = run([*[DOWN] * 6, PASSED, FAILED])

    assert samples.judgement is Judgement.BROKEN
    assert sent[-1] - sent[7] >= Gate().spread


def test_a_start_is_no_excuse_for_other_failures() -> None:
    samples, sent = run([DOWN, FAILED])

    assert samples.judgement is Judgement.BROKEN
    assert sent[-1] < 20


@pytest.mark.parametrize("answer", [DOWN, UNROUTED])
def test_before_a_deploy_nothing_is_starting(answer: Seen) -> None:
    samples, sent = run([answer], pace(Gate(), startup=0))

    assert samples.judgement is Judgement.BROKEN
    assert sent[-1] < 15


def test_a_spread_that_is_longer_than_a_start_counts_for_both() -> None:
    _, sent = run([DOWN], pace(Gate(spread=60, startup=20)))

    assert sent[-1] >= 60


def test_a_check_that_cannot_be_measured_is_given_up_undecided() -> None:
    samples, sent = run([UNMEASURED])

    assert samples.lost
    assert samples.judgement is Judgement.OPEN
    assert Gate().spread <= sent[-1] < 2 * Gate().spread


def test_what_cannot_be_sent_is_given_up_sooner() -> None:
    samples, sent = run([UNSENT])

    assert samples.lost
    assert len(sent) == 3


def test_a_burst_of_throttling_is_outlasted() -> None:
    samples, _ = run([PASSED, *[UNMEASURED] * 4, PASSED])

    assert samples.judgement is Judgement.HEALTHY
    assert samples.unmeasured == 4


def test_a_check_that_passed_stays_so_where_only_its_times_are_throttled() -> None:
    samples, sent = run([*[PASSED] * 6, UNMEASURED], pace(Gate(), timed=20))

    assert samples.judgement is Judgement.HEALTHY
    assert not samples.lost
    assert len(sent) == 7


def test_an_answer_ends_the_dark() -> None:
    samples, _ = run([UNMEASURED, UNMEASURED, PASSED])

    assert not samples.lost
    assert samples.judgement is Judgement.HEALTHY


def test_times_are_taken_without_waiting_once_the_check_is_healthy() -> None:
    samples, sent = run([PASSED], pace(Gate(samples=1), timed=20))

    assert samples.passed == 20
    assert sent[-1] < 1


def test_a_failure_while_times_are_taken_opens_the_question_again() -> None:
    samples, _ = run([*[PASSED] * 10, FAILED], pace(Gate(), timed=20))

    assert samples.judgement is Judgement.BROKEN


# -- chains that write -----------------------------------------------------------


def test_a_chain_that_passes_runs_once() -> None:
    samples, sent = confirm([PASSED])

    assert samples.judgement is Judgement.HEALTHY
    assert sent == [0]


@pytest.mark.parametrize(("checks", "runs"), [(1, 3), (20, 5)])
def test_a_chain_that_fails_runs_as_often_as_the_stated_rate_asks(
    checks: int, runs: int
) -> None:
    samples, sent = confirm([FAILED], checks)

    assert samples.judgement is Judgement.BROKEN
    assert len(sent) == runs
    assert Gate().spread <= sent[-1] < Gate().spread + 1


@pytest.mark.parametrize("answer", [DOWN, UNROUTED])
def test_a_chain_waits_for_the_start_of_a_service(answer: Seen) -> None:
    samples, sent = confirm([answer])
    late, _ = confirm([answer, answer, PASSED])

    assert samples.judgement is Judgement.BROKEN
    assert Gate().start <= sent[-1] < Gate().start + 9
    assert late.judgement is Judgement.HEALTHY


def test_runs_that_disagree_leave_the_question_open() -> None:
    samples, sent = confirm([FAILED, PASSED])

    assert samples.judgement is Judgement.OPEN
    assert len(sent) == 2


def test_a_chain_that_no_number_of_runs_proves_ends_open() -> None:
    noisy = wald(Gate(), 20, flake=0.9)
    samples, now = Confirmation(noisy, 10), 0.0
    gap: float | None = 0.0
    while gap is not None:
        now += gap
        samples.add(FAILED, now)
        gap = samples.gap()

    assert samples.judgement is Judgement.OPEN
    assert samples.failed == MOST_RUNS
