"""The gate, as `gate.py` has it, for all kinds of failing answer, and for late starts."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gate
import gate_runs
from rows import Row, chances

from flowguard.model.exchange import Fault, FaultKind
from flowguard.model.results import Verdict
from flowguard.model.smoke import SmokeReport, SmokeResult
from flowguard.smoke import failing
from flowguard.smoke.judge import wald
from flowguard.smoke.sampling import Confirmation, Sampler, Sampling, Seen, pace
from flowguard.smoke.verdict import outcome, verdict

SUITES = 6_000
MISSES = 4_000
WRITING = 5
"""How many checks of a suite write, where some do."""

Draw = Callable[[random.Random], list[gate.Fails]]
"""The checks of one suite."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to fail."""

    name: str
    seen: Seen
    took: float = gate.REQUEST


KINDS = (
    Kind("401, 403, 404", failing.of_status(404)),
    Kind("502, 503, 504, refused", failing.of_status(503)),
    Kind("timeouts", failing.of_fault(Fault(FaultKind.TIMEOUT, "")), took=10.0),
    Kind("429", Seen.UNMEASURED),
)
PLAIN = Kind("400, 422, 500", failing.of_status(500))


def work() -> Iterator[tuple[Any, ...]]:
    """What is to be simulated: a function, and what it is given."""
    for kind in KINDS:
        for service in gate.SERVICES:
            if service.good or kind.seen is not Seen.UNMEASURED:
                yield kinds, kind, service
    yield from ((late, case) for case in LATE)
    for service in gate.SERVICES[:2]:
        yield chains, service
    yield from ((gate_runs.rows, case) for case in gate_runs.CASES)


def kinds(kind: Kind, service: gate.Service) -> list[Row]:
    """A service that fails in that way, by chance and in bursts."""
    suites = SUITES if service.good else MISSES
    ways = []
    for bursts in (False, True):

        def draw(chance: random.Random, *, bursts: bool = bursts) -> list[gate.Fails]:
            return gate.checks_of(service, chance, bursts=bursts)

        ways.append(verdicts(f"{kind} {service} {bursts}", suites, draw, kind))
    wrong, name = (
        (Verdict.BLOCK, "false rollbacks") if service.good else (Verdict.PASS, "misses")
    )
    case = f"{service.name}, {kind.name}"
    return [
        _row(f"{name} {case}", max(way[wrong] for way in ways) / suites),
        _row(f"stops {case}", max(way[Verdict.INCONCLUSIVE] for way in ways) / suites),
    ]


@dataclass(frozen=True, slots=True)
class Late:
    """A healthy service that is late."""

    name: str
    kind: Kind
    most: float
    """Seconds that it takes at most."""
    together: bool
    """Whether all checks are late by the same time."""
    known: bool = False
    """Whether the checks passed before the deploy."""


LATE = (
    Late("propagation, a known route", KINDS[0], 6.0, together=False, known=True),
    Late("propagation, a new route", KINDS[0], 29.0, together=False),
    Late("cut-over", KINDS[1], 29.0, together=True),
    Late("cut-over, each for itself", KINDS[1], 29.0, together=False),
)


def late(case: Late) -> list[Row]:
    """How often that is taken back, or stops the run."""

    def draw(chance: random.Random) -> list[gate.Fails]:
        same = chance.uniform(0, case.most)
        background = gate.independent(gate.BACKGROUND, chance)
        until = (
            same if case.together else chance.uniform(0, case.most)
            for _ in range(gate.CHECKS)
        )
        return [_late(end, background) for end in until]

    kind = PLAIN if case.known else case.kind
    found = verdicts(case.name, MISSES, draw, kind)
    text = f"{case.name}, to {case.most:g} s"
    return [
        _row(f"false rollbacks {text}", found[Verdict.BLOCK] / MISSES),
        _row(f"stops {text}", found[Verdict.INCONCLUSIVE] / MISSES),
    ]


def _late(end: float, rest: gate.Fails) -> gate.Fails:
    return lambda now: now < end or rest(now)


def chains(service: gate.Service) -> list[Row]:
    """Suites of which some checks write, in both ways to fail."""
    ways = []
    for bursts in (False, True):

        def draw(chance: random.Random, *, bursts: bool = bursts) -> list[gate.Fails]:
            return gate.checks_of(service, chance, bursts=bursts)

        name = f"chains {service} {bursts}"
        ways.append(verdicts(name, SUITES, draw, PLAIN, writing=WRITING))
    case = f"{service.name}, {WRITING} chains"
    return [
        _row(f"false rollbacks {case}", max(w[Verdict.BLOCK] for w in ways) / SUITES),
        _row(f"stops {case}", max(w[Verdict.INCONCLUSIVE] for w in ways) / SUITES),
    ]


def verdicts(
    seed: str, suites: int, draw: Draw, kind: Kind, *, writing: int = 0
) -> Counter[Verdict]:
    """What comes of so many suites."""
    chance = chances(seed)
    found = Counter[Verdict]()
    for _ in range(suites):
        found[_verdict(draw(chance), chance, kind, writing)] += 1
    return found


def _verdict(
    checks: list[gate.Fails], chance: random.Random, kind: Kind, writing: int
) -> Verdict:
    test, plan = wald(gate.GATE, len(checks)), pace(gate.GATE)
    results = []
    for number, fails in enumerate(checks):
        samples: Sampler = (
            Confirmation(test, gate.GATE.spread, gate.GATE.start)
            if number < writing
            else Sampling(test, plan, chance.random)
        )
        gate.sampled(samples, fails, kind.seen, kind.took)
        results.append(SmokeResult(str(number), outcome(samples)))
    return verdict(SmokeReport(tuple(results)), gate.GATE)


def _row(case: str, share: float) -> Row:
    return Row("flowguard", case, gate.percent(share), "%")
