"""Events and facts, written down by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flowguard.lookups import Stack, StackEvent, StackResource
from flowguard.model.ownership import Evidence, Source, Whose
from flowguard.model.readiness import Readiness
from flowguard.model.snapshot import Kept, Snapshot
from flowguard.rollback.facts import Facts
from flowguard.rollback.health import Health

ID = "arn:aws:cloudformation:eu-central-1:111122223333:stack/orders/1"
NOON = datetime(2026, 1, 18, 12, tzinfo=UTC)
TABLE = "AWS::DynamoDB::Table"
FUNCTION = "AWS::Lambda::Function"


def minute(number: int) -> datetime:
    """A time of that day."""
    return NOON + timedelta(minutes=number)


def of_stack(at: int, status: str, reason: str = "", token: str = "") -> StackEvent:
    """An event of the stack itself."""
    return StackEvent(
        "orders",
        ID,
        "AWS::CloudFormation::Stack",
        status,
        reason,
        minute(at),
        token,
    )


def of(
    logical_id: str, at: int, status: str, reason: str = "", kind: str = FUNCTION
) -> StackEvent:
    """An event of a resource."""
    return StackEvent(logical_id, f"{logical_id}-1", kind, status, reason, minute(at))


def deploy(at: int, end: str = "UPDATE_COMPLETE", token: str = "") -> list[StackEvent]:
    """A whole deploy."""
    return [
        of_stack(at, "UPDATE_IN_PROGRESS", "User Initiated", token),
        of("Api", at, "UPDATE_IN_PROGRESS"),
        of("Api", at, "UPDATE_COMPLETE"),
        of_stack(at, end, "", token),
    ]


SNAPSHOT = Snapshot(
    ID,
    "orders",
    "eu-central-1",
    "111122223333",
    NOON,
    "UPDATE_COMPLETE",
    processed=Kept("a" * 64, 10, "s3://kept/orders/processed", "v1"),
    original=Kept("a" * 64, 10, "s3://kept/orders/original", "v1"),
    last_event="00",
    readiness=Readiness.GREEN,
)
OURS = Evidence(Source.CONTENT, Whose.OURS, "the templates are equal")
STACK = Stack("orders", ID, "UPDATE_COMPLETE", updated=minute(5))


def facts(status: str = "UPDATE_COMPLETE", **known: Any) -> Facts:
    """A stack in a state, after one deploy since its snapshot."""
    known.setdefault("events", tuple(deploy(5, status)))
    known.setdefault("before", SNAPSHOT)
    known.setdefault("health", Health.BAD)
    known.setdefault("evidence", (OURS,))
    known.setdefault("stack", replace(STACK, status=status))
    return Facts("orders", **known)


def resource(
    logical_id: str, kind: str = FUNCTION, status: str = "CREATE_COMPLETE"
) -> StackResource:
    """A resource of the stack."""
    return StackResource(logical_id, f"{logical_id}-1", kind, status)
