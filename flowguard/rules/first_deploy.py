"""The rule `first-deploy`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.lookups import StackNamed
from flowguard.model.places import Severity
from flowguard.model.questions import Absent, AccountState, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule


class FirstDeploy(Rule[Plan]):
    """There is no release to go back to.

    ## Why it fails a deploy
    It does not. But if the release is bad there is no other: a failed creation leaves
    nothing, or a stack in ROLLBACK_COMPLETE that can only be deleted, and one that
    succeeds cannot be undone but by deleting the stack.

    ## How to fix
    Let no traffic come to it before the smoke tests have passed.
    """

    id = "first-deploy"
    severity = Severity.INFO
    asks = (StackNamed,)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        stack = account.get(StackNamed(plan.place, plan.stack_name))
        shell = (
            isinstance(stack, Present) and stack.value.status == "REVIEW_IN_PROGRESS"
        )
        if stack == Absent() or shell:
            yield self.finding(
                f"stack {plan.stack_name!r} is new: there is no release to go back to",
                plan.name_location,
                help="let no traffic come to it before the smoke tests have passed",
            )
