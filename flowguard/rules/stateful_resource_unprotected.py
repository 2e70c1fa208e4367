"""The rule `stateful-resource-unprotected`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model import AccountState, Finding, Severity
from flowguard.plan import Plan
from flowguard.rules._rule import Rule
from flowguard.template import resource_types

POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")


class StatefulResourceUnprotected(Rule[Plan]):
    """A resource that holds data does not say what becomes of it.

    ## Why it fails a deploy
    It does not: it deletes. Without a `DeletionPolicy` the data goes when the
    resource leaves the template or the stack is deleted, and without an
    `UpdateReplacePolicy` when an update replaces the resource.

    ## How to fix
    Add `DeletionPolicy: Retain` and `UpdateReplacePolicy: Retain`. Where losing
    the data is meant, say so with `Delete`.
    """

    id = "stateful-resource-unprotected"
    severity = Severity.WARNING

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for resource in plan.template.resources.values():
            if not resource_types.is_stateful(resource.resource_type):
                continue
            if resource.logical_id in plan.template.made_by_tool:
                continue
            missing = [name for name in POLICIES if name not in resource.attributes]
            if missing:
                lines = "\n".join(f"  {name}: Retain" for name in missing)
                yield self.finding(
                    f"{resource.logical_id} ({resource.resource_type}) has no "
                    f"{' and no '.join(missing)}; its data goes with it",
                    resource.at(),
                    help=f"add beside its Type, or say Delete where that is meant:\n{lines}",
                    logical_id=resource.logical_id,
                )
