"""The rule `stack-targeted-twice`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.fleet import Fleet, Member, ReportOf, Sure
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState
from flowguard.model.results import Finding
from flowguard.rules._rule import Rule
from flowguard.template.resource_types import Scope


class StackTargetedTwice(Rule[Fleet]):
    """Two targets of one run are the same stack.

    ## Why it fails a deploy
    Deployed at the same time, the second is refused, since the stack is in progress.
    One after the other, the second deploy replaces what the first one made: with two
    templates, each takes away the resources of the other.

    ## How to fix
    Give each target a stack of its own, or take one of them out of the list. A stage
    that is missing from a stack's name is the usual cause.
    """

    id = "stack-targeted-twice"
    severity = Severity.ERROR
    asks = (ReportOf,)

    def check(self, fleet: Fleet, account: AccountState) -> Iterator[Finding]:
        stacks: dict[tuple[str, str], list[Member]] = {}
        for member in fleet.members:
            at = member.report.target
            if member.hides(at.stack_name):
                continue
            same = stacks.setdefault((at.stack_name, at.region), [])
            for earlier in same:
                sure = member.shares(earlier, Scope.REGION)
                if sure is Sure.NO:
                    continue
                yield self.finding(
                    f"{member.name} and {earlier.name} are both the stack "
                    f"{at.stack_name!r} in {at.region}{sure.doubt}; the second deploy "
                    "is refused, or replaces what the first one made",
                    member.location,
                    help=f"give {member.name} a stack of its own, or take it out of "
                    "`targets` in flowguard.yml",
                    severity=sure.severity,
                    related=[(f"{earlier.name} is here", earlier.location)],
                    evidence=[("targets", f"{earlier.name}, {member.name}")],
                )
                break
            same.append(member)
