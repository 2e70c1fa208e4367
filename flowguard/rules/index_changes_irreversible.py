"""The rule `index-changes-irreversible`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flowguard.model.changes import ChangeAction, ResourceChange
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, find_unresolved
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.plan.changes import differ
from flowguard.rules._rule import Rule

TABLES = frozenset({"AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"})
INDEXES = "GlobalSecondaryIndexes"
FIXED = ("KeySchema", "Projection")
"""What of an index no update changes: it is deleted and made anew."""


class IndexChangesIrreversible(Rule[Plan]):
    """A table's indexes change in a way that cannot be done, or undone, in one step.

    ## Why it fails a deploy
    DynamoDB makes or deletes one global secondary index in an update: "Cannot perform
    more than one GSI creation or deletion in a single update". The deletion of one
    index goes through, but to take it back is to build the index again, which takes
    hours on a large table, while whatever reads it fails.

    ## How to fix
    One index in a deploy. Remove an index in a deploy of its own, after the release
    that no longer reads it has proven itself.
    """

    id = "index-changes-irreversible"
    severity = Severity.ERROR

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for change in plan.changes:
            if change.resource_type not in TABLES or INDEXES not in change.changed:
                continue
            if change.action is not ChangeAction.MODIFY or not change.before_known:
                continue
            added, removed = _difference(change)
            steps = [f"-{name}" for name in removed] + [f"+{name}" for name in added]
            evidence = [("indexes", " ".join(steps))]
            if len(steps) > 1:
                yield self.finding(
                    f"{change.logical_id} makes and deletes {len(steps)} indexes at "
                    "once; DynamoDB refuses more than one in an update",
                    change.at("Properties", INDEXES),
                    help="change one index in each deploy",
                    logical_id=change.logical_id,
                    evidence=evidence,
                )
            elif removed:
                yield self.finding(
                    f"{change.logical_id} loses its index {removed[0]!r}; a rollback "
                    "builds it again, which can take hours",
                    change.at("Properties", INDEXES),
                    severity=Severity.WARNING,
                    help="remove the index in a later deploy of its own",
                    logical_id=change.logical_id,
                    evidence=evidence,
                )


def _difference(change: ResourceChange) -> tuple[list[str], list[str]]:
    """The names of the indexes that are made, and of those that are deleted."""
    before, after = _indexes(change.before), _indexes(change.properties)
    if before is None or after is None:
        return [], []
    anew = [
        name for name in before if name in after and _is_anew(before[name], after[name])
    ]
    return (
        sorted([*(after.keys() - before.keys()), *anew]),
        sorted([*(before.keys() - after.keys()), *anew]),
    )


def _is_anew(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return any(differ(before.get(name), after.get(name)) for name in FIXED)


def _indexes(properties: Mapping[str, Any]) -> dict[str, Mapping[str, Any]] | None:
    """The indexes by name; None where not all of them are known."""
    written = properties.get(INDEXES, [])
    if not isinstance(written, list) or any(find_unresolved(written)):
        return None
    found = [index for index in written if isinstance(index, Mapping)]
    return {str(index.get("IndexName")): index for index in found}
