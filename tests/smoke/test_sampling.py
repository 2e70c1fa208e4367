"""When a check is asked again, and when enough is known of it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from flowguard.smoke.judge import Judgement, wald
from flowguard.smoke.sampling import Pace, Sampling, Seen, pace
from flowguard.smoke.suite import Gate

PASSED, FAILED, HOPELESS, UNMEASURED = Seen
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


def test_a_hopeless_answer_is_asked_for_once_more_only() -> None:
    samples, sent = run([HOPELESS])

    assert samples.judgement is Judgement.BROKEN
    assert len(sent) == 2


def test_a_hopeless_answer_that_does_not_come_again_counts_as_a_failure() -> None:
    samples, _ = run([HOPELESS, PASSED])

    assert samples.judgement is Judgement.HEALTHY
    assert samples.failed == 1


def test_a_check_that_cannot_be_measured_is_given_up_undecided() -> None:
    samples, sent = run([UNMEASURED])

    assert samples.lost
    assert samples.judgement is Judgement.OPEN
    assert len(sent) == 3


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
