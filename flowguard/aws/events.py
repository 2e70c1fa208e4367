"""The events of a stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import takewhile
from typing import Any

from flowguard.aws.answers import observed
from flowguard.aws.history import event_of
from flowguard.aws.session import Aws
from flowguard.aws.stacks import NO_STACK, unless
from flowguard.lookups import StackEvent
from flowguard.model.questions import Observed

PERMISSION = "cloudformation:DescribeStackEvents"


def newest_first(aws: Aws, stack_id: str) -> Iterator[Mapping[str, Any]]:
    """The events as AWS gives them; a page is asked for when it is needed."""
    return aws.pages(
        "cloudformation", "describe_stack_events", "StackEvents", StackName=stack_id
    )


def since(
    aws: Aws, stack_id: str, moment: datetime | None = None, *, after: str = ""
) -> Observed[tuple[StackEvent, ...]]:
    """The events after a moment, or after the one of an id, oldest first; all of them
    without either. The moment is AWS's own: no other clock says what came first."""

    def ask() -> tuple[StackEvent, ...]:
        rows = newest_first(aws, stack_id)
        if moment:
            rows = takewhile(lambda row: row["Timestamp"] > moment, rows)
        if after:
            rows = takewhile(lambda row: row["EventId"] != after, rows)
        return tuple(reversed([event_of(row) for row in rows]))

    return observed(lambda: unless(NO_STACK, ask), permission=PERMISSION)


def newest(aws: Aws, stack: str) -> Observed[StackEvent]:
    """The newest event of a stack, by name or id; absent where there is none."""

    def ask() -> StackEvent | None:
        row = next(newest_first(aws, stack), None)
        return event_of(row) if row else None

    return observed(lambda: unless(NO_STACK, ask), permission=PERMISSION)
