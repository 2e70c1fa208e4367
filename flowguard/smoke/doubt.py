"""What a baseline does not excuse: it was of the bad release itself, or of nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from flowguard.model.smoke import SmokeOutcome, SmokeReport, SmokeResult

WHY = (
    "it failed before the deploy, too; but the run was run again, and what was live "
    "before may be what its first attempt deployed"
)
HELP = (
    "find out which release worked last, and deploy it; with `flowguard snapshot "
    "--keep` the next run knows"
)


_WELL = frozenset({SmokeOutcome.PASSED, SmokeOutcome.SLOW})
UNREACHED = "nor did any come before the deploy: nobody knows whether it works"
REACH = (
    "see whether this runner reaches the service at all (its address, a private network, "
    "a firewall), and test it from where it does"
)


def unreached(results: Iterable[SmokeResult]) -> tuple[SmokeResult, ...]:
    """The results of a run; where not one request of it got an answer, what was so
    before the deploy, too, was not measured."""
    results = tuple(results)
    sent = [exchange for result in results for exchange in result.exchanges]
    if not sent or any(exchange.status is not None for exchange in sent):
        return results
    return tuple(map(_unreached, results))


KEPT_ALONE = "nothing of this run was answered by the service itself"
ASK_IT = "add a check of an address that no cache keeps, such as a health document's"


def out_of_caches(
    results: Iterable[SmokeResult], kept: Collection[str]
) -> tuple[SmokeResult, ...]:
    """The results of a run; where all that passes does so out of a cache, it was not
    measured. `kept` names the checks that do."""
    results = tuple(results)
    sends = (r for r in results if r.exchanges or r.kind == "command")
    passed = {r.name for r in sends if r.outcome in _WELL}
    if not passed or not passed <= set(kept):
        return results
    return tuple(
        replace(
            result,
            outcome=SmokeOutcome.ERRORED,
            message=f"{result.message}; {KEPT_ALONE}",
            help=ASK_IT,
        )
        if result.name in passed
        else result
        for result in results
    )


def _unreached(result: SmokeResult) -> SmokeResult:
    if result.outcome is not SmokeOutcome.PRE_EXISTING or not result.exchanges:
        return result
    said = f"{result.message}, {UNREACHED}"
    return replace(result, outcome=SmokeOutcome.ERRORED, message=said, help=REACH)


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
