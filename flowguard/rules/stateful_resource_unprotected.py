"""The rule `stateful-resource-unprotected`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.places import Severity
from flowguard.model.questions import AccountState
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule
from flowguard.template import Resource, resource_types

POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
KEPT = frozenset({"AWS::RDS::DBCluster", "AWS::RDS::DBInstance"})
"""Types of which a deletion leaves a snapshot, unless the template says otherwise:
the CloudFormation guide, "DeletionPolicy". A replacement leaves none."""


class StatefulResourceUnprotected(Rule[Plan]):
    """A resource that holds data does not say what becomes of it.

    ## Why it fails a deploy
    It does not: it deletes. Without a `DeletionPolicy` the data goes when the
    resource leaves the template or the stack is deleted, and without an
    `UpdateReplacePolicy` when an update replaces the resource.

    ## How to fix
    Add `DeletionPolicy: Retain` and `UpdateReplacePolicy: Retain`. Where losing
    the data is meant, say so with `Delete`. The instances of a cluster hold no data
    of their own, and CloudFormation keeps a snapshot of what it deletes in RDS.
    """

    id = "stateful-resource-unprotected"
    severity = Severity.WARNING

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for resource in plan.template.resources.values():
            if not resource_types.is_stateful(resource.resource_type):
                continue
            if resource.logical_id in plan.template.made_by_tool:
                continue
            if _is_member(resource):
                continue
            kept = resource.resource_type in KEPT
            missing = [
                name
                for name in POLICIES
                if name not in resource.attributes
                and not (kept and name == "DeletionPolicy")
            ]
            if missing:
                lines = "\n".join(f"  {name}: Retain" for name in missing)
                yield self.finding(
                    f"{resource.logical_id} ({resource.resource_type}) has no "
                    f"{' and no '.join(missing)}; "
                    f"its data goes with {'a replacement' if kept else 'it'}",
                    resource.at(),
                    help=f"add beside its Type, or say Delete where that is meant:\n{lines}",
                    logical_id=resource.logical_id,
                )


def _is_member(resource: Resource) -> bool:
    """Whether it is an instance of a cluster, which holds the data for it."""
    cluster = "DBClusterIdentifier" in resource.properties
    return cluster and resource.resource_type.endswith("::DBInstance")
