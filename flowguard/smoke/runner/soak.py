"""After the checks: alarms and metrics, watched for a while.

What has no data is no evidence, for the deploy or against it; a watch that had no
evidence at all, or could not ask what the spec names, could not tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flowguard.model.questions import Absent, Present
from flowguard.model.smoke import SmokeOutcome, SmokePhase, SmokeResult
from flowguard.smoke import alarms
from flowguard.smoke.asks import DEFAULTS
from flowguard.smoke.baseline import CheckBaseline
from flowguard.smoke.runner.session import Session
from flowguard.smoke.suite import Ask, Soak

INTERVAL = 15.0
"""Seconds between two looks."""
NOTHING = "nothing could be watched"
RINGS_ALREADY = "alarms that ring before the deploy, and are held against none"
QUIET = (
    "find out why they ring: while they do, they notice nothing that a deploy breaks"
)
SHORTEST = 0.001
"""Seconds that are not worth waiting for."""
LEAST_METRICS = 60.0
"""Seconds that a metric is asked for at least: CloudWatch's finest are of a minute."""
MARK = "alarm"
"""The fingerprint of an alarm in a baseline."""

OUTCOMES = {
    True: SmokeOutcome.FAILED,
    False: SmokeOutcome.PASSED,
    None: SmokeOutcome.ERRORED,
}


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look shows."""

    bad: bool | None
    """None where nothing is seen."""
    said: str = ""
    blind: bool = False
    """Whether nobody could ask, or it is not there: that is not the same as no data."""
    old: bool | None = None
    """Whether it was bad before the deploy began, where AWS itself says since when."""


@dataclass(frozen=True, slots=True)
class Watched:
    """An alarm, or the metrics of a function."""

    name: str
    look: Callable[[float], Sight]
    """Given how many seconds it is watched by now."""
    expected: bool = True
    """Whether the spec names it; what merely changed may have no metrics at all."""
    rang_before: bool = False


def soak(session: Session, what: Soak) -> tuple[SmokePhase, tuple[SmokeResult, ...]]:
    """Watch until the time is over, or something is bad; a result for each."""
    started = session.offset
    session.world.progress(f"watching for {what.seconds:g} s")
    watched = [*_watched(session, what)]
    while True:
        passed = session.offset - started
        seen = [(one, one.look(passed)) for one in watched]
        left = what.seconds - (session.offset - started)
        bad = any(_is_new(one, sight) for one, sight in seen)
        if bad or not watched or left < SHORTEST:
            break
        if not session.world.clock.wait(min(INTERVAL, left)):
            break
    results = tuple(
        _result(session, one, sight)
        for one, sight in seen
        if one.expected or sight.bad is not None or sight.blind
    )
    return _phase(what, seen, results, session.offset - started), results


def _phase(
    what: Soak,
    seen: list[tuple[Watched, Sight]],
    results: tuple[SmokeResult, ...],
    took: float,
) -> SmokePhase:
    broken = [r for r in results if r.outcome is SmokeOutcome.FAILED]
    if broken:
        text = f"{broken[0].name}: {broken[0].message}"
        return SmokePhase("soak", SmokeOutcome.FAILED, text, took)
    unseen = _unseen(seen, results)
    if not unseen and took < what.seconds - SHORTEST:
        unseen = "it was cancelled"
    outcome = SmokeOutcome.ERRORED if unseen else SmokeOutcome.PASSED
    return SmokePhase("soak", outcome, unseen, took)


def _unseen(seen: list[tuple[Watched, Sight]], results: tuple[SmokeResult, ...]) -> str:
    """Why the watch proves nothing; empty where it proves something."""
    if not seen:
        return f"{NOTHING}: no alarm is named, and no function known that changed"
    said = [f"{result.name}: {result.message}" for result in results]
    if all(sight.bad is None for _, sight in seen):
        return f"{NOTHING}: {'; '.join(said) or 'no metric has data'}"
    blind = {one.name for one, sight in seen if sight.blind}
    unasked = [text for text, r in zip(said, results, strict=True) if r.name in blind]
    return f"not all could be watched: {'; '.join(unasked)}" if unasked else ""


def before(
    session: Session, what: Soak
) -> tuple[SmokePhase | None, tuple[CheckBaseline, ...]]:
    """The alarms before a deploy: what rings already is no fault of it, and is told."""
    seen = {name: _alarm(session, name) for name in what.alarms}
    entries = tuple(
        CheckBaseline(name, MARK, OUTCOMES[sight.bad]) for name, sight in seen.items()
    )
    ringing = ", ".join(name for name, sight in seen.items() if sight.bad)
    if not ringing:
        return None, entries
    said = session.secrets.mask(f"{RINGS_ALREADY}: {ringing}")
    return SmokePhase("soak", SmokeOutcome.PRE_EXISTING, said, help=QUIET), entries


def _watched(session: Session, what: Soak) -> Iterator[Watched]:
    known = session.baseline
    for name in what.alarms:
        old = known.of(name, MARK) if known else None
        yield Watched(
            name,
            partial(_alarm, session, name),
            rang_before=bool(old and old.outcome is SmokeOutcome.FAILED),
        )
    if not what.metrics:
        return
    for name in what.functions or sorted(session.world.changed() or ()):
        yield Watched(
            name,
            partial(_metrics, session, what, name),
            expected=bool(what.functions),
        )


def _is_new(one: Watched, sight: Sight) -> bool:
    return sight.bad is True and not (one.rang_before or sight.old)


def _alarm(session: Session, name: str, _seconds: float = 0.0) -> Sight:
    # With an expectation, so that an alarm without data is told from one unasked.
    match session.world.ask(Ask("alarm", name, DEFAULTS["alarm"])):
        case Present({"state": alarms.SOUNDS} as state):
            old = alarms.sounded_before(state, session.began)
            since = alarms.since_when(state) + (
                ", from before the deploy" if old else ""
            )
            why = state.get("reason") or "it says no why"
            if not session.baseline and (unasked := alarms.unasked(session.began)):
                said = f"it rings{since}: {why}; {unasked}"
                return Sight(None, said, blind=True)
            return Sight(bad=True, said=f"it rings{since}: {why}", old=old)
        case Present({"state": "OK"}):
            return Sight(bad=False)
        case Present(_):
            return Sight(None, "it has no data")
        case Absent():
            return Sight(None, "there is no such alarm", blind=True)
        case unknown:
            said = f"it could not be asked: {unknown.reason}"
            return Sight(None, said, blind=True)


def _metrics(session: Session, what: Soak, name: str, seconds: float) -> Sight:
    options = {"seconds": max(seconds, LEAST_METRICS)}
    match session.world.ask(Ask("metrics", name, options=options)):
        case Present(found):
            return _measured(what, found)
        case Absent():
            return Sight(None, "it has no metrics")
        case unknown:
            said = f"its metrics could not be asked: {unknown.reason}"
            return Sight(None, said, blind=True)


def _measured(what: Soak, found: Mapping[str, Any]) -> Sight:
    known = {metric: found.get(metric) for metric, _ in what.metrics}
    for metric, most in what.metrics:
        value = known[metric]
        if value is not None and value > most:
            return Sight(bad=True, said=f"{metric}: {value:g}, allowed are {most:g}")
    if all(value is None for value in known.values()):
        return Sight(None, "its metrics have no data")
    return Sight(bad=False)


def _result(session: Session, one: Watched, sight: Sight) -> SmokeResult:
    outcome = OUTCOMES[sight.bad]
    if sight.bad and not _is_new(one, sight):
        outcome = SmokeOutcome.PRE_EXISTING
    return SmokeResult(
        one.name,
        outcome,
        session.secrets.mask(sight.said),
        # No data stops nobody by itself; what nobody could ask is not known.
        critical=sight.bad is not None or sight.blind,
        kind="alarm",
    )
