"""Can the deploy be taken back? Asked before it, of what the rules have found.

Green: a rollback restores everything, so it may be done without asking. Amber: it
restores the release, and something is lost, late, or for a person to look at. Red: it
fails, or what the deploy destroys cannot be brought back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flowguard.model.places import Severity
from flowguard.model.readiness import Readiness
from flowguard.model.results import Finding, Outcome, Report, RuleResult
from flowguard.rules import READINESS


def readiness(report: Report) -> tuple[Readiness, tuple[str, ...]]:
    """The verdict on a preflight's report, and its reasons, the worst first.

    An error makes it red, also where its rule is accepted by name: to accept is to
    deploy nevertheless. What nobody could tell makes it amber; what the user has said
    to be no concern counts for nothing.
    """
    results = [result for result in report.results if result.rule_id in READINESS]
    findings = sorted(
        (finding for result in results for finding in result.findings),
        key=lambda found: (-found.severity, found.location, found.rule_id),
    )
    unseen = (
        f"not looked into: {part.what}" for part in report.coverage.not_looked_into
    )
    reasons = (*map(_reason, findings), *_open(results), *unseen)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return Readiness.RED, reasons
    return (Readiness.AMBER if reasons else Readiness.GREEN), reasons


def judged(report: Report) -> Report:
    """The report, with the verdict in it; none where AWS was not asked."""
    if report.target.account_id is None:
        return report
    verdict, reasons = readiness(report)
    return replace(report, readiness=verdict, readiness_reasons=reasons)


def _reason(finding: Finding) -> str:
    return f"{finding.message} ({finding.rule_id})"


def _open(results: list[RuleResult]) -> Iterator[str]:
    """What could not be judged: it is not taken for harmless."""
    for result in results:
        permissions = sorted(
            {u.permission or u.reason for u in result.unknowns if u.kind.inconclusive}
        )
        if permissions:
            yield f"nobody could tell: {', '.join(permissions)} ({result.rule_id})"
        elif result.outcome is Outcome.CRASHED:
            yield f"nobody could tell: the rule crashed ({result.rule_id})"
