"""Whether the stack is what it was: the world read once more, and what is live."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from flowguard.model.questions import Present
from flowguard.model.rollback import Identity, IdentityOutcome, Live
from flowguard.model.snapshot import Snapshot
from flowguard.rollback import identity, left_behind, likeness
from flowguard.rollback.causes import Failure
from flowguard.rollback.facts import Facts, Restored
from flowguard.rollback.left_behind import Left
from flowguard.rollback.likeness import Document
from flowguard.rollback.look import CouldNotTell, ask, passes
from flowguard.rollback.row import (
    DELETED,
    GOOD,
    NOBODY_KNOWS,
    TAKEN_BACK,
    Check,
    How,
    Row,
    Serves,
)
from flowguard.rollback.sides import Sides
from flowguard.rollback.world import World

BY_HAND = "compare it with the release before by hand: there is no snapshot"
"""What is left to do where nothing can be compared."""


AGAIN = 5.0
"""Seconds between two reads of a stack of which AWS did not tell all."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was compared, and what is left for a person to do about it."""

    identities: tuple[Identity, ...] = ()
    to_do: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all is as it was."""
        return identity.proven(self.identities)


def _live(world: World, stack_id: str, until: float) -> Snapshot | None:
    """The stack as it is now, read again where a part of it was throttled."""
    while True:
        live = ask(world, lambda: world.account.snapshot(stack_id), until=until)
        if live is None or not any(map(passes, live.unknown.values())):
            return live
        if world.clock.now() >= until or not world.clock.wait(AGAIN):
            return live


def compared(
    world: World, facts: Facts, checks: tuple[Check, ...], *, native: bool
) -> Proof:
    """What of the stack is as the snapshot has it; what nobody tells is unknown.

    `native` says that CloudFormation went back by itself. The facts are those from
    before the rollback, with a snapshot and a stack.
    """
    if facts.before is None or facts.stack is None:
        return Proof()
    stack_id, account = facts.stack.stack_id, world.account
    since = facts.events[-1].at if facts.events else None
    try:
        patient = world.clock.now() + PATIENCE
        live = _live(world, stack_id, patient)
        resources = ask(world, lambda: account.resources(stack_id), until=patient) or ()
        events = (
            ask(world, lambda: account.events(stack_id, since), until=patient) or ()
        )
    except CouldNotTell as error:
        unknown = Identity("stack", IdentityOutcome.UNKNOWN, "", error.reason)
        again = world.commands.signed_in(stack_id)
        return _told(unknown, to_do=[again] if error.signed_out else ())
    if live is None:
        gone = IdentityOutcome.DIFFERENT
        return _told(Identity("stack", gone, facts.before.stack_id, "none"))
    left = left_behind.left(events, stack_id) if Check.ORPHANS in checks else ()
    sides = Sides(
        facts.before,
        live,
        resources,
        events,
        native=native,
        templates=_templates(world, facts.before, live),
        empty=_empty(world, left),
    )
    found = identity.compare(sides, checks)
    harmless = left_behind.to_do(left, facts.before, sides.empty)
    return _told(*found, to_do=harmless)


def without(proof: Proof, left_out: Iterable[Failure]) -> Proof:
    """The proof of a rollback that went on without some resources: they are not what
    they were, whatever else is."""
    found = tuple(
        Identity(
            failure.skip,
            IdentityOutcome.DIFFERENT,
            "as the old template says",
            f"left out: {failure.row.skip}",
        )
        for failure in left_out
    )
    told = _told(*found)
    return Proof(proof.identities + told.identities, proof.to_do + told.to_do)


def _told(*found: Identity, to_do: Iterable[str] = ()) -> Proof:
    """The proof, with what a person must see to where it does not hold."""
    return Proof(found, (*_unproven(found), *to_do))


def _unproven(found: Iterable[Identity]) -> Iterator[str]:
    for one in found:
        if identity.proven([one]):
            continue
        if one.outcome is IdentityOutcome.UNKNOWN:
            yield f"compare by hand: {one.name} ({one.actual})"
        elif one.name == "orphans":
            yield f"adopt or delete {one.actual}: no stack has it"
        else:
            was = f"it was {one.expected or 'empty'}"
            yield f"see to {one.name}: {was}, and is {one.actual or 'empty'}"


def _templates(
    world: World, before: Snapshot, live: Snapshot
) -> tuple[Document, Document] | None:
    """Both, where their digests differ: the same may be written in two ways."""
    old, new = before.processed or before.original, live.processed
    if old is None or new is None or old.sha256 == new.sha256 or not old.location:
        return None
    try:
        texts = (
            ask(world, lambda: world.account.text(old)),
            ask(world, lambda: world.account.template(live.stack_id)),
        )
    except CouldNotTell:
        return None
    was, now = (likeness.read(text) if text else None for text in texts)
    return (was, now) if was and now else None


def _empty(world: World, left: Iterable[Left]) -> Mapping[Left, bool]:
    """Whether each that may hold something is known to hold nothing."""
    found = {}
    for one in filter(left_behind.may_hold, left):
        answer = world.account.contents(one.resource_type, one.physical_id)
        found[one] = isinstance(answer, Present) and not (
            answer.value.count or answer.value.at_least
        )
    return found


PATIENCE = 120.0
"""Seconds for which a throttled read is made again: a proof that nobody makes is none."""


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
    How.RESTORE: (Live.BEFORE, "the release of the snapshot"),
    How.REPLAY: (Live.BEFORE, "the release of the snapshot"),
    How.RESTORE_CODE: (
        Live.PARTS,
        "the code of the snapshot; the rest stays as it was deployed",
    ),
    How.FRONT: (
        Live.PARTS,
        "the backend that was deployed last, with the frontend from before it",
    ),
}
"""What is live once a restoring ends well; the others are CloudFormation's own."""
_UNSEEN = {
    Acted.BEGUN: "nobody can tell yet: the rollback goes on in AWS",
    Acted.LOST: "nobody can tell: it is not known what became of the last call",
    Acted.PARTLY: "nobody can tell: the rollback was carried out in part",
}


def live(
    status: str, row: Row | None, acted: Acted, found: Row | None = None
) -> Serves:
    """What serves now: no more than what is known.

    `found` is the row of the rollback that the stack's last operation was, if any.
    """
    if acted in _UNSEEN:
        return Live.UNKNOWN, _UNSEEN[acted]
    if row is None or row.live is NOBODY_KNOWS:
        return NOBODY_KNOWS
    if status in DELETED:
        return Live.NONE, "no release at all"
    if acted is Acted.NOT and row.live and status in GOOD | TAKEN_BACK:
        return row.live
    if status in TAKEN_BACK:
        return _taken_back(row, acted, found)
    if status not in GOOD:
        return NOBODY_KNOWS
    restored = row.restored is Restored.DONE
    by = found if restored else row
    ended_well = restored or (acted is Acted.ENDED and status in row.ends)
    if by and ended_well and by.how in _PUTS_BACK:
        return _PUTS_BACK[by.how]
    return Live.DEPLOYED, row.deployed


def _taken_back(row: Row, acted: Acted, found: Row | None) -> Serves:
    """What serves where CloudFormation went back: from a deploy, or from the restoring
    of a snapshot."""
    failed = acted is Acted.ENDED and row.how in _PUTS_BACK
    if row.restored is Restored.FAILED or failed:
        text = "the release that was to be taken back: restoring the snapshot failed"
        return Live.DEPLOYED, text
    by = found if acted is Acted.NOT and found else row
    if by.how is How.CONTINUE_SKIPPING:
        said = "the release from before the deploy, but for what was skipped"
        return Live.PARTS, said
    return Live.BEFORE, "the release from before the deploy"
