"""A check, sampled until enough is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from flowguard.model.smoke import Part
from flowguard.smoke.baseline import CheckBaseline
from flowguard.smoke.failures import Failure
from flowguard.smoke.judge import Wald, evidence, own_flake, wald, worse
from flowguard.smoke.latency import ENOUGH
from flowguard.smoke.runner.attempt import Attempt, attempt
from flowguard.smoke.runner.meaning import Meaning
from flowguard.smoke.runner.session import Session
from flowguard.smoke.sampling import (
    FAILING,
    Confirmation,
    Sampler,
    Sampling,
    Seen,
    pace,
)
from flowguard.smoke.suite import Check, Http

KEPT = 12
"""How many attempts of a check are kept for the report, the first and the last."""


@dataclass(slots=True)
class Measured:
    """What is known of a check in the end."""

    samples: Sampler
    test: Wald
    attempts: list[Attempt] = field(default_factory=list)
    failures: Counter[Failure] = field(default_factory=Counter)
    """How often each failure was seen."""
    times: list[float] = field(default_factory=list)
    seconds: float = 0.0
    """How long it took, waiting included."""

    @property
    def last(self) -> Attempt | None:
        """The latest attempt."""
        return self.attempts[-1] if self.attempts else None

    @property
    def telling(self) -> Attempt | None:
        """The attempt that says what is wrong: the last that failed, if any did."""
        wrong = [a for a in self.attempts if a.seen in FAILING]
        return wrong[-1] if wrong else self.last

    @property
    def evidence(self) -> str:
        """What the samples say, in words."""
        counted = self.samples
        return evidence(
            self.test,
            passed=counted.passed,
            failed=counted.failed,
            early=counted.early,
            starting=counted.starting,
            judgement=counted.judgement,
        )

    def never_works(self, test: Wald) -> bool:
        """Whether it was tried to the end and never passed, which proves by that test
        that it is broken."""
        counted = self.samples
        proven = counted.failed * test.of_failure >= test.upper
        return proven and not counted.passed and counted.gap() is None

    def keep(self, one: Attempt) -> None:
        """Keep an attempt, or let one in the middle go for it."""
        if one.seen in FAILING:
            self.failures[one.failure] += 1
        if len(self.attempts) >= KEPT:
            del self.attempts[KEPT // 2]
        self.attempts.append(one)


def measure(
    session: Session,
    check: Check,
    what: Http,
    *,
    critical: int,
    before: CheckBaseline | None = None,
    timing: bool = False,
    anonymous: bool = False,
) -> Measured:
    """Send the check's requests until it is judged, or the run is over.

    `critical` is how many checks share the gate's false alarms; `timing` asks for as
    many times as a comparison needs.
    """
    samples, test = sampler(
        session, check, critical=critical, before=before, timing=timing
    )
    found = Measured(samples, test)
    warmup = session.suite.gate.warmup if timing else 0
    meaning = Meaning(session, check, samples, before)

    def one(number: int) -> Seen:
        tried = attempt(session, what, number, anonymous=anonymous)
        if not anonymous:
            tried = meaning.of(tried)
        found.keep(tried)
        if tried.seconds is not None and found.samples.passed >= warmup:
            found.times.append(tried.seconds)
        return tried.seen

    repeat(session, found, one)
    return found


def repeat(session: Session, found: Measured, one: Callable[[int], Seen]) -> None:
    """Try again and again, until the samples suffice or the run is over."""
    begun, number = session.offset, 0
    gap: float | None = 0.0
    while gap is not None:
        number += 1
        at = session.offset
        found.samples.add(one(number), at)
        gap = found.samples.gap()
        if gap is not None and not session.pause(gap):
            break
    found.seconds = session.offset - begun


def sampler(
    session: Session,
    check: Check,
    *,
    critical: int,
    before: CheckBaseline | None,
    timing: bool = False,
) -> tuple[Sampler, Wald]:
    """How a check is sampled, and by which test it is judged."""
    gate = session.suite.gate
    noise = None
    if before is not None and not before.broken(gate):
        noise = own_flake(gate, passed=before.passed, failed=before.failed)
    test = wald(gate, critical, flake=noise)
    wanted = check.samples
    if before is not None and before.at_times(gate):
        counted = {"passed": before.passed, "failed": before.failed}
        # One answer that passes says that it does not fail always, and not that it works.
        wanted = wanted or gate.samples or test.fewest_passes
        test = worse(gate, critical, **counted)
    if not isinstance(check.what, Http) or not check.what.safe:
        return Confirmation(test, gate.spread, session.startup), test
    timed = max(gate.latency_samples, ENOUGH) + gate.warmup if timing else 0
    plan = pace(gate, wanted, timed=timed, startup=session.startup)
    return Sampling(test, plan, session.chance), test


def comparable(check: Check) -> bool:
    """Whether the times of a check say how fast the service is."""
    what = check.what
    return (
        isinstance(what, Http)
        and what.safe
        and all(step.until is None for step in what.steps)
    )


def parts_of(found: Attempt | None) -> tuple[Part, ...]:
    """The parts of an attempt: what each step's answer tells of its dependencies."""
    return tuple(p for step in found.steps for p in step.parts) if found else ()
