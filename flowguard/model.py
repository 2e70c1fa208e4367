"""The words FlowGuard speaks: plain values, no input or output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, Generic, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Path = tuple[str | int, ...]
"""A place inside a document: keys and indexes from its root."""


class Severity(IntEnum):
    """How bad it is to deploy anyway."""

    INFO = 1
    """Worth knowing."""
    WARNING = 2
    """The deploy may fail, or succeed with a surprise."""
    ERROR = 3
    """The deploy will fail, or do harm."""

    @property
    def label(self) -> str:
        """The name as reports and the configuration spell it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file the user can edit; lines and columns are 1-based."""

    path: str
    """Relative to the repository, with forward slashes."""
    line: int = 1
    column: int = 1
    end_line: int = 0
    """0 where the end is not known."""
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question is asked: an AWS account and a region."""

    account_id: str | None
    """None where AWS was not asked (`--offline`)."""
    region: str

    @property
    def partition(self) -> str:
        """The partition of the region, as in an ARN."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"


# --- questions and answers ------------------------------------------------


class UnknownKind(StrEnum):
    """Why a question has no answer."""

    DENIED = "denied"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    UNSUPPORTED = "unsupported"
    """Nobody can answer it: AWS has no call for it, or it was not asked at all."""
    KNOWN_AFTER_DEPLOY = "known-after-deploy"
    """The question is built on a value that only the deploy will know."""

    @property
    def inconclusive(self) -> bool:
        """Whether asking again, with more rights or later, would give an answer."""
        return self not in {UnknownKind.UNSUPPORTED, UnknownKind.KNOWN_AFTER_DEPLOY}


@dataclass(frozen=True, slots=True)
class Present(Generic[T_co]):
    """AWS answered: it exists, and this is what it looks like."""

    value: T_co


@dataclass(frozen=True, slots=True)
class Absent:
    """AWS answered: there is no such thing."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody answered."""

    kind: UnknownKind
    reason: str
    permission: str = ""
    """The IAM action that was missing, where `kind` is denied."""


@dataclass(frozen=True, slots=True)
class Pending:
    """The question has just been asked; the next round has the answer."""


Observed = Present[T] | Absent | Unknown | Pending


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A value in a template that is not known, and why."""

    expression: str
    """As the user wrote it, such as `!GetAtt Queue.Arn`."""
    location: Location
    cause: Unknown | Pending

    def __str__(self) -> str:
        if isinstance(self.cause, Pending):
            return f"{self.expression} is being looked up"
        return f"{self.expression} ({self.location}): {self.cause.reason}"


@dataclass(frozen=True)
class Lookup(Generic[T_co]):
    """A question about an account whose answer is a `T`.

    Subclasses are frozen dataclasses whose fields are the question; equal
    questions are asked once.
    """

    place: Place

    def __str__(self) -> str:
        """The question in the user's words; a subclass may put it better."""
        rest = [f for f in fields(self) if f.name != "place"]
        return f"{type(self).__name__} " + " ".join(
            str(getattr(self, f.name)) for f in rest
        )

    @property
    def unresolved(self) -> Unresolved | None:
        """The first part of the question that is not known, if any."""
        return next(find_unresolved(getattr(self, f.name) for f in fields(self)), None)


def find_unresolved(value: object) -> Iterator[Unresolved]:
    """Every `Unresolved` within `value`: a scalar, mapping or iterable of them."""
    if isinstance(value, Unresolved):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from find_unresolved(item)
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for item in value:
            yield from find_unresolved(item)


class AccountState:
    """The account as far as it was observed."""

    def __init__(self, answers: Mapping[Lookup[Any], Observed[Any]]) -> None:
        self._answers = answers

    def get(self, lookup: Lookup[T]) -> Observed[T]:
        """The answer to `lookup`; `Pending` until it was asked."""
        if part := lookup.unresolved:
            return part.cause
        return self._answers.get(lookup, Pending())


# --- the plan --------------------------------------------------------------


class ChangeAction(StrEnum):
    """What CloudFormation will do to a resource; the names are CloudFormation's."""

    ADD = "Add"
    MODIFY = "Modify"
    REMOVE = "Remove"
    IMPORT = "Import"
    DYNAMIC = "Dynamic"


class Replacement(StrEnum):
    """Whether a change makes a new resource; the names are CloudFormation's."""

    TRUE = "True"
    FALSE = "False"
    CONDITIONAL = "Conditional"


@dataclass(frozen=True, slots=True)
class Located:
    """Something written in a file: where it is, and where each part of it is."""

    locations: Mapping[Path, Location]
    """By path from the thing itself; `()` is the thing."""

    def at(self, *path: str | int) -> Location:
        """Where `path` is written, or its nearest written ancestor."""
        while path and path not in self.locations:
            path = path[:-1]
        return self.locations[path]


@dataclass(frozen=True, slots=True)
class ResourceChange(Located):
    """One resource that the deploy will add, modify or remove."""

    action: ChangeAction
    logical_id: str
    resource_type: str
    properties: Mapping[str, Any]
    """As they will be; a value, at any depth, may be `Unresolved`."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """DeletionPolicy, UpdateReplacePolicy, Metadata, …, as they will be."""
    before: Mapping[str, Any] = field(default_factory=dict)
    """The properties as they are; empty for an added resource."""
    before_known: bool = False
    """Whether anybody said how they are; else an empty `before` says nothing."""
    attributes_before: Mapping[str, Any] = field(default_factory=dict)
    physical_id: str | None = None
    """None for an added resource."""
    replacement: Replacement = Replacement.FALSE
    changed: tuple[str, ...] = ()
    """The names of the top-level properties that differ, for a modification."""


@dataclass(frozen=True, slots=True)
class Export:
    """A value that a stack offers to other stacks."""

    name: str | Unresolved
    logical_id: str
    """Of the output that exports it."""
    location: Location


@dataclass(frozen=True, slots=True)
class Reference:
    """A question that the template itself raises, such as `${ssm:/name}`."""

    expression: str
    lookup: Lookup[Any]
    location: Location
    logical_id: str = ""
    sure: bool = True
    """Whether the deploy will ask it, too; not under a condition that is not known."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """The user's word that findings of some rules are no concern at a place."""

    rule_ids: tuple[str, ...]
    reason: str = ""
    location: Location | None = None
    """The line it speaks of; None where it speaks of a resource."""
    logical_id: str | None = None


# --- results ---------------------------------------------------------------


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
class Coverage:
    """How much of what was asked was answered: numbers of questions."""

    asked: int = 0
    answered: int = 0
    unknown: int = 0
    """Denied, throttled, unreachable."""
    not_knowable: int = 0
    """Unsupported, or known after the deploy only."""


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

    @property
    def findings(self) -> list[Finding]:
        """All findings, the worst first, then in reading order."""
        return sorted(
            (finding for result in self.results for finding in result.findings),
            key=lambda f: (-f.severity, f.location, f.rule_id, f.message),
        )

    def count(self, severity: Severity) -> int:
        """How many findings are of exactly this severity."""
        return sum(finding.severity is severity for finding in self.findings)
