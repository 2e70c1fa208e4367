"""The gate: how often it takes a good deploy back, and lets a bad one through.

Suites of 20 checks, 10,000 of each kind, run against simulated services on a virtual
clock, with the code that decides in a real run: its sampling, its sequential test, its
verdict, with the settings that hold where a spec names none. Two ways to fail are
simulated. *Independent*: each request fails by chance, on its own. *Bursts*: the
service is down for 2 s on average (exponentially spread), all checks of the suite at
once, as often as gives the same share of time.

| service | what of it fails |
| --- | --- |
| healthy | 0.1 % of all requests |
| flaky 2 % | 2 % of all requests |
| broken | one check of the 20, always |
| half-broken | one check of the 20, half of its requests |
| half-broken, all checks | half of the requests of each check |

What one check alone shows is the hardest to see; the limits are kept there. The other
checks of the suite are healthy ones. A *false rollback* is a verdict that takes a
healthy or a flaky service back: at most 0.1 % and 0.7 % are allowed. A *miss* is a
verdict that lets a broken or a half-broken one pass: at most 0.1 % and 10 %. A
*stop* is neither: the samples did not suffice, and a person must look.

With `gate: {samples: {pass: 1}}` a first answer that passes is enough, and only a failure is
looked into: a suite ends as soon as all checks have answered, and a check that fails
half of its requests is passed half of the time.

**All kinds of failing answer.** The same again where what fails is not a 500, but a 401,
403 or 404; a 502, 503, 504 or a refused connection; a timeout of 10 s; a 429. The larger of
the two values of *independent* and *bursts* is shown, of 6,000 suites each, and of 4,000
for misses and late starts; the bounds are the same. Nobody
is convicted by a 429: of it there are stops alone.

*Propagation* and *cut-over* are healthy services of which each check fails from its first
request on, for a time of its own from 0 s to 6 s (a route that was there before the deploy)
or to 29 s (a route that is new, instances that come up). *Chains* are suites of which 5
checks write.

Through the whole runner, with its sign-ins and its firewalls, go 300 suites of 20 checks of
a healthy service: one whose tokens end after 3 s to 60 s, unsaid; one whose firewall refuses
all of the runner's requests with a page from a moment within the first 8 s on, which is to
end as a stop; and one whose every instance is away for 0 s to 29 s from the first.

Beside it the policies of others, on the same services: *one request* is one without a
retry; *retry 3* asks again up to three times, a second apart, and any success passes.

The times of a service are simulated as well: log-normal with a spread of 0.25 or 0.5,
one answer in 33 six times as long. A *false warning* is an unchanged check called
slow; a check that takes 1.5 times or twice as long should be *told*. A service that is
only slower passes, with a warning.

`python benchmarks/gate.py --json FILE` simulates, and writes the rows.
"""

from __future__ import annotations

import bisect
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import accumulate

from rows import SEED, Row, chances, machine, main, setting

from flowguard.model.results import Verdict
from flowguard.model.smoke import SmokeOutcome, SmokeReport, SmokeResult
from flowguard.smoke import latency
from flowguard.smoke.judge import wald
from flowguard.smoke.sampling import Sampler, Sampling, Seen, pace
from flowguard.smoke.suite import Gate, LatencyRule
from flowguard.smoke.verdict import outcome, verdict

SUITES = 10_000
CHECKS = 20
GATE = Gate()
QUICK = Gate(samples=1)
REQUEST = 0.05
"""Seconds that a simulated request takes."""

BURST = 2.0
"""Seconds that a service is down, on average, where failures come in bursts."""

HORIZON = 150.0
"""Seconds of a service's life that are drawn at a time."""

BACKGROUND = 0.001
"""The share of requests that fail on a service in good health."""

TRIALS = 2_000
TIMED = 20
OUTLIERS = 0.03

Fails = Callable[[float], bool]
"""Whether a request that is sent at a moment fails."""


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of service, and whether a suite ought to pass on it."""

    name: str
    rate: float
    every_check: bool
    good: bool


SERVICES = (
    Service("healthy", BACKGROUND, every_check=True, good=True),
    Service("flaky 2 %", 0.02, every_check=True, good=True),
    Service("broken", 1.0, every_check=False, good=False),
    Service("half-broken", 0.5, every_check=False, good=False),
    Service("half-broken, all checks", 0.5, every_check=True, good=False),
)


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came of one suite."""

    verdict: Verdict
    requests: int
    seconds: float


def flowguard(checks: list[Fails], chance: random.Random) -> Simulated:
    """The suite as FlowGuard runs it where the spec names no setting."""
    return judged(checks, chance, GATE)


def quick(checks: list[Fails], chance: random.Random) -> Simulated:
    """The suite as FlowGuard runs it where one passing answer is enough."""
    return judged(checks, chance, QUICK)


def judged(checks: list[Fails], chance: random.Random, gate: Gate) -> Simulated:
    """Each check on its own, side by side."""
    test, plan = wald(gate, len(checks)), pace(gate)
    results, requests, end = [], 0, 0.0
    for number, fails in enumerate(checks):
        samples = Sampling(test, plan, chance.random)
        now = sampled(samples, fails)
        requests += samples.passed + samples.failed + samples.unmeasured
        results.append(SmokeResult(str(number), outcome(samples)))
        end = max(end, now)
    found = verdict(SmokeReport(tuple(results)), gate)
    return Simulated(found, requests, end)


def sampled(
    samples: Sampler, fails: Fails, as_what: Seen = Seen.FAILED, took: float = REQUEST
) -> float:
    """Ask one check until it is decided: when that is.

    A request that fails does so as `as_what`, and takes so long.
    """
    now = 0.0
    gap: float | None = 0.0
    while gap is not None:
        now += gap
        failed = fails(now)
        samples.add(as_what if failed else Seen.PASSED, now)
        now += took if failed else REQUEST
        gap = samples.gap()
    return now


def others(checks: list[Fails], retries: int) -> Simulated:
    """The suite as others run it: any success among so many retries passes."""
    found, requests, end = Verdict.PASS, 0, 0.0
    for fails in checks:
        for attempt in range(retries + 1):
            requests += 1
            now = attempt * (1.0 + REQUEST)
            end = max(end, now + REQUEST)
            if not fails(now):
                break
        else:
            found = Verdict.BLOCK
    return Simulated(found, requests, end)


def one_request(checks: list[Fails], _: random.Random) -> Simulated:
    """No retry at all."""
    return others(checks, 0)


def retry_3(checks: list[Fails], _: random.Random) -> Simulated:
    """Up to three retries."""
    return others(checks, 3)


POLICIES = {
    "flowguard": flowguard,
    "flowguard, one sample": quick,
    "one request": one_request,
    "retry 3": retry_3,
}


def checks_of(service: Service, chance: random.Random, *, bursts: bool) -> list[Fails]:
    """The checks of a suite, against a service of that kind."""
    drawn = in_bursts if bursts else independent
    background = drawn(BACKGROUND, chance)
    failing = drawn(service.rate, chance)
    rest = failing if service.every_check else background
    return [failing, *([rest] * (CHECKS - 1))]


def independent(rate: float, chance: random.Random) -> Fails:
    """Each request fails on its own."""
    return lambda _now: chance.random() < rate


def in_bursts(rate: float, chance: random.Random) -> Fails:
    """All requests within a burst fail, and none between two of them."""
    if rate >= 1:
        return lambda _now: True
    between = BURST * (1 - rate) / rate
    down = chance.random() < rate
    means = (BURST, between) if down else (between, BURST)
    # Twice as many changes as are to be expected, and a few.
    pairs = int(HORIZON / (BURST + between)) * 2 + 8
    lengths = (chance.expovariate(1 / mean) for _ in range(pairs) for mean in means)
    changes = [*accumulate(lengths)]
    return lambda now: (bisect.bisect(changes, now) % 2 == 1) != down


def simulate(tool: str, service: Service, bursts: bool) -> list[Row]:
    """Many suites of one kind, under one policy."""
    chance = chances(f"{service.name} {bursts}")
    policy, verdicts = POLICIES[tool], Counter[Verdict]()
    requests, seconds = 0, 0.0
    for _ in range(SUITES):
        one = policy(checks_of(service, chance, bursts=bursts), chance)
        verdicts[one.verdict] += 1
        requests += one.requests
        seconds += one.seconds
    kind = f"{service.name}{' in bursts' * bursts}"
    wrong, name = (
        (Verdict.BLOCK, "false rollbacks") if service.good else (Verdict.PASS, "misses")
    )
    rows = [Row(tool, f"{name} {kind}", percent(verdicts[wrong] / SUITES), "%")]
    if not tool.startswith("flowguard"):
        return rows
    stopped = verdicts[Verdict.INCONCLUSIVE] / SUITES
    return [
        *rows,
        Row(tool, f"stops {kind}", percent(stopped), "%"),
        Row(tool, f"requests {kind}", round(requests / SUITES, 1), "requests"),
        Row(tool, f"time {kind}", round(seconds / SUITES, 1), "s"),
    ]


def times(chance: random.Random, spread: float, factor: float) -> list[float]:
    """How long the answers of one check take."""
    return [
        chance.lognormvariate(math.log(0.05), spread)
        * factor
        * (6 if chance.random() < OUTLIERS else 1)
        for _ in range(TIMED)
    ]


def slowness(spread: float) -> list[Row]:
    """How often a check is called slow that is as fast as before, or is not."""
    chance = chances(f"slow {spread}")
    rows = []
    for factor in (1.0, 1.5, 2.0):
        told = 0
        for _ in range(TRIALS):
            before, after = times(chance, spread, 1.0), times(chance, spread, factor)
            found = latency.measure(after, before)
            told += bool(found and latency.complaint(found, LatencyRule()))
        case = "false warnings" if factor == 1 else f"{factor:g} × slower told"
        share = percent(told / TRIALS)
        rows.append(Row("flowguard", f"{case}, spread {spread:g}", share, "%"))
    return rows


def only_slower() -> Row:
    """What a suite says of which every check is slow."""
    slow = SmokeResult("slow", SmokeOutcome.SLOW)
    found = verdict(SmokeReport((slow,) * CHECKS), GATE)
    return Row("flowguard", "verdict of a service that is only slower", found.value, "")


def percent(share: float) -> float:
    """A share as a percentage that is fit to print."""
    return round(share * 100, 3)


def measured() -> Iterator[Row]:
    """All kinds of services, under each policy."""
    import gate_kinds  # it stands on this module

    yield from machine()
    yield setting("suites", f"{SUITES} of {CHECKS} checks")
    yield setting("seed", SEED)
    yield setting("bursts", f"{BURST:g} s on average")
    with ProcessPoolExecutor() as pool:
        runs = [
            pool.submit(simulate, tool, service, bursts)
            for tool in POLICIES
            for service in SERVICES
            for bursts in (False, True)
        ]
        slow = [pool.submit(slowness, spread) for spread in (0.25, 0.5)]
        for run in (*runs, *slow):
            yield from run.result()
        for case in [pool.submit(*one) for one in gate_kinds.work()]:
            yield from case.result()
    yield only_slower()


if __name__ == "__main__":
    main(__doc__, measured())
