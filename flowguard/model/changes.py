"""What a deploy changes, gives and asks, and what the user says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flowguard.model.places import Location, Path
from flowguard.model.questions import Lookup, Unresolved


class ChangeAction(StrEnum):
    """What CloudFormation will do to a resource; the names are CloudFormation's."""

    ADD = "Add"
    MODIFY = "Modify"
    REMOVE = "Remove"
    IMPORT = "Import"
    DYNAMIC = "Dynamic"


class Replacement(StrEnum):
    """Whether a change makes a new resource; the names are CloudFormation's."""

    TRUE = "True"
    FALSE = "False"
    CONDITIONAL = "Conditional"


@dataclass(frozen=True, slots=True)
class Located:
    """Something written in a file: where it is, and where each part of it is."""

    locations: Mapping[Path, Location]
    """By path from the thing itself; `()` is the thing."""

    def at(self, *path: str | int) -> Location:
        """Where `path` is written, or its nearest written ancestor."""
        while path and path not in self.locations:
            path = path[:-1]
        return self.locations[path]


@dataclass(frozen=True, slots=True)
class ResourceChange(Located):
    """One resource that the deploy will add, modify or remove."""

    action: ChangeAction
    logical_id: str
    resource_type: str
    properties: Mapping[str, Any]
    """As they will be; a value, at any depth, may be `Unresolved`."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """DeletionPolicy, UpdateReplacePolicy, Metadata, …, as they will be."""
    before: Mapping[str, Any] = field(default_factory=dict)
    """The properties as they are; empty for an added resource."""
    before_known: bool = False
    """Whether anybody said how they are; else an empty `before` says nothing."""
    attributes_before: Mapping[str, Any] = field(default_factory=dict)
    physical_id: str | None = None
    """None for an added resource."""
    replacement: Replacement = Replacement.FALSE
    changed: tuple[str, ...] = ()
    """The names of the top-level properties that differ, for a modification."""


@dataclass(frozen=True, slots=True)
class Export:
    """A value that a stack offers to other stacks."""

    name: str | Unresolved
    logical_id: str
    """Of the output that exports it."""
    location: Location


@dataclass(frozen=True, slots=True)
class Reference:
    """A question that the template itself raises, such as `${ssm:/name}`."""

    expression: str
    lookup: Lookup[Any]
    location: Location
    logical_id: str = ""
    sure: bool = True
    """Whether the deploy will ask it, too; not under a condition that is not known."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """The user's word that findings of some rules are no concern at a place."""

    rule_ids: tuple[str, ...]
    reason: str = ""
    location: Location | None = None
    """The line it speaks of; None where it speaks of a resource."""
    logical_id: str | None = None
