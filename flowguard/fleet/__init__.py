"""The stacks of one run, side by side: what no stack's own report can tell.

A repository of many stacks is looked at in parallel, each target by a preflight
of its own. What each would take from and give to the account (`Report.claims`) is
compared here, once all of them have reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from flowguard.model import (
    UNWRITTEN,
    AccountState,
    Ignore,
    Location,
    Lookup,
    NotLookedInto,
    Place,
    Present,
    Report,
    Severity,
    Target,
)
from flowguard.template.resource_types import Scope

ANYWHERE = Place(None, "")
"""Where the report of a target is asked for: no account has it."""


class Sure(Enum):
    """Whether two targets share what a name must be unique in."""

    NO = auto()
    PERHAPS = auto()
    """The account of one of them is not known: AWS was not asked."""
    YES = auto()

    @property
    def severity(self) -> Severity:
        """What is not certain does not block."""
        return Severity.ERROR if self is Sure.YES else Severity.WARNING

    @property
    def doubt(self) -> str:
        """What a message adds."""
        return "" if self is Sure.YES else ", if their account is the same"


@dataclass(frozen=True, slots=True)
class Member:
    """A target that has reported."""

    name: str
    report: Report
    location: Location = UNWRITTEN
    """Where the configuration names the target, as far as it does."""
    home: str | None = None
    """The account that the configuration says it is in."""

    @property
    def account_id(self) -> str | None:
        """The account that was asked, or the one that was meant."""
        return self.report.target.account_id or self.home

    def written(self, claim: str, of: str) -> Location:
        """Where a claim is written; nowhere in an older report."""
        return self.report.claims.locations.get((claim, of), UNWRITTEN)

    def shares(self, other: Member, scope: Scope) -> Sure:
        """Whether a name of that scope can be taken by one of the two alone."""
        ours, theirs = self.report.target, other.report.target
        if scope in _OF_A_REGION and ours.region != theirs.region:
            return Sure.NO
        if _partition(ours) != _partition(theirs):
            return Sure.NO
        if scope in _OF_EVERYBODY:
            return Sure.YES
        if not self.account_id or not other.account_id:
            return Sure.PERHAPS
        return Sure.YES if self.account_id == other.account_id else Sure.NO

    def contends(self, other: Member, scope: Scope) -> Sure:
        """As `shares`, but a stack does not contend with itself."""
        same = self.report.target.stack_name == other.report.target.stack_name
        if same and self.shares(other, Scope.REGION) is not Sure.NO:
            return Sure.NO
        return self.shares(other, scope)


_OF_A_REGION = {Scope.REGION, Scope.EVERYBODY_IN_REGION}
_OF_EVERYBODY = {Scope.EVERYBODY, Scope.EVERYBODY_IN_REGION}


def _partition(target: Target) -> str:
    return Place(target.account_id, target.region).partition


@dataclass(frozen=True)
class ReportOf(Lookup[Member]):
    """What the preflight of a target found."""

    name: str

    def __str__(self) -> str:
        return f"the report of the target {self.name}"


@dataclass(frozen=True, slots=True)
class Fleet:
    """The targets of a run, as the rules that compare them see it."""

    members: tuple[Member, ...]
    missing: tuple[str, ...] = ()
    """Targets that were expected and have not reported."""
    basis: tuple[Lookup[Member], ...] = ()
    ignores: tuple[Ignore, ...] = ()
    """None: what a template ignores, its own report has left out."""
    not_looked_into: tuple[NotLookedInto, ...] = ()
    """None: what a template hides, its own report tells."""


def gather(names: Sequence[str], account: AccountState) -> Fleet:
    """The fleet of the targets `names`, as far as they have reported."""
    questions = tuple(ReportOf(ANYWHERE, name) for name in names)
    answers = [(question.name, account.get(question)) for question in questions]
    return Fleet(
        members=tuple(a.value for _, a in answers if isinstance(a, Present)),
        missing=tuple(name for name, a in answers if not isinstance(a, Present)),
        basis=questions,
    )
