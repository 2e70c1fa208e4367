"""The sequential test: what it takes to call a check broken, or healthy."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from flowguard.smoke.judge import Judgement, by_chance, evidence, own_flake, wald
from flowguard.smoke.sampling import Sampling, Seen, pace
from flowguard.smoke.suite import Gate

TWENTY = wald(Gate(), 20)


def outcomes(rate: float, tries: int = 4_000) -> Counter[Judgement]:
    chance = random.Random(1)  # noqa: S311 — to be repeatable
    found = Counter[Judgement]()
    for _ in range(tries):
        samples, now = Sampling(TWENTY, pace(Gate()), chance.random), 0.0
        gap: float | None = 0.0
        while gap is not None:
            now += gap
            failed = chance.random() < rate
            samples.add(Seen.FAILED if failed else Seen.PASSED, now)
            gap = samples.gap()
        found[samples.judgement] += 1
    return found


def test_a_check_that_always_works_is_never_broken() -> None:
    assert outcomes(0.0) == {Judgement.HEALTHY: 4_000}


def test_a_check_that_never_works_is_always_broken() -> None:
    assert outcomes(1.0) == {Judgement.BROKEN: 4_000}


def test_a_check_that_fails_at_the_tolerated_rate_is_next_to_never_broken() -> None:
    assert outcomes(0.05)[Judgement.BROKEN] <= 1


def test_a_check_that_fails_half_of_the_time_is_rarely_healthy() -> None:
    assert outcomes(0.5)[Judgement.HEALTHY] < 4_000 * 0.05


def test_the_more_checks_the_more_certain_each_must_be() -> None:
    assert wald(Gate(), 20).upper > wald(Gate(), 1).upper


def test_a_suite_without_critical_checks_has_a_test_too() -> None:
    assert wald(Gate(), 0) == wald(Gate(), 1)


def test_two_passes_without_a_failure_tell_no_rate_of_their_own() -> None:
    assert own_flake(Gate(), passed=2, failed=0) == Gate().flake


def test_a_noisy_check_is_held_against_its_own_noise() -> None:
    noise = own_flake(Gate(), passed=30, failed=10)
    test = wald(Gate(), 20, flake=noise)

    assert 0.2 < test.flake < 0.25
    assert test.broken == Gate().broken


def test_a_check_that_was_nearly_broken_needs_more_than_half() -> None:
    test = wald(Gate(), 20, flake=0.4)

    assert test.broken == pytest.approx(0.7)
    assert test.of_failure > 0 > test.of_pass


@pytest.mark.parametrize(
    ("passed", "failed", "said"),
    [
        (1, 2, "2 of 3 failed; one that fails 5 % by chance does so once in 140"),
        (
            1,
            4,
            "4 of 5 failed; one that fails 5 % by chance does so once in 33,000",
        ),
        (
            0,
            9,
            "9 of 9 failed; one that fails 5 % by chance does so less than once in a billion",
        ),
        (
            5,
            0,
            "5 of 5 passed; one that fails 50 % of its requests does so once in 32",
        ),
        (0, 0, "nothing was measured"),
    ],
)
def test_the_evidence_is_told_in_words(passed: int, failed: int, said: str) -> None:
    assert evidence(TWENTY, passed=passed, failed=failed) == said


def test_how_long_it_was_not_up_stands_before_what_may_be_cut_off() -> None:
    said = evidence(TWENTY, passed=9, failed=5, early=5, starting=9.0)

    assert said.startswith("9 of 9 passed; it was not up in the first 9 s; one that")


@pytest.mark.parametrize(
    ("now", "then", "chance"),
    [
        # (passed, failed): by hand, from the hypergeometric distribution.
        ((0, 3), (3, 0), 1 / 20),
        ((1, 2), (2, 1), 10 / 20),
        ((3, 0), (0, 3), 1.0),
        ((0, 0), (3, 3), 1.0),
        ((2, 2), (0, 0), 1.0),
    ],
)
def test_how_likely_a_difference_is_by_chance(
    now: tuple[int, int], then: tuple[int, int], chance: float
) -> None:
    found = by_chance(
        passed=now[0], failed=now[1], passed_then=then[0], failed_then=then[1]
    )

    assert found == pytest.approx(chance)
