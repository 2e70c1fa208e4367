"""What to do about a name that is taken, down to the lines to add."""

from __future__ import annotations

import json

from flowguard.lookups import Contents, NamedResource
from flowguard.model import Absent, Present, ResourceChange
from flowguard.plan import Plan
from flowguard.rules._ownership import By, Ownership
from flowguard.template import resource_types


def remedy(
    plan: Plan,
    change: ResourceChange,
    found: NamedResource,
    owner: Ownership,
    contents: Contents | None,
) -> str:
    """The fitting remedy, an imperative, with commands."""
    if "delet" in found.state:
        return f"restore {found.physical_id}, wait until it is gone, or choose another name"
    if found.state:
        return f"choose another name, or deploy to where it is ({found.state})"
    if owner.by is By.ELSEWHERE:
        return f"choose another name, or leave it out and let CloudFormation name {change.logical_id}"
    if owner.by is By.STACK:
        return (
            f"choose another name; or deploy to the stack {owner.stack} if that is the one "
            f"that is meant; or move {change.logical_id} out of it with a stack refactor"
        )
    steps = _import(plan, change, found)
    holds = _holds(contents)
    if owner.by is By.SERVICE:
        return f"delete it if its content is of no use, or adopt it:{steps}"
    if owner.by is By.UNTOLD:
        return f"find out who owns it; if no stack does, adopt it:{steps}"
    return f"adopt it into the stack{holds}; never delete and recreate it:{steps}"


def _holds(contents: Contents | None) -> str:
    if contents is None or not contents.count:
        return ""
    more = "at least " if contents.at_least else ""
    return f" with the {more}{contents.count} {contents.unit} it holds"


def _import(plan: Plan, change: ResourceChange, found: NamedResource) -> str:
    """The steps that import a resource: AWS, "Import an existing resource"."""
    identifier = resource_types.import_identifier(change.resource_type)
    if not identifier or resource_types.importable(change.resource_type) is False:
        return (
            " its type cannot be imported, so remove it from the template or rename it"
        )
    value = {name: _identifier(change, found, name) for name in identifier}
    row = {
        "ResourceType": change.resource_type,
        "LogicalResourceId": change.logical_id,
        "ResourceIdentifier": value,
    }
    stack = plan.stack_name
    what = (
        "the deployed template with this resource added to it"
        if isinstance(plan.stack, Present)
        else "a template with this resource alone; it makes the stack"
        if plan.stack == Absent()
        else "the deployed template with this resource added to it, if there is a stack"
    )
    common = (
        f"--stack-name {stack} --region {plan.place.region} --change-set-name adopt"
    )
    return (
        f"\n  1. add to {change.logical_id}: DeletionPolicy: Retain"
        f"\n  2. write import.yaml: {what}"
        "\n  3. aws cloudformation create-change-set --change-set-type IMPORT "
        f"{common} --template-body file://import.yaml "
        f"--resources-to-import '{json.dumps([row])}'"
        f"\n  4. look at it, then: aws cloudformation execute-change-set {common}"
    )


def _identifier(change: ResourceChange, found: NamedResource, name: str) -> str:
    """The value of a primary identifier: as written, or the id that AWS gave."""
    written = change.properties.get(name)
    return written if isinstance(written, str) else found.physical_id
