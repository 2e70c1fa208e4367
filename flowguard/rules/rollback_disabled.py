"""The rule `rollback-disabled`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.changes import Replacement
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule

EXPRESS = "EXPRESS"


class RollbackDisabled(Rule[Plan]):
    """The stack was last deployed in a way that takes nothing back.

    ## Why it fails a deploy
    With `--disable-rollback`, and in EXPRESS mode, a deploy that fails stays where it
    failed, half old and half new (UPDATE_FAILED); and a change that replaces a
    resource fails: "Replacement type updates not supported on stack with
    disable-rollback".

    ## How to fix
    Deploy without `--disable-rollback`, in STANDARD mode, where users are served.
    """

    id = "rollback-disabled"
    severity = Severity.WARNING

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        if not isinstance(plan.stack, Present):
            return
        stack = plan.stack.value
        how = "in EXPRESS mode" if stack.mode == EXPRESS else "without rollback"
        if not stack.disable_rollback and stack.mode != EXPRESS:
            return
        replaced = [
            change.logical_id
            for change in plan.changes
            if change.replacement is not Replacement.FALSE
        ]
        names = ", ".join(replaced)
        refused = f", and the replacement of {names} is refused" if replaced else ""
        yield self.finding(
            f"stack {stack.name!r} was last deployed {how}; if this deploy is, too, what "
            f"fails is not taken back{refused}",
            plan.name_location,
            help="deploy in STANDARD mode, without --disable-rollback",
        )
