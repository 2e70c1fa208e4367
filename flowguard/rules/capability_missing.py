"""The rule `capability-missing`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model import AccountState, Finding, Location, Severity
from flowguard.plan import Plan
from flowguard.rules._rule import Rule
from flowguard.template import resource_types

IAM, NAMED_IAM = "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"
PRINCIPALS = frozenset(
    f"AWS::IAM::{kind}"
    for kind in (
        *("AccessKey", "Group", "InstanceProfile", "ManagedPolicy", "Policy", "Role"),
        *("User", "UserToGroupAddition"),
    )
)
"""The types that need a capability: AWS, "Acknowledging IAM resources"."""


class CapabilityMissing(Rule[Plan]):
    """The template needs a capability that the deploy does not grant.

    ## Why it fails a deploy
    A template with IAM resources is refused unless the deploy says that this is
    meant: `CAPABILITY_IAM`, or `CAPABILITY_NAMED_IAM` where one of them has a name
    of its own.

    ## How to fix
    Add the capability to the deploy command. FlowGuard judges it where it is told
    what the deploy grants (`--capability`).
    """

    id = "capability-missing"
    severity = Severity.ERROR

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        if not plan.capabilities or NAMED_IAM in plan.capabilities:
            return
        needed: dict[str, tuple[str, Location]] = {}
        for resource in plan.template.resources.values():
            kind = resource.resource_type
            if kind in PRINCIPALS:
                named = resource_types.identity(kind, resource.properties)
                capability = NAMED_IAM if named else IAM
                needed.setdefault(capability, (resource.logical_id, resource.at()))
        for capability in (NAMED_IAM, IAM):
            if capability in needed and capability not in plan.capabilities:
                logical_id, place = needed[capability]
                yield self.finding(
                    f"{logical_id} needs {capability}, and the deploy grants "
                    f"{', '.join(plan.capabilities)} only; CloudFormation refuses it",
                    place,
                    help=f"add {capability} to the capabilities of the deploy command",
                    logical_id=logical_id,
                )
                return
