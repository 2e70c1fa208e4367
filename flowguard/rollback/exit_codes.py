"""A report → the exit code that it stands for."""

from __future__ import annotations

from flowguard.model.rollback import Decision, Live, RollbackReport, StepOutcome
from flowguard.rollback.row import DELETED, GOOD, TAKEN_BACK, Exit
from flowguard.rollback.table import row_of

GO = 0
NOT_ROLLED_BACK = 1
COULD_NOT_TELL = 3
ROLLED_BACK = 4
ACT_NOW = 5

_CARRIED_OUT = frozenset({StepOutcome.DONE, StepOutcome.ALREADY})


def exit_code(report: RollbackReport, *, verifying: bool = False) -> int:
    """What the command ends with; `verifying` where it was smoke tests that asked.

    0 stands for a stack that has settled well, or is gone as somebody approved.
    """
    exits = row_of(report.row).exit
    failed = any(r.outcome is StepOutcome.FAILED for r in report.steps)
    if failed or report.verified is False or exits is Exit.ACT_NOW:
        return ACT_NOW if _acted(report) else COULD_NOT_TELL
    if report.decision is Decision.STOP or report.wants:
        return COULD_NOT_TELL
    if report.decision is Decision.KEEP:
        asked = exits is Exit.GO_IF_ASKED and not verifying
        return GO if exits is Exit.GO or asked else NOT_ROLLED_BACK
    if report.status_after not in GOOD | TAKEN_BACK | DELETED:
        return COULD_NOT_TELL
    return ROLLED_BACK if verifying else GO


def _acted(report: RollbackReport) -> bool:
    """Whether a rollback was begun, now or before, so that its failing is one."""
    before = row_of(report.row).exit is Exit.ACT_NOW
    return before or report.decision is not Decision.STOP


def carried_out(done: RollbackReport) -> bool:
    """Whether a rollback was made, now or by an earlier run, and what it brings back is
    live: one that failed is none."""
    if done.decision is not Decision.ROLL_BACK or done.needs_approval:
        return False
    back = done.live_release in {Live.BEFORE, Live.PARTS}
    made = any(result.outcome in _CARRIED_OUT for result in done.steps)
    settled = done.status_after in GOOD | TAKEN_BACK
    return back and settled and (made or not done.steps)
