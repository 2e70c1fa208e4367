"""When a check is asked again, and when enough is known of it.

Failures come in bursts: a cold start, a route that is not everywhere yet, a throttled
dependency. A test that takes its samples within one burst convicts a healthy service
however small its stated error is. So the samples are spread in time with growing gaps,
apart by chance from those of other checks, and no check is broken whose failures do
not outlast `Gate.spread`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from flowguard.smoke.judge import Judgement, Wald
from flowguard.smoke.suite import Gate

FIRST_GAP = 0.5
"""Seconds until a check is asked the second time; each gap is twice the one before."""

FIRST_GAP_IN_TROUBLE = 1.0
"""The same after a failure: one burst is to count as few failures as can be."""

LONGEST_GAP = 4.0
GAP_WHEN_TIMING = 0.01
"""Seconds between requests that are sent for their time alone."""

JITTER = 0.25
"""The part of a gap that chance adds or takes away."""

UNMEASURED_LIMIT = 3
"""How often in a row a check may go unmeasured before it is given up."""


class Seen(StrEnum):
    """What one sample of a check was."""

    PASSED = "passed"
    FAILED = "failed"
    HOPELESS = "hopeless"
    """Failed with an answer that will not change: 404, a certificate of another name."""
    UNMEASURED = "unmeasured"
    """It says nothing of the service: this runner is offline, or is throttled."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many samples are taken, over which time."""

    most: int
    """Samples after which a check that is not decided stays so."""
    spread: float
    """Seconds that the failures of a broken check span at least."""
    wanted: int | None = None
    """How many passing samples are enough; as many as the test asks where None."""
    timed: int = 0
    """How many samples the comparison of times needs."""


def pace(gate: Gate, samples: int = 0, *, timed: int = 0) -> Pace:
    """The pace of one check that wants `samples`, or what the gate wants where 0."""
    return Pace(gate.max_samples, gate.spread, samples or gate.samples, timed)


class Sampling:
    """The samples of one check so far, and what is to follow."""

    def __init__(self, test: Wald, pace: Pace, chance: Callable[[], float]) -> None:
        """`chance` gives numbers from 0 to 1."""
        self.passed = self.failed = self.unmeasured = 0
        self._pace = pace
        self._chance = chance
        self._up, self._down = test.of_failure, test.of_pass
        self._upper, self._lower = test.upper, test.lower
        self._balance = 0.0
        self._since = self._until = 0.0
        self._trouble = 0
        self._hopeless = 0
        self._in_the_dark = 0

    def add(self, seen: Seen, at: float) -> None:
        """Take a sample that was sent at a moment, in seconds."""
        if seen is Seen.UNMEASURED:
            self.unmeasured += 1
            self._in_the_dark += 1
            return
        self._in_the_dark = 0
        if seen is Seen.PASSED:
            self.passed += 1
            self._hopeless = 0
            self._trouble += self._trouble > 0
            self._balance += self._down
            return
        self.failed += 1
        self._hopeless = self._hopeless + 1 if seen is Seen.HOPELESS else 0
        if self._balance <= self._lower:
            # It was found healthy; what went before is settled and excuses nothing.
            self._balance, self._trouble = 0.0, 0
        if self._balance <= 0:
            self._since = at
        self._trouble += 1
        self._until = at
        self._balance += self._up

    @property
    def judgement(self) -> Judgement:
        """What the samples say so far."""
        if self._hopeless > 1:
            return Judgement.BROKEN
        if self._balance >= self._upper:
            spread = self._until - self._since >= self._pace.spread
            return Judgement.BROKEN if spread else Judgement.OPEN
        enough = self._pace.wanted
        if enough is not None and not self.failed:
            return Judgement.HEALTHY if self.passed >= enough else Judgement.OPEN
        return Judgement.HEALTHY if self._balance <= self._lower else Judgement.OPEN

    @property
    def lost(self) -> bool:
        """Whether the check cannot be measured."""
        return self._in_the_dark >= UNMEASURED_LIMIT

    def gap(self) -> float | None:
        """Seconds until the next sample; None where no other is needed."""
        if self.lost:
            return None
        taken = self.passed + self.failed
        judgement = self.judgement
        if judgement is Judgement.BROKEN:
            return None
        if judgement is Judgement.HEALTHY:
            return GAP_WHEN_TIMING if taken < self._pace.timed else None
        if taken >= self._pace.most + self._pace.timed:
            return None
        return self._growing() * (1 + JITTER * (2 * self._chance() - 1))

    def _growing(self) -> float:
        in_trouble = max(self._trouble, self._in_the_dark)
        first = FIRST_GAP_IN_TROUBLE if in_trouble else FIRST_GAP
        return min(first * 2.0 ** ((in_trouble or self.passed) - 1), LONGEST_GAP)


class Confirmation:
    """The samples of what is not sent at will: a failure is confirmed by one more run.

    A chain that writes is run whole again, with values of its own, once a burst would
    be over. Two runs that disagree leave the question open.
    """

    def __init__(self, spread: float) -> None:
        """`spread` is how many seconds lie between a failure and its confirmation."""
        self.passed = self.failed = self.unmeasured = 0
        self._spread = spread
        self._in_the_dark = 0

    def add(self, seen: Seen, at: float) -> None:  # noqa: ARG002 — as a Sampling
        """Take a run."""
        self._in_the_dark = self._in_the_dark + 1 if seen is Seen.UNMEASURED else 0
        self.unmeasured += seen is Seen.UNMEASURED
        self.passed += seen is Seen.PASSED
        self.failed += seen in {Seen.FAILED, Seen.HOPELESS}

    @property
    def judgement(self) -> Judgement:
        """What the runs say so far."""
        if self.failed > 1:
            return Judgement.BROKEN
        alone = self.passed and not self.failed
        return Judgement.HEALTHY if alone else Judgement.OPEN

    @property
    def lost(self) -> bool:
        """Whether the check cannot be measured."""
        return self._in_the_dark >= UNMEASURED_LIMIT

    def gap(self) -> float | None:
        """Seconds until the next run; None where no other is needed."""
        if self.lost or self.passed or self.failed > 1:
            return None
        return self._spread if self.failed else FIRST_GAP_IN_TROUBLE


Sampler = Sampling | Confirmation
