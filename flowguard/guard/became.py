"""From what came of a run to what became of the deploy, for the next run to know."""

from __future__ import annotations

from flowguard.guard.judge import diagnosis
from flowguard.guard.world import Outcome
from flowguard.model.ownership import Whose
from flowguard.model.results import Verdict
from flowguard.model.rollback import Live
from flowguard.rollback.exit_codes import carried_out
from flowguard.rollback.health import Health
from flowguard.rollback.outcomes import Became
from flowguard.rollback.row import GOOD, TAKEN_BACK
from flowguard.rollback.table import row_of
from flowguard.smoke.suite import Gate


def became(found: Outcome, gate: Gate) -> Became | None:
    """What became of the deploy that a run has judged; None where it could not tell."""
    done = found.rollback
    if row_of(done.row).tested_another:
        return None
    owned = done.ownership
    deployed = owned is not None and owned.whose is not Whose.NONE
    stays = done.live_release is Live.DEPLOYED
    taken_back = carried_out(done) or (done.status_after in TAKEN_BACK and not stays)
    if deployed and taken_back:
        return Became.ROLLED_BACK
    if found.smoke is None or not (stays or done.status_after in GOOD):
        return None
    if found.verdict is Verdict.PASS:
        return Became.VERIFIED
    bad = diagnosis(found.smoke, gate).health is Health.BAD
    return Became.FAILED if bad else None
