"""The rule `user-pool-attribute-added`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flowguard.model import AccountState, ChangeAction, Finding, Severity
from flowguard.plan import Plan
from flowguard.rules._rule import Rule

POOL = "AWS::Cognito::UserPool"


class UserPoolAttributeAdded(Rule[Plan]):
    """A user pool gets an attribute that nobody can take away again.

    ## Why it fails a deploy
    It does not, but the rollback of a deploy that fails elsewhere does: Cognito lets
    no attribute be removed or changed ("Existing schema attributes cannot be modified
    or deleted"), and the stack ends in UPDATE_ROLLBACK_FAILED.

    ## How to fix
    Add the attribute in a deploy of its own, so that nothing else can fail with it.
    """

    id = "user-pool-attribute-added"
    severity = Severity.WARNING

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for change in plan.changes:
            known = change.action is ChangeAction.MODIFY and change.before_known
            if change.resource_type != POOL or not known:
                continue
            others = _others(plan, change.logical_id)
            added = sorted(_names(change.properties) - _names(change.before))
            if added and others:
                yield self.finding(
                    f"{change.logical_id} gets the attribute {' and '.join(added)}, which "
                    "no rollback can remove; if anything else of this deploy fails, the "
                    "rollback fails, too",
                    change.at("Properties", "Schema"),
                    help="deploy the attribute by itself; a rollback that failed goes on "
                    f"with --resources-to-skip {change.logical_id}",
                    logical_id=change.logical_id,
                )


def _others(plan: Plan, logical_id: str) -> bool:
    """Whether the deploy does anything else."""
    return any(
        change.logical_id != logical_id
        and (change.action is not ChangeAction.MODIFY or change.changed)
        for change in plan.changes
    )


def _names(properties: Mapping[str, Any]) -> set[str]:
    written = properties.get("Schema", [])
    rows = written if isinstance(written, list) else []
    names = (row.get("Name") for row in rows if isinstance(row, Mapping))
    return {name for name in names if isinstance(name, str)}
