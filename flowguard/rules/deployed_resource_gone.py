"""The rule `deployed-resource-gone`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.lookups import ResourceNamed
from flowguard.model.changes import ChangeAction, Replacement, ResourceChange
from flowguard.model.places import Severity
from flowguard.model.questions import Absent, AccountState, find_unresolved
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._deployed import construct, own_resource
from flowguard.rules._rule import Rule
from flowguard.template import resource_types


class DeployedResourceGone(Rule[Plan]):
    """A resource that the deploy changes was deleted outside the stack.

    ## Why it fails a deploy
    The stack still lists it, so CloudFormation updates it rather than creating
    it, finds that there is none, and rolls everything back.

    ## How to fix
    Make it again under the same name, empty if need be, and deploy. Or let the
    stack forget it: deploy once without it, and once more with it.
    """

    id = "deployed-resource-gone"
    severity = Severity.ERROR
    asks = (ResourceNamed,)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for change in plan.changes:
            kind = change.resource_type
            key = resource_types.identity(kind, change.before)
            if not key or not _is_updated(change):
                continue
            row = own_resource(plan, change, key)
            if row is None or row.logical_id != change.logical_id:
                continue
            if account.get(ResourceNamed(plan.place, kind, key)) != Absent():
                continue
            name = str(resource_types.own_name(kind, key))
            yield self.finding(
                f"{kind} {name!r}, which is {change.logical_id} of this stack, was "
                f"deleted outside the stack; the update of its "
                f"{' and '.join(change.changed)} finds nothing to change and is "
                "rolled back",
                change.at("Properties", *resource_types.name_path(kind)),
                help=f"make {name} again outside the stack, or deploy once without "
                f"{change.logical_id} and once more with it",
                logical_id=change.logical_id,
                evidence=construct(change),
            )


def _is_updated(change: ResourceChange) -> bool:
    """Whether it is changed in place, for certain, and keeps its name."""
    if (
        change.action is not ChangeAction.MODIFY
        or change.replacement is not Replacement.FALSE
    ):
        return False
    return any(
        not any(find_unresolved((change.before.get(n), change.properties.get(n))))
        for n in change.changed
    )
