"""The rule `stack-policy-denies`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.lookups import StackPolicyOf
from flowguard.model.changes import ChangeAction, Replacement, ResourceChange
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule
from flowguard.rules._stack_policy import StackPolicy

MODIFY, REPLACE, DELETE = "Update:Modify", "Update:Replace", "Update:Delete"


class StackPolicyDenies(Rule[Plan]):
    """The stack's policy denies the deploy, or what would take it back.

    ## Why it fails a deploy
    CloudFormation refuses the change ("Action denied by stack policy") and rolls the
    update back. What the policy lets in and not out again, such as a new resource that
    it does not let be deleted, cannot be undone by deploying the old template.

    ## How to fix
    Change the stack's policy (`aws cloudformation set-stack-policy`), or override it
    for one update (`--stack-policy-during-update-body`; no change set can).
    """

    id = "stack-policy-denies"
    severity = Severity.ERROR
    asks = (StackPolicyOf,)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        if not isinstance(plan.stack, Present) or not plan.changes:
            return
        answer = account.get(StackPolicyOf(plan.place, plan.stack.value.name))
        policy = StackPolicy.read(answer.value) if isinstance(answer, Present) else None
        if policy is None:
            return
        for change in plan.changes:
            action, inverse = _actions(change)
            kind, logical_id = change.resource_type, change.logical_id
            if action and policy.denies(action, logical_id, kind):
                yield self.finding(
                    f"the stack policy denies {action} of {logical_id}; CloudFormation "
                    "rolls the update back",
                    change.at("Properties", *change.changed[:1]),
                    severity=_severity(change),
                    help="let the stack policy allow it for this update, or take the "
                    "change back",
                    logical_id=logical_id,
                )
            elif inverse and policy.denies(inverse, logical_id, kind):
                yield self.finding(
                    f"the stack policy denies {inverse} of {logical_id}, which this "
                    "deploy adds; deploying the old template again cannot remove it",
                    change.at(),
                    severity=Severity.WARNING,
                    help=f"let the stack policy allow {inverse} of {logical_id} until the "
                    "release has proven itself",
                    logical_id=logical_id,
                )


def _actions(change: ResourceChange) -> tuple[str, str]:
    """What the deploy does, and what undoes it, as a policy calls it."""
    match change.action:
        case ChangeAction.REMOVE:
            return DELETE, ""
        case ChangeAction.MODIFY if change.replacement is not Replacement.FALSE:
            return REPLACE, ""
        case ChangeAction.MODIFY if change.changed:
            return MODIFY, ""
        case ChangeAction.ADD:
            return "", DELETE
        case _:
            return "", ""


def _severity(change: ResourceChange) -> Severity | None:
    """A replacement that is not sure may be a modification."""
    unsure = change.replacement is Replacement.CONDITIONAL
    return Severity.WARNING if unsure else None
