"""All that a decision is made from, as values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from flowguard.lookups import GIVEN_UP, Stack, StackEvent, StackResource
from flowguard.model.ownership import Evidence, Ownership, Whose
from flowguard.model.readiness import Readiness
from flowguard.model.snapshot import Snapshot
from flowguard.rollback import journal
from flowguard.rollback.causes import Cause, Failure, worst
from flowguard.rollback.health import Health
from flowguard.rollback.journal import Recorded
from flowguard.rollback.ownership import Deploy, Since, ownership, since
from flowguard.rollback.undoing import Lasting
from flowguard.template.stateful import STATEFUL, Holds

NO_STACK = "none"
"""The status of a stack that there is not."""


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
    """Oldest first: since the snapshot; without one, of the last deploy and all after
    it."""
    failures: tuple[Failure, ...] = ()
    """What could not be taken back or deleted, in nested stacks as well."""
    refused: tuple[Failure, ...] = ()
    """What the last deploy failed at, in nested stacks as well."""
    before: Snapshot | None = None
    deploy: Deploy | None = None
    evidence: tuple[Evidence, ...] = ()
    """What else shows whose the live release is."""
    judged: Readiness | None = None
    """What was said of the deploy beforehand; the snapshot may say it, too."""
    shifting_deployment: str = ""
    """The CodeDeploy deployment that shifts traffic now."""
    front: Front | None = None
    reasons: tuple[str, ...] = field(default=())
    """Why the health is what it is."""
    overtaken_tests: bool = False
    """Whether somebody deployed after the smoke tests had begun."""
    lasting: tuple[Lasting, ...] = ()
    """What of the deploy AWS does not set back in place."""
    uncompared: str = ""
    """Why nobody could tell what AWS does not set back; empty where somebody could."""

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
    def first_release(self) -> bool:
        """Whether no release was live before this one; a tool may have created the
        stack first, and updated it then."""
        if self.has_snapshot:
            return False
        was_none = self.before is not None and not self.since.stayed
        return was_none or self.status == "CREATE_COMPLETE"

    @property
    def restorable(self) -> bool:
        """Whether the snapshot keeps a template that can be deployed again."""
        if not self.before or not self.before.exists:
            return False
        kept = (self.before.original, self.before.processed)
        return any(text and text.location for text in kept)

    @property
    def cannot_be_undone(self) -> bool:
        """Whether AWS would refuse a restore of the snapshot, or make it wait."""
        return not self.comparable or any(each.change.blocks for each in self.lasting)

    @property
    def comparable(self) -> bool:
        """Whether somebody could tell what AWS does not set back."""
        return not self.uncompared

    @property
    def sticks(self) -> bool:
        """Whether CloudFormation's own way back would end stuck."""
        return any(each.change.sticks for each in self.lasting)

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

    @cached_property
    def since(self) -> Since:
        """What was deployed since the snapshot."""
        failed = self.before.failed if self.before else ()
        ours = frozenset(deploy.event for deploy in failed if deploy.ours)
        return since(
            self.operations,
            known=self.knows_since,
            change_set_before=self.before.change_set_id if self.before else "",
            failed=ours,
        )

    @property
    def live_failed(self) -> bool:
        """Whether what is live came after the snapshot's release and is known to have
        failed."""
        live = journal.live(self.operations)
        failed = self.before.failed if self.before else ()
        return live is not None and live.id in {deploy.event for deploy in failed}

    @property
    def knows_since(self) -> bool:
        """Whether the events are all that came after the snapshot."""
        before = self.before
        return before is not None and (not before.exists or bool(before.last_event))

    @cached_property
    def ownership(self) -> Ownership:
        """Whose the last deploy since the snapshot is, and why that is known."""
        if self.stack is None:
            return Ownership(Whose.NONE, text="there is no stack")
        return ownership(self.since, self.stack, self.deploy, self.evidence)

    @property
    def whose(self) -> Whose:
        """The answer alone."""
        return self.ownership.whose

    @property
    def refuted(self) -> bool:
        """Whether the live release is known to be another than the one at hand."""
        return self.ownership.refuted

    @property
    def overtaken(self) -> bool:
        """Whether the last deploy was taken back, and an earlier one since lives on."""
        return self.since.overtaken

    @property
    def erases(self) -> bool:
        """Whether a restore could erase an earlier deploy that is not proven ours."""
        return bool(self.since.stayed) or (self.has_snapshot and not self.knows_since)

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
