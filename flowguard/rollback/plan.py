"""A plan: the steps of a row, and the hash that an approval is bound to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flowguard.model.rollback import Step
from flowguard.model.snapshot import Artifact
from flowguard.rollback import journal
from flowguard.rollback.facts import Facts
from flowguard.rollback.row import Row

TOKEN = {
    "cancel_update_stack": "ClientRequestToken",
    "continue_update_rollback": "ClientRequestToken",
    "create_change_set": "ClientToken",
    "delete_stack": "ClientRequestToken",
    "execute_change_set": "ClientRequestToken",
    "rollback_stack": "ClientRequestToken",
}
"""The parameter by which an operation of CloudFormation takes a token, so that a
call that is made twice is taken once."""

Build = Callable[[str], tuple[Step, ...]]
"""Makes the steps; what they name anew is called after what it is given."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done, exactly."""

    row: Row
    steps: tuple[Step, ...]
    hash: str
    """Of the stack's id, its last change, its resources, the row, the steps, and the
    files that are put back where they are missing."""
    doubts: tuple[str, ...] = ()
    """What nobody could tell, so that a person must approve."""

    @property
    def change_set(self) -> str:
        """The name of the change set that it makes, if it makes one."""
        return change_set_name(self.hash)


def change_set_name(plan: str) -> str:
    """The name of the change set of a plan, by which a later run finds it again."""
    return f"flowguard-rollback-{plan}"


def plan(
    row: Row,
    facts: Facts,
    build: Build,
    needed: Iterable[Artifact] = (),
    doubts: tuple[str, ...] = (),
) -> Plan:
    """The plan of a row for the stack as it was found; `needed` are the files that are
    put back where they are missing, `doubts` what nobody could tell."""
    steps = build("")
    bound = {
        "stack": facts.stack.stack_id if facts.stack else facts.name,
        "last change": _last_change(facts),
        "resources": sorted(
            [r.logical_id, r.physical_id, r.resource_type, r.status]
            for r in facts.resources
        ),
        "row": row.id,
        # A file is bound by its place and version, whether it is missing or not: once
        # it is put back, the plan is still the one that was approved.
        "files": sorted([a.location, a.version_id] for a in needed),
        "steps": [shown(step) for step in steps if not step.id.startswith("restore-")],
    }
    text = json.dumps(bound, sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    made = tuple(_tokened(s, row, digest) for s in build(digest))
    return Plan(row, made, digest, doubts)


def shown(step: Step) -> dict[str, Any]:
    """A step as it may be shown: what is sealed in it stays so."""
    return {
        "id": step.id,
        "call": f"{step.service}.{step.operation}" if step.service else "",
        "parameters": json.loads(json.dumps(dict(step.parameters), default=str)),
    }


def unsealed(step: Step) -> Step:
    """The step without what is secret, to be put into a report."""
    parameters: Mapping[str, Any] = shown(step)["parameters"]
    return replace(step, parameters=parameters)


def _last_change(facts: Facts) -> list[str]:
    stack, last = facts.stack, facts.last
    if not stack:
        return []
    return [
        stack.status,
        str(stack.updated or stack.created),
        stack.change_set_id,
        f"{last.token} {last.began}" if last else "",
    ]


def _tokened(step: Step, row: Row, digest: str) -> Step:
    name = TOKEN.get(step.operation)
    if not name or step.service != "cloudformation":
        return step
    token = journal.token(row.id, digest, step.id)
    return replace(step, parameters={**step.parameters, name: token})
