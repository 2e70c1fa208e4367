"""What a plan tells of the resources that the stack has now."""

from __future__ import annotations

from flowguard.lookups import StackResource
from flowguard.model import Unresolved, find_unresolved
from flowguard.plan import Plan
from flowguard.template import resource_types


def own_resource(
    plan: Plan, resource_type: str, key: tuple[tuple[str, str | Unresolved], ...]
) -> StackResource | None:
    """The stack's own resource that has the name `key`, or None."""
    if any(find_unresolved(key)):
        return None
    ids = resource_types.physical_ids(resource_type, key, plan.place)
    return next(
        (
            resource
            for resource in plan.deployed
            if resource.resource_type == resource_type and resource.physical_id in ids
        ),
        None,
    )
