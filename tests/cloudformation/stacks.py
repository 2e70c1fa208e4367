"""A stack as CloudFormation remembers it, its events among it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

BEGAN = datetime(2026, 1, 18, 12, tzinfo=UTC)
STACK = "AWS::CloudFormation::Stack"

Steps = Generator[float, None, None]
"""An operation under way: it yields the seconds that pass until it goes on."""


class Clock:
    """Virtual time; it fits wherever FlowGuard is given a clock."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        """Seconds since the test began."""
        return self.seconds

    def wait(self, seconds: float) -> bool:
        """Let time pass, at once; nobody cancels."""
        self.seconds += seconds
        return True

    def at(self) -> datetime:
        """The time of day."""
        return BEGAN + timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class Resource:
    """One that a stack has, with nothing left to resolve."""

    logical_id: str
    type: str
    physical_id: str
    properties: Mapping[str, Any]
    on_delete: str = "Delete"
    on_replace: str = "Delete"


@dataclass(frozen=True)
class Release:
    """What a stack is told to be."""

    body: str
    template: Mapping[str, Any]
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()


@dataclass
class ChangeSet:
    """A deploy that waits to be executed."""

    id: str
    name: str
    type: str
    release: Release
    changes: list[dict[str, Any]]
    asked: Mapping[str, Any]
    created: datetime
    status: str = "CREATE_COMPLETE"
    execution: str = "AVAILABLE"
    reason: str = ""


@dataclass
class Stack:
    """All of it."""

    name: str
    id: str
    release: Release
    created: datetime
    status: str = "REVIEW_IN_PROGRESS"
    reason: str = ""
    updated: datetime | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    stable: tuple[Release, dict[str, Resource]] | None = None
    """What a rollback goes back to."""
    leftovers: list[Resource] = field(default_factory=list)
    """Deleted by the next clean-up: replaced, removed, or of a failed update."""
    states: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The status of each resource, and its reason."""
    events: list[dict[str, Any]] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    change_set_id: str = ""
    role: str = ""
    rollback: dict[str, Any] = field(default_factory=dict)
    """Its RollbackConfiguration, which later updates inherit."""
    disable_rollback: bool = False
    on_failure: str = "ROLLBACK"
    retain_except_on_create: bool = False
    """Whether a rollback deletes what the failed deploy made, retained or not."""
    mode: str = "STANDARD"
    """Of the last deploy: STANDARD or EXPRESS."""
    protected: bool = False
    policy: str = ""
    notify: tuple[str, ...] = ()
    parent: str = ""
    token: str = ""
    operations: list[tuple[str, str]] = field(default_factory=list)
    """The kind and the id of each that there was, the newest first."""
    steps: Steps | None = None
    due: float = 0.0

    def say(self, resource: Resource | None, status: str, reason: str, at: Any) -> None:
        """Write an event; of the stack itself where there is no resource."""
        if resource:
            self.states[resource.logical_id] = (status, reason)
        row = {
            "StackId": self.id,
            "StackName": self.name,
            "EventId": f"{len(self.events):08d}-{self.name}",
            "LogicalResourceId": resource.logical_id if resource else self.name,
            "PhysicalResourceId": resource.physical_id if resource else self.id,
            "ResourceType": resource.type if resource else STACK,
            "ResourceStatus": status,
            "Timestamp": at,
        }
        row |= {"ResourceStatusReason": reason} if reason else {}
        row |= {"ClientRequestToken": self.token} if self.token else {}
        self.events.append(row)

    def settle(self) -> None:
        """From here on this is what it goes back to."""
        self.stable = (self.release, dict(self.resources))

    def find(self, physical_id: str) -> Resource | None:
        """Its resource of that id."""
        every = self.resources.values()
        return next((r for r in every if r.physical_id == physical_id), None)
