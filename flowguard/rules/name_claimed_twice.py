"""The rule `name-claimed-twice`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.fleet import Fleet, Member, ReportOf, Sure
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState
from flowguard.model.results import Finding
from flowguard.rules._rule import Rule
from flowguard.template import resource_types


class NameClaimedTwice(Rule[Fleet]):
    """Two targets of one run would take the same name.

    ## Why it fails a deploy
    Neither resource exists yet, so that each target's own preflight finds the name
    free. The first deploy takes it, and the second fails on it and is rolled back.
    How far a name must be unique is the type's own: a table in its region, a role
    in all regions of the account, a bucket among all accounts.

    ## How to fix
    Put what tells the targets apart into the name, such as the stage or the region,
    or leave the resource to one of them.
    """

    id = "name-claimed-twice"
    severity = Severity.ERROR
    asks = (ReportOf,)

    def check(self, fleet: Fleet, account: AccountState) -> Iterator[Finding]:
        claimed: dict[tuple[str, str], list[tuple[Member, str]]] = {}
        for member in fleet.members:
            for kind, name, logical_id in member.claims.names:
                claimants = claimed.setdefault((kind, name), [])
                for earlier, other in claimants:
                    sure = member.contends(earlier, resource_types.scope(kind))
                    if sure is Sure.NO:
                        continue
                    yield self.finding(
                        f"{member.name} would take the name {name!r}, as "
                        f"{earlier.name} would; CloudFormation fails on the second "
                        f"{kind}{sure.doubt}",
                        member.written("names", logical_id),
                        help=f"give {logical_id} of {member.name} a name of its own, "
                        f"or leave it to {earlier.name}",
                        severity=sure.severity,
                        logical_id=logical_id,
                        related=[
                            (
                                f"{other} of {earlier.name} is here",
                                earlier.written("names", other),
                            )
                        ],
                        evidence=[("targets", f"{earlier.name}, {member.name}")],
                    )
                    break  # one of them is enough to fail
                claimants.append((member, logical_id))
