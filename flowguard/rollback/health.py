"""What smoke tests and alarms say of a deploy, in one word."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flowguard.model.smoke import SmokeOutcome, SmokePhase, SmokeReport, SmokeResult


class Health(StrEnum):
    """Of the service after the deploy."""

    GOOD = "good"
    BAD = "bad"
    """Broken by the deploy."""
    PRE_EXISTING = "pre-existing"
    """Broken, and was so before."""
    UNCLEAR = "unclear"
    """Nobody can tell."""
    ASKED = "asked"
    """Nobody measured it here: somebody asks for the rollback."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The word, and why."""

    health: Health
    reasons: tuple[str, ...] = ()


def diagnose(
    smoke: SmokeReport | None,
    alarms: tuple[str, ...] = (),
    baseline: SmokeReport | None = None,
) -> Diagnosis:
    """The health of the service, from the smoke tests and the alarms that went off.

    `alarms` are those that were not in alarm before the deploy. Only critical
    checks count. Each of them has been tried as often as it takes to rule a flake
    out, so one that failed is enough; one that could not be measured clears nobody.
    """
    if smoke is None:
        return _of_alarms(alarms) or Diagnosis(Health.ASKED)
    critical = [result for result in smoke.results if result.critical]
    failed = [r for r in critical if r.outcome is SmokeOutcome.FAILED]
    silent = [r for r in failed if not _answered(r) and not _had(r, smoke, baseline)]
    broken = [r for r in failed if r not in silent]
    phases = [p for p in smoke.phases if p.outcome is SmokeOutcome.FAILED]
    if broken or phases or alarms:
        said = [f"{r.name}: {r.message or 'failed'}" for r in broken]
        said += [f"{p.name}: {p.message or 'failed'}" for p in phases]
        return Diagnosis(Health.BAD, (*said, *_gone_off(alarms)))
    if silent:
        said = [f"{r.name}: no answer, and none is known from before" for r in silent]
        return Diagnosis(Health.UNCLEAR, tuple(said))
    return _unbroken(smoke, critical)


def _unbroken(smoke: SmokeReport, critical: list[SmokeResult]) -> Diagnosis:
    """Where nothing that counts is broken by the deploy."""
    blind = {SmokeOutcome.ERRORED, SmokeOutcome.INCONCLUSIVE}
    counted: list[SmokeResult | SmokePhase] = [*critical]
    counted += [phase for phase in smoke.phases if phase.judged]
    unclear = [
        f"{part.name}: {part.message or part.outcome.value}"
        for part in counted
        if part.outcome in blind
    ]
    if unclear or not critical:
        return Diagnosis(
            Health.UNCLEAR, tuple(unclear) or ("no critical check was run",)
        )
    before = [r for r in critical if r.outcome is SmokeOutcome.PRE_EXISTING]
    if before:
        said = tuple(f"{r.name}: failed before the deploy, too" for r in before)
        return Diagnosis(Health.PRE_EXISTING, said)
    return Diagnosis(Health.GOOD)


def _of_alarms(alarms: tuple[str, ...]) -> Diagnosis | None:
    return Diagnosis(Health.BAD, _gone_off(alarms)) if alarms else None


def _gone_off(alarms: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"alarm {name} went off" for name in alarms)


def _answered(result: SmokeResult) -> bool:
    """Whether anything answered at all; what sends no requests always has."""
    statuses = [exchange.status for exchange in result.exchanges]
    return not statuses or any(status is not None for status in statuses)


def _had(result: SmokeResult, smoke: SmokeReport, baseline: SmokeReport | None) -> bool:
    """Whether the check worked before the deploy."""
    if baseline is None:
        return result.name in smoke.answered_before
    worked = {SmokeOutcome.PASSED, SmokeOutcome.SLOW}
    return any(r.name == result.name and r.outcome in worked for r in baseline.results)
