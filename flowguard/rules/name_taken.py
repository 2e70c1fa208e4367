"""The rule `name-taken`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.lookups import (
    ContentsOf,
    NamedResource,
    OwnerOf,
    ResourceNamed,
    StackNamed,
    StackResources,
    TagsOf,
)
from flowguard.model.changes import ChangeAction, ResourceChange
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._deployed import construct, own_resource
from flowguard.rules._ownership import By, Ownership, own
from flowguard.rules._remedy import remedy
from flowguard.rules._rule import Rule
from flowguard.template import resource_types


class NameTaken(Rule[Plan]):
    """A resource to be created has a name that is already in use.

    ## Why it fails a deploy
    CloudFormation creates what the stack does not have yet. If a resource of
    that name exists, whoever made it, the creation fails and every other
    resource of the deploy is rolled back with it.

    ## How to fix
    It depends on who owns the name, which the finding says. What another stack
    owns is that stack's; what nobody owns can be imported into this stack with
    `DeletionPolicy: Retain` and all it holds; what a service made by itself can
    be imported or deleted. Never delete and recreate what holds data.
    """

    id = "name-taken"
    severity = Severity.ERROR
    asks = (ResourceNamed, OwnerOf, TagsOf, StackNamed, StackResources, ContentsOf)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for change, key in plan.naming:
            kind = change.resource_type
            if own_resource(plan, change, key):
                continue  # `logical-id-renamed` speaks of it
            found = account.get(ResourceNamed(plan.place, kind, key))
            if not isinstance(found, Present):
                continue
            if own_resource(plan, change, key, found.value):
                continue
            owner = own(plan, account, change, key, found.value)
            if owner:
                yield self._finding(plan, account, change, found.value, owner)

    def _finding(
        self,
        plan: Plan,
        account: AccountState,
        change: ResourceChange,
        found: NamedResource,
        owner: Ownership,
    ) -> Finding:
        kind = change.resource_type
        key = resource_types.identity(kind, change.properties) or ()
        name = str(resource_types.own_name(kind, key))
        contents = None
        if owner.by not in {By.STACK, By.ELSEWHERE}:  # that is not ours to count
            held = account.get(ContentsOf(plan.place, kind, found.physical_id))
            contents = held.value if isinstance(held, Present) else None
        sure = change.action is not ChangeAction.DYNAMIC
        evidence = [*owner.evidence, *construct(change)]
        if found.physical_id != name:
            evidence.insert(0, ("physical id", found.physical_id))
        if contents:
            at_least = "at least " if contents.at_least else ""
            evidence.append(("holds", f"{at_least}{contents.count} {contents.unit}"))
        return self.finding(
            f"{kind} {name!r} already exists{_state(found)}: {owner.text}; CloudFormation "
            f"cannot create {change.logical_id}, and rolls everything back",
            change.at("Properties", *resource_types.name_path(kind)),
            severity=self.severity if sure else Severity.WARNING,
            help=remedy(plan, change, found, owner, contents),
            logical_id=change.logical_id,
            evidence=evidence,
        )


def _state(found: NamedResource) -> str:
    return f" ({found.state})" if found.state else ""
