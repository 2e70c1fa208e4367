"""The rule `export-claimed-twice`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.fleet import Fleet, Member, ReportOf, Sure
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState
from flowguard.model.results import Finding
from flowguard.rules._rule import Rule
from flowguard.template.resource_types import Scope


class ExportClaimedTwice(Rule[Fleet]):
    """Two targets of one run would add the same export.

    ## Why it fails a deploy
    The name of an export must be unique in a region of an account. The first deploy
    adds it; CloudFormation fails the second with "is already exported by stack",
    and rolls it back.

    ## How to fix
    Put the stack's name into the export's, as in `${AWS::StackName}-ApiUrl`, or
    export it from one of the stacks alone. To move an export from one stack to
    another, deploy its removal first.
    """

    id = "export-claimed-twice"
    severity = Severity.ERROR
    asks = (ReportOf,)

    def check(self, fleet: Fleet, account: AccountState) -> Iterator[Finding]:
        claimed: dict[str, list[Member]] = {}
        for member in fleet.members:
            for name in member.claims.exports_added:
                claimants = claimed.setdefault(name, [])
                for earlier in claimants:
                    sure = member.contends(earlier, Scope.REGION)
                    if sure is Sure.NO:
                        continue
                    yield self.finding(
                        f"{member.name} would add the export {name!r}, as "
                        f"{earlier.name} would; CloudFormation fails on the second"
                        f"{sure.doubt}",
                        member.written("exports_added", name),
                        help=f"give the export of {member.name} a name of its own, "
                        "such as ${AWS::StackName} with a suffix",
                        severity=sure.severity,
                        related=[
                            (
                                f"{earlier.name} exports it here",
                                earlier.written("exports_added", name),
                            )
                        ],
                        evidence=[("targets", f"{earlier.name}, {member.name}")],
                    )
                    break  # one of them is enough to fail
                claimants.append(member)
