"""Whether the stack is what it was: the world read once more, and what is live."""

from __future__ import annotations

from flowguard.model import Identity, IdentityOutcome
from flowguard.rollback import identity
from flowguard.rollback.facts import Facts
from flowguard.rollback.look import CouldNotTell, ask
from flowguard.rollback.row import DELETED, GOOD, TAKEN_BACK, Check, Row
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


def live(status: str, row: Row | None) -> str:
    """What serves now, as far as the status says."""
    if status in TAKEN_BACK and row and row.id != "B11f":
        return "the release from before the deploy"
    if status in GOOD and row and (status in row.ends or row.id in {"R0", "B3e"}):
        return "the release of the snapshot"
    if status in GOOD:
        return "the release that was deployed last"
    return "no release at all" if status in DELETED else "nobody can tell"
