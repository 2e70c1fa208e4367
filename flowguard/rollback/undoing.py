"""Would the way back ask AWS for what it does not undo? From the two templates.

The snapshot may be older than what is known of a type, or nobody has judged the deploy:
so that it is asked once more, with the same table as before the deploy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from flowguard.lookups import Stack
from flowguard.model.places import Place
from flowguard.model.questions import AccountState, Present
from flowguard.model.snapshot import Snapshot
from flowguard.plan.deployed import deployed_resources
from flowguard.plan.irreversible import Side, Undone, Way, undone
from flowguard.template import Resource

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""Where AWS does not say when the stack was deployed: no time is over then."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """A change of the deploy that the way back meets AWS over."""

    logical_id: str
    resource_type: str
    change: Undone

    def __str__(self) -> str:
        """The resource, what became of it, and why it stays so."""
        said = self.change.says(done=True)
        return f"{self.logical_id} ({self.resource_type}) {said}"

    @property
    def to_do(self) -> str:
        """What a person does about it."""
        return self.change.to_do(self.logical_id)


def lasting(before: Snapshot, then: str, stack: Stack, now: str) -> tuple[Lasting, ...]:
    """What differs between the snapshot's template and the live one that AWS does not
    set back. A template that nobody can read tells nothing."""
    hidden = {p.key for p in before.parameters if p.withheld or p.no_echo}
    known = tuple((p.key, p.value) for p in before.parameters)
    old = _resources(then, replace(stack, parameters=known), hidden)
    new = _resources(now, stack, hidden)
    at = stack.updated or stack.created or LONG_AGO
    return tuple(
        Lasting(logical_id, resource.resource_type, one)
        for logical_id, resource in old.items()
        if logical_id in new and new[logical_id].resource_type == resource.resource_type
        for one in undone(
            resource.resource_type,
            Side(resource.properties, resource.attributes),
            Side(new[logical_id].properties, new[logical_id].attributes),
            at,
            ways=(Way.BACK,),
        )
    )


def _resources(text: str, stack: Stack, hidden: set[str]) -> Mapping[str, Resource]:
    """The resources, with the values of parameters that are known on both sides."""
    parts = stack.stack_id.split(":")
    place = Place(parts[4], parts[3]) if len(parts) > 4 else Place(None, "")  # noqa: PLR2004
    told = tuple((k, v) for k, v in stack.parameters if k not in hidden)
    as_given = replace(stack, parameters=told, resolved=())
    found = deployed_resources(
        Present(text), Present(as_given), place, AccountState({})
    )
    return found or {}
