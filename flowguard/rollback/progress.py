"""How far a run has got, by what became of its steps."""

from __future__ import annotations

from flowguard.model.rollback import StepOutcome, StepResult
from flowguard.rollback.execute import Run
from flowguard.rollback.proof import Acted

_PART = frozenset({"update_alias", "stop_deployment", "rollback"})
"""Operations that may change what is live before the stack moves, or without it."""


def is_done(result: StepResult) -> bool:
    """Whether a step has changed anything, so that it is told whatever follows."""
    called = bool(result.step.service)
    return called and result.outcome in {StepOutcome.DONE, StepOutcome.ALREADY}


def how_far(run: Run) -> Acted:
    """Whether it has begun, ended, or nobody knows."""
    if run.begun:
        return Acted.BEGUN
    if run.lost:
        return Acted.LOST
    done = [result.step for result in run.results if is_done(result)]
    if run.stack is not None or (done and len(done) == len(run.plan.steps)):
        return Acted.ENDED
    partly = any(step.operation in _PART for step in done)
    return Acted.PARTLY if partly else Acted.NOT
