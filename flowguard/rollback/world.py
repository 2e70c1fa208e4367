"""What a rollback needs of the world.

A rollback does no input or output of its own: it is given these. The command line
hands in AWS and the clock, a test a fake of CloudFormation and a virtual clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from flowguard.lookups import (
    ChangeSet,
    Contents,
    Stack,
    StackEvent,
    StackResource,
    StoredArtifact,
)
from flowguard.model.ownership import Evidence
from flowguard.model.questions import Observed, Unknown
from flowguard.model.rollback import (
    Accepted,
    ChangeSetReview,
    ObjectVersions,
    Refused,
    Step,
)
from flowguard.model.snapshot import Kept, Snapshot
from flowguard.rollback.commands import Commands


class Clock(Protocol):
    """Time, and the waiting for it."""

    def now(self) -> float:
        """Seconds, from any beginning; never less than before."""
        ...

    def wait(self, seconds: float) -> bool:
        """Wait; False as soon as the run is cancelled."""
        ...


class Account(Protocol):
    """The account and region that the stack is in.

    Each read asks AWS anew, and raises nothing.
    """

    def stack(self, name: str) -> Observed[Stack]:
        """The stack with a name or an id; a deleted one answers to its id alone."""
        ...

    def resources(self, stack_id: str) -> Observed[tuple[StackResource, ...]]:
        """All resources that it lists, the deleted ones too while AWS has them."""
        ...

    def events(
        self, stack_id: str, since: datetime | None = None, after: str = ""
    ) -> Observed[tuple[StackEvent, ...]]:
        """Its events after a time of AWS's, or after the one with an id, oldest first;
        all of them without either."""
        ...

    def change_set(self, stack_id: str, name: str) -> Observed[ChangeSetReview]:
        """The change set with a name or an id, all its pages."""
        ...

    def change_sets(self, stack_id: str) -> Observed[tuple[ChangeSet, ...]]:
        """The change sets that wait on the stack."""
        ...

    def template(self, stack_id: str) -> Observed[str]:
        """The template that it runs now, after its transforms."""
        ...

    def original(self, stack_id: str) -> Observed[str]:
        """The template that it runs now, as it was given, before its transforms."""
        ...

    def text(self, kept: Kept) -> Observed[str]:
        """A text that the snapshot keeps elsewhere; absent where it is another now,
        by its digest."""
        ...

    def versions(self, location: str) -> Observed[ObjectVersions]:
        """What there is of `s3://bucket/key`; absent where there never was any."""
        ...

    def artifact(self, location: str) -> Observed[StoredArtifact]:
        """What there is of an image, by its address; absent where there is none."""
        ...

    def importers(self, export: str) -> Observed[tuple[str, ...]]:
        """The stacks that import an export; absent where none does."""
        ...

    def layer(self, arn: str) -> Observed[str]:
        """The ARN of a version of a layer; absent where it is deleted."""
        ...

    def shifting(self, said: tuple[StackEvent, ...]) -> Observed[str]:
        """The CodeDeploy deployment that these events tell of and that is shifting
        traffic now; absent where none is."""
        ...

    def snapshot(
        self, stack_id: str, *, moving: bool = False, held: bool = False
    ) -> Observed[Snapshot]:
        """The stack as it is now, to be held against the snapshot from before, or
        against what was deployed; one that is `moving` only where that is asked.
        Where it is `held`, this process can deploy its template again."""
        ...

    def alarm(self, arn: str) -> Observed[str]:
        """The state of an alarm of CloudWatch: OK, ALARM or INSUFFICIENT_DATA."""
        ...

    def contents(self, resource_type: str, physical_id: str) -> Observed[Contents]:
        """How much a resource holds, which a rollback has left behind."""
        ...

    def perform(self, step: Step) -> Accepted | Refused | Unknown:
        """Make the call of a step, what is sealed in it opened; never twice.

        `Unknown` is a call that may have been taken: its answer was lost.
        """
        ...


Perform = Callable[[Step], Accepted | Refused | Unknown]
"""Makes the call of a step, as `Account.perform` does."""


@dataclass(frozen=True, slots=True)
class World:
    """All of it."""

    account: Account
    clock: Clock
    front: Perform | None = None
    """Sets the frontend back; None where there is none."""
    tell: Callable[[str], None] = lambda _text: None
    """Is told of each event and each step, in words without secrets."""
    region: str = ""
    """Of the account, to be named where it has no such stack."""
    commands: Commands = field(default_factory=Commands)
    """What a person is told to run next."""
    deadline: float = math.inf
    """When the time of the run is over, by its clock: no read is tried again then."""
    evidence: Callable[[Stack], tuple[Evidence, ...]] = lambda _stack: ()
    """Holds the release that this pipeline deploys against the stack, as it is now."""
