"""Whether the stack is what it was: the world read once more, and what is live."""

from __future__ import annotations

from enum import Enum

from flowguard.model import Identity, IdentityOutcome
from flowguard.rollback import identity
from flowguard.rollback.facts import Facts
from flowguard.rollback.look import CouldNotTell, ask
from flowguard.rollback.row import DELETED, GOOD, TAKEN_BACK, Check, How, Row
from flowguard.rollback.world import World


def compared(
    world: World, facts: Facts, checks: tuple[Check, ...], *, native: bool
) -> tuple[Identity, ...]:
    """What of the stack is as the snapshot has it; what nobody tells is unknown.

    `native` says that CloudFormation went back by itself. The facts are those from
    before the rollback, with a snapshot and a stack.
    """
    if facts.before is None or facts.stack is None:
        return ()
    stack_id, account = facts.stack.stack_id, world.account
    since = facts.events[-1].at if facts.events else None
    try:
        live = ask(world, lambda: account.snapshot(stack_id))
        resources = ask(world, lambda: account.resources(stack_id)) or ()
        events = ask(world, lambda: account.events(stack_id, since)) or ()
    except CouldNotTell as error:
        return (Identity("stack", IdentityOutcome.UNKNOWN, "", error.reason),)
    if live is None:
        gone = IdentityOutcome.DIFFERENT
        return (Identity("stack", gone, facts.before.stack_id, "none"),)
    sides = identity.Sides(facts.before, live, resources, events, native=native)
    return identity.compare(sides, checks)


class Acted(Enum):
    """How far what is done about a release has got, which decides what is live."""

    NOT = "not"
    """Nothing that could change what is live was carried out."""
    PARTLY = "partly"
    """Some of it was, and the stack did not move."""
    BEGUN = "begun"
    """The stack moves: nobody saw it settle."""
    LOST = "lost"
    """Nobody knows what became of the call that sets it moving."""
    ENDED = "ended"
    """The stack has settled, well or not."""


_PUTS_BACK = {
    How.RESTORE: "the release of the snapshot",
    How.REPLAY: "the release of the snapshot",
    How.RESTORE_CODE: "the code of the snapshot; the rest stays as it was deployed",
    How.FRONT: "the backend that was deployed last, with the frontend from before it",
}
"""What is live once a restoring ends well; the others are CloudFormation's own."""
_UNSEEN = {
    Acted.BEGUN: "nobody can tell yet: the rollback goes on in AWS",
    Acted.LOST: "nobody can tell: it is not known what became of the last call",
    Acted.PARTLY: "nobody can tell: the rollback was carried out in part",
}
_FOUND = frozenset({"R0", "B11"})
"""Rows that find a restoring of an earlier run, done."""


def live(status: str, row: Row | None, acted: Acted, found: Row | None = None) -> str:
    """What serves now: no more than what is known.

    `found` is the row of the rollback that the stack's last operation was, if any.
    """
    if acted in _UNSEEN:
        return _UNSEEN[acted]
    if row is None or row.id == "A9n":
        return "nobody can tell"
    if status in DELETED:
        return "no release at all"
    restores = row.how in _PUTS_BACK
    if status in TAKEN_BACK:
        if row.id == "B11f" or (acted is Acted.ENDED and restores):
            return "the release that was to be taken back: restoring it failed"
        last = "the last deploy" if row.id == "B10" else "the deploy"
        return f"the release from before {last}"
    if status not in GOOD:
        return "nobody can tell"
    by = found if row.id in _FOUND else row
    ended_well = row.id in _FOUND or (acted is Acted.ENDED and status in row.ends)
    if by and ended_well and by.how in _PUTS_BACK:
        return _PUTS_BACK[by.how]
    same = ", which is configured as the snapshot says" if row.id == "B3e" else ""
    return f"the release that was deployed last{same}"
