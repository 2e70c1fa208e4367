"""When a check is asked again, and when enough is known of it.

Failures come in bursts: a cold start, an edge, a throttled dependency. A test that takes
its samples within one burst convicts a healthy service however small its stated error
is. So the samples are spread in time with growing gaps, apart by chance from those of
other checks, and no check is broken whose failures do not outlast `Gate.spread`, with
whatever they answer: a 401, 403, 404 or 422 is as much of a burst as a 500.

A release that has just gone live has a longer burst: until its instances answer, and
until each edge knows its routes. What a check answers so from its first sample on must
outlast `Gate.start`, and is forgotten, but for one failure, once it passes.
"""

from __future__ import annotations

import math
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

BURSTS = 2
"""How many bursts of failures a check has the time to live down."""

UNMEASURED_LIMIT = 3
"""How often in a row a check may go unmeasured before it is given up."""

MOST_RUNS = 8
"""How often a chain that writes is run at most."""

LATE = 0.01
"""The part by which a chain's runs lie further apart, so that they span all of it."""


class Seen(StrEnum):
    """What one sample of a check was."""

    PASSED = "passed"
    FAILED = "failed"
    DOWN = "down"
    """Failed as a service does whose instances are still to come up: nobody answers,
    or what stands before it says so (502, 503, 504)."""
    UNROUTED = "unrouted"
    """Failed as an edge does that does not know the route yet: 401, 403, 404, a
    certificate that is not its own."""
    UNMEASURED = "unmeasured"
    """It says nothing of the service: this runner is offline, or is throttled."""
    UNSENT = "unsent"
    """Nothing was sent: nobody is signed in, or a variable is not known."""


STARTING = frozenset({Seen.DOWN, Seen.UNROUTED})
"""What is no evidence while a service may still be starting."""
FAILING = frozenset({Seen.FAILED, *STARTING})
DARK = frozenset({Seen.UNMEASURED, Seen.UNSENT})


@dataclass(frozen=True, slots=True)
class Pace:
    """How many samples are taken, over which time."""

    most: int
    """Samples after which a check that is not decided stays so; twice as many where it
    failed once or twice for a while, and passes since."""
    spread: float
    """Seconds that the failures of a broken check span at least."""
    wanted: int | None = None
    """How many passing samples are enough; as many as the test asks where None."""
    timed: int = 0
    """How many samples the comparison of times needs."""
    startup: float = 0.0
    """Seconds that a service may take to start, as `spread` for what fails so."""


def pace(
    gate: Gate, samples: int = 0, *, timed: int = 0, startup: float | None = None
) -> Pace:
    """The pace of one check that wants `samples`, or what the gate wants where 0.

    `startup` is the gate's where it is None.
    """
    return Pace(
        gate.max_samples,
        gate.spread,
        samples or gate.samples,
        timed,
        gate.start if startup is None else startup,
    )


@dataclass(slots=True)
class _Dark:
    """The samples in a row that measured nothing."""

    spread: float
    count: int = 0
    sent: bool = False
    since: float = 0.0
    until: float = 0.0

    def add(self, seen: Seen, at: float) -> None:
        """Take a sample; one that measured something ends the dark."""
        if seen not in DARK:
            self.count = 0
            return
        if not self.count:
            self.since, self.sent = at, False
        self.count += 1
        self.sent = self.sent or seen is Seen.UNMEASURED
        self.until = at

    @property
    def lost(self) -> bool:
        """Whether it has lasted: a limit of requests is a burst, too."""
        lasted = not self.sent or self.until - self.since >= self.spread
        return self.count >= UNMEASURED_LIMIT and lasted


@dataclass(slots=True)
class _Start:
    """The failures of a service that may be starting."""

    startup: float
    count: int = 0
    since: float = 0.0
    until: float = 0.0
    over: int = 0
    """How many of them came when it should have been up."""

    def add(self, at: float) -> None:
        """Take a failure."""
        if not self.count:
            self.since = at
        self.count += 1
        self.until = at
        self.over += at - self.since >= self.startup

    @property
    def outlasted(self) -> bool:
        """Whether that is no start any more; one more failure is mere chance."""
        return self.over > 1


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
        self._since: float | None = None
        self._until = 0.0
        self._trouble = 0
        self._bursts = 0
        self._failing = False
        self._dark = _Dark(pace.spread)
        self._start = _Start(max(pace.startup, pace.spread))

    @property
    def early(self) -> int:
        """How many of the failures came before the service was up."""
        return self._start.count

    @property
    def starting(self) -> float:
        """For how many seconds it was seen not to be up."""
        return self._start.until - self._start.since

    def add(self, seen: Seen, at: float) -> None:
        """Take a sample that was sent at a moment, in seconds."""
        self._dark.add(seen, at)
        if seen in DARK:
            self.unmeasured += 1
        elif seen is Seen.PASSED:
            self._pass()
        elif seen in STARTING and not self.passed and self._pace.startup:
            self.failed += 1
            self._trouble += 1
            self._start.add(at)
        else:
            self._fail(at)

    def _pass(self) -> None:
        if self.early and not self.passed:
            # It is up: what it answered until then counts as one failure, and is over.
            self._balance += self._up
            self._since, self._trouble = None, 0
        self.passed += 1
        self._failing = False
        self._trouble += self._trouble > 0
        self._balance += self._down

    def _fail(self, at: float) -> None:
        self.failed += 1
        if self._balance <= self._lower:
            # It was found healthy; what went before is settled and excuses nothing.
            self._balance, self._trouble = 0.0, 0
        self._bursts += not self._failing
        self._failing = True
        if self._balance <= 0 or self._since is None:
            self._since = at
        self._trouble += 1
        self._until = at
        self._balance += self._up

    @property
    def judgement(self) -> Judgement:
        """What the samples say so far."""
        if self._never_up:
            return Judgement.BROKEN
        if self._balance >= self._upper and self._since is not None:
            spread = self._until - self._since >= self._pace.spread
            return Judgement.BROKEN if spread else Judgement.OPEN
        enough = self._pace.wanted
        if enough is not None and not self.failed:
            return Judgement.HEALTHY if self.passed >= enough else Judgement.OPEN
        return Judgement.HEALTHY if self._balance <= self._lower else Judgement.OPEN

    @property
    def _never_up(self) -> bool:
        sure = self.early * self._up >= self._upper
        return not self.passed and sure and self._start.outlasted

    @property
    def lost(self) -> bool:
        """Whether the check cannot be measured; one that is healthy was."""
        return self._dark.lost and self.judgement is not Judgement.HEALTHY

    def gap(self) -> float | None:
        """Seconds until the next sample; None where no other is needed."""
        if self.lost:
            return None
        taken = self.passed + self.failed - self.early
        judgement = self.judgement
        if judgement is Judgement.BROKEN:
            return None
        if judgement is Judgement.HEALTHY:
            timing = taken < self._pace.timed and not self._dark.count
            return GAP_WHEN_TIMING if timing else None
        if taken >= self._most + self._pace.timed:
            return None
        return self._growing() * (1 + JITTER * (2 * self._chance() - 1))

    @property
    def _most(self) -> int:
        """Twice as many samples after a burst or two: so many that takes to live down."""
        over = 0 < self._bursts <= BURSTS and not self._failing
        return self._pace.most * (2 if over else 1)

    def _growing(self) -> float:
        in_trouble = max(self._trouble, self._dark.count)
        first = FIRST_GAP_IN_TROUBLE if in_trouble else FIRST_GAP
        return min(first * 2.0 ** ((in_trouble or self.passed) - 1), LONGEST_GAP)


class Confirmation:
    """The samples of what is not sent at will: a failure is confirmed by more runs.

    A chain that writes is run whole again, with values of its own, as often as the test
    asks of failures alone, over as long as a burst may last. Runs that disagree leave
    the question open.
    """

    def __init__(self, test: Wald, spread: float, startup: float = 0.0) -> None:
        """`spread` is how many seconds the runs of a broken check span at least, and
        `startup` how many where a service may be starting."""
        self.passed = self.failed = self.unmeasured = 0
        self._wanted = max(math.ceil(test.upper / test.of_failure), 2)
        self._spread = spread
        self._since = self._until = 0.0
        self._has_startup = startup > 0
        self._start = _Start(max(startup, spread))
        self._dark = _Dark(spread)

    @property
    def early(self) -> int:
        """How many of the failures came before the service was up."""
        return self._start.count

    @property
    def starting(self) -> float:
        """For how many seconds it was seen not to be up."""
        return self._start.until - self._start.since

    def add(self, seen: Seen, at: float) -> None:
        """Take a run that began at a moment, in seconds."""
        self._dark.add(seen, at)
        self.unmeasured += seen in DARK
        self.passed += seen is Seen.PASSED
        if seen not in FAILING:
            return
        self.failed += 1
        if seen in STARTING and self._has_startup:
            self._start.add(at)
            return
        self._since = at if self._proper == 1 else self._since
        self._until = at

    @property
    def _proper(self) -> int:
        """The failures that are no start."""
        return self.failed - self.early

    @property
    def judgement(self) -> Judgement:
        """What the runs say so far."""
        if self.passed:
            return Judgement.OPEN if self._proper else Judgement.HEALTHY
        if self.early >= self._wanted and self._start.outlasted:
            return Judgement.BROKEN
        spread = self._until - self._since >= self._spread
        sure = self._proper >= self._wanted
        return Judgement.BROKEN if sure and spread else Judgement.OPEN

    @property
    def lost(self) -> bool:
        """Whether the check cannot be measured."""
        return self._dark.lost

    def gap(self) -> float | None:
        """Seconds until the next run; None where no other is needed."""
        if self.lost or self.passed or self.judgement is Judgement.BROKEN:
            return None
        if max(self._proper, self.early) >= MOST_RUNS:
            return None
        if self._dark.count or not self.failed:
            first = FIRST_GAP_IN_TROUBLE
            return min(first * 2.0 ** (self._dark.count - 1), LONGEST_GAP)
        span = self._spread if self._proper else self._start.startup
        return span / (min(self._wanted, MOST_RUNS) - 1) * (1 + LATE)


Sampler = Sampling | Confirmation
