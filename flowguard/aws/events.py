"""The events of a stack: as they come, and what went wrong according to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import takewhile
from typing import Any

from flowguard.aws.answers import observed
from flowguard.aws.history import event_of, last_operation
from flowguard.aws.session import Aws
from flowguard.aws.stacks import NO_STACK, unless
from flowguard.lookups import LastOperation, StackEvent
from flowguard.model import Observed, Present, Unknown

NESTED = "AWS::CloudFormation::Stack"
NESTING = 5
"""How many stacks deep a cause is looked for."""
PERMISSION = "cloudformation:DescribeStackEvents"

_CANCELLED = re.compile(
    r"resource (?:creation|update|deletion) cancelled", re.IGNORECASE
)
"""What befell a resource because another one had failed."""


def newest_first(aws: Aws, stack_id: str) -> Iterator[Mapping[str, Any]]:
    """The events as AWS gives them; a page is asked for when it is needed."""
    return aws.pages(
        "cloudformation", "describe_stack_events", "StackEvents", StackName=stack_id
    )


def since(
    aws: Aws, stack_id: str, moment: datetime | None = None
) -> Observed[tuple[StackEvent, ...]]:
    """The events after a moment, oldest first; all of them without one."""

    def ask() -> tuple[StackEvent, ...]:
        rows = newest_first(aws, stack_id)
        if moment:
            rows = takewhile(lambda row: row["Timestamp"] > moment, rows)
        return tuple(reversed([event_of(row) for row in rows]))

    return observed(lambda: unless(NO_STACK, ask), permission=PERMISSION)


class Feed:
    """The events of a stack from a moment on, each of them once."""

    def __init__(self, aws: Aws, stack_id: str) -> None:
        self._aws = aws
        self._stack_id = stack_id
        self._known = ""
        """The id of the newest event that was seen."""

    def skip(self) -> Unknown | None:
        """Leave out what has happened so far; the reason where nobody tells it."""

        def newest() -> str:
            row = next(newest_first(self._aws, self._stack_id), {})
            return str(row.get("EventId", ""))

        found = observed(newest, permission=PERMISSION)
        if isinstance(found, Present):
            self._known = found.value
        return found if isinstance(found, Unknown) else None

    def new(self) -> tuple[StackEvent, ...] | Unknown:
        """What has happened since it was last asked, oldest first."""

        def ask() -> list[Mapping[str, Any]]:
            rows = newest_first(self._aws, self._stack_id)
            return list(takewhile(lambda row: row["EventId"] != self._known, rows))

        found = observed(lambda: unless(NO_STACK, ask), permission=PERMISSION)
        if not isinstance(found, Present):
            return found if isinstance(found, Unknown) else ()
        if found.value:
            self._known = str(found.value[0]["EventId"])
        return tuple(event_of(row) for row in reversed(found.value))


def failed(events: Iterable[StackEvent]) -> tuple[StackEvent, ...]:
    """The failures of resources, without those that another one's had cancelled."""
    return tuple(
        event
        for event in events
        if event.status.endswith("_FAILED") and not _CANCELLED.search(event.reason)
    )


def root_causes(
    aws: Aws, stack_id: str, events: Iterable[StackEvent], depth: int = NESTING
) -> tuple[StackEvent, ...]:
    """What failed of itself; where that is a nested stack, what failed in it.

    The failure of the nested stack itself stands in for what cannot be read.
    """
    found: list[StackEvent] = []
    for event in failed(_forward(events, stack_id)):
        if event.physical_id == stack_id:
            continue
        inner: tuple[StackEvent, ...] = ()
        if event.resource_type == NESTED and event.physical_id and depth:
            asked = last_operation(aws, LastOperation(aws.place, event.physical_id))
            rows = asked.value if isinstance(asked, Present) else ()
            inner = root_causes(aws, event.physical_id, rows, depth - 1)
        found += inner or (event,)
    return tuple(found)


def _forward(events: Iterable[StackEvent], stack_id: str) -> Iterator[StackEvent]:
    """The events of a deploy until it is taken back."""
    return takewhile(
        lambda e: e.physical_id != stack_id or "ROLLBACK" not in e.status, events
    )
