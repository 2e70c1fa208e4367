"""What a rule is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar, Generic, TypeVar

from flowguard.model.places import Location, Severity
from flowguard.model.questions import AccountState, Lookup
from flowguard.model.results import Finding

Subject = TypeVar("Subject")


class Rule(ABC, Generic[Subject]):
    """A pure function from a subject and an account to findings.

    The docstring of a rule is its page in `docs/rules.md` and what
    `flowguard explain` prints. A rule asks with `account.get(…)`, looks for
    `Present` or `Absent`, and goes on; the engine does the rest.
    """

    id: ClassVar[str]
    """The file's name with dashes; also the docs' anchor and the ignore comment."""
    severity: ClassVar[Severity]
    """The highest severity that a finding of it may have."""
    asks: ClassVar[tuple[type[Lookup[Any]], ...]] = ()
    """The questions it may ask; the engine refuses others."""

    @abstractmethod
    def check(self, subject: Subject, account: AccountState) -> Iterable[Finding]:
        """Yield one finding for each problem. Does no input or output."""

    def finding(
        self,
        message: str,
        location: Location,
        *,
        help: str,
        severity: Severity | None = None,
        logical_id: str = "",
        related: Iterable[tuple[str, Location]] = (),
        evidence: Iterable[tuple[str, str]] = (),
    ) -> Finding:
        """Make a finding of this rule, at its declared severity or a lower one."""
        return Finding(
            rule_id=self.id,
            severity=min(severity or self.severity, self.severity),
            message=message,
            location=location,
            help=help,
            logical_id=logical_id,
            related_locations=tuple(related),
            evidence=tuple(evidence),
        )
