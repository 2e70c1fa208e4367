"""The rule `reference-missing`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

from flowguard.lookups import (
    ExportNamed,
    ParameterNamed,
    ResourceNamed,
    SecretNamed,
    StackNamed,
    ZonesIn,
)
from flowguard.model.places import Place, Severity
from flowguard.model.questions import Absent, AccountState, Lookup
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule
from flowguard.template import resource_types

BOOTSTRAP = re.compile(r"/cdk-bootstrap/([^/]+)/version")
"""The parameter that `cdk bootstrap` leaves, by its qualifier."""
QUALIFIER = "hnb659fds"
"""CDK's own, which need not be said."""


class ReferenceMissing(Rule[Plan]):
    """The template reads a parameter, export, secret or stack that is not there.

    ## Why it fails a deploy
    `${ssm:…}`, `{{resolve:…}}`, `Fn::ImportValue` and their like are looked up
    when the template is deployed (or before, by the tool that compiles it), and so
    is the role that CloudFormation deploys with. What is not there ends the deploy.

    ## How to fix
    Create what is missing in the account and region of the deploy, or correct
    the name. A name with the stage in it often lacks for a new stage. What only a
    condition asks for that is not known before the deploy is a warning.
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
        for reference in sorted(plan.references, key=lambda found: not found.sure):
            lookup = reference.lookup
            missing = account.get(lookup) == Absent()
            if missing and (lookup, reference.location) not in told:
                told.add((lookup, reference.location))
                where = _where(lookup)
                effect = (
                    "the deploy ends there"
                    if reference.sure
                    else "the deploy ends there if its condition holds"
                )
                yield self.finding(
                    f"{reference.expression} asks for the {lookup!s}, "
                    f"which does not exist{where}; {effect}",
                    reference.location,
                    severity=None if reference.sure else Severity.WARNING,
                    help=_bootstrap(lookup)
                    or f"create the {lookup!s}{where}, or correct the name",
                    logical_id=reference.logical_id,
                )


def _where(lookup: Lookup[Any]) -> str:
    """The region, where what is asked for belongs to one."""
    if isinstance(lookup, ResourceNamed):
        region = resource_types.scope(lookup.resource_type)
        if region is not resource_types.Scope.REGION:
            return ""
    return f" in {lookup.place.region}"


def _bootstrap(lookup: Lookup[Any]) -> str:
    """The command that makes what CDK looks for; "" for anything else."""
    name = lookup.name if isinstance(lookup, ParameterNamed) else ""
    found = BOOTSTRAP.fullmatch(str(name))
    if not found:
        return ""
    place: Place = lookup.place
    option = "" if found[1] == QUALIFIER else f" --qualifier {shlex.quote(found[1])}"
    return (
        "bootstrap the account and region once: "
        f"cdk bootstrap aws://{place.account_id}/{place.region}{option}"
    )
