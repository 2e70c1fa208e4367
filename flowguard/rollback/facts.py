"""All that a decision is made from, as values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from flowguard.lookups import GIVEN_UP, Stack, StackEvent, StackResource
from flowguard.model import Readiness
from flowguard.model.snapshot import Snapshot
from flowguard.rollback import journal
from flowguard.rollback.causes import Cause, Failure, worst
from flowguard.rollback.health import Health
from flowguard.rollback.journal import Recorded
from flowguard.template.stateful import STATEFUL, Holds

NO_STACK = "none"
"""The status of a stack that there is not."""


@dataclass(frozen=True, slots=True)
class Deploy:
    """The deploy that may be taken back, as far as the one who made it knows it.

    What is known of it must be what AWS says of the stack's last deploy; else
    somebody else deployed in between.
    """

    token: str = ""
    change_set_id: str = ""
    last_updated: datetime | None = None
    """The stack's, once the deploy had begun."""
    logical_ids: frozenset[str] = frozenset()
    """What its change set changes; they tell when its monitoring window is open."""


@dataclass(frozen=True, slots=True)
class Front:
    """The frontend's deployment before the deploy, and where it is to be set back."""

    project: str
    deployment: str
    broken: bool = False
    """Whether the frontend alone is broken now."""


class Restored(StrEnum):
    """What became of a rollback of ours, if the last operation was one."""

    NO = "no"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Facts:
    """The stack as it was found, and what is known besides."""

    name: str
    """The stack, as it was asked for."""
    stack: Stack | None
    """None where there is none."""
    health: Health
    resources: tuple[StackResource, ...] = ()
    events: tuple[StackEvent, ...] = ()
    """Oldest first: since the snapshot, or of the last deploy and all after it."""
    failures: tuple[Failure, ...] = ()
    """What could not be taken back, in nested stacks as well."""
    before: Snapshot | None = None
    deploy: Deploy | None = None
    judged: Readiness | None = None
    """What was said of the deploy beforehand; the snapshot may say it, too."""
    shifting_deployment: str = ""
    """The CodeDeploy deployment that shifts traffic now."""
    front: Front | None = None
    reasons: tuple[str, ...] = field(default=())
    """Why the health is what it is."""

    @cached_property
    def operations(self) -> tuple[Recorded, ...]:
        """Of the stack, oldest first."""
        stack_id = self.stack.stack_id if self.stack else ""
        return journal.operations(self.events, stack_id)

    @property
    def last(self) -> Recorded | None:
        """The last operation on the stack."""
        return self.operations[-1] if self.operations else None

    # --- what the rows of the decision table ask ----------------------------------

    @property
    def status(self) -> str:
        """Of the stack."""
        return self.stack.status if self.stack else NO_STACK

    @property
    def readiness(self) -> Readiness | None:
        """Whether the deploy can be taken back; None where nobody judged it."""
        return self.judged or (self.before.readiness if self.before else None)

    @property
    def cause(self) -> Cause:
        """Why the rollback failed."""
        return worst(self.failures)

    @property
    def has_snapshot(self) -> bool:
        """Whether it is known what the stack was before."""
        return self.before is not None and self.before.exists

    @property
    def restorable(self) -> bool:
        """Whether the snapshot keeps a template that can be deployed again."""
        if not self.before or not self.before.exists:
            return False
        kept = (self.before.original, self.before.processed)
        return any(text and text.location for text in kept)

    @property
    def shifting(self) -> bool:
        """Whether CodeDeploy shifts traffic now."""
        return bool(self.shifting_deployment)

    @property
    def express(self) -> bool:
        """Whether the deploy was in EXPRESS mode, which has no rollback."""
        return self.stack is not None and self.stack.mode == "EXPRESS"

    @property
    def front_broken(self) -> bool:
        """Whether the frontend alone is broken, and may be set back."""
        return self.front is not None and self.front.broken

    @property
    def window_open(self) -> bool:
        """Whether the deploy is done but for CloudFormation's watching of it."""
        if not self.stack or not self.last:
            return False
        expected = self.deploy.logical_ids if self.deploy else frozenset[str]()
        return window_open(self.stack, self.last, expected)

    @property
    def foreign(self) -> bool:
        """Whether somebody else deployed since."""
        return bool(self.stranger)

    @property
    def ours(self) -> bool:
        """Whether the last deploy is known to be the one that is meant."""
        deploys = journal.deploys(self.operations)
        if self.deploy and self.stack and deploys:
            # How old the snapshot is, a cancellation need not know.
            return not _differs(self.deploy, self.stack, deploys[-1])
        return self.before is not None and not self.foreign and bool(deploys)

    @property
    def restored(self) -> Restored:
        """What became of a rollback of ours, if the last operation was one."""
        last = self.last
        if not last or not last.row or last.status.endswith("_IN_PROGRESS"):
            return Restored.NO
        if journal.restored(last) or journal.deleted(last):
            return Restored.DONE
        return Restored.FAILED if last.deploys else Restored.NO

    @property
    def data_left(self) -> bool:
        """Whether the stack still has a resource that holds data."""
        return any(r.resource_type in DATA for r in self.left)

    # --- what the steps ask --------------------------------------------------------

    @property
    def left(self) -> tuple[StackResource, ...]:
        """The resources that the stack still has."""
        return tuple(r for r in self.resources if r.status not in GIVEN_UP)

    @property
    def stranger(self) -> str:
        """Who deployed since, in words; empty where nobody did."""
        deploys = journal.deploys(self.operations)
        if not deploys or not self.stack:
            return ""
        if self.deploy:
            another = _differs(self.deploy, self.stack, deploys[-1])
            return another or self._in_between(deploys[:-1])
        if self.before and len(deploys) > 1:
            return (
                f"{len(deploys)} deploys were begun since the snapshot, "
                f"the last one at {deploys[-1].began}"
            )
        return ""

    def _in_between(self, deploys: Sequence[Recorded]) -> str:
        """What else came about since the snapshot, so that it is of an older release."""
        others = [d for d in deploys if d.status in _STAYED]
        if not self.before or not others:
            return ""
        return f"another deploy came after the snapshot, at {others[-1].began}"


_STAYED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
"""Statuses that a deploy ends in whose release was live."""

DATA = frozenset(t for t, holds in STATEFUL.items() if holds is not Holds.PASSING)
"""Types that hold what nobody can make again."""


def window_open(stack: Stack, last: Recorded, expected: Iterable[str] = ()) -> bool:
    """Whether CloudFormation only watches an update whose resources are all done.

    There is no status for it. `expected` are the logical ids that the deploy
    changes, where they are known; without them an update between two resources
    may look like one in its window, where it can be cancelled just as well.
    """
    if stack.status != "UPDATE_IN_PROGRESS" or not stack.monitoring_minutes:
        return False
    done = _done(last.events, stack.stack_id)
    return all(done.values()) and {*expected} <= {*done} and bool(done)


def _done(events: Sequence[StackEvent], stack_id: str) -> dict[str, bool]:
    """Whether each resource that an operation has touched has come to its end."""
    return {
        event.logical_id: event.status.endswith("_COMPLETE")
        for event in events
        if event.physical_id != stack_id
    }


def _differs(deploy: Deploy, stack: Stack, last: Recorded) -> str:
    """What of the deploy is not what AWS says; empty where all of it is."""
    if deploy.token and last.token != deploy.token:
        return f"the last deploy began at {last.began} and is not the one that is meant"
    if last.token and last.token == deploy.token:
        return ""
    if deploy.change_set_id and stack.change_set_id != deploy.change_set_id:
        return f"the last deploy was change set {stack.change_set_id or 'none'}"
    moved = deploy.last_updated and stack.updated != deploy.last_updated
    return f"the stack was changed at {stack.updated}" if moved else ""
