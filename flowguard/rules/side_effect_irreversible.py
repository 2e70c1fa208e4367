"""The rule `side-effect-irreversible`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model import (
    AccountState,
    ChangeAction,
    Finding,
    ResourceChange,
    Severity,
)
from flowguard.plan import Plan
from flowguard.rules._rule import Rule

CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")
HARMLESS = (
    "Custom::AWSCDK",
    "Custom::CDK",
    "Custom::CloudwatchLogRetention",
    "Custom::CrossRegion",
    "Custom::LogRetention",
    "Custom::S3AutoDelete",
    "Custom::S3BucketNotifications",
    "Custom::VpcRestrictDefaultSG",
    "Custom::ECRAutoDelete",
    "Custom::APIGWAccountRole",  # the Serverless Framework's, and those below
    "Custom::ApiGatewayAccountRole",
    "Custom::CognitoUserPool",
    "Custom::EventBridge",
    "Custom::S3",
)
"""Types of the deploy tools' own, which set a property that they can set back."""


class SideEffectIrreversible(Rule[Plan]):
    """A custom resource is called with new properties, or for the last time.

    ## Why it fails a deploy
    It does not. What its function does (a migration, a seed, a call to somebody else)
    is nothing that CloudFormation knows of: a rollback calls the function again, with
    the old properties, and what comes of that only its author knows.

    ## How to fix
    Make sure that the function undoes what it did, and that data which the new release
    has written can be read by the old one. Then `--accept side-effect-irreversible`,
    or ignore it on the resource.
    """

    id = "side-effect-irreversible"
    severity = Severity.WARNING

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        for change in plan.changes:
            kind = change.resource_type
            if not kind.startswith(CUSTOM) or kind.startswith(HARMLESS):
                continue
            if effect := _effect(change):
                yield self.finding(
                    f"{change.logical_id} ({kind}) {effect}; a rollback cannot take back "
                    "what its function has done by then",
                    change.at(),
                    help="make sure that its function undoes it, then --accept "
                    "side-effect-irreversible",
                    logical_id=change.logical_id,
                )


def _effect(change: ResourceChange) -> str:
    if change.action is ChangeAction.REMOVE:
        return "is called to delete what it stands for"
    if change.action is ChangeAction.MODIFY and change.changed:
        return f"is called with another {' and '.join(change.changed)}"
    return ""
