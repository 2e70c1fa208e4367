"""The rule `logical-id-renamed`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from flowguard.lookups import ResourceNamed, StackResource
from flowguard.model.changes import ResourceChange
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._deployed import construct, own_resource
from flowguard.rules._rule import Rule
from flowguard.template import resource_types


class LogicalIdRenamed(Rule[Plan]):
    """A resource gets a new logical id and keeps its name.

    ## Why it fails a deploy
    To CloudFormation a new logical id is a new resource. It creates the new one
    before it removes the old one, finds the name taken by the old one, and rolls
    back. If the name were free, the old resource would be deleted with its data.

    ## How to fix
    Take the old logical id back. If the new one must be, move the resource with
    a stack refactor, or retain it, remove it from the stack, and import it under
    the new logical id.
    """

    id = "logical-id-renamed"
    severity = Severity.ERROR
    asks = (ResourceNamed,)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for change, key in plan.naming:
            old = own_resource(plan, change, key) or _told(plan, account, change, key)
            if old is None or old.logical_id == change.logical_id:
                continue
            name = str(resource_types.own_name(change.resource_type, key))
            yield self.finding(
                f"{name!r} belongs to {old.logical_id} of this stack; renamed to "
                f"{change.logical_id} it is a new resource whose name already exists, "
                "and the update is rolled back",
                change.at(
                    "Properties", *resource_types.name_path(change.resource_type)
                ),
                help=f"call it {old.logical_id} again; to rename it without losing it, "
                f"use a stack refactor:\n  {_refactor(plan, old, change)}",
                logical_id=change.logical_id,
                evidence=[("old logical id", old.logical_id), *construct(change)],
            )


def _told(
    plan: Plan, account: AccountState, change: ResourceChange, key: resource_types.Key
) -> StackResource | None:
    """The stack's own resource of that name, by the id that AWS generated for it."""
    kind = change.resource_type
    space = resource_types.name_space(kind)
    if resource_types.physical_ids(kind, key, plan.place, change.properties) or not any(
        resource_types.name_space(r.resource_type) == space for r in plan.deployed
    ):
        return None
    found = account.get(ResourceNamed(plan.place, kind, key))
    if not isinstance(found, Present):
        return None
    return own_resource(plan, change, key, found.value)


def _refactor(plan: Plan, old: StackResource, change: ResourceChange) -> str:
    stack = f"{{StackName={plan.stack_name},LogicalResourceId="
    mapping = (
        f"Source={stack}{old.logical_id}}},Destination={stack}{change.logical_id}}}"
    )
    definitions = f"StackName={plan.stack_name},TemplateBody@=file://renamed.yaml"
    return shlex.join(
        (
            *("aws", "cloudformation", "create-stack-refactor"),
            *("--region", plan.place.region, "--resource-mappings", mapping),
            *("--stack-definitions", definitions),
        )
    )
