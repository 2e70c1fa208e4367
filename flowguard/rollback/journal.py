"""What AWS itself has written down of a stack's operations, and of ours among them.

A run that was killed left nothing behind that could be trusted, so nothing is kept
on disk: CloudFormation stamps each event of an operation with the client request
token of the call that began it, and our tokens say which row of the decision table
and which plan they belong to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flowguard.lookups import StackEvent
from flowguard.model.rollback import TOKEN_PREFIX

DEPLOYS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS"})
"""Statuses that a stack takes at the start of a deploy, and never again in it."""

UPDATES = frozenset({"UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"})
"""Statuses that a stack takes at the start of an update, or of its rollback."""

STAYED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
"""Statuses that a deploy ends in whose release was live."""

_TAKEN_BACK = frozenset(
    {"ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}
)
"""Statuses of a stack whose last deploy was taken back."""

_TOKEN = re.compile(
    rf"{TOKEN_PREFIX}(?P<row>[A-Za-z0-9]+)-(?P<plan>[0-9a-f]+)-[a-z0-9-]+"
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An operation on a stack, as its events tell of it."""

    events: tuple[StackEvent, ...]
    stack_events: tuple[StackEvent, ...]
    """Those of the stack itself; the first one began the operation."""

    @property
    def token(self) -> str:
        """The client request token of the call that began it."""
        return self.stack_events[0].token

    @property
    def id(self) -> str:
        """Of its first event."""
        return self.stack_events[0].id

    @property
    def operation_id(self) -> str:
        """AWS's id of it; empty where AWS gives none."""
        return self.stack_events[0].operation_id

    @property
    def began(self) -> datetime | None:
        """When it began."""
        return self.stack_events[0].at

    @property
    def status(self) -> str:
        """The last status that it brought the stack to."""
        return self.stack_events[-1].status

    @property
    def deploys(self) -> bool:
        """Whether it is a deploy, rather than something about one."""
        return self.stack_events[0].status in DEPLOYS

    @property
    def updates(self) -> bool:
        """Whether it is an update, or its rollback."""
        return self.stack_events[0].status in UPDATES

    @property
    def row(self) -> str:
        """The row of the decision table, where the operation is a rollback of ours."""
        found = _TOKEN.fullmatch(self.token)
        return found["row"] if found else ""


def token(row: str, plan: str, step: str) -> str:
    """The client request token of a step; at most 128 characters, as AWS wants it."""
    return f"{TOKEN_PREFIX}{row}-{plan}-{step}"[:128]


def operations(events: Iterable[StackEvent], stack_id: str) -> tuple[Recorded, ...]:
    """The operations that `events` (oldest first) tell of.

    Events before the first beginning are left out.
    """
    found: list[list[StackEvent]] = []
    last: StackEvent | None = None
    for event in events:
        if _of_stack(event, stack_id) and _begins(event, last):
            found.append([])
            last = event
        if found:
            found[-1].append(event)
    return tuple(
        Recorded(tuple(rows), tuple(row for row in rows if _of_stack(row, stack_id)))
        for rows in found
    )


def since_last_deploy(
    events: tuple[StackEvent, ...], stack_id: str
) -> tuple[StackEvent, ...]:
    """The events from the beginning of the last deploy on that is no rollback of
    ours; all of them where there is none."""
    last = deploys(operations(events, stack_id))[-1:]
    return events[events.index(last[0].events[0]) :] if last else events


def deploys(recorded: Iterable[Recorded]) -> tuple[Recorded, ...]:
    """The deploys among them that are no rollback of ours, whatever came of them."""
    return tuple(o for o in recorded if o.deploys and not o.row)


def live(recorded: Sequence[Recorded]) -> Recorded | None:
    """The operation that the live release came of; None where none of them shows it."""
    for n, operation in enumerate(reversed(recorded)):
        if operation.deploys and operation.status in STAYED:
            return operation
        taken_back = operation.status in _TAKEN_BACK
        if n == 0 and not taken_back:
            return None  # it moves, or is half of a release
    return None


_BUCKET = frozenset({"ServerlessDeploymentBucket", "ServerlessDeploymentBucketPolicy"})
"""What the Serverless Framework creates a stack with, before it deploys to it."""


def joined(deploys: tuple[Recorded, ...]) -> tuple[Recorded, ...]:
    """The deploys without a creation that was but the first step of the next one.

    Source: the Serverless Framework creates a stack with its deployment bucket alone,
    uploads, and then updates the stack.
    """
    return tuple(
        deploy
        for n, deploy in enumerate(deploys)
        if n == len(deploys) - 1 or not _is_shell(deploy)
    )


def _is_shell(deploy: Recorded) -> bool:
    made = {e.logical_id for e in deploy.events} - {
        e.logical_id for e in deploy.stack_events
    }
    created = deploy.status == "CREATE_COMPLETE"
    return created and bool(made) and made <= _BUCKET


def restored(operation: Recorded) -> bool:
    """Whether it is a deploy of ours that restored what was there, and is done."""
    done = operation.status == "UPDATE_COMPLETE"
    return bool(operation.row) and operation.deploys and done


def deleted(operation: Recorded) -> bool:
    """Whether it is a deletion of ours, and is done."""
    return bool(operation.row) and operation.status == "DELETE_COMPLETE"


def _of_stack(event: StackEvent, stack_id: str) -> bool:
    return event.physical_id == stack_id


def _begins(event: StackEvent, last: StackEvent | None) -> bool:
    """Whether an operation begins with this event, after one that began with `last`."""
    another = bool(last and event.token and last.token and event.token != last.token)
    return event.status in DEPLOYS or (
        (event.asked_for or another) and event.status.endswith("_IN_PROGRESS")
    )
