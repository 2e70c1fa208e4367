"""Template × deployed stack → what the deploy will change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from flowguard.errors import TemplateError, UsageError
from flowguard.lookups import (
    DeployedTemplate,
    ResourceNamed,
    Stack,
    StackNamed,
    StackResource,
    StackResources,
)
from flowguard.model import (
    AccountState,
    ChangeAction,
    Claims,
    Export,
    Ignore,
    Location,
    Lookup,
    Observed,
    Pending,
    Place,
    Present,
    Reference,
    Replacement,
    ResourceChange,
    Unresolved,
    find_unresolved,
)
from flowguard.naming import Convention, Name, split
from flowguard.template import Inputs, Resource, Source, Template, resource_types

GONE = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED"})
"""A resource of this status is the stack's no more; a skipped one still exists."""


NOWHERE = Place(None, "")
"""The home of a stage of which the configuration says nothing."""
BASIS: tuple[type[Lookup[Any]], ...] = (StackNamed, StackResources, DeployedTemplate)
"""What every plan asks, whatever the rules ask."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the deploy is about to do, as far as it is known."""

    stack_name: str
    place: Place
    stack: Observed[Stack]
    template: Template
    now: datetime
    convention: Convention = field(default_factory=Convention)
    changes: tuple[ResourceChange, ...] = ()
    """Empty while the deployed stack is still being looked up."""
    deployed: tuple[StackResource, ...] = ()
    """The resources that the stack has now."""
    exports_added: tuple[Export, ...] = ()
    exports_removed: tuple[Export, ...] = ()
    capabilities: tuple[str, ...] = ()
    """What the deploy grants; none where the user does not say."""
    references: tuple[Reference, ...] = ()
    """The questions that the template and the command line raise by themselves."""
    home: Place = NOWHERE
    """Where the configuration says that the stage is."""
    basis: tuple[Lookup[Any], ...] = ()

    @property
    def stage(self) -> str | None:
        """The stage as the user spells it."""
        return self.template.stage

    @property
    def name(self) -> Name:
        """The stack's name taken apart."""
        return split(self.stack_name, self.convention)

    @property
    def name_location(self) -> Location:
        """Where the stack's name is written."""
        return self.template.name_location

    @property
    def ignores(self) -> tuple[Ignore, ...]:
        """What the template says is no concern."""
        return self.template.ignores

    @property
    def adding(self) -> Iterator[ResourceChange]:
        """The resources that the deploy creates, or may create (Dynamic)."""
        new = {ChangeAction.ADD, ChangeAction.DYNAMIC}
        return (change for change in self.changes if change.action in new)

    @property
    def naming(self) -> Iterator[tuple[ResourceChange, resource_types.Key]]:
        """The resources that take a name that they do not have yet, and the name."""
        for change in self.changes:
            if change.action is ChangeAction.REMOVE:
                continue
            key = resource_types.identity(change.resource_type, change.properties)
            before = resource_types.identity(change.resource_type, change.before)
            if key and (change.physical_id is None or (before and key != before)):
                yield change, key

    @property
    def claims(self) -> Claims:
        """What other deploys must know of this one."""
        return Claims(
            names=tuple(
                (
                    change.resource_type,
                    " ".join(str(v) for _, v in key),
                    change.logical_id,
                )
                for change, key in self.naming
                if not any(find_unresolved(key))
            ),
            exports_added=_names(self.exports_added),
            exports_removed=_names(self.exports_removed),
            imports=tuple(n for n, _ in self.template.imports if isinstance(n, str)),
            locations=dict(self._claims_written()),
        )

    def _claims_written(self) -> Iterator[tuple[tuple[str, str], Location]]:
        for change, _ in self.naming:
            path = resource_types.name_path(change.resource_type)
            yield ("names", change.logical_id), change.at("Properties", *path)
        for claim, exports in (
            ("exports_added", self.exports_added),
            ("exports_removed", self.exports_removed),
        ):
            for export in exports:
                if isinstance(export.name, str):
                    yield (claim, export.name), export.location
        for name, location in self.template.imports:
            if isinstance(name, str):
                yield ("imports", name), location


@dataclass(frozen=True, slots=True)
class Planner:
    """What a plan is made from, but for the account's answers."""

    source: Source
    inputs: Inputs
    now: datetime
    convention: Convention = field(default_factory=Convention)
    home: Place = NOWHERE
    """Where the configuration says that the stage is."""

    def build(self, account: AccountState) -> Plan:
        """The plan as far as `account` tells it; asks for the deployed stack.

        Raises `TemplateError` for a template that no deploy could use, and
        `UsageError` where nobody says which stack is meant.
        """
        template = self.source.resolve(self.inputs, account)
        name = self.inputs.stack_name or template.stack_name
        if not name and any(_is_pending(r, account) for r in template.references):
            # The name itself is being looked up (`service: ${ssm:…}`).
            return Plan("", self.inputs.place, Pending(), template, self.now)
        if not name:
            raise UsageError(
                "the template does not say which stack it is for",
                help="add --stack-name NAME (the name that the deploy uses)",
            )
        place = self.inputs.place
        questions = (
            StackNamed(place, name),
            StackResources(place, name),
            DeployedTemplate(place, name),
        )
        stack = account.get(questions[0])
        resources, text = account.get(questions[1]), account.get(questions[2])
        known = not any(isinstance(a, Pending) for a in (stack, resources, text))
        if known and isinstance(stack, Present) and stack.value.parameters:
            template = self.source.resolve(_with_previous(self.inputs, stack), account)
        there = resources.value if isinstance(resources, Present) else ()
        before = (
            _before(text.value, stack, self.inputs, account)
            if isinstance(text, Present)
            else {}
        )
        return Plan(
            stack_name=name,
            place=place,
            stack=stack,
            template=template,
            now=self.now,
            convention=self.convention,
            deployed=tuple(r for r in there if r.status not in GONE),
            changes=tuple(_changes(template, before, there)) if known else (),
            **_exports(template, stack),
            capabilities=self.inputs.capabilities,
            references=(*template.references, *_role(self.inputs, template)),
            home=self.home,
            basis=questions,
        )


def _is_pending(reference: Reference, account: AccountState) -> bool:
    return isinstance(account.get(reference.lookup), Pending)


def _role(inputs: Inputs, template: Template) -> Iterator[Reference]:
    """The role that CloudFormation is to deploy with must be there."""
    if inputs.role_arn:
        name = inputs.role_arn.rpartition("/")[2]
        lookup = ResourceNamed(inputs.place, "AWS::IAM::Role", (("RoleName", name),))
        yield Reference(f"--role-arn {inputs.role_arn}", lookup, template.name_location)


def _with_previous(inputs: Inputs, stack: Present[Stack]) -> Inputs:
    return replace(inputs, previous=dict(stack.value.parameters))


def _before(
    text: str, stack: Observed[Stack], inputs: Inputs, account: AccountState
) -> Mapping[str, Resource]:
    """The resources of the deployed template, with the deployed parameters."""
    if not isinstance(stack, Present):
        return {}
    given = Inputs(
        place=inputs.place,
        stack_name=stack.value.name,
        parameters=dict(stack.value.parameters),
    )
    try:
        source = _deployed(text, f"(deployed stack {stack.value.name})")
        return source.resolve(given, account).resources
    except TemplateError:  # it was deployed, so it is ours that falls short
        return {}


@lru_cache(maxsize=8)
def _deployed(text: str, path: str) -> Source:
    from flowguard.template import cloudformation

    return cloudformation.read_text(text, path)


def _changes(
    template: Template,
    before: Mapping[str, Resource],
    resources: tuple[StackResource, ...],
) -> Iterator[ResourceChange]:
    there = {r.logical_id: r for r in resources if r.status not in GONE}
    for logical_id, resource in template.resources.items():
        if logical_id in there:
            yield _modified(resource, before.get(logical_id), there[logical_id])
        else:
            sure = resource.condition is True
            yield ResourceChange(
                locations=resource.locations,
                action=ChangeAction.ADD if sure else ChangeAction.DYNAMIC,
                logical_id=logical_id,
                resource_type=resource.resource_type,
                properties=resource.properties,
                attributes=resource.attributes,
            )
    # What a plugin or a macro adds is not missed.
    for logical_id, gone in () if template.open_ended else there.items():
        if logical_id not in template.resources:
            old = before.get(logical_id)
            yield ResourceChange(
                locations={(): template.name_location},
                action=ChangeAction.REMOVE,
                logical_id=logical_id,
                resource_type=gone.resource_type,
                properties={},
                before=old.properties if old else {},
                attributes_before=old.attributes if old else {},
                physical_id=gone.physical_id or None,
            )


def _modified(
    resource: Resource, old: Resource | None, there: StackResource
) -> ResourceChange:
    before = old.properties if old else {}
    changed = tuple(
        name
        for name in sorted({*before, *resource.properties})
        if old and _differ(before.get(name), resource.properties.get(name))
    )
    return ResourceChange(
        locations=resource.locations,
        action=ChangeAction.MODIFY,
        logical_id=resource.logical_id,
        resource_type=resource.resource_type,
        properties=resource.properties,
        attributes=resource.attributes,
        before=before,
        attributes_before=old.attributes if old else {},
        physical_id=there.physical_id or None,
        replacement=_replacement(resource, changed),
        changed=changed,
    )


def _replacement(resource: Resource, changed: tuple[str, ...]) -> Replacement:
    decisive = resource_types.create_only(resource.resource_type).intersection(changed)
    if not decisive:
        return Replacement.FALSE
    unsure = all(any(find_unresolved(resource.properties.get(n))) for n in decisive)
    return Replacement.CONDITIONAL if unsure else Replacement.TRUE


def _differ(before: object, after: object) -> bool:
    """Whether two values differ for certain, or may."""
    if isinstance(before, Unresolved) and isinstance(after, Unresolved):
        return before.expression != after.expression
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() != after.keys() or any(
            _differ(before[key], after[key]) for key in before
        )
    if isinstance(before, list) and isinstance(after, list):
        return len(before) != len(after) or any(map(_differ, before, after))
    if isinstance(before, Unresolved) or isinstance(after, Unresolved):
        return True
    return _text(before) != _text(after)


def _text(value: object) -> str:
    """CloudFormation compares scalars as text: `"30"` is `30`, `"true"` is `true`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _exports(
    template: Template, stack: Observed[Stack]
) -> Mapping[str, tuple[Export, ...]]:
    outputs = stack.value.outputs if isinstance(stack, Present) else ()
    old = {name: key for key, _, name in outputs if name}
    new = {e.name for e in template.exports if isinstance(e.name, str)}
    unsure = template.open_ended or any(
        isinstance(e.name, Unresolved) for e in template.exports
    )
    return {
        "exports_added": tuple(e for e in template.exports if e.name not in old),
        "exports_removed": ()
        if unsure  # one of the unknown names may be the one that is missed
        else tuple(
            Export(name, key, template.name_location)
            for name, key in old.items()
            if name not in new
        ),
    }


def _names(exports: tuple[Export, ...]) -> tuple[str, ...]:
    return tuple(export.name for export in exports if isinstance(export.name, str))
