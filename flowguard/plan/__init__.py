"""Template × deployed stack → what the deploy will change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flowguard import spoken
from flowguard.errors import TemplateError, UsageError
from flowguard.lookups import (
    DeployedTemplate,
    ResourceNamed,
    Stack,
    StackNamed,
    StackResource,
    StackResources,
)
from flowguard.model import hidden
from flowguard.model.changes import (
    ChangeAction,
    Export,
    Ignore,
    Reference,
    ResourceChange,
)
from flowguard.model.places import Location, Place
from flowguard.model.questions import (
    Absent,
    AccountState,
    Lookup,
    Observed,
    Pending,
    Present,
    Unknown,
    Unresolved,
    find_unresolved,
)
from flowguard.model.results import Claims, NotLookedInto
from flowguard.naming import Convention, Name, split
from flowguard.plan.changes import Before, changes, differ
from flowguard.plan.deployed import deployed_resources
from flowguard.template import Inputs, Source, Template, resource_types

NOWHERE = Place(None, "")
"""The home of a stage of which the configuration says nothing."""
STACK_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
"""Of the API reference: `CreateStack`, the parameter `StackName`."""
NESTED = "AWS::CloudFormation::Stack"
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
    tested: tuple[tuple[str, str], ...] | None = None
    """The method and the path of each smoke-tested request; None without a suite."""
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
    def not_looked_into(self) -> tuple[NotLookedInto, ...]:
        """What the deploy brings and no rule can see: neither good nor bad."""
        why = "FlowGuard does not read the templates of nested stacks"
        nested = (
            NotLookedInto(f"the nested stack {logical_id}", why, resource.at())
            for logical_id, resource in self.template.resources.items()
            if resource.resource_type == NESTED
        )
        return (*self.template.not_looked_into, *nested, *self._words_unread())

    def _words_unread(self) -> Iterator[NotLookedInto]:
        """What the stack's name says of service and stage, where that is hidden."""
        if hidden.is_hidden(self.stack_name):
            yield NotLookedInto(
                f"the service and the stage in the stack's name {self.stack_name}",
                "a part of it is not shown; list its variable under `shown` in "
                "flowguard.yml if it is no secret",
                self.name_location,
            )

    @property
    def written(self) -> Template:
        """What the deploy is made from on our side."""
        return self.template

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
            if key and (
                change.physical_id is None
                or (change.before_known and differ(before and dict(before), dict(key)))
            ):
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
    tested: tuple[tuple[str, str], ...] | None = None
    """The method and the path of each smoke-tested request; None without a suite."""

    def build(self, account: AccountState) -> Plan:
        """The plan as far as `account` tells it; asks for the deployed stack.

        Raises `TemplateError` for a template that no deploy could use, and
        `UsageError` where nobody says which stack is meant.
        """
        if waiting := self._awaits_stack(account):
            return waiting
        inputs = self._with_previous(self.inputs.stack_name, account)
        template = self.source.resolve(inputs, account)
        name = self.inputs.stack_name or template.stack_name
        if not name and any(_is_pending(r, account) for r in template.references):
            # The name itself is being looked up (`service: ${ssm:…}`).
            return Plan("", self.inputs.place, Pending(), template, self.now)
        name = self._checked(name, template)
        if self._with_previous(name, account) != inputs:
            inputs = self._with_previous(name, account)
            template = self.source.resolve(inputs, account)
        place = inputs.place
        stack = account.get(StackNamed(place, name))
        resources = account.get(StackResources(place, name))
        text = account.get(DeployedTemplate(place, name))
        known = not any(isinstance(a, Pending) for a in (stack, resources, text))
        rows = resources.value if isinstance(resources, Present) else ()
        there = tuple(row for row in rows if row.owned)
        before = _alike(deployed_resources(text, stack, place, account), template)
        # What the stack has is not guessed: to take all of it for new would find a
        # conflict with each of its own resources. Offline, nobody is asked.
        listed = stack == Absent() or not _is_refused(resources)
        return Plan(
            stack_name=name,
            place=place,
            stack=stack,
            template=template,
            now=self.now,
            convention=self.convention,
            deployed=there,
            changes=tuple(changes(template, before, there)) if known and listed else (),
            **_exports(template, stack),
            capabilities=self.inputs.capabilities,
            references=(*template.references, *_role(self.inputs, template)),
            home=self.home,
            tested=self.tested,
            basis=_basis(place, name),
        )

    def _awaits_stack(self, account: AccountState) -> Plan | None:
        """A plan without questions of the template, while the stack is looked up.

        The deployed parameters stand before the template's defaults, so what the
        defaults ask may be none of the deploy's business. None where that is no
        concern: nobody named the stack yet, or the template has no parameters.
        """
        name, place = self.inputs.stack_name, self.inputs.place
        if not name or not isinstance(account.get(StackNamed(place, name)), Pending):
            return None
        template = self.source.resolve(self.inputs, AccountState({}))
        if not template.parameters:
            return None
        name = self._checked(name, template)
        for question in _basis(place, name):
            account.get(question)
        return Plan(
            stack_name=name,
            place=place,
            stack=Pending(),
            template=replace(template, references=(), imports=(), exports=()),
            now=self.now,
            convention=self.convention,
            capabilities=self.inputs.capabilities,
            home=self.home,
            tested=self.tested,
            basis=_basis(place, name),
        )

    def _with_previous(self, name: str | None, account: AccountState) -> Inputs:
        """The inputs, with the deployed parameters where there is such a stack."""
        stack = account.get(StackNamed(self.inputs.place, name)) if name else Absent()
        if not isinstance(stack, Present) or not stack.value.parameters:
            return self.inputs
        return replace(self.inputs, previous=dict(stack.value.parameters))

    def _checked(self, name: str | None, template: Template) -> str:
        """The name; raises `UsageError` or `TemplateError` if no stack can have it."""
        if not name:
            raise UsageError(
                "the template does not say which stack it is for",
                help=f"add {spoken.option('stack-name', 'NAME')} (the name that the deploy "
                "uses)",
            )
        if STACK_NAME.fullmatch(hidden.real(name)):
            return name
        message = f"CloudFormation takes no stack of the name {name!r}"
        rule = "it begins with a letter and has at most 128 letters, digits and hyphens"
        if self.inputs.stack_name:
            raise UsageError(
                message, help=f"correct {spoken.option('stack-name')}: {rule}"
            )
        raise TemplateError(
            message,
            location=template.name_location,
            help=f"correct the service's name or the stage: {rule}",
        )


def _alike(before: Before, template: Template) -> Before:
    """The deployed resources, hidden where the template hides what it writes now.

    An earlier value of a hidden one is no less a secret.
    """
    now = template.resources
    return before and {
        logical_id: replace(
            resource,
            properties=hidden.like(resource.properties, now[logical_id].properties),
        )
        if logical_id in now
        else resource
        for logical_id, resource in before.items()
    }


def _is_pending(reference: Reference, account: AccountState) -> bool:
    return isinstance(account.get(reference.lookup), Pending)


def _role(inputs: Inputs, template: Template) -> Iterator[Reference]:
    """The role that CloudFormation is to deploy with must be there."""
    if inputs.role_arn:
        name = inputs.role_arn.rpartition("/")[2]
        lookup = ResourceNamed(inputs.place, "AWS::IAM::Role", (("RoleName", name),))
        yield Reference(f"--role-arn {inputs.role_arn}", lookup, template.name_location)


def _basis(place: Place, name: str) -> tuple[Lookup[Any], ...]:
    """The questions that a plan stands on."""
    return (
        StackNamed(place, name),
        StackResources(place, name),
        DeployedTemplate(place, name),
    )


def _is_refused(answer: Observed[object]) -> bool:
    return isinstance(answer, Unknown) and answer.kind.inconclusive


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
