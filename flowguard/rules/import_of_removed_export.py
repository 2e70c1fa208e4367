"""The rule `import-of-removed-export`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.fleet import Fleet, Member, ReportOf, Sure
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState
from flowguard.model.results import Finding
from flowguard.rules._rule import Rule
from flowguard.template.resource_types import Scope


class ImportOfRemovedExport(Rule[Fleet]):
    """A target imports what another target of the run no longer exports.

    ## Why it fails a deploy
    Whichever is deployed second fails: CloudFormation refuses to remove an export
    that a stack imports, and to import one that is not there. Each target's own
    preflight sees only the account as it is now, where all is well.

    ## How to fix
    Deploy the importing stack without the import first, then remove the export; or
    keep the output until nobody imports it.
    """

    id = "import-of-removed-export"
    severity = Severity.ERROR
    asks = (ReportOf,)

    def check(self, fleet: Fleet, account: AccountState) -> Iterator[Finding]:
        removed: dict[str, list[Member]] = {}
        for member in fleet.members:
            for name in member.claims.exports_removed:
                removed.setdefault(name, []).append(member)
        for importer in fleet.members:
            for name in dict.fromkeys(importer.claims.imports):
                for exporter in removed.get(name, ()):
                    sure = importer.contends(exporter, Scope.REGION)
                    if sure is Sure.NO:
                        continue
                    yield self.finding(
                        f"{importer.name} imports {name!r}, which {exporter.name} "
                        "would no longer export; CloudFormation fails on the second"
                        f"{sure.doubt}",
                        importer.written("imports", name),
                        help=f"deploy {importer.name} without Fn::ImportValue: {name} "
                        f"first, or keep the output in {exporter.name}",
                        severity=sure.severity,
                        related=[
                            (
                                f"{exporter.name} would remove it",
                                exporter.written("exports_removed", name),
                            )
                        ],
                        evidence=[("targets", f"{importer.name}, {exporter.name}")],
                    )
