"""Why a rollback failed, read from CloudFormation's own words.

Sources: the reasons in public reports of stacks in UPDATE_ROLLBACK_FAILED, and
AWS's "Continue rolling back an update" page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from flowguard.lookups import StackEvent
from flowguard.rollback.journal import Recorded
from flowguard.template.stateful import STATEFUL

NESTED = "AWS::CloudFormation::Stack"


class Cause(StrEnum):
    """What stands in the way; the later, the more it takes to clear it."""

    BUSY = "busy"
    """It passes by itself: throttling, something that has not settled."""
    ARTIFACT = "artifact"
    """The old code is no longer where the template says."""
    ACCESS = "access"
    """Somebody may not do it, or no longer."""
    GONE = "gone"
    """A resource was deleted behind CloudFormation's back."""
    IRREVERSIBLE = "irreversible"
    """AWS does not let anybody change it back."""
    DATA_GONE = "data-gone"
    """As `GONE`, and it held data."""
    UNKNOWN = "unknown"


_ARTIFACT = (
    r"NoSuchKey|specified (?:key|version) does not exist"
    r"|Source image \S+ does not exist"
)
_ACCESS = (
    r"Access ?Denied|not authorized|cannot be assumed|security token"
    r"|ExpiredToken|UnrecognizedClient|Unauthorized"
)
_IRREVERSIBLE = (
    r"schema attributes cannot be modified|Invalid AttributeDataType"
    r"|more than one GSI|ssm-secure|ParameterVersionNotFound"
)
_BUSY = (
    r"Throttl|Rate exceeded|TooManyRequests|not stabili[sz]e|backfill"
    r"|being (?:created|updated|deleted)|routing configuration"
    r"|ResourceConflict|exceeded attempts to wait|Service ?Unavailable"
)
_GONE = r"does(?: not|n't) exist|not found|NotFound|NonExistent"

PATTERNS: tuple[tuple[Cause, str], ...] = (
    (Cause.ARTIFACT, _ARTIFACT),
    (Cause.ACCESS, _ACCESS),
    (Cause.IRREVERSIBLE, _IRREVERSIBLE),
    (Cause.BUSY, _BUSY),
    (Cause.GONE, _GONE),
)
"""The first that is found in a reason is its cause."""

_CANCELLED = re.compile(r"resource (?:creation|update) cancelled", re.IGNORECASE)
_FAILED = frozenset({"CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED"})
_ROLLING_BACK = frozenset({"UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"})


@dataclass(frozen=True, slots=True)
class Failure:
    """A resource that CloudFormation could not take back."""

    logical_id: str
    resource_type: str
    physical_id: str
    reason: str
    stack: str = ""
    """The name of the nested stack that it is in; empty for the stack itself."""

    @property
    def skip(self) -> str:
        """How `ResourcesToSkip` names it."""
        return f"{self.stack}.{self.logical_id}" if self.stack else self.logical_id

    @property
    def cause(self) -> Cause:
        """Why."""
        found = next(
            (c for c, text in PATTERNS if re.search(text, self.reason, re.IGNORECASE)),
            Cause.UNKNOWN,
        )
        if found is Cause.GONE and self.resource_type in STATEFUL:
            return Cause.DATA_GONE
        return found


def failures(operation: Recorded, stack: str = "") -> tuple[Failure, ...]:
    """The resources that failed to be taken back, each with its last reason.

    What was only cancelled when another failed is left out, and so is what failed
    before the rollback began: that one may not be skipped.
    """
    found: dict[str, Failure] = {}
    for event in _of_rollback(operation):
        if event in operation.stack_events:
            continue
        if event.status in _FAILED and not _CANCELLED.search(event.reason):
            found[event.logical_id] = Failure(
                event.logical_id,
                event.resource_type,
                event.physical_id,
                event.reason,
                stack,
            )
        elif event.status.endswith("_COMPLETE"):
            found.pop(event.logical_id, None)
    return tuple(found.values())


def failed_first(events: Iterable[StackEvent]) -> str:
    """What failed first, in AWS's words; empty where nothing did."""
    for event in events:
        failed = event.status in _FAILED and event.reason
        if failed and not _CANCELLED.search(event.reason):
            return f"{event.logical_id}: {event.reason}"
    return ""


def worst(found: Iterable[Failure]) -> Cause:
    """The cause that it takes most to clear; unknown where nothing is known."""
    order = list(Cause)
    return max((f.cause for f in found), key=order.index, default=Cause.UNKNOWN)


def _of_rollback(operation: Recorded) -> tuple[StackEvent, ...]:
    """Its events since it last began to roll back."""
    starts = [
        n
        for n, event in enumerate(operation.events)
        if event in operation.stack_events and event.status in _ROLLING_BACK
    ]
    return operation.events[starts[-1] :] if starts else operation.events
