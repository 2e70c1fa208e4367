"""The rule `resource-type-unknown`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.errors import did_you_mean
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule
from flowguard.template import resource_types

SAM = "AWS::Serverless::"


class ResourceTypeUnknown(Rule[Plan]):
    """AWS publishes no resource type of this name.

    ## Why it fails a deploy
    CloudFormation refuses the whole template for one type that it does not
    know: "Unrecognized resource types". A type of SAM is unknown to it, too,
    where the template does not name SAM's transform.

    ## How to fix
    Correct the name. Ignore the finding where the type is newer than this version
    of FlowGuard. Types of your own or of third parties are not judged.
    """

    id = "resource-type-unknown"
    severity = Severity.WARNING

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        if plan.template.open_ended:
            return  # a macro may turn it into another one
        for resource in plan.template.resources.values():
            kind = resource.resource_type
            if not kind.startswith("AWS::") or resource_types.is_known(kind):
                continue
            near = did_you_mean(kind, resource_types.known())
            if kind.startswith(SAM):
                near = "; is `Transform: AWS::Serverless-2016-10-31` missing?"
            yield self.finding(
                f"{resource.logical_id} is of the type {kind}, which AWS publishes no "
                f"schema of{near}",
                resource.at("Type"),
                help="correct the type, or ignore this if it is newer than FlowGuard",
                logical_id=resource.logical_id,
            )
