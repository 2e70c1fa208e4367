"""The rule `secret-parameter-not-restorable`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule


class SecretParameterNotRestorable(Rule[Plan]):
    """The deploy gives a value to a hidden parameter, whose old one nobody can read.

    ## Why it fails a deploy
    It does not. But CloudFormation shows no `NoEcho` parameter, so that what restores
    the old template afterwards can use the new value only. CloudFormation itself takes
    it back while the deploy lasts, the monitoring time included.

    ## How to fix
    Leave the parameter out of the deploy where its value stays the same. Else deploy
    with a monitoring time (`RollbackConfiguration`), and test within it; or keep the
    value in Secrets Manager.
    """

    id = "secret-parameter-not-restorable"
    severity = Severity.INFO

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        if not isinstance(plan.stack, Present) or plan.stack.value.monitoring_minutes:
            return
        deployed = dict(plan.stack.value.parameters)
        names = [name for name in plan.template.parameters_hidden if name in deployed]
        if names:
            yield self.finding(
                f"the deploy gives a value to {', '.join(names)} (NoEcho); once it is "
                "done, nobody can read the old one to restore it",
                plan.name_location,
                help="leave it out where it stays the same, or deploy with a monitoring "
                "time and test within it",
            )
