"""Whether a check is slower than before the deploy."""

from __future__ import annotations

import random
from statistics import NormalDist

import pytest

from flowguard.model.smoke import Latency
from flowguard.smoke.latency import complaint, measure, percentile
from flowguard.smoke.suite import LatencyRule


def times(factor: float, seed: int, count: int = 20) -> list[float]:
    chance = random.Random(seed)  # noqa: S311 — to be repeatable
    return [chance.lognormvariate(-3, 0.25) * factor for _ in range(count)]


def judged(after: list[float], before: list[float], **rule: float) -> str:
    found = measure(after, before)
    assert found

    return complaint(found, LatencyRule(**rule))


def test_nothing_is_known_without_an_answer() -> None:
    assert measure([]) is None


def test_a_service_as_fast_as_before_is_not_slow() -> None:
    slow = [seed for seed in range(300) if judged(times(1, seed), times(1, -seed - 1))]

    assert len(slow) <= 1


def test_a_service_twice_as_slow_is_slow() -> None:
    told = [seed for seed in range(300) if judged(times(2, seed), times(1, -seed - 1))]

    assert len(told) >= 297


def test_it_says_by_how_much() -> None:
    said = judged(
        [0.1 + i / 1e4 for i in range(20)], [0.05 + i / 1e4 for i in range(20)]
    )

    assert said == "98 % slower than before the deploy: 101 ms, was 51 ms"


def test_a_shift_that_is_certain_but_small_is_let_pass() -> None:
    before, after = (
        [0.100 + i / 1e6 for i in range(20)],
        [0.110 + i / 1e6 for i in range(20)],
    )

    assert judged(after, before) == ""
    assert judged(after, before, vs_baseline=0.05)


def test_a_faster_service_is_not_slow() -> None:
    assert judged(times(0.5, 1), times(1, 2)) == ""


@pytest.mark.parametrize(("after", "before"), [(19, 20), (20, 19), (5, 0)])
def test_too_few_samples_compare_nothing(after: int, before: int) -> None:
    assert judged(times(9, 1, after), times(1, 2, before)) == ""


def test_equal_times_are_no_evidence() -> None:
    found = measure([0.05] * 20, [0.05] * 20)

    assert found == Latency(20, 0.05, 0.05, 0.05, 0.0, 1.0)


def test_a_baseline_of_no_time_at_all_compares_nothing() -> None:
    assert judged(times(1, 1), [0.0] * 20) == ""


def test_an_absolute_limit_is_held_against_the_95th_percentile() -> None:
    assert judged([0.1] * 19 + [9.0], [], p95=0.2) == ""
    assert judged([0.1, 0.3], [], p95=0.2) == (
        "95 % of the answers took up to 300 ms, allowed are 200 ms"
    )


def test_a_percentile_is_a_time_that_was_seen() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.95) == 3.0
    assert percentile([1.0], 0.0) == 1.0


def test_ranks_agree_with_the_definition() -> None:
    """U counts the pairs in which the later answer took longer."""
    before, after = times(1, 3), times(1.2, 4)
    found = measure(after, before)
    assert found
    assert found.p_value is not None
    u = sum(late > early for late in after for early in before)
    deviation = (20 * 20 / 12 * 41) ** 0.5
    z = (u - 200 - 0.5) / deviation

    assert found.p_value == pytest.approx(1 - NormalDist().cdf(z))
