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
from flowguard.model import Observed

PERMISSION = "cloudformation:DescribeStackEvents"


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
