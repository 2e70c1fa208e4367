"""The rule `name-used-twice`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.places import Location, Severity
from flowguard.model.questions import AccountState, find_unresolved
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._deployed import construct
from flowguard.rules._rule import Rule
from flowguard.template import resource_types


class NameUsedTwice(Rule[Plan]):
    """Two resources of one template have the same name.

    ## Why it fails a deploy
    CloudFormation creates the first and then fails on the second, which exists
    already, and rolls everything back.

    ## How to fix
    Give one of them another name, or remove it if they are meant to be one.
    """

    id = "name-used-twice"
    severity = Severity.ERROR

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        seen: dict[object, tuple[str, Location]] = {}
        for resource in plan.template.resources.values():
            kind = resource.resource_type
            key = resource_types.identity(kind, resource.properties)
            if not key or any(find_unresolved(key)) or resource.condition is not True:
                continue
            place = resource.at("Properties", *resource_types.name_path(kind))
            # Kindred types may call the same property by different names.
            taken = resource_types.name_space(kind), tuple(value for _, value in key)
            if taken not in seen:
                seen[taken] = (resource.logical_id, place)
                continue
            other, first = seen[taken]
            name = str(resource_types.own_name(kind, key))
            yield self.finding(
                f"{resource.logical_id} has the same name as {other}, {name!r}; "
                f"CloudFormation fails on the second {kind}",
                place,
                help=f"rename {resource.logical_id} or {other}, or remove one of them",
                logical_id=resource.logical_id,
                related=[(f"{other} is here", first)],
                evidence=construct(resource),
            )
