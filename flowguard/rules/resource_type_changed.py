"""The rule `resource-type-changed`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.places import Severity
from flowguard.model.questions import AccountState
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._deployed import construct
from flowguard.rules._rule import Rule


class ResourceTypeChanged(Rule[Plan]):
    """A logical id stands for a resource of another type than the deployed one.

    ## Why it fails a deploy
    CloudFormation knows a resource by its logical id and cannot make another
    type of it: "Update of resource type is not permitted".

    ## How to fix
    Give the new resource a logical id of its own. If it has the name of the old
    one, deploy once without both, since the new one is created first.
    """

    id = "resource-type-changed"
    severity = Severity.ERROR

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for row in plan.deployed:
            resource = plan.template.resources.get(row.logical_id)
            # What a macro makes of it is not known.
            if resource is None or plan.template.open_ended:
                continue
            if resource.resource_type == row.resource_type:
                continue
            yield self.finding(
                f"{row.logical_id} is an {row.resource_type} in the stack and an "
                f"{resource.resource_type} in the template; CloudFormation refuses to "
                "change the type of a resource",
                resource.at("Type"),
                severity=None if resource.condition is True else Severity.WARNING,
                help=f"give the {resource.resource_type} another logical id",
                logical_id=row.logical_id,
                evidence=[("physical id", row.physical_id), *construct(resource)],
            )
