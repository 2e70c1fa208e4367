"""What to do about a name that is taken, down to the lines to add."""

from __future__ import annotations

import json
import shlex

from flowguard.lookups import Contents, NamedResource
from flowguard.model.changes import ResourceChange
from flowguard.model.questions import Absent, Present
from flowguard.plan import Plan
from flowguard.rules._identifiers import identifiers
from flowguard.rules._ownership import By, Ownership
from flowguard.stack_states import STATES, Ready
from flowguard.template import resource_types


def remedy(
    plan: Plan,
    change: ResourceChange,
    found: NamedResource,
    owner: Ownership,
    contents: Contents | None,
) -> str:
    """The fitting remedy, an imperative, with commands."""
    if found.is_going:
        return f"restore {found.physical_id}, wait until it is gone, or choose another name"
    if found.state:
        return f"choose another name, or deploy to where it is ({found.state})"
    if owner.by is By.ELSEWHERE:
        return f"choose another name, or leave it out and let CloudFormation name {change.logical_id}"
    if owner.by is By.STACK:
        return (
            f"choose another name; or deploy to the stack {owner.stack} if that is the one "
            f"that is meant; or move {owner.logical_id or 'it'} out of it with a stack "
            "refactor"
        )
    if change.physical_id:  # an import takes a logical id that the stack has not yet
        return f"choose another name: {change.logical_id} is {change.physical_id} now"
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
    key = resource_types.identity(change.resource_type, change.properties) or ()
    row = {
        "ResourceType": change.resource_type,
        "LogicalResourceId": change.logical_id,
        "ResourceIdentifier": identifiers(plan.place, change, key, found),
    }
    named = ("--stack-name", plan.stack_name, "--region", plan.place.region)
    changes = (*named, "--change-set-name", "adopt")
    create = shlex.join(
        (
            *("aws", "cloudformation", "create-change-set"),
            *("--change-set-type", "IMPORT", *changes),
            *("--template-body", "file://import.yaml"),
            *("--resources-to-import", json.dumps([row])),
            *_options(plan, change),
        )
    )
    execute = shlex.join(("aws", "cloudformation", "execute-change-set", *changes))
    blanks = "  # put in what stands between < and >" if "<" in create else ""
    steps = (
        *_clearing(plan),
        f"add to {change.logical_id}: DeletionPolicy: Retain",
        f"write import.yaml: {_template(plan)}",
        create + blanks,
        f"look at it, then: {execute}",
    )
    return "".join(f"\n  {n}. {step}" for n, step in enumerate(steps, start=1))


def _is_updated(plan: Plan) -> bool:
    """Whether there is a stack to import into."""
    if not isinstance(plan.stack, Present):
        return False
    state = STATES.get(plan.stack.value.status)
    return state is not None and state.ready is Ready.UPDATE


def _clearing(plan: Plan) -> tuple[str, ...]:
    """An import needs a stack that takes an update, or none."""
    if not isinstance(plan.stack, Present) or _is_updated(plan):
        return ()
    status = plan.stack.value.status
    state = STATES.get(status)
    if state is not None and state.ready is Ready.CREATE:
        return ()
    return (f"clear the stack first: in {status} it takes no import",)


def _template(plan: Plan) -> str:
    """What the import's template must hold."""
    if _is_updated(plan):
        return "the deployed template with this resource added to it"
    if plan.stack == Absent():
        return "a template with this resource alone; it makes the stack"
    return "the deployed template with this resource added to it, if there is a stack"


def _options(plan: Plan, change: ResourceChange) -> tuple[str, ...]:
    """What else the change set must be told for the deployed template."""
    stack = plan.stack.value if isinstance(plan.stack, Present) else None
    granted = {*plan.capabilities, *(stack.capabilities if stack else ())}
    if change.resource_type.startswith("AWS::IAM::"):
        granted.add("CAPABILITY_NAMED_IAM")
    names = [name for name, _ in stack.parameters] if stack else []
    kept = [f"ParameterKey={name},UsePreviousValue=true" for name in names]
    return (
        *(("--capabilities", *sorted(granted)) if granted else ()),
        *(("--parameters", *kept) if kept else ()),
    )
