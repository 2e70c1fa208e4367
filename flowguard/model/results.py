"""What rules conclude, and the report of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from flowguard.model import hidden
from flowguard.model.places import Location, Severity
from flowguard.model.questions import UnknownKind

if TYPE_CHECKING:  # a report may hold them, and a run makes few of them
    from flowguard.model.changes import ResourceChange
    from flowguard.model.readiness import Readiness
    from flowguard.model.rollback import RollbackReport
    from flowguard.model.smoke import SmokeReport


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem, at one place, found by one rule."""

    rule_id: str
    severity: Severity
    message: str
    location: Location
    help: str = ""
    logical_id: str = ""
    related_locations: tuple[tuple[str, Location], ...] = ()
    """Other places that matter, each with a few words."""
    evidence: tuple[tuple[str, str], ...] = ()
    """What was seen that supports it: a name and a value each."""


class Outcome(StrEnum):
    """How a rule ended; SARIF's result kind is in the comment."""

    PASSED = "passed"  # pass
    FAILED = "failed"  # fail
    INCONCLUSIVE = "inconclusive"  # open
    CRASHED = "crashed"  # a tool notification, never a result


class Verdict(StrEnum):
    """What the whole run says about the deploy."""

    PASS = "pass"
    BLOCK = "block"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that a rule read and nobody answered."""

    lookup: str
    """The question in words."""
    kind: UnknownKind
    reason: str
    permission: str = ""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that the user wants to hear no more of, and why."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule concluded."""

    rule_id: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    unknowns: tuple[Unanswered, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    error: str = ""
    """What went wrong inside the rule, where it crashed."""


@dataclass(frozen=True, slots=True)
class NotLookedInto:
    """A part of the deploy that no rule has seen: neither a pass nor a failure."""

    what: str
    """The part, as the user calls it."""
    why: str
    location: Location
    rule_id: str = ""
    """The rule that could not judge it, where it is one rule's matter."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what was asked was answered: numbers of questions."""

    asked: int = 0
    answered: int = 0
    unknown: int = 0
    """Denied, throttled, unreachable."""
    not_knowable: int = 0
    """Unsupported, or known after the deploy only."""
    not_looked_into: tuple[NotLookedInto, ...] = ()
    """Parts of the deploy that nobody judged."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a run was about."""

    stack_name: str
    stage: str | None
    region: str
    account_id: str | None


@dataclass(frozen=True, slots=True)
class Claims:
    """What the deploy takes from and gives to the rest of the account."""

    names: tuple[tuple[str, str, str], ...] = ()
    """Resource type, name, logical id: each name that the deploy would take."""
    exports_added: tuple[str, ...] = ()
    exports_removed: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    locations: Mapping[tuple[str, str], Location] = field(default_factory=dict)
    """Where they are written: by the field above, and the logical id or the name."""
    hidden: frozenset[str] = frozenset()
    """Those of the texts, and of the stack's name, that hold a value which is not
    shown: two of them that read the same may be two names."""


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a run."""

    command: str
    target: Target
    results: tuple[RuleResult, ...]
    coverage: Coverage
    started_at: datetime
    duration: float
    """Seconds."""
    flowguard_version: str
    verdict: Verdict
    fail_on: Severity | None = Severity.ERROR
    """Findings at or above it block; None means never."""
    accepted: tuple[str, ...] = ()
    """Rules whose findings the user let pass in this run."""
    claims: Claims = Claims()
    stack_status: str = ""
    """The deployed stack's; empty where there is none, or where nobody knows."""
    changes: tuple[ResourceChange, ...] = ()
    """What the deploy does to each resource; none where the stack is not known."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """The text of each file that a finding may point into, by its path."""
    readiness: Readiness | None = None
    """Whether the deploy can be taken back, where the command judged that."""
    readiness_reasons: tuple[str, ...] = ()
    """Why it cannot, or not by itself; a line each, the worst first."""
    smoke: SmokeReport | None = None
    """What the smoke tests found, where the command ran any."""
    rollback: RollbackReport | None = None
    """What was decided and done about the deploy, where the command did so."""

    def __post_init__(self) -> None:
        """Show each text as people may see it; see `flowguard.model.hidden`."""
        if hidden.any_known():
            for name in hidden.names_of(type(self)):
                value = hidden.every(hidden.shown, getattr(self, name))
                object.__setattr__(self, name, value)

    @property
    def findings(self) -> list[Finding]:
        """All findings, the worst first, then in reading order."""
        return sorted(
            (finding for result in self.results for finding in result.findings),
            key=lambda f: (-f.severity, f.location, f.rule_id, f.message),
        )

    @property
    def leaves_aws_unasked(self) -> bool:
        """Whether there were questions for AWS and it was not asked: `--offline`."""
        coverage = self.coverage
        return self.target.account_id is None and coverage.asked > coverage.answered

    def count(self, severity: Severity) -> int:
        """How many findings are of exactly this severity."""
        return sum(finding.severity is severity for finding in self.findings)
