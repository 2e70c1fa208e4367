"""The rule `logical-id-renamed`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model import AccountState, Finding, Severity
from flowguard.plan import Plan
from flowguard.rules._deployed import own_resource
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

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for change, key in plan.naming:
            old = own_resource(plan, change, key)
            if old is None or old.logical_id == change.logical_id:
                continue
            name = str(resource_types.own_name(change.resource_type, key))
            move = (
                f"aws cloudformation create-stack-refactor --resource-mappings "
                f"Source={{StackName={plan.stack_name},LogicalResourceId={old.logical_id}}},"
                f"Destination={{StackName={plan.stack_name},"
                f"LogicalResourceId={change.logical_id}}} --stack-definitions …"
            )
            yield self.finding(
                f"{name!r} belongs to {old.logical_id} of this stack; renamed to "
                f"{change.logical_id} it is a new resource whose name already exists, "
                "and the update is rolled back",
                change.at(
                    "Properties", *resource_types.name_path(change.resource_type)
                ),
                help=f"call it {old.logical_id} again; to rename it without losing it, "
                f"use a stack refactor:\n  {move}",
                logical_id=change.logical_id,
                evidence=[("old logical id", old.logical_id)],
            )
