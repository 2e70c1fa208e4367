"""The rule `orphan-on-rollback`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, find_unresolved
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule
from flowguard.template import resource_types


class OrphanOnRollback(Rule[Plan]):
    """A new resource with a name of its own outlives the rollback of its creation.

    ## Why it fails a deploy
    It fails the next one. With `DeletionPolicy: Retain` a rollback leaves the new
    resource behind, outside of any stack; the next deploy wants to make it and finds
    that its name already exists.

    ## How to fix
    `DeletionPolicy: RetainExceptOnCreate` retains it ever after, but not when its
    creation is rolled back.
    """

    id = "orphan-on-rollback"
    severity = Severity.INFO

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        orphans = []
        for change in plan.adding:
            key = resource_types.identity(change.resource_type, change.properties)
            kept = change.attributes.get("DeletionPolicy") == "Retain"
            if kept and key and not any(find_unresolved(key)):
                orphans.append(change)
        if not orphans:
            return
        first, *others = orphans
        names = ", ".join(orphan.logical_id for orphan in orphans)
        yield self.finding(
            f"if the deploy is rolled back, {names} stays behind with its name, and the "
            "next deploy finds that it already exists",
            first.at("DeletionPolicy"),
            help="write DeletionPolicy: RetainExceptOnCreate in place of Retain",
            logical_id=first.logical_id,
            related=[(o.logical_id, o.at("DeletionPolicy")) for o in others],
        )
