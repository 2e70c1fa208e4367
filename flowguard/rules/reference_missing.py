"""The rule `reference-missing`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.lookups import (
    ExportNamed,
    ParameterNamed,
    ResourceNamed,
    SecretNamed,
    StackNamed,
    ZonesIn,
)
from flowguard.model import Absent, AccountState, Finding, Severity
from flowguard.plan import Plan
from flowguard.rules._rule import Rule


class ReferenceMissing(Rule[Plan]):
    """The template reads a parameter, export, secret or stack that is not there.

    ## Why it fails a deploy
    `${ssm:…}`, `{{resolve:…}}`, `Fn::ImportValue` and their like are looked up
    when the template is deployed (or before, by the tool that compiles it), and so
    is the role that CloudFormation deploys with. What is not there ends the deploy.

    ## How to fix
    Create what is missing in the account and region of the deploy, or correct
    the name. A name with the stage in it often lacks for a new stage.
    """

    id = "reference-missing"
    severity = Severity.ERROR
    asks = (
        ExportNamed,
        ParameterNamed,
        ResourceNamed,
        SecretNamed,
        StackNamed,
        ZonesIn,
    )

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        told = set()
        for reference in plan.references:
            missing = account.get(reference.lookup) == Absent()
            if missing and (reference.lookup, reference.location) not in told:
                told.add((reference.lookup, reference.location))
                where = f"in {reference.lookup.place.region}"
                yield self.finding(
                    f"{reference.expression} asks for the {reference.lookup!s}, "
                    f"which does not exist {where}; the deploy ends there",
                    reference.location,
                    help=f"create the {reference.lookup!s} {where}, or correct the name",
                    logical_id=reference.logical_id,
                )
