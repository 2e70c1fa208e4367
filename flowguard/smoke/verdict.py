"""Samples → outcome of a check; SmokeReport → Verdict: whether the deploy stays."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.results import Verdict
from flowguard.model.smoke import SmokeOutcome, SmokeReport
from flowguard.smoke.judge import Judgement
from flowguard.smoke.sampling import Sampler
from flowguard.smoke.suite import Gate, Policy

UNMEASURABLE = frozenset({SmokeOutcome.ERRORED, SmokeOutcome.INCONCLUSIVE})

EXIT_CODES = {Verdict.PASS: 0, Verdict.BLOCK: 1, Verdict.INCONCLUSIVE: 3}
"""Of a command that judges and takes nothing back."""


def outcome(
    samples: Sampler, *, broken_before: bool = False, passed_before: bool = False
) -> SmokeOutcome:
    """How a check ended by its samples; whether it is slow they do not say.

    A check that went unmeasured in the end is errored even if it passed before that;
    one that was broken before the deploy and still fails now and then is no news. One
    that was broken and `passed_before` now and then is judged against that: worse than
    before is broken.
    """
    match samples.judgement:
        case Judgement.BROKEN if broken_before and not passed_before:
            return SmokeOutcome.PRE_EXISTING
        case Judgement.BROKEN:
            return SmokeOutcome.FAILED
        case Judgement.HEALTHY if not samples.lost:
            as_before = broken_before and samples.failed
            return SmokeOutcome.PRE_EXISTING if as_before else SmokeOutcome.PASSED
        case _:
            pass
    if samples.lost or not samples.passed + samples.failed:
        return SmokeOutcome.ERRORED
    if broken_before and samples.failed and (samples.passed or not passed_before):
        return SmokeOutcome.PRE_EXISTING
    return SmokeOutcome.INCONCLUSIVE


def verdict(report: SmokeReport, gate: Gate) -> Verdict:
    """What the smoke tests say about the deploy, under the gate's policies.

    Nothing measured is never a pass, whatever the policies say, nor is a suite of
    which no check counts; of several outcomes the worst counts, and
    what is proven broken is worse than what nobody could tell.
    """
    found = {_consequence(outcome, gate) for outcome in _counted(report)}
    if Verdict.BLOCK in found:
        return Verdict.BLOCK
    if Verdict.INCONCLUSIVE in found or not _measured(report) or nothing_counts(report):
        return Verdict.INCONCLUSIVE
    return Verdict.PASS


def nothing_counts(report: SmokeReport) -> bool:
    """Whether every check is one that only warns.

    A baseline judges nothing, so that nothing has to count.
    """
    judged = bool(report.results) and not report.is_baseline
    return judged and not any(result.critical for result in report.results)


def _counted(report: SmokeReport) -> Iterator[SmokeOutcome]:
    yield from (result.outcome for result in report.results if result.critical)
    yield from (phase.outcome for phase in report.phases if phase.judged)


def _measured(report: SmokeReport) -> bool:
    return any(result.outcome not in UNMEASURABLE for result in report.results)


def _consequence(outcome: SmokeOutcome, gate: Gate) -> Verdict:
    policy = {
        SmokeOutcome.FAILED: gate.failed,
        SmokeOutcome.INCONCLUSIVE: gate.inconclusive,
        SmokeOutcome.ERRORED: gate.errored,
        SmokeOutcome.PRE_EXISTING: gate.pre_existing,
        SmokeOutcome.SLOW: gate.slow,
        SmokeOutcome.PASSED: Policy.IGNORE,
    }[outcome]
    if policy in {Policy.WARN, Policy.IGNORE}:
        return Verdict.PASS
    # A check that failed blocks under `stop` too: only the rollback is left to a person.
    proven = outcome is SmokeOutcome.FAILED or policy is Policy.ROLL_BACK
    return Verdict.BLOCK if proven else Verdict.INCONCLUSIVE
