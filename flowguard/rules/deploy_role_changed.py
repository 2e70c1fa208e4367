"""The rule `deploy-role-changed`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.changes import ChangeAction
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule

ROLE = "AWS::IAM::Role"


class DeployRoleChanged(Rule[Plan]):
    """The deploy changes the role that it is deployed with.

    ## Why it fails a deploy
    CloudFormation acts as the stack's role to the end, in the rollback, too. What the
    role loses halfway is missing there: the rollback is denied, and the stack ends in
    UPDATE_ROLLBACK_FAILED.

    ## How to fix
    Keep the role that deploys a stack in another stack.
    """

    id = "deploy-role-changed"
    severity = Severity.ERROR

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        stack = plan.stack.value if isinstance(plan.stack, Present) else None
        if stack is None or not stack.role_arn:
            return
        name = stack.role_arn.rpartition("/")[2]
        for change in plan.changes:
            if change.resource_type != ROLE or change.physical_id != name:
                continue
            removed = change.action is ChangeAction.REMOVE
            if removed or change.changed:
                yield self.finding(
                    f"{change.logical_id} is the role {name!r} that the stack is deployed "
                    f"with, and this deploy {'removes' if removed else 'changes'} it; "
                    "what it loses is missing in a rollback",
                    change.at("Properties", *change.changed[:1]),
                    severity=None if removed else Severity.WARNING,
                    help="keep the role that deploys a stack in another stack",
                    logical_id=change.logical_id,
                )
