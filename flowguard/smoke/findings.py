"""What the smoke tests found, as results that every format of a report shows."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from flowguard.model.places import UNWRITTEN, Location, Severity
from flowguard.model.results import Finding, Outcome, RuleResult
from flowguard.model.smoke import (
    Mismatch,
    SmokeOutcome,
    SmokePhase,
    SmokeReport,
    SmokeResult,
)
from flowguard.smoke.verdict import nothing_counts

RULE_IDS = MappingProxyType(
    {
        SmokeOutcome.FAILED: "smoke-failed",
        SmokeOutcome.INCONCLUSIVE: "smoke-inconclusive",
        SmokeOutcome.ERRORED: "smoke-not-measured",
        SmokeOutcome.PRE_EXISTING: "smoke-broken-before",
        SmokeOutcome.SLOW: "smoke-slow",
    }
)
"""What a result is called where results are called by rules."""

_OUTCOMES = {
    SmokeOutcome.INCONCLUSIVE: Outcome.INCONCLUSIVE,
    SmokeOutcome.ERRORED: Outcome.INCONCLUSIVE,
}
_LINE = 100
_MOST = 5
"""How many mismatches of a check are evidence; the JSON report has them all."""


def results(report: SmokeReport) -> tuple[RuleResult, ...]:
    """The phases and checks that did not pass, by how they ended."""
    found: dict[str, tuple[SmokeOutcome, list[Finding]]] = {
        rule_id: (outcome, []) for outcome, rule_id in RULE_IDS.items()
    }
    for phase in report.phases:
        if phase.outcome is not SmokeOutcome.PASSED:
            found[RULE_IDS[phase.outcome]][1].append(_phase(phase, report))
    for result in report.results:
        if result.outcome is not SmokeOutcome.PASSED:
            found[RULE_IDS[result.outcome]][1].append(_finding(result))
    if nothing_counts(report):
        found[RULE_IDS[SmokeOutcome.INCONCLUSIVE]][1].append(_nothing_counts(report))
    return tuple(
        RuleResult(rule_id, _OUTCOMES.get(outcome, Outcome.FAILED), tuple(findings))
        for rule_id, (outcome, findings) in found.items()
        if findings
    )


def _nothing_counts(report: SmokeReport) -> Finding:
    return Finding(
        rule_id=RULE_IDS[SmokeOutcome.INCONCLUSIVE],
        severity=Severity.WARNING,
        message="nothing that counts was tested: every check is `critical: false`",
        location=Location(report.suite) if report.suite else UNWRITTEN,
        help="leave `critical: false` out where a failure means that the deploy is bad",
    )


def _finding(result: SmokeResult) -> Finding:
    blame = result.blame
    suspect = blame.changed[0] if blame and blame.changed else ""
    at = (blame and blame.location) or UNWRITTEN
    written = result.location
    return Finding(
        rule_id=RULE_IDS[result.outcome],
        severity=_severity(result),
        message=f"{result.name}: {result.message or result.outcome}",
        location=at if at.path else written,
        help=result.help,
        logical_id=suspect,
        related_locations=_related(at, written),
        evidence=tuple(_evidence(result)),
    )


def _related(at: Location, written: Location) -> tuple[tuple[str, Location], ...]:
    return (("the check", written),) if at.path and written.path else ()


def _severity(result: SmokeResult) -> Severity:
    broken = result.outcome is SmokeOutcome.FAILED and result.critical
    return Severity.ERROR if broken else Severity.WARNING


def _evidence(result: SmokeResult) -> Iterable[tuple[str, str]]:
    for mismatch in result.mismatches[:_MOST]:
        yield mismatch.what, _difference(mismatch)
    if more := result.mismatches[_MOST:]:
        yield "and", f"{len(more)} more"
    if result.samples.verdict:
        yield "tries", result.samples.verdict
    if result.because:
        yield "because", f"{result.because} fails, too"
    if result.blame and result.blame.message:
        yield "behind it", result.blame.message
    failing = next((e for e in result.exchanges if not e.passed), None)
    if failing:
        for name, value in (
            ("request id", failing.request_id),
            ("trace id", failing.trace_id),
            ("answer", failing.body),
            ("again with", failing.curl),
        ):
            if value:
                yield name, value
    for link in result.logs:
        yield "logs", link


def _difference(mismatch: Mismatch) -> str:
    """Expected against actual: on one line, or as a diff where that is too long."""
    both = mismatch.expected + mismatch.actual
    if len(both) <= _LINE and "\n" not in both:
        return f"expected {mismatch.expected}, got {mismatch.actual}"
    lines = [
        *(f"- {line}" for line in mismatch.expected.split("\n")),
        *(f"+ {line}" for line in mismatch.actual.split("\n")),
    ]
    return "\n" + "\n".join(lines)


def _phase(phase: SmokePhase, report: SmokeReport) -> Finding:
    broken = phase.outcome is SmokeOutcome.FAILED
    return Finding(
        rule_id=RULE_IDS[phase.outcome],
        severity=Severity.ERROR if broken else Severity.WARNING,
        message=f"{phase.name}: {phase.message or phase.outcome}",
        location=Location(report.suite) if report.suite else UNWRITTEN,
        help=phase.help,
    )
