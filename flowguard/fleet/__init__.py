"""The stacks of one run, side by side: what no stack's own report can tell.

A repository of many stacks is looked at in parallel, each target by a preflight
of its own. What each would take from and give to the account (`Report.claims`) is
compared here, once all of them have reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from flowguard.model.changes import Ignore
from flowguard.model.places import UNWRITTEN, Location, Place, Severity
from flowguard.model.questions import AccountState, Lookup, Present
from flowguard.model.results import Claims, NotLookedInto, Report, Target
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

    def hides(self, text: str) -> bool:
        """Whether a name holds a value that is not shown, so that another target's
        name may read the same and be another."""
        return text in self.report.claims.hidden

    @property
    def claims(self) -> Claims:
        """What it takes and gives, as far as it can be compared."""
        every = self.report.claims
        if not every.hidden:
            return every
        return replace(
            every,
            names=tuple(name for name in every.names if name[1] not in every.hidden),
            exports_added=self._comparable(every.exports_added),
            exports_removed=self._comparable(every.exports_removed),
            imports=self._comparable(every.imports),
        )

    def _comparable(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if not self.hides(name))

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
        name = self.report.target.stack_name
        same = name == other.report.target.stack_name and not self.hides(name)
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
    """What cannot be compared; what a template hides, its own report tells."""
    written: tuple[()] = ()
    """Nothing: reports are read, and no template."""


def gather(names: Sequence[str], account: AccountState) -> Fleet:
    """The fleet of the targets `names`, as far as they have reported."""
    questions = tuple(ReportOf(ANYWHERE, name) for name in names)
    answers = [(question.name, account.get(question)) for question in questions]
    members = tuple(a.value for _, a in answers if isinstance(a, Present))
    return Fleet(
        members=members,
        missing=tuple(name for name, a in answers if not isinstance(a, Present)),
        basis=questions,
        not_looked_into=tuple(_incomparable(members)) if len(members) > 1 else (),
    )


def _incomparable(members: Sequence[Member]) -> Iterator[NotLookedInto]:
    """The names that hold a value which is not shown."""
    why = (
        "it holds a value that is not shown, so that nobody can tell whether another "
        "target has the same; list the variable under `shown` in flowguard.yml if it "
        "is no secret"
    )
    for member in members:
        claims = member.report.claims
        if member.hides(name := member.report.target.stack_name):
            what = f"the stack {name} of {member.name}"
            yield NotLookedInto(what, why, member.location)
        for kind, name, logical_id in claims.names:
            if member.hides(name):
                what = f"{kind} {name} of {member.name}"
                yield NotLookedInto(what, why, member.written("names", logical_id))
        for claim, words in _EXPORTS.items():
            for name in getattr(claims, claim):
                if member.hides(name):
                    what = f"{words} {name} of {member.name}"
                    yield NotLookedInto(what, why, member.written(claim, name))


_EXPORTS = {
    "exports_added": "the new export",
    "exports_removed": "the removed export",
    "imports": "the import",
}
