"""Many reports → one: the targets of a run, taken together and compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flowguard.engine import Policy, Run, run
from flowguard.fleet import Fleet, Member, ReportOf, gather
from flowguard.fleet.together import FleetReport
from flowguard.model.questions import Lookup, Observed, Present, Unknown, UnknownKind
from flowguard.model.results import Report, Target
from flowguard.prediction import Gate
from flowguard.rules import FLEET, Rule
from flowguard.version import __version__

NAME = "fleet"
"""What stands for the stack where a report is on all of them."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The reports that there are: the only thing that a merge can ask."""

    members: Mapping[str, Member]

    def __call__(
        self, lookups: Collection[Lookup[Any]]
    ) -> Mapping[Lookup[Any], Observed[Any]]:
        """Answer for each target that is asked for."""
        return {
            lookup: self._answer(lookup)
            for lookup in lookups
            if isinstance(lookup, ReportOf)
        }

    def _answer(self, lookup: ReportOf) -> Observed[Member]:
        member = self.members.get(lookup.name)
        if member is None:
            reason = "the target has written none; its job did not get that far"
            return Unknown(UnknownKind.UNREACHABLE, reason)
        return Present(member)


def merge(
    members: Sequence[Member],
    expected: Iterable[str] = (),
    *,
    gate: Gate,
    rules: Sequence[Rule[Fleet]] = FLEET,
    policies: Mapping[str, Policy] | None = None,
    sources: Mapping[str, str] | None = None,
) -> FleetReport:
    """Compare the targets, and say whether all of them may be deployed.

    Each target keeps the verdict that it was given; the worst counts. A target
    that is `expected` and has no report leaves the whole undecided. The names of
    `members` are all different.
    """
    names = tuple(dict.fromkeys([*expected, *(member.name for member in members)]))
    observe = Reported({member.name: member for member in members})
    found = run(lambda account: gather(names, account), observe, rules, policies)
    return FleetReport(
        members=found.subject.members,
        missing=found.subject.missing,
        between=_between(found, gate),
        sources=sources or {},
    )


def _between(found: Run[Fleet], gate: Gate) -> Report:
    reports = [member.report for member in found.subject.members]
    started, ended = _span(reports)
    return Report(
        command="merge",
        target=_target([report.target for report in reports]),
        results=found.results,
        coverage=found.coverage,
        started_at=started,
        duration=(ended - started).total_seconds(),
        flowguard_version=__version__,
        verdict=gate.verdict(found.results, found.coverage.not_looked_into),
        fail_on=gate.fail_on,
        accepted=gate.accepted,
    )


def _span(reports: Sequence[Report]) -> tuple[datetime, datetime]:
    """From the start of the first to the end of the last."""
    if not reports:
        now = datetime.now(UTC)
        return now, now
    return (
        min(report.started_at for report in reports),
        max(r.started_at + timedelta(seconds=r.duration) for r in reports),
    )


def _target(targets: Sequence[Target]) -> Target:
    """What the targets have in common; where they differ, all of them."""
    accounts = sorted({t.account_id for t in targets if t.account_id})
    stages = sorted({t.stage for t in targets if t.stage})
    return Target(
        NAME,
        ", ".join(stages) or None,
        ", ".join(sorted({t.region for t in targets})),
        ", ".join(accounts) or None,
    )
