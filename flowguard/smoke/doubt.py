"""What a baseline excuses no longer, since the bad release may have been its subject."""

from __future__ import annotations

from dataclasses import replace

from flowguard.model import SmokeOutcome, SmokeReport, SmokeResult

WHY = (
    "it failed before the deploy, too; but the run was run again, and what was live "
    "before may be what its first attempt deployed"
)
HELP = (
    "find out which release worked last, and deploy it; with `flowguard snapshot "
    "--keep` the next run knows"
)


def doubted(report: SmokeReport) -> SmokeReport:
    """The report of a run that was run again: nobody knows whether what is broken was
    broken before the first attempt."""
    results = tuple(map(_doubted, report.results))
    phases = tuple(
        replace(phase, outcome=SmokeOutcome.INCONCLUSIVE, message=WHY, help=HELP)
        if phase.outcome is SmokeOutcome.PRE_EXISTING
        else phase
        for phase in report.phases
    )
    return replace(report, results=results, phases=phases)


def _doubted(result: SmokeResult) -> SmokeResult:
    if result.outcome is not SmokeOutcome.PRE_EXISTING:
        return result
    return replace(result, outcome=SmokeOutcome.INCONCLUSIVE, message=WHY, help=HELP)
