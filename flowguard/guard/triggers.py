"""Whether a deploy's rollback triggers would take it back from its first moment.

CloudFormation takes back what is deployed while a trigger sounds, and fails at once where
one is not there: to begin would cost an update and its rollback, for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowguard.guard.world import Outcome
from flowguard.lookups import Stack
from flowguard.model.questions import Absent, Present, Unknown
from flowguard.model.results import Verdict
from flowguard.model.rollback import Decision, RollbackReport
from flowguard.rollback.facts import NO_STACK
from flowguard.rollback.world import World

_SOUNDS = "ALARM"
_TO_DO = (
    "find out why it sounds or is missing, and deploy once the alarm is there and silent",
    "to deploy before that, leave the trigger out",
)


def hindering(world: World, triggers: Iterable[str]) -> Iterator[str]:
    """Why alarms, by their ARNs, would take the deploy back, in words.

    What nobody may ask is told, and hinders nothing: CloudFormation looks itself.
    """
    for arn in triggers:
        name = arn.split(":", 6)[-1]
        match world.account.alarm(arn):
            case Absent():
                yield f"the rollback trigger {name!r} does not exist"
            case Present(state) if state == _SOUNDS:
                yield f"the rollback trigger {name!r} sounds already: it is in ALARM"
            case Unknown(reason=reason):
                said = "nobody can tell whether the rollback trigger"
                world.tell(f"{said} {name!r} sounds: {reason}")
            case _:
                pass


def refused(stack: Stack | None, why: Iterable[str]) -> Outcome:
    """What comes of a deploy that would be taken back: nothing is deployed."""
    status = stack.status if stack else NO_STACK
    report = RollbackReport(
        Decision.STOP,
        row="",
        reasons=(
            *why,
            "CloudFormation would take the deploy back: nothing was deployed",
        ),
        status_before=status,
        status_after=status,
        to_do=_TO_DO,
    )
    return Outcome(Verdict.BLOCK, report)
