"""CloudFormation templates, as they are or as a tool has made them (CDK, SAM)."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flowguard.errors import TemplateError
from flowguard.model.changes import Export, Ignore
from flowguard.model.places import Location
from flowguard.model.questions import AccountState, Lookup, Observed, Unresolved
from flowguard.template import cdk, conditions, dynamic
from flowguard.template.cdk import Artifact
from flowguard.template.document import Node, too_deep
from flowguard.template.files import read_file, relative
from flowguard.template.ignores import ignores
from flowguard.template.inputs import Inputs
from flowguard.template.intrinsics import FUNCTIONS
from flowguard.template.loops import unrolled
from flowguard.template.parameters import resolve_parameters
from flowguard.template.patterns import Patience
from flowguard.template.resolved import Resource, Source, Template
from flowguard.template.resolver import NO_VALUE, Resolver
from flowguard.template.shape import check_resource, check_shape, is_open_ended, is_sam
from flowguard.template.text import parse

__all__ = ["Artifact", "CloudFormation", "check_shape", "read", "read_text"]


def read(path: pathlib.Path, root: pathlib.Path) -> Source:
    """The template in the file at `path`, which findings name relative to `root`.

    Raises `TemplateError`, with a place, where it cannot be read or is none.
    """
    name = relative(path, root)
    text = read_file(path, name)
    return _source(text, name, cdk.artifact(path, name))


def read_text(text: str, path: str) -> Source:
    """The template that `text` is, such as a deployed one; `path` is its name."""
    return _source(text, path, None)


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A template, and what of the account it rests on."""

    inputs: Inputs
    answers: Mapping[Lookup[Any], Observed[Any]]
    template: Template

    def holds(self, inputs: Inputs, account: AccountState) -> bool:
        """Whether the same would come out again. Asks every question again."""
        return inputs == self.inputs and self.answers == {
            lookup: account.get(lookup) for lookup in self.answers
        }


@dataclass(slots=True)
class CloudFormation:
    """A template that was read. Its text is parsed once, however often it is resolved."""

    document: Node
    text: str
    path: str
    artifact: Artifact
    ignores: tuple[Ignore, ...]
    _done: list[_Resolved] = field(default_factory=list)
    patience: Patience = field(default_factory=Patience)
    _expanded: Node = field(init=False)
    _expanded_with: tuple[str, Mapping[str, str]] | None = None

    def resolve(self, inputs: Inputs, account: AccountState) -> Template:
        """See `Source`. Round after round the account knows more, mostly of what
        no template asks; then the last result is given again."""
        for done in self._done:
            if done.holds(inputs, account):
                return done.template
        resolver = Resolver(self.document, self._named(inputs), account, FUNCTIONS)
        resolver.patience = self.patience
        try:
            template = self._template(resolver)
        except RecursionError:  # a long chain of references
            raise too_deep(self._place(resolver.logical_id)) from None
        self._done = [_Resolved(inputs, resolver.answers, template), *self._done[:3]]
        return template

    def _named(self, inputs: Inputs) -> Inputs:
        if inputs.stack_name or not self.artifact.stack_name:
            return inputs
        return replace(inputs, stack_name=self.artifact.stack_name)

    def _place(self, logical_id: str) -> Location:
        resources = self.document.get("Resources")
        found = resources.keys.get(logical_id) if resources else None
        return found or self.document.location

    def _template(self, resolver: Resolver) -> Template:
        document, inputs = resolver.document, resolver.inputs
        resolver.open_ended = is_open_ended(self.document)
        resolve_parameters(resolver)
        for name in ("Conditions", "Resources", "Outputs"):
            if section := document.get(name):
                resolver.sections[name] = unrolled(resolver, section, section)
        written = frozenset(resolver.section("Resources"))
        if self.artifact.dialect == "sam":
            self._expand(resolver)
        return Template(
            dialect=self.artifact.dialect,
            resources={r.logical_id: r for r in _resources(resolver)},
            stack_name=inputs.stack_name,
            name_location=Location(self.path),
            region=self.artifact.region,
            stage=inputs.stage,
            exports=tuple(_exports(resolver)),
            imports=tuple(resolver.imports),
            parameters={name: n.plain() for name, n in resolver.parameters.items()},
            parameters_missing=tuple(resolver.missing),
            parameters_refused=tuple(resolver.refused),
            not_looked_into=tuple(resolver.not_looked_into),
            parameters_hidden=tuple(sorted(resolver.secrets)),
            parameters_undeclared=tuple(
                sorted({*inputs.parameters} - {*resolver.parameters})
            ),
            parameters_stored=tuple(resolver.stored),
            references=tuple(resolver.references),
            ignores=self.ignores,
            sources={self.path: self.text},
            made_by_tool=frozenset(resolver.section("Resources")) - written,
            open_ended=resolver.open_ended,
        )

    def _expand(self, resolver: Resolver) -> None:
        """Let SAM's transform make its resources, once for the same parameters."""
        from flowguard.template import sam

        values = [(name, node.plain()) for name, node in resolver.parameters.items()]
        parameters = {
            name: ",".join(value) if isinstance(value, list) else value
            for name, value in values
            if isinstance(value, str | list)
        }
        region = resolver.inputs.place.region
        if (region, parameters) != self._expanded_with:
            entries = {**resolver.document.mapping, **resolver.sections}
            whole = Node(entries, resolver.document.location, resolver.document.keys)
            self._expanded = sam.expanded(whole, parameters, region)
            self._expanded_with = (region, parameters)
        for name in ("Conditions", "Resources", "Outputs"):
            if section := self._expanded.get(name):
                resolver.sections[name] = section


def _source(text: str, path: str, artifact: Artifact | None) -> CloudFormation:
    document = parse(text, path)
    check_shape(document)
    if artifact is None:
        artifact = Artifact("sam" if is_sam(document) else "cloudformation")
    return CloudFormation(document, text, path, artifact, ignores(text, path, document))


def _resources(resolver: Resolver) -> Iterator[Resource]:
    section = resolver.sections["Resources"]
    for logical_id, node in section.mapping.items():
        resolver.logical_id = logical_id
        if logical_id.startswith("Fn::"):
            resolver.resolve(node)
            continue
        try:
            check_resource(logical_id, node, section.keys[logical_id])
        except TemplateError:
            if not resolver.open_ended:
                raise
            continue
        condition = conditions.of(resolver, node)
        if condition is not False:
            place = section.keys[logical_id]
            with resolver.under(condition):
                resource = _resource(resolver, logical_id, node, place, condition)
            yield resource
    resolver.logical_id = ""


def _resource(
    resolver: Resolver,
    logical_id: str,
    node: Node,
    place: Location,
    condition: bool | Unresolved,
) -> Resource:
    entries = {
        name: dynamic.put_in(resolver, value)
        for name, inner in node.mapping.items()
        if (value := resolver.resolve(inner)) is not NO_VALUE
    }
    whole = Node(entries, place, node.keys)
    plain = whole.plain()
    properties = plain.pop("Properties", None)
    return Resource(
        locations=whole.locations(),
        logical_id=logical_id,
        resource_type=plain.pop("Type"),
        properties=properties if isinstance(properties, dict) else {},
        attributes=plain,
        condition=condition,
    )


def _exports(resolver: Resolver) -> Iterator[Export]:
    section = resolver.sections.get("Outputs")
    for key, node in section.mapping.items() if section else ():
        if not isinstance(node.value, dict) or key.startswith("Fn::"):
            continue
        condition = conditions.of(resolver, node)
        if condition is False:
            continue
        with resolver.under(condition):
            if value := node.get("Value"):
                dynamic.put_in(resolver, resolver.resolve(value))
            name = node.get("Export", "Name")
            found = name and dynamic.put_in(resolver, resolver.resolve(name))
        if found and isinstance(found.value, str | Unresolved):
            yield Export(found.value, key, found.location)
