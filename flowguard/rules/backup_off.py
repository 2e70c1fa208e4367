"""The rule `backup-off`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flowguard.lookups import RecoveryOf
from flowguard.model.changes import ChangeAction, Replacement
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule

TABLES = frozenset({"AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"})
RECOVERY = "PointInTimeRecoverySpecification"
IDLE = frozenset({"Tags", "DeletionProtectionEnabled", RECOVERY})
"""Properties whose change touches no data."""


class BackupOff(Rule[Plan]):
    """The deploy changes a table of which there is no way back in time.

    ## Why it fails a deploy
    It does not. But a rollback restores the table's settings, not what a release has
    done to its data, and without point-in-time recovery nothing else does.

    ## How to fix
    Turn it on before the deploy, in the template, too:
    `PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}`.
    """

    id = "backup-off"
    severity = Severity.WARNING
    asks = (RecoveryOf,)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for change in plan.changes:
            if change.resource_type not in TABLES or not change.physical_id:
                continue
            lost = (
                change.action is ChangeAction.REMOVE
                or change.replacement is not Replacement.FALSE
            )
            if not lost and (not {*change.changed} - IDLE or _is_on(change.properties)):
                continue
            table = change.physical_id
            if account.get(RecoveryOf(plan.place, table)) == Present(value=False):
                yield self.finding(
                    f"{change.logical_id} changes and has no point-in-time recovery; "
                    "what becomes of its data cannot be taken back",
                    change.at("Properties", *change.changed[:1]),
                    severity=None if lost else Severity.INFO,
                    help="turn it on before the deploy:\n  aws dynamodb "
                    f"update-continuous-backups --table-name {table} "
                    "--point-in-time-recovery-specification "
                    "PointInTimeRecoveryEnabled=true",
                    logical_id=change.logical_id,
                )


def _is_on(properties: Mapping[str, Any]) -> bool:
    written = properties.get(RECOVERY)
    on = isinstance(written, Mapping) and written.get("PointInTimeRecoveryEnabled")
    return on in {True, "true"}
