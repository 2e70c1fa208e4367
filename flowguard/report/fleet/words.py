"""What the formats for people say of a fleet, in the same words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowguard.fleet.together import FleetReport
from flowguard.model.places import Severity
from flowguard.model.results import Outcome, Report, Verdict
from flowguard.report import wording

NO_REPORT = "no report"


@dataclass(frozen=True, slots=True)
class Row:
    """One target in the table of all."""

    verdict: Verdict
    ended: str
    """The verdict in words, or that there is no report."""
    name: str
    found: str
    """The findings in numbers."""
    target: str
    """The stack, and where it is."""


def table(fleet: FleetReport) -> Iterator[Row]:
    """The targets, those that need somebody first."""
    order = [Verdict.BLOCK, Verdict.INCONCLUSIVE, Verdict.PASS]
    for name in fleet.missing:
        yield Row(Verdict.INCONCLUSIVE, NO_REPORT, name, "", "")
    for member in sorted(fleet.members, key=lambda m: order.index(m.report.verdict)):
        report = member.report
        yield Row(
            report.verdict,
            wording.VERDICTS[report.verdict],
            member.name,
            wording.severities(report),
            wording.target(report),
        )


def headline(fleet: FleetReport) -> str:
    """The verdict on all, and the numbers it rests on."""
    counts = [
        f"{number:,} info"
        if severity is Severity.INFO
        else wording.count(number, severity.label)
        for severity in reversed(Severity)
        if (number := fleet.count(severity))
    ]
    found = wording.listed(counts, none="no findings")
    return f"{wording.VERDICTS[fleet.verdict]}: {found}"


def outcomes(fleet: FleetReport) -> str:
    """How the targets ended: `4 targets: 1 blocked, 2 go, 1 no report`."""
    ended = [row.ended for row in table(fleet)]
    how = [f"{ended.count(word):,} {word}" for word in dict.fromkeys(ended)]
    if not ended:
        return "no targets"
    return f"{wording.count(len(ended), 'target')}: {wording.listed(how)}"


def says_something(report: Report) -> bool:
    """Whether there is more to a target's report than its row in the table."""
    return report.verdict is not Verdict.PASS or bool(report.findings)


def undecided(fleet: FleetReport) -> list[str]:
    """The rules over the fleet that could not tell, for want of a report."""
    results = fleet.between.results
    return [r.rule_id for r in results if r.outcome is Outcome.INCONCLUSIVE]
