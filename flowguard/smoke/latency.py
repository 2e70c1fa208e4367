"""Is a check that works slower than before the deploy?

A percentile held against a percentile gives a false alarm in every fourth run of an
unchanged service. Here a check is slow when the ranks of the answers' times leave no
doubt of it (Mann-Whitney), and when the shift is one that matters (Hodges-Lehmann).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import chain

from flowguard.model.smoke import Latency
from flowguard.smoke.suite import LatencyRule

ENOUGH = 20
"""Samples on each side below which nothing is compared: with 10 most is missed."""

CERTAIN = 0.001
"""The p-value below which the ranks leave no doubt."""

LEAST = 0.005
"""Seconds of a shift that anybody would notice, whatever its share."""

P95 = 0.95


def measure(times: Sequence[float], baseline: Sequence[float] = ()) -> Latency | None:
    """How long the answers took, in seconds, and how that compares; None without any."""
    if not times:
        return None
    middle, tail = _median(times), percentile(times, P95)
    if min(len(times), len(baseline)) < ENOUGH:
        before = _median(baseline) if baseline else None
        return Latency(len(times), middle, tail, baseline_median=before)
    before = _median(baseline)
    return Latency(
        samples=len(times),
        median=middle,
        p95=tail,
        baseline_median=before,
        shift=_shift(baseline, times) / before if before else None,
        p_value=_slower_by_chance(baseline, times),
    )


def complaint(found: Latency, rule: LatencyRule) -> str:
    """What makes a check slow, in words; empty where nothing does."""
    if (
        found.p_value is not None
        and found.shift is not None
        and found.p_value < CERTAIN
        and found.shift > rule.vs_baseline
        and found.shift * (found.baseline_median or 0.0) >= LEAST
    ):
        share = f"{found.shift * 100:.0f} %"
        before = _ms(found.baseline_median or 0.0)
        return (
            f"{share} slower than before the deploy: {_ms(found.median)}, was {before}"
        )
    if rule.p95 is not None and found.p95 > rule.p95:
        return f"95 % of the answers took up to {_ms(found.p95)}, allowed are {_ms(rule.p95)}"
    return ""


def percentile(times: Sequence[float], share: float) -> float:
    """The time that so large a share of the answers stayed within (nearest rank)."""
    ordered = sorted(times)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def _median(times: Sequence[float]) -> float:
    """The middle; `statistics`, which has one, is slow to import."""
    ordered, half = sorted(times), len(times) // 2
    if len(ordered) % 2:
        return ordered[half]
    return (ordered[half - 1] + ordered[half]) / 2


def _slower_by_chance(before: Sequence[float], after: Sequence[float]) -> float:
    """The p-value of the one-sided Mann-Whitney test: normal, corrected for ties."""
    n, m = len(after), len(before)
    together = sorted(chain(before, after))
    ties = Counter(together)
    rank, below = {}, 0
    for time in dict.fromkeys(together):
        rank[time] = below + (ties[time] + 1) / 2
        below += ties[time]
    u = sum(rank[time] for time in after) - n * (n + 1) / 2
    tied = sum(t**3 - t for t in ties.values()) / ((n + m) * (n + m - 1))
    deviation = math.sqrt(n * m / 12 * ((n + m + 1) - tied))
    if not deviation:
        return 1.0
    standard = (u - n * m / 2 - 0.5) / deviation
    return math.erfc(standard / math.sqrt(2)) / 2


def _shift(before: Sequence[float], after: Sequence[float]) -> float:
    """The Hodges-Lehmann estimate: the median of all differences between the two."""
    return _median([late - early for late in after for early in before])


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
