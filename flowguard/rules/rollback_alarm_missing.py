"""The rule `rollback-alarm-missing`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.lookups import AlarmState
from flowguard.model.places import Severity
from flowguard.model.questions import Absent, AccountState, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule


class RollbackAlarmMissing(Rule[Plan]):
    """An alarm that is to take a bad deploy back is gone, or sounds already.

    ## Why it fails a deploy
    The stack keeps its rollback triggers from deploy to deploy. CloudFormation fails
    the deploy at once, and rolls it back, where an alarm among them does not exist. One
    that is in ALARM has it take a good deploy back, too: the fix of the very fault that
    the alarm tells of.

    ## How to fix
    Make the alarm again, and wait until one that sounds is silent. To deploy before
    that, deploy with other triggers: an empty list takes them away.
    """

    id = "rollback-alarm-missing"
    severity = Severity.ERROR
    asks = (AlarmState,)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        stack = plan.stack.value if isinstance(plan.stack, Present) else None
        for arn, _ in stack.triggers if stack else ():
            region, name = _parts(arn)
            if region != plan.place.region:
                continue
            state = account.get(AlarmState(plan.place, name))
            if state == Absent():
                yield self.finding(
                    f"the rollback trigger {name!r} of the stack does not exist; "
                    "CloudFormation rolls the deploy back at once",
                    plan.name_location,
                    help="make the alarm again, or deploy with other rollback triggers",
                )
            elif state == Present("ALARM"):
                yield self.finding(
                    f"the rollback trigger {name!r} of the stack is in ALARM; "
                    "CloudFormation takes the deploy back, however good it is",
                    plan.name_location,
                    help="find out why it sounds, and deploy when it is silent; the fix "
                    "for it is deployed with other rollback triggers, or an empty list",
                )


def _parts(arn: str) -> tuple[str, str]:
    """Region and name: `arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME`."""
    parts = arn.split(":", 6)
    return (parts[3], parts[6]) if len(parts) > 6 else ("", "")  # noqa: PLR2004
