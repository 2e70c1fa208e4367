"""The rule `capability-missing`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.places import Location, Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
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


GRANTED_BY_TOOL = frozenset({"serverless", "cdk"})
"""Dialects whose tools grant what is needed, unasked."""


class CapabilityMissing(Rule[Plan]):
    """The template needs a capability that the deploy does not grant.

    ## Why it fails a deploy
    A template with IAM resources is refused unless the deploy says that this is
    meant: `CAPABILITY_IAM`, or `CAPABILITY_NAMED_IAM` where one of them has a name
    of its own.

    ## How to fix
    Add the capability to the deploy command. FlowGuard is sure where it is told what
    the deploy grants (`--capability`). Where it is not, it goes by what the last
    deploy of the stack granted, and only says what a first one needs. The
    Serverless Framework and CDK grant both by themselves.
    """

    id = "capability-missing"
    severity = Severity.ERROR

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        told, dialect = plan.capabilities, plan.template.dialect
        if not told and dialect in GRANTED_BY_TOOL:
            return
        stack = plan.stack.value if isinstance(plan.stack, Present) else None
        granted = told or (stack.capabilities if stack else ())
        if NAMED_IAM in granted:
            return
        needed: dict[str, tuple[str, Location]] = {}
        for resource in plan.template.resources.values():
            kind = resource.resource_type
            if kind in PRINCIPALS:
                named = resource_types.identity(kind, resource.properties)
                capability = NAMED_IAM if named else IAM
                needed.setdefault(capability, (resource.logical_id, resource.at()))
        severity, why = _effect(told, granted)
        for capability in (NAMED_IAM, IAM):
            if capability in needed and capability not in granted:
                logical_id, place = needed[capability]
                yield self.finding(
                    f"{logical_id} needs {capability}{why}",
                    place,
                    severity=severity,
                    help=f"add {capability} to the capabilities of the deploy command"
                    + (
                        "" if told else f", and tell it here: --capability {capability}"
                    ),
                    logical_id=logical_id,
                )
                return


def _effect(told: tuple[str, ...], granted: tuple[str, ...]) -> tuple[Severity, str]:
    """How bad it is that a capability is not among what is or was granted."""
    words = ", ".join(granted)
    if told:
        return Severity.ERROR, (
            f", and the deploy grants {words} only; CloudFormation refuses it"
        )
    if granted:
        return Severity.WARNING, (
            f", and the last deploy granted {words} only; with no more CloudFormation "
            "refuses it"
        )
    return Severity.INFO, "; FlowGuard was not told whether the deploy grants it"
