"""The rule `side-effect-irreversible`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.changes import ChangeAction, ResourceChange
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule
from flowguard.template import irreversible

CUSTOM = "custom-resource"
"""The row of the table that says which types these are."""


class SideEffectIrreversible(Rule[Plan]):
    """A custom resource is called, and what its function does stays done.

    ## Why it fails a deploy
    It does not. What its function does (a migration, a seed, a call to somebody else)
    is nothing that CloudFormation knows of: a rollback calls the function again, with
    the old properties, and what comes of that only its author knows.

    ## How to fix
    Make sure that the function undoes what it did, and that data which the new release
    has written can be read by the old one. Then `--accept side-effect-irreversible`,
    or ignore it on the resource.
    """

    id = "side-effect-irreversible"
    severity = Severity.WARNING

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for change in plan.changes:
            kind = change.resource_type
            if not irreversible.row(CUSTOM).is_of(kind):
                continue
            if effect := _effect(plan, change):
                yield self.finding(
                    f"{change.logical_id} ({kind}) {effect}; a rollback cannot take back "
                    "what its function has done by then",
                    change.at(),
                    help="make sure that its function undoes it, then --accept "
                    "side-effect-irreversible",
                    logical_id=change.logical_id,
                )


def _effect(plan: Plan, change: ResourceChange) -> str:
    if change.action is ChangeAction.ADD and plan.deployed:
        return "is called for the first time"
    if change.action is ChangeAction.REMOVE:
        return "is called to delete what it stands for"
    if change.action is ChangeAction.MODIFY and change.changed:
        return f"is called with another {' and '.join(change.changed)}"
    return ""
