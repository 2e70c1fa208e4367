"""What a rollback may do by itself: what is proven ours, and what somebody approved."""

from __future__ import annotations

import re

from flowguard.model.ownership import Whose
from flowguard.model.rollback import Wants
from flowguard.rollback.facts import Facts
from flowguard.rollback.health import Health
from flowguard.rollback.row import GOOD, Approval, Row


def asks_for_approval(row: Row, facts: Facts, *, unproven_acts: bool) -> bool:
    """Whether somebody must approve of what the row does.

    `unproven_acts` is the project's word that its deploys need no proof; what is
    proven to be somebody else's no word of it covers.
    """
    if row.approval is not Approval.OURS:
        return row.approval is Approval.ASK
    if facts.whose is Whose.UNPROVEN and unproven_acts:
        return False
    return facts.whose is not Whose.OURS


def lacks_proof(facts: Facts) -> Wants | None:
    """What a row that does nothing wants, where what failed is not proven ours: then
    nobody can say that there is no way back."""
    bad = facts.health is Health.BAD and facts.status in GOOD
    return Wants.PROOF if bad and facts.whose is Whose.UNPROVEN else None


def not_this_plan(given: str, made: str) -> str:
    """Why what somebody gave as an approval is not one of the plan that was made."""
    if not re.fullmatch(f"[0-9a-f]{{{len(made)}}}", given):
        return f"{given!r} is no hash of a plan: the plan that was made is {made}"
    return (
        f"the plan {given} is stale, or was made for something else: now it is {made}"
    )
