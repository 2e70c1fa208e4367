"""What a plan tells of the resources that the stack has now."""

from __future__ import annotations

from flowguard.lookups import StackResource
from flowguard.model import ResourceChange, find_unresolved
from flowguard.plan import Plan
from flowguard.template import resource_types


def own_resource(
    plan: Plan, change: ResourceChange, key: resource_types.Key
) -> StackResource | None:
    """The stack's own resource that has the name which `change` takes, or None."""
    if any(find_unresolved(key)):
        return None
    kind = change.resource_type
    ids = resource_types.physical_ids(kind, key, plan.place, change.properties)
    return next(
        (
            resource
            for resource in plan.deployed
            if resource.resource_type == kind and resource.physical_id in ids
        ),
        None,
    )
