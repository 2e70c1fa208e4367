"""The rule `no-monitoring-window`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule

_LINES = """\
add to serverless.yml, and deploy with `flowguard guard -- npx serverless deploy`:
  provider:
    rollbackConfiguration:
      MonitoringTimeInMinutes: 5"""


class NoMonitoringWindow(Rule[Plan]):
    """The deploy leaves no time to test it while the old release still exists.

    ## Why it fails a deploy
    It does not. But CloudFormation disposes of what it replaced as soon as it is done,
    so that the smoke tests come too late for a rollback that loses nothing. With a
    monitoring time it holds the update, and cancelling it brings all of it back.
    Without a smoke spec the rule says nothing.

    ## How to fix
    Give the stack a monitoring time, a little longer than the smoke tests take.
    """

    id = "no-monitoring-window"
    severity = Severity.INFO

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        template = plan.template
        if template.dialect != "serverless" or plan.tested is None:
            return
        stack = plan.stack.value if isinstance(plan.stack, Present) else None
        kept = stack is not None and stack.monitoring_minutes > 0
        if kept or template.monitored:
            return
        yield self.finding(
            "the deploy leaves no time to test it while the old release still exists",
            plan.name_location,
            help=_LINES,
        )
