"""Whose deploy it is: the answer, and what it rests on.

Every act that nobody approved of by hand depends on it: what is not proven to be the
deploy of this pipeline is never taken back by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Whose(StrEnum):
    """Whose the deploy is that came after the snapshot."""

    NONE = "none"
    """Nothing was deployed since."""
    OURS = "ours"
    """Of this pipeline, proven."""
    FOREIGN = "foreign"
    """Of somebody else, proven."""
    UNPROVEN = "unproven"
    """Nothing proves the one or the other."""


class Source(StrEnum):
    """Where a piece of evidence comes from, the strongest first."""

    OPERATION = "operation id"
    TOKEN = "client request token"  # noqa: S105 — the name of a thing
    CHANGE_SET = "change set"
    RECORD = "record"
    STAMP = "stamp"
    RELEASE = "release phase"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was held against AWS or the service, and what it says."""

    source: Source
    says: Whose
    """`OURS`, `FOREIGN`, or `UNPROVEN` where it was looked at and proves nothing."""
    text: str
    """In words: what was compared, and what was found."""
    refutes: bool = False
    """Whether it is a mismatch: the live release is not the one at hand, and it is not
    known whose it is."""
    silences: bool = False
    """Whether the release was live before the deploy, too: that it is the one at hand
    says nothing of who made the deploy."""
    not_compared: tuple[str, ...] = ()
    """What nobody could compare, by name: `parameter DbPassword (NoEcho)`."""


def of_release(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """What says something of the live release, whether it was deployed or not."""
    return tuple(e for e in evidence if not e.silences)


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose the deploy is, and why that is known."""

    whose: Whose
    evidence: tuple[Evidence, ...] = ()
    text: str = ""
    """The answer in a sentence without a full stop."""
    deploys: int = 0
    """How many there were since the snapshot; one that a tool makes in two steps
    counts once."""
    deploy: str = ""
    """The id of the first event of the last one; empty where there was none."""

    @property
    def named(self) -> bool:
        """Whether a release was at hand that could be held against the live one."""
        return bool(self.evidence)

    @property
    def refuted(self) -> bool:
        """Whether the live release is known to be another than the one at hand."""
        return self.whose is not Whose.OURS and any(
            e.refutes or e.says is Whose.FOREIGN for e in self.evidence
        )

    @property
    def not_compared(self) -> tuple[str, ...]:
        """What nobody could compare."""
        return tuple(name for e in self.evidence for name in e.not_compared)
