"""The two sides of a comparison, and the words that its answers are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from flowguard.lookups import StackEvent, StackResource
from flowguard.model.rollback import Identity, IdentityOutcome
from flowguard.model.snapshot import Snapshot
from flowguard.rollback import likeness
from flowguard.rollback.left_behind import Left
from flowguard.rollback.likeness import Document

SAME, DIFFERENT = IdentityOutcome.SAME, IdentityOutcome.DIFFERENT
UNKNOWN = IdentityOutcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class Sides:
    """The two snapshots, and what is known besides."""

    before: Snapshot
    after: Snapshot
    resources: tuple[StackResource, ...] = ()
    """The stack's, after."""
    events: tuple[StackEvent, ...] = ()
    """Since the rollback began."""
    native: bool = False
    """Whether CloudFormation went back by itself, rather than by another deploy."""
    templates: tuple[Document, Document] | None = field(default=None, repr=False)
    """After their transforms, before and after; None where they were not read."""
    empty: Mapping[Left, bool] = field(default_factory=dict)
    """Whether what was left behind is known to hold nothing."""

    @property
    def same_template(self) -> bool:
        """Whether it is known that the templates mean the same."""
        before, after = self.before.processed, self.after.processed
        if before and after and before.sha256 == after.sha256:
            return True
        return self.templates is not None and likeness.same(*self.templates)


def equal(name: str, expected: str, actual: str) -> Identity:
    """Two texts, compared."""
    return Identity(name, SAME if expected == actual else DIFFERENT, expected, actual)


def known(
    sides: Sides, part: str, name: str, found: Callable[[], Iterator[Identity]]
) -> Iterator[Identity]:
    """What is found; unknown as a whole where a side does not know all of it."""
    for side in (sides.before, sides.after):
        gaps = [
            gap.reason
            for key, gap in side.unknown.items()
            if key == part or key.startswith(f"{part}:")
        ]
        if gaps:
            yield Identity(name, UNKNOWN, "", gaps[0])
            return
    yield from found()
