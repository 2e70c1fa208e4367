"""The rule `export-in-use`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.lookups import ImportersOf
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule


class ExportInUse(Rule[Plan]):
    """An export that the deploy removes is imported by another stack.

    ## Why it fails a deploy
    CloudFormation refuses to delete or rename an export while another stack
    imports it, and rolls the whole update back.

    ## How to fix
    Deploy the importing stacks first, without the import, then this one. To
    rename an export, export both names until nobody imports the old one.
    """

    id = "export-in-use"
    severity = Severity.ERROR
    asks = (ImportersOf,)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for export in plan.exports_removed:
            importers = account.get(ImportersOf(plan.place, export.name))
            if isinstance(importers, Present) and importers.value:
                stacks = ", ".join(sorted(importers.value))
                yield self.finding(
                    f"export {export.name!s} would be removed, but {stacks} imports it; "
                    "CloudFormation refuses, and rolls the update back",
                    export.location,
                    help=f"keep the output {export.logical_id} until {stacks} has been "
                    f"deployed without Fn::ImportValue: {export.name!s}",
                    logical_id=export.logical_id,
                )
