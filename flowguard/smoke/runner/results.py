"""What was measured → how the check ended, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flowguard.model.smoke import Exchange, Part, Samples, SmokeOutcome, SmokeResult
from flowguard.smoke import failures, latency
from flowguard.smoke.baseline import CheckBaseline
from flowguard.smoke.judge import Judgement, by_chance
from flowguard.smoke.runner.attempt import Attempt
from flowguard.smoke.runner.measure import Measured, parts_of
from flowguard.smoke.suite import Check
from flowguard.smoke.verdict import outcome

MOST_EXCHANGES = 24
CHANCE = 0.05
"""How often a check that fails as often as before may be called one that may be worse."""


def result_of(
    check: Check,
    found: Measured,
    *,
    kind: str,
    before: CheckBaseline | None,
    broken_before: bool,
    passed_before: bool = False,
    sure: bool = False,
) -> SmokeResult:
    """The result of a check that was sampled.

    `sure` says whether it never passed, and failed so often that it is proven broken,
    where what failed before was something else.
    """
    telling = found.telling
    end = outcome(
        found.samples, broken_before=broken_before, passed_before=passed_before
    )
    parts = _aged(parts_of(telling), before)
    then = ""
    if end is SmokeOutcome.PRE_EXISTING and _newly_broken(parts):
        end = SmokeOutcome.FAILED
    elif (
        before
        and before.failures
        and (
            end is SmokeOutcome.PRE_EXISTING
            or (sure and end is SmokeOutcome.INCONCLUSIVE)
        )
    ):
        end, then = _compared(found, before, end, sure=sure)
    if end is SmokeOutcome.PRE_EXISTING and before and _fails_more(found, before):
        tries = before.passed + before.failed
        end = SmokeOutcome.INCONCLUSIVE
        then = (
            f"it fails more often than before the deploy ({before.failed} of {tries} "
            f"failed then, {found.evidence} now)"
        )
    base = SmokeResult(
        name=check.name,
        outcome=end,
        critical=check.critical,
        location=check.location,
        mismatches=telling.mismatches if telling else (),
        samples=Samples(
            found.samples.passed,
            found.samples.failed,
            found.samples.unmeasured,
            found.evidence,
        ),
        exchanges=tuple(_exchanges(found))[-MOST_EXCHANGES:],
        parts=parts,
        latency=latency.measure(found.times, before.times if before else ()),
        duration=found.seconds,
        kind=kind,
    )
    if end is SmokeOutcome.PASSED:
        return _of_passing(check, found, base)
    message = _why(base, telling, decided=bool(then))
    return replace(
        base,
        message=f"{message}; {then}" if then else message,
        help=telling.help if telling else "",
    )


def _fails_more(found: Measured, before: CheckBaseline) -> bool:
    """Whether chance alone seldom makes as much of a difference to before."""
    counted = found.samples
    chance = by_chance(
        passed=counted.passed,
        failed=counted.failed,
        passed_then=before.passed,
        failed_then=before.failed,
    )
    return before.passed > 0 and chance < CHANCE


def _compared(
    found: Measured, before: CheckBaseline, end: SmokeOutcome, *, sure: bool
) -> tuple[SmokeOutcome, str]:
    """How a check ends that failed before the deploy, too; and what there was then.

    Only the same failure is no news. One that is not compares with nothing where
    nothing had answered: what is live may be better than that.
    """
    then = f"before the deploy {before.failures[0]}"
    now = found.failures
    if not failures.mostly_new(now, before.failures):
        if not failures.all_silent(before.failures) or failures.all_silent(now):
            return end, ""
        return SmokeOutcome.INCONCLUSIVE, f"{then}: nobody knows which is worse"
    broken = sure or found.samples.judgement is Judgement.BROKEN
    return (SmokeOutcome.FAILED if broken else SmokeOutcome.INCONCLUSIVE), then


def _of_passing(check: Check, found: Measured, base: SmokeResult) -> SmokeResult:
    """It works: is all of it known, and is it fast enough?"""
    base = replace(base, mismatches=())
    last = found.last
    if unknown := [u for step in (last.steps if last else ()) for u in step.unknown]:
        end = SmokeOutcome.INCONCLUSIVE
        return replace(base, outcome=end, message=unknown[0])
    compared = base.latency
    slow = (compared and latency.complaint(compared, check.latency)) or _slow(found)
    end = SmokeOutcome.SLOW if slow else SmokeOutcome.PASSED
    notes = [note for step in (last.steps if last else ()) for note in step.notes]
    return replace(base, outcome=end, message=slow or "; ".join(notes[:1]))


def _slow(found: Measured) -> str:
    """Why most of the answers pass with a warning; one among many is no habit."""
    said = [[s for step in one.steps for s in step.slow] for one in found.attempts]
    slow = [reasons for reasons in said if reasons]
    return slow[-1][0] if 2 * len(slow) > len(said) else ""


def _why(base: SmokeResult, telling: Attempt | None, *, decided: bool = False) -> str:
    said = telling.message if telling else ""
    if base.outcome is SmokeOutcome.INCONCLUSIVE and not decided:
        counted = base.samples
        tries = counted.passed + counted.failed
        if not counted.failed:
            return f"not tried to the end: {tries} of {tries} tries passed so far"
        share = f"{counted.failed} of {tries} tries failed"
        open_ = "neither broken nor healthy" if counted.passed else "too few to tell"
        share = f"{share}, {open_}"
        return f"{share}: {said}" if said else share
    return said or "it was not measured before the run was over"


def _aged(parts: tuple[Part, ...], before: CheckBaseline | None) -> tuple[Part, ...]:
    """The parts, those marked that were broken before the deploy."""
    known = dict(before.dependencies) if before else {}
    broken = {n for n, o in known.items() if o is SmokeOutcome.FAILED}
    return tuple(
        replace(part, outcome=SmokeOutcome.PRE_EXISTING)
        if part.outcome is SmokeOutcome.FAILED and part.name in broken
        else part
        for part in parts
    )


def as_before(result: SmokeResult, before: CheckBaseline) -> SmokeResult:
    """The result of a suite of the user's own that failed before the deploy, too: what
    is no news in it, where both runs say which of its tests failed."""
    if result.outcome is not SmokeOutcome.FAILED:
        return result
    parts = _aged(result.parts, before)
    if before.dependencies and _newly_broken(parts):
        return replace(result, parts=parts)
    return replace(result, outcome=SmokeOutcome.PRE_EXISTING, parts=parts)


def _newly_broken(parts: tuple[Part, ...]) -> bool:
    return any(p.required and p.outcome is SmokeOutcome.FAILED for p in parts)


def _exchanges(found: Measured) -> Iterator[Exchange]:
    for one in found.attempts:
        for step in one.steps:
            yield step.exchange
