"""Source: the events of the last operation on a stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flowguard.aws.answers import observed
from flowguard.aws.session import Aws
from flowguard.aws.source import Source, each, permits
from flowguard.aws.stacks import NO_STACK, unless
from flowguard.lookups import LastOperation, StackEvent
from flowguard.model.questions import Observed

Row = Mapping[str, Any]

BEGINNINGS = frozenset(
    {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS"}
)
"""Statuses that a stack takes at the start of an operation only. The others in
progress are also stages of one: the roll back, the clean up, the deletion after
a failed creation."""


def last_operation(aws: Aws, lookup: LastOperation) -> Observed[tuple[StackEvent, ...]]:
    """The events since the last operation was begun, oldest first."""

    def ask() -> tuple[StackEvent, ...]:
        newest_first = aws.pages(
            "cloudformation",
            "describe_stack_events",
            "StackEvents",
            region=lookup.place.region,
            StackName=lookup.stack_id,
        )
        events = [event_of(row) for row in _since_the_start(newest_first)]
        return tuple(reversed(events))

    return observed(
        lambda: unless(NO_STACK, ask), permission="cloudformation:DescribeStackEvents"
    )


def _since_the_start(newest_first: Iterator[Row]) -> Iterator[Row]:
    """The events of the newest operation; later pages are not asked for."""
    token = ""
    for row in newest_first:
        other = row.get("ClientRequestToken", "")
        if token and other and other != token:
            return
        token = token or other
        yield row
        if _begins(row):
            return


def _begins(row: Row) -> bool:
    """Whether somebody began an operation with this event."""
    if row.get("PhysicalResourceId") != row.get("StackId"):
        return False
    status = row.get("ResourceStatus", "")
    by_user = "user initiated" in row.get("ResourceStatusReason", "").lower()
    return status in BEGINNINGS or (by_user and status.endswith("_IN_PROGRESS"))


def event_of(row: Row) -> StackEvent:
    """An event as DescribeStackEvents has it."""
    return StackEvent(
        logical_id=row.get("LogicalResourceId", ""),
        physical_id=row.get("PhysicalResourceId", ""),
        resource_type=row.get("ResourceType", ""),
        status=row.get("ResourceStatus", ""),
        reason=row.get("ResourceStatusReason", ""),
        at=row.get("Timestamp"),
        token=row.get("ClientRequestToken", ""),
        id=row.get("EventId", ""),
        operation_id=row.get("OperationId", ""),
    )


LAST_OPERATION = Source(
    each(last_operation), permits("cloudformation:DescribeStackEvents")
)
