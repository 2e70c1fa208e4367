"""Many reports → one that says the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flowguard.fleet import Member
from flowguard.model.places import Severity
from flowguard.model.results import (
    Claims,
    Coverage,
    Finding,
    Outcome,
    Report,
    RuleResult,
    Suppressed,
    Unanswered,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class FleetReport:
    """What the targets' reports and the comparison of them say, taken together."""

    members: tuple[Member, ...]
    missing: tuple[str, ...]
    between: Report
    """What the rules over the fleet found, and their verdict."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """The text of files that findings point into, as far as it is at hand."""

    @property
    def verdict(self) -> Verdict:
        """The worst of all; what is missing leaves the whole undecided."""
        verdicts = {self.between.verdict, *(m.report.verdict for m in self.members)}
        if self.missing:
            verdicts.add(Verdict.INCONCLUSIVE)
        return next(verdict for verdict in _WORST_VERDICT if verdict in verdicts)

    @property
    def whole(self) -> Report:
        """All results as those of one run, rule by rule.

        What several targets found alike is one finding; its evidence names them.
        """
        reports = [member.report for member in self.members]
        parts = [(member.name, member.report) for member in self.members]
        parts.append(("", self.between))
        return replace(
            self.between,
            verdict=self.verdict,
            results=_by_rule(parts),
            coverage=_sum(report.coverage for _, report in parts),
            accepted=tuple(
                dict.fromkeys(rule for _, report in parts for rule in report.accepted)
            ),
            claims=_claims([report.claims for report in reports]),
            sources=self.sources,
        )

    @property
    def crashed(self) -> bool:
        """Whether a rule broke, in any target."""
        return any(r.outcome is Outcome.CRASHED for r in self.whole.results)

    def count(self, severity: Severity) -> int:
        """How many findings are of that severity, each target's counted."""
        reports = [self.between, *(member.report for member in self.members)]
        return sum(report.count(severity) for report in reports)


_WORST_VERDICT = (Verdict.BLOCK, Verdict.INCONCLUSIVE, Verdict.PASS)
_WORST_FIRST = (
    Outcome.CRASHED,
    Outcome.FAILED,
    Outcome.INCONCLUSIVE,
    Outcome.PASSED,
)


def _by_rule(parts: Sequence[tuple[str, Report]]) -> tuple[RuleResult, ...]:
    """One result for each rule, with the targets that it speaks of."""
    rules: dict[str, list[tuple[str, RuleResult]]] = {}
    for name, report in parts:
        for result in report.results:
            rules.setdefault(result.rule_id, []).append((name, result))
    return tuple(_together(rule_id, found) for rule_id, found in rules.items())


def _together(rule_id: str, found: Sequence[tuple[str, RuleResult]]) -> RuleResult:
    findings: dict[Finding, list[str]] = {}
    suppressed: dict[Suppressed, list[str]] = {}
    unknowns: dict[Unanswered, None] = {}
    for name, result in found:
        for finding in result.findings:
            findings.setdefault(finding, []).append(name)
        for item in result.suppressed:
            suppressed.setdefault(item, []).append(name)
        unknowns.update(dict.fromkeys(result.unknowns))
    outcomes = {result.outcome for _, result in found}
    return RuleResult(
        rule_id,
        next(outcome for outcome in _WORST_FIRST if outcome in outcomes),
        tuple(_of(finding, names) for finding, names in findings.items()),
        tuple(unknowns),
        tuple(
            replace(item, finding=_of(item.finding, names))
            for item, names in suppressed.items()
        ),
        "\n".join(
            f"{name}: {result.error}" if name else result.error
            for name, result in found
            if result.error
        ),
    )


def _of(finding: Finding, names: Sequence[str]) -> Finding:
    """The finding with the targets that it is of; those between targets say it."""
    targets = ", ".join(dict.fromkeys(name for name in names if name))
    if not targets:
        return finding
    return replace(finding, evidence=(("target", targets), *finding.evidence))


def _sum(coverages: Iterable[Coverage]) -> Coverage:
    every = list(coverages)
    return Coverage(
        asked=sum(c.asked for c in every),
        answered=sum(c.answered for c in every),
        unknown=sum(c.unknown for c in every),
        not_knowable=sum(c.not_knowable for c in every),
        not_looked_into=tuple(
            dict.fromkeys(part for c in every for part in c.not_looked_into)
        ),
    )


def _claims(every: Sequence[Claims]) -> Claims:
    return Claims(
        names=tuple(dict.fromkeys(name for c in every for name in c.names)),
        exports_added=tuple(dict.fromkeys(n for c in every for n in c.exports_added)),
        exports_removed=tuple(
            dict.fromkeys(n for c in every for n in c.exports_removed)
        ),
        imports=tuple(dict.fromkeys(n for c in every for n in c.imports)),
        locations={key: at for c in reversed(every) for key, at in c.locations.items()},
        hidden=frozenset[str]().union(*(c.hidden for c in every)),
    )
