"""The service: its configuration, resolved, and what the framework reads from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowguard.errors import TemplateError
from flowguard.model.places import Location
from flowguard.model.questions import Unresolved
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.values import (
    Plain,
    Text,
    concat,
    given,
    known,
    merged,
    present,
    text,
    truthy,
)


@dataclass(frozen=True, slots=True)
class Alias:
    """The alias that a function's events go to."""

    name: str
    logical_id: str


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a function: `- sqs: …`."""

    kind: str
    config: Node
    at: Location
    index: int
    """Its place among the function's events, from 1."""

    @property
    def short(self) -> str | None:
        """What it says where it is one scalar rather than a mapping."""
        return known(self.config)

    def get(self, *path: str) -> Node | None:
        """A setting, where it is set to something."""
        return given(self.config, *path)

    def present(self, *path: str) -> Node | None:
        """A setting unless it is missing or null; `false` and 0 count."""
        return present(self.config, *path)

    def arn(self, key: str = "arn") -> Node:
        """What it listens to: the scalar itself, or the setting `key`."""
        detailed = self.config.get(key)
        return self.config if detailed is None else detailed


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the service."""

    key: str
    config: Node
    at: Location
    """Where its key is written."""
    name: Node
    """Its physical name."""
    events: tuple[Event, ...]
    alias: Alias | None

    @property
    def logical_id(self) -> str:
        """The logical id of the Lambda function."""
        return naming.function(self.key)

    @property
    def id(self) -> str:
        """The function's key as it begins logical ids."""
        return naming.resource(self.key)

    @property
    def target(self) -> Plain:
        """What invokes it: its ARN, or its alias's."""
        arn: Plain = {"Fn::GetAtt": [self.logical_id, "Arn"]}
        return {"Fn::Join": [":", [arn, self.alias.name]]} if self.alias else arn

    @property
    def after(self) -> str | None:
        """The logical id of the alias, for DependsOn."""
        return self.alias.logical_id if self.alias else None

    def of(self, kind: str) -> Iterator[Event]:
        """Its events of one kind."""
        return (event for event in self.events if event.kind == kind)


@dataclass(frozen=True, slots=True)
class Service:
    """The configuration with its variables resolved."""

    config: Node
    name: Node
    stage: Node
    region: Text
    provider: Node
    functions: dict[str, Function]

    def setting(self, *path: str) -> Node | None:
        """A setting of the provider, where it is set to something."""
        return given(self.provider, *path)

    @property
    def prefix(self) -> Text:
        """`service-stage`, which most names begin with."""
        return concat(_known(self.name), "-", _known(self.stage))

    @property
    def service(self) -> Text:
        """The service's name."""
        return _known(self.name)

    @property
    def stage_name(self) -> Text:
        """The stage's name."""
        return _known(self.stage)

    @property
    def stack_name(self) -> Node:
        """The stack's name: the provider's `stackName`, or `service-stage`."""
        custom = self.setting("stackName")
        if custom and isinstance(custom.value, str | Unresolved):
            return custom
        return Node(self.prefix, self.name.location)

    @property
    def events(self) -> Iterator[tuple[Function, Event]]:
        """All events of all functions, in order."""
        for function in self.functions.values():
            for event in function.events:
                yield function, event

    def of(self, kind: str) -> Iterator[tuple[Function, Event]]:
        """The events of one kind, each with its function."""
        return ((f, event) for f, event in self.events if event.kind == kind)

    def place(self, *path: str) -> Location:
        """Where `path` is written in the configuration, or its nearest ancestor."""
        node, at = self.config, self.name.location
        for key in path:
            at = node.keys.get(key, at)
            inner = node.get(key)
            if inner is None:
                break
            node = inner
        return at


def read_service(config: Node, stage: Node, region: Text) -> Service:
    """The service that a resolved configuration describes.

    Raises `TemplateError` for what the framework refuses to read.
    """
    name = present(config, "service")
    if name is None or not truthy(name):
        raise TemplateError(
            'the "service" property is missing',
            help="give the service a name: service: my-service",
            location=config.location,
        )
    if isinstance(name.value, dict) and _is_old(config):
        name = given(name, "name") or name
    if isinstance(name.value, dict | list):
        raise TemplateError(
            '"service" is no name',
            help="set it to the service's name: service: my-service",
            location=config.keys.get("service", name.location),
        )
    provider = _provider(config)
    functions = _functions(config, concat(_known(name), "-", _known(stage)))
    return Service(config, name, stage, region, provider, functions)


def _is_old(config: Node) -> bool:
    """Whether the configuration is for version 1 or 2, which took more shapes."""
    version = known(present(config, "frameworkVersion")) or ""
    return version.lstrip("^~>=v ").startswith(("1", "2"))


def _provider(config: Node) -> Node:
    provider = present(config, "provider")
    if provider is None or not truthy(provider):
        raise TemplateError(
            'the "provider" property is missing',
            help="add provider: {name: aws}",
            location=config.location,
        )
    if isinstance(provider.value, str | Unresolved):
        at = provider.location
        provider = Node({"name": provider}, at, {"name": at})
    name = present(provider, "name")
    if name is None or (name.value != "aws" and not isinstance(name.value, Unresolved)):
        raise TemplateError(
            "the provider is not aws",
            help="set provider.name to aws",
            location=name.location if name else provider.location,
        )
    return provider


def mergeable(config: Node, key: str) -> Node | None:
    """A section that may be a mapping or a list of mappings, as one mapping."""
    section = present(config, key)
    if section is None or not isinstance(section.value, list):
        return section
    whole = Node({}, section.location)
    for item in section.items:
        if not truthy(item) or isinstance(item.value, Unresolved):
            continue
        if not isinstance(item.value, dict):
            raise TemplateError(
                f"an entry of the list {key} is no mapping", location=item.location
            )
        whole = merged(whole, item)
    return whole


def _functions(config: Node, prefix: Text) -> dict[str, Function]:
    section = mergeable(config, "functions")
    if section is None or not truthy(section) or isinstance(section.value, Unresolved):
        return {}
    if not isinstance(section.value, dict):
        raise TemplateError(
            "functions is no mapping",
            help="write each function under its own key",
            location=config.keys.get("functions", section.location),
        )
    found: dict[str, Function] = {}
    for key, node in section.mapping.items():
        if node.value is None or isinstance(node.value, Unresolved):
            continue
        at = section.keys.get(key, node.location)
        if not isinstance(node.value, dict):
            raise TemplateError(f"the function {key} is no mapping", location=at)
        name = given(node, "name") or Node(concat(prefix, "-", key), at)
        found[key] = Function(
            key, node, at, name, tuple(_events(node)), _alias(key, node)
        )
    return found


def _events(function: Node) -> Iterator[Event]:
    events = present(function, "events")
    for index, item in enumerate(events.items if events else [], 1):
        for kind, config in item.mapping.items():
            if truthy(config):
                at = item.keys.get(kind, config.location)
                yield Event(kind, config, at, index)


def _alias(key: str, function: Node) -> Alias | None:
    for setting, name, suffix in (
        ("durableConfig", "durable", "DurableLambdaAlias"),
        ("provisionedConcurrency", "provisioned", "ProvConcLambdaAlias"),
        ("snapStart", "snapstart", "SnapStartLambdaAlias"),
    ):
        if given(function, setting):
            return Alias(name, f"{naming.resource(key)}{suffix}")
    return None


def _known(node: Node) -> Text:
    return text(node) or ""
