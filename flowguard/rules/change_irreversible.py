"""The rule `change-irreversible`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from flowguard.model.changes import ChangeAction
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState
from flowguard.model.readiness import Readiness
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.plan.irreversible import Side, undone
from flowguard.rules._rule import Rule

SEVERITY = {Readiness.RED: Severity.ERROR, Readiness.AMBER: Severity.WARNING}


class ChangeIrreversible(Rule[Plan]):
    """A property changes in a way that AWS does not undo, or does not make at all.

    ## Why it fails a deploy
    It may not: the deploy goes through, and the rollback is what fails, must wait, or
    comes too late. A database engine is upgraded and never downgraded, storage grows
    and never shrinks, a billing mode changes once a day, a shorter retention deletes.
    Where the deploy itself is the move that AWS refuses, it fails.
    [irreversible-changes.md](irreversible-changes.md) has every row, with its source.

    ## How to fix
    Deploy such a change by itself, so that nothing else can be the reason to roll it
    back, and save the data first. If it is meant, `--accept change-irreversible`, or
    ignore it on the resource. A rollback then restores the code alone, or asks.
    """

    id = "change-irreversible"
    severity = Severity.ERROR

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for change in plan.changes:
            if change.action is not ChangeAction.MODIFY or not change.before_known:
                continue
            kind = change.resource_type
            before = Side(change.before, change.attributes_before)
            after = Side(change.properties, change.attributes)
            for one in undone(kind, before, after, plan.now):
                if one.row.rule:
                    continue  # another rule tells of it
                physical_id = shlex.quote(change.physical_id or change.logical_id)
                yield self.finding(
                    f"{change.logical_id} ({kind}) {one.says()}",
                    change.at("Properties", *one.path),
                    severity=SEVERITY[one.verdict],
                    help=f"{one.remedy(kind, physical_id)}; if that is meant: --accept "
                    f"{self.id}",
                    logical_id=change.logical_id,
                    evidence=[("source", one.row.source)],
                )
