"""A template with the inputs of one deploy worked into it, and what gives one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from flowguard.model.changes import Export, Ignore, Located, Reference
from flowguard.model.places import Location
from flowguard.model.questions import AccountState, Lookup, Unresolved
from flowguard.model.results import NotLookedInto
from flowguard.template.inputs import Inputs


@dataclass(frozen=True, slots=True)
class Resource(Located):
    """A resource of a template, resolved as far as it can be."""

    logical_id: str
    resource_type: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """DeletionPolicy, UpdateReplacePolicy, DependsOn, Metadata, …"""
    condition: bool | Unresolved = True
    """Whether it will be there."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why CloudFormation refuses the value that a deploy has for a parameter."""

    parameter: str
    reason: str
    """Completes "the value …"; it does not hold the value."""
    location: Location
    value: str = ""
    """The value, where it is no secret."""
    advice: str = ""
    """What the template says of the values that it takes."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template with the inputs of one deploy worked into it."""

    dialect: str
    """cloudformation, sam, serverless or cdk."""
    resources: Mapping[str, Resource]
    """By logical id; those whose condition is false are left out."""
    stack_name: str | None
    """As the template says (Serverless), or as given."""
    name_location: Location
    """Where the stack's name comes from, or the first line."""
    region: str | None = None
    """As the template says, for the dialects that say it."""
    service: str | None = None
    """The service's name, for the dialects that have one."""
    stage: str | None = None
    exports: tuple[Export, ...] = ()
    imports: tuple[tuple[str | Unresolved, Location], ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Every parameter with the value the deploy would use."""
    parameters_missing: tuple[tuple[str, Location], ...] = ()
    """The parameters that have neither a value nor a default."""
    parameters_refused: tuple[Refusal, ...] = ()
    parameters_hidden: tuple[str, ...] = ()
    """The NoEcho parameters to which this deploy gives a value."""
    parameters_undeclared: tuple[str, ...] = ()
    """Those that are given, and that the template does not declare."""
    parameters_stored: tuple[tuple[str, Lookup[Any], Location], ...] = ()
    """Those whose value is read from the Parameter Store, with the question."""
    references: tuple[Reference, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    """The text of each file that was read, by its path."""
    made_by_tool: frozenset[str] = frozenset()
    """Logical ids that the user never wrote and cannot edit, such as the
    deployment bucket of the Serverless Framework."""
    not_looked_into: tuple[NotLookedInto, ...] = ()
    """What the deploy brings and nobody can see here, such as a nested stack."""
    misspelt: tuple[tuple[str, str, Location], ...] = ()
    """Keys that the tool ignores, each with the known key that it resembles."""
    monitored: bool = False
    """Whether the project itself sets a monitoring time for its deploys."""
    open_ended: bool = False
    """Whether the deploy may add what is not seen here (a plugin, a program whose
    result is not known), so that what is missing is not for certain removed."""


class Source(Protocol):
    """A template that was read and waits to be resolved."""

    def resolve(self, inputs: Inputs, account: AccountState) -> Template:
        """Work `inputs` and the account's answers into the template.

        Raises `TemplateError`, with a location, for what no deploy could use.
        """
