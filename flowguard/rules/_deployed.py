"""What a stack tells of the resources that it has now."""

from __future__ import annotations

from collections.abc import Iterable

from flowguard.lookups import NamedResource, StackResource
from flowguard.model.changes import ResourceChange
from flowguard.model.questions import find_unresolved
from flowguard.plan import Plan
from flowguard.template import Resource, resource_types

URLS = ("arn:", "http://", "https://")


def own_resource(
    plan: Plan,
    change: ResourceChange,
    key: resource_types.Key,
    found: NamedResource | None = None,
) -> StackResource | None:
    """The stack's own resource that has the name which `change` takes, or None.

    With `found`, what AWS says has the name, also one whose id does not follow
    from it.
    """
    return named_row(plan, plan.deployed, change, key, found)


def named_row(
    plan: Plan,
    rows: Iterable[StackResource],
    change: ResourceChange,
    key: resource_types.Key,
    found: NamedResource | None = None,
) -> StackResource | None:
    """The resource among a stack's `rows` that has the name of `change`, or None."""
    if any(find_unresolved(key)):
        return None
    kind = change.resource_type
    space = resource_types.name_space(kind)
    ids = {*resource_types.physical_ids(kind, key, plan.place, change.properties)}
    if found:
        ids |= {found.physical_id, found.arn} - {""}
    for row in rows:
        same = row.physical_id in ids or _ends_in(row.physical_id, key)
        if same and row.owned and resource_types.name_space(row.resource_type) == space:
            return row
    return None


def _ends_in(physical_id: str, key: resource_types.Key) -> bool:
    """Whether it is a URL or an ARN, of whatever form, that ends in the name.

    A queue's URL has had several hosts. A name that needs others to be unique is
    not told by itself.
    """
    if len(key) > 1 or not physical_id.startswith(URLS):
        return False
    return physical_id.endswith((f"/{key[0][1]}", f":{key[0][1]}"))


def construct(resource: Resource | ResourceChange) -> tuple[tuple[str, str], ...]:
    """Evidence of where the CDK's program makes the resource; () without the CDK."""
    metadata = resource.attributes.get("Metadata")
    path = metadata.get("aws:cdk:path") if isinstance(metadata, dict) else None
    return (("construct", path),) if isinstance(path, str) else ()
