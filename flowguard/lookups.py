"""Every question that may be asked of AWS, and the shape of its answer.

A lookup completes "what do you know of …". Its source, in `flowguard.aws.observe`,
makes the calls; a rule reads the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flowguard.model.questions import Lookup, Unresolved

Text = str | Unresolved
"""A part of a question that may not be known yet."""


# --- stacks -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack as `DescribeStacks` shows it."""

    name: str
    stack_id: str
    status: str
    status_reason: str = ""
    detailed_status: str = ""
    created: datetime | None = None
    updated: datetime | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    """As deployed; a NoEcho value is `****`."""
    resolved: tuple[tuple[str, str], ...] = ()
    """What the deploy read for the parameters that name one of the Parameter Store."""
    outputs: tuple[tuple[str, str, str], ...] = ()
    """Output key, value, export name (or empty)."""
    tags: tuple[tuple[str, str], ...] = ()
    capabilities: tuple[str, ...] = ()
    role_arn: str = ""
    parent_id: str = ""
    root_id: str = ""
    termination_protection: bool = False
    change_set_id: str = ""
    """Of the last deploy, where it was by a change set."""
    notification_arns: tuple[str, ...] = ()
    disable_rollback: bool = False
    mode: str = ""
    """Of the last deploy: STANDARD or EXPRESS, where AWS says so."""
    monitoring_minutes: int = 0
    triggers: tuple[tuple[str, str], ...] = ()
    """ARN and type of each alarm that takes a deploy back."""


@dataclass(frozen=True)
class StackNamed(Lookup[Stack]):
    """The stack called `name` (or with that id: a deleted one answers to it)."""

    name: Text

    def __str__(self) -> str:
        return f"stack {self.name!s}"


GIVEN_UP = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED"})
"""Statuses of a resource that a stack still lists and no longer owns; a skipped one
still exists."""


def is_owned(status: str, reason: str) -> bool:
    """Whether a stack has a resource that it lists, rather than having given it up,
    or having failed to make what somebody else has."""
    taken = status == "CREATE_FAILED" and "already exists" in reason
    return status not in GIVEN_UP and not taken


@dataclass(frozen=True, slots=True)
class StackResource:
    """A resource of a stack as `ListStackResources` shows it."""

    logical_id: str
    physical_id: str
    resource_type: str
    status: str
    status_reason: str = ""

    @property
    def owned(self) -> bool:
        """Whether it is the stack's; see `is_owned`."""
        return is_owned(self.status, self.status_reason)


@dataclass(frozen=True)
class StackResources(Lookup[tuple[StackResource, ...]]):
    """The resources of the stack called `stack`; absent if there is no stack."""

    stack: str

    def __str__(self) -> str:
        return f"resources of stack {self.stack}"


@dataclass(frozen=True)
class DeployedTemplate(Lookup[str]):
    """The template of the stack called `stack`, with its transforms applied."""

    stack: str

    def __str__(self) -> str:
        return f"template of stack {self.stack}"


@dataclass(frozen=True, slots=True)
class StackSummary:
    """One row of `ListStacks`."""

    name: str
    stack_id: str
    status: str
    created: datetime | None = None
    updated: datetime | None = None
    parent_id: str = ""


@dataclass(frozen=True)
class StacksIn(Lookup[tuple[StackSummary, ...]]):
    """All stacks of a region but the deleted ones."""

    def __str__(self) -> str:
        return f"stacks of {self.place.region}"


@dataclass(frozen=True, slots=True)
class StackEvent:
    """One event of a stack's history."""

    logical_id: str
    physical_id: str
    resource_type: str
    status: str
    reason: str
    at: datetime | None = None
    token: str = ""
    """The client request token of the operation: who holds it."""
    id: str = ""
    """Unique among all events of all stacks."""
    operation_id: str = ""
    """Of the operation that it belongs to, where AWS says so."""

    @property
    def asked_for(self) -> bool:
        """Whether somebody asked for what begins here: AWS gives the reason "User
        Initiated", and tells it nowhere else."""
        return "user initiated" in self.reason.lower()


@dataclass(frozen=True)
class LastOperation(Lookup[tuple[StackEvent, ...]]):
    """The events of the last operation on a stack, oldest first."""

    stack_id: str

    def __str__(self) -> str:
        return f"events of stack {self.stack_id}"


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change set that waits on a stack."""

    name: str
    status: str
    execution_status: str
    created: datetime | None = None


@dataclass(frozen=True)
class ChangeSetsOf(Lookup[tuple[ChangeSet, ...]]):
    """The change sets that exist for a stack."""

    stack: str

    def __str__(self) -> str:
        return f"change sets of stack {self.stack}"


@dataclass(frozen=True)
class ImportersOf(Lookup[tuple[str, ...]]):
    """The stacks that import an export; absent if there are none."""

    export: Text

    def __str__(self) -> str:
        return f"importers of export {self.export!s}"


@dataclass(frozen=True)
class ExportNamed(Lookup[str]):
    """The value of the export called `name`."""

    name: Text

    def __str__(self) -> str:
        return f"export {self.name!s}"


# --- resources --------------------------------------------------------------


class Deletion(StrEnum):
    """How far the deletion has got of something that still holds its name."""

    UNDER_WAY = "being deleted"
    SCHEDULED = "scheduled for deletion"


@dataclass(frozen=True, slots=True)
class NamedResource:
    """A resource that has the name that was asked for."""

    physical_id: str
    """As CloudFormation would record it (a queue's URL, a topic's ARN)."""
    arn: str = ""
    """Empty where neither the answer nor the name gives it."""
    elsewhere: str = ""
    """Who holds the name, where it is not this account: "another account"."""
    state: str = ""
    """What is special about it: a `Deletion`, or another region."""

    @property
    def is_going(self) -> bool:
        """Whether it is deleted, or is to be."""
        return self.state in frozenset(Deletion)


@dataclass(frozen=True)
class ResourceNamed(Lookup[NamedResource]):
    """The resource of a type that has a name, whoever made it."""

    resource_type: str
    key: tuple[tuple[str, Text], ...]
    """What must be unique: property path ("/" between names) and value, each."""

    def __str__(self) -> str:
        values = " ".join(str(value) for _, value in self.key)
        return f"{self.resource_type} {values}"


@dataclass(frozen=True, slots=True)
class Owner:
    """The stack that a resource belongs to."""

    stack_name: str
    stack_id: str
    logical_id: str
    resource_type: str


@dataclass(frozen=True)
class OwnerOf(Lookup[tuple[Owner, ...]]):
    """The stacks' resources with this physical id, of whatever type."""

    physical_id: str

    def __str__(self) -> str:
        return f"owner of {self.physical_id}"


@dataclass(frozen=True)
class TagsOf(Lookup[tuple[tuple[str, str], ...]]):
    """The tags of the resource with this ARN; absent if it has none."""

    arn: str

    def __str__(self) -> str:
        return f"tags of {self.arn}"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a stateful resource holds."""

    count: int
    unit: str
    """In the plural: "items", "objects", "messages", "bytes"."""
    at_least: bool = False
    """Whether `count` is where counting stopped."""


@dataclass(frozen=True)
class ContentsOf(Lookup[Contents]):
    """How much a stateful resource holds; unsupported for types without a count."""

    resource_type: str
    physical_id: str

    def __str__(self) -> str:
        return f"contents of {self.resource_type} {self.physical_id}"


@dataclass(frozen=True, slots=True)
class StoredArtifact:
    """A file or an image that was asked for, as it is stored."""

    there: bool
    """Whether a deploy finds it; what was deleted may still have old versions."""
    version_id: str = ""
    """Of the object; empty in a bucket without versions, and for an image."""
    digest: str = ""
    """An object's ETag, an image's digest."""


@dataclass(frozen=True)
class ArtifactAt(Lookup[StoredArtifact]):
    """What is stored under `s3://bucket/key`, or as an image in ECR."""

    location: str
    version_id: str = ""
    """The version of the object that is meant; the newest where it is empty."""

    def __str__(self) -> str:
        return f"artifact {self.location}"


@dataclass(frozen=True)
class RecoveryOf(Lookup[bool]):
    """Whether a table can be restored to any point in time."""

    table: str

    def __str__(self) -> str:
        return f"continuous backups of table {self.table}"


@dataclass(frozen=True)
class StackPolicyOf(Lookup[str]):
    """The policy of a stack, as JSON; absent if it has none."""

    stack: str

    def __str__(self) -> str:
        return f"stack policy of {self.stack}"


@dataclass(frozen=True)
class AlarmState(Lookup[str]):
    """The state of an alarm of CloudWatch: OK, ALARM or INSUFFICIENT_DATA."""

    name: str

    def __str__(self) -> str:
        return f"alarm {self.name}"


# --- values -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the Parameter Store, without its value where it is secret."""

    type: str
    value: str | None
    """None for a SecureString, which is never decrypted."""


@dataclass(frozen=True)
class ParameterNamed(Lookup[Parameter]):
    """The Parameter Store's parameter called `name`."""

    name: Text

    def __str__(self) -> str:
        return f"SSM parameter {self.name!s}"


@dataclass(frozen=True)
class SecretNamed(Lookup[str]):
    """The ARN of the secret called `name` (or with that ARN), never its value."""

    name: Text

    def __str__(self) -> str:
        return f"secret {self.name!s}"


@dataclass(frozen=True)
class ZonesIn(Lookup[tuple[str, ...]]):
    """The availability zones of a region, as `Fn::GetAZs` lists them."""

    def __str__(self) -> str:
        return f"availability zones of {self.place.region}"
