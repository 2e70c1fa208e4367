"""The rule `named-resource-replaced`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.changes import ChangeAction, Replacement, ResourceChange
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, find_unresolved
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.plan.changes import replacing
from flowguard.rules._deployed import construct
from flowguard.rules._rule import Rule
from flowguard.template import resource_types


class NamedResourceReplaced(Rule[Plan]):
    """A resource that is to be replaced keeps the name that the template gives it.

    ## Why it fails a deploy
    CloudFormation creates the new resource before it deletes the old one, and
    two of one name cannot be. So it refuses: "cannot update a stack when a
    custom-named resource requires replacing".

    ## How to fix
    Take the change back, or give the resource another name together with it. A
    new resource begins empty: move what the old one holds, and keep the old one
    with `UpdateReplacePolicy: Retain` until that is done.
    """

    id = "named-resource-replaced"
    severity = Severity.ERROR

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        types = {row.logical_id: row.resource_type for row in plan.deployed}
        for change in plan.changes:
            kind = change.resource_type
            key = resource_types.identity(kind, change.properties)
            if (
                change.action is not ChangeAction.MODIFY
                or change.replacement is Replacement.FALSE
                or types.get(change.logical_id) != kind
                or key is None
                or any(find_unresolved(key))
                or key != resource_types.identity(kind, change.before)
                or not (because := _because(change, key))
            ):
                continue
            name = str(resource_types.own_name(kind, key))
            sure = _is_sure(change, because)
            yield self.finding(
                f"a change of {' and '.join(because)} {'' if sure else 'may '}"
                f"replace{'s' if sure else ''} {change.logical_id}, which keeps its "
                f"name {name!r}; CloudFormation refuses to replace a resource that has "
                "a name of its own",
                change.at("Properties", because[0]),
                severity=self.severity if sure else Severity.WARNING,
                help=f"take the change back, or rename {change.logical_id} with it and "
                "move what it holds; UpdateReplacePolicy: Retain keeps the old one",
                logical_id=change.logical_id,
                evidence=construct(change),
            )


def _because(change: ResourceChange, key: resource_types.Key) -> list[str]:
    """The properties whose change makes a new resource, but for the name's own."""
    named = {path.split("/")[0] for path, _ in key}
    changed = [name for name in change.changed if name not in named]
    return replacing(change.resource_type, change.before, change.properties, changed)


def _is_sure(change: ResourceChange, because: list[str]) -> bool:
    """Whether one of them differs for certain.

    What is written on one side alone may be the default of the other.
    """
    values = [(change.before.get(n), change.properties.get(n)) for n in because]
    return any(None not in v and not any(find_unresolved(v)) for v in values)
