"""Wald's sequential test: is a check broken, healthy, or is it too early to say?

Retrying until green lets a deploy that breaks half of all requests through 94 % of the
time, and one request without a retry takes a third of all healthy deploys back. A
sequential test does neither, with error rates that are stated beforehand (A. Wald,
Sequential Tests of Statistical Hypotheses, 1945).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from flowguard.smoke.suite import Gate

PRIOR = 10
"""What `Gate.flake` weighs against the noise of the baseline: so many requests."""

SURE = 1.645
"""How many standard deviations a bound lies off that holds 19 times in 20."""
NEARLY_ALWAYS = 0.99
"""The share of failures of a check that fails nearly always."""
COUNTLESS = 1_000_000_000
"""Odds beyond which a number says no more."""


class Judgement(StrEnum):
    """What the samples of a check say so far."""

    BROKEN = "broken"
    HEALTHY = "healthy"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Wald:
    """A test of `failing at the rate flake` against `failing at the rate broken`."""

    flake: float
    broken: float
    false_alarm: float
    """How often a check that fails at `flake` may be called broken."""
    miss: float
    """How often a check that fails at `broken` may be called healthy."""

    @property
    def of_failure(self) -> float:
        """How far a failing sample moves the balance, towards broken."""
        return math.log(self.broken / self.flake)

    @property
    def of_pass(self) -> float:
        """How far a passing sample moves it, towards healthy: a negative number."""
        return math.log((1 - self.broken) / (1 - self.flake))

    @property
    def upper(self) -> float:
        """The balance at which the check is broken."""
        return math.log((1 - self.miss) / self.false_alarm)

    @property
    def lower(self) -> float:
        """The balance at which it is healthy."""
        return math.log(self.miss / (1 - self.false_alarm))

    @property
    def fewest_passes(self) -> int:
        """How many passing samples in a row call the check healthy."""
        return math.ceil(self.lower / self.of_pass)


def wald(gate: Gate, critical: int, *, flake: float | None = None) -> Wald:
    """The test of one check.

    `critical` is how many checks can take the deploy back: the false alarms that the
    gate allows of the suite are shared among them (Bonferroni). `flake` is the check's
    own, where a baseline tells it; a check that is noisy by itself is broken only when
    it is clearly noisier.
    """
    rate = gate.flake if flake is None else max(flake, gate.flake)
    broken = gate.broken if rate <= gate.broken / 2 else (1 + rate) / 2
    return Wald(
        flake=rate,
        broken=broken,
        false_alarm=gate.false_rollback / max(critical, 1),
        miss=gate.miss,
    )


def own_flake(gate: Gate, *, passed: int, failed: int) -> float:
    """A check's own rate of failures, as the two passes of a baseline show it.

    A few samples say little of a small rate: what the gate tolerates anyway counts as
    `PRIOR` more of them, and stays the least that is tolerated.
    """
    seen = (failed + PRIOR * gate.flake) / (passed + failed + PRIOR)
    return max(gate.flake, seen) if failed else gate.flake


def worse(gate: Gate, critical: int, *, passed: int, failed: int) -> Wald:
    """The test of a check that was broken before the deploy and passed at times: does
    it fail nearly always now?

    The rate of before is taken for as high as its samples allow (Wilson's bound), so
    that a service that is as bad as before is not called worse.
    """
    total = passed + failed
    share, spare = failed / total, SURE**2 / total
    spread = SURE * math.sqrt(share * (1 - share) / total + spare / (4 * total))
    most = (share + spare / 2 + spread) / (1 + spare)
    return Wald(
        flake=min(most, 0.95 * NEARLY_ALWAYS),
        broken=NEARLY_ALWAYS,
        false_alarm=gate.false_rollback / max(critical, 1),
        miss=gate.miss,
    )


def by_chance(*, passed: int, failed: int, passed_then: int, failed_then: int) -> float:
    """How likely so many of the failures, or more, are of now if the rate is that of
    before: from 0 to 1 (R. A. Fisher's exact test, on one side)."""
    now, both = passed + failed, failed + failed_then
    total = now + passed_then + failed_then
    ways = (
        math.comb(both, k) * math.comb(total - both, now - k)
        for k in range(failed, min(now, both) + 1)
    )
    return sum(ways) / math.comb(total, now)


def evidence(
    test: Wald,
    *,
    passed: int,
    failed: int,
    early: int = 0,
    starting: float = 0.0,
    judgement: Judgement = Judgement.BROKEN,
) -> str:
    """What so many samples say, in words.

    `early` of the failures came before the service was up, over `starting` seconds.
    How likely it is, is said of samples that lie further apart than a burst of failures
    may last, and so stand each for itself: of those alone that decided.
    """
    total = passed + failed
    if not total:
        return "nothing was measured"
    if early and early == failed:
        return _of_start(test, passed, early, starting)
    if not failed:
        return _of_passes(test, passed)
    counted = f"{failed} of {total} failed"
    if judgement is not Judgement.BROKEN:
        return counted
    odds = _at_least(failed - early, total - early, test.flake)
    flake = _percent(test.flake)
    return f"{counted}; one that fails {flake} by chance does so {_once_in(odds)}"


def _of_passes(test: Wald, passed: int, *also: str) -> str:
    odds = _at_least(passed, passed, 1 - test.broken)
    broken = _percent(test.broken)
    said = f"one that fails {broken} of its requests does so {_once_in(odds)}"
    return "; ".join([f"{passed} of {passed} passed", *also, said])


def _of_start(test: Wald, passed: int, early: int, starting: float) -> str:
    over = f"in the first {starting:.0f} s" if early > 1 else "at the first try"
    if passed:
        return _of_passes(test, passed, f"it was not up {over}")
    return f"{early} of {early} failed {over}"


def _at_least(events: int, tries: int, rate: float) -> float:
    """How likely so many events or more are in so many tries."""
    return math.fsum(
        math.comb(tries, k) * rate**k * (1 - rate) ** (tries - k)
        for k in range(events, tries + 1)
    )


def _once_in(chance: float) -> str:
    if chance * COUNTLESS < 1:
        return "less than once in a billion"
    times = 1 / chance
    digits = 1 - math.ceil(math.log10(times)) if times > 1 else 0
    rounded = round(times, min(digits + 1, 0))
    return f"once in {rounded:,.0f}" if rounded > 1 else "every time"


def _percent(rate: float) -> str:
    return f"{rate * 100:.3g} %"
