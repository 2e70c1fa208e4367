"""The world → the facts that a decision is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from flowguard.lookups import Stack, StackEvent
from flowguard.model.ownership import Evidence, Source, Whose
from flowguard.model.questions import (
    Absent,
    Observed,
    Pending,
    Present,
    T,
    Unknown,
    UnknownKind,
)
from flowguard.model.readiness import Readiness
from flowguard.model.snapshot import Snapshot
from flowguard.rollback import journal, undoing
from flowguard.rollback.causes import NESTED, Failure, failures, refused
from flowguard.rollback.facts import Facts, Front
from flowguard.rollback.health import Diagnosis, Health
from flowguard.rollback.ownership import Deploy
from flowguard.rollback.row import GOOD, MOVING, WANTED
from flowguard.rollback.world import World

TRIES = 4
PATIENCE = 2.0
"""Seconds before a read that was throttled or lost is made again; then twice that."""
LONGEST = 15.0
"""The most seconds there are between two attempts."""
MARGIN = timedelta(hours=1)
"""How much earlier than a stack says of its last deploy its events are read."""
_STUCK = frozenset({"UPDATE_ROLLBACK_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"})
DEEPEST = 5
"""How deep nested stacks are looked into."""


ASKED = Diagnosis(Health.ASKED)


class CouldNotTell(Exception):  # noqa: N818 — an answer is missing, nothing went wrong
    """AWS does not say what must be known."""

    def __init__(
        self,
        reason: str,
        *,
        passes: bool = False,
        signed_out: bool = False,
        helps: tuple[str, ...] = (),
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.signed_out = signed_out
        """Whether AWS does not take the credentials any longer."""
        self.helps = helps
        """What a person can do about it."""
        self.passes = passes
        """Whether another attempt may get an answer."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for."""

    stack: str
    """A name or an id."""
    before: Snapshot | None = None
    deploy: Deploy | None = None
    evidence: tuple[Evidence, ...] = ()
    """What the service itself says of whose release answers."""
    unproven_acts: bool = False
    """Whether the project lets a deploy be rolled back that is not proven ours."""
    measured: tuple[datetime | None, str] | None = None
    """The release that the diagnosis is of, as `release_of` gives it."""
    insist_until: float = 0.0
    """Until when, by the world's clock, a read that got no answer is tried again."""
    diagnosis: Diagnosis = ASKED
    readiness: Readiness | None = None
    """Whether the deploy can be taken back, where somebody judged it."""
    front: Front | None = None
    role_arn: str = ""
    """A role for CloudFormation to go on with."""
    approve: str = ""
    """The hash of the plan that somebody approves of."""
    dry_run: bool = False
    timeout: float = 3600.0
    """Seconds until nobody waits any longer; the stack goes on by itself."""


def look(world: World, wish: Wish) -> Facts:
    """The facts as they are now; raises `CouldNotTell`."""
    before = wish.before if wish.before and wish.before.exists else None
    stack = _stack(world, wish.stack, before)
    facts = Facts(
        wish.stack,
        stack,
        wish.diagnosis.health,
        before=before or wish.before,
        deploy=wish.deploy,
        judged=wish.readiness,
        front=wish.front,
        reasons=wish.diagnosis.reasons,
    )
    if stack is None:
        return facts
    facts = replace(facts, events=_events(world, stack, facts))
    facts = _as_measured(_with_evidence(world, wish, facts), wish)
    if stack.status == "UPDATE_IN_PROGRESS" and facts.last:
        seen = facts.last.events
        shifting = ask(world, lambda: world.account.shifting(seen)) or ""
        facts = replace(facts, shifting_deployment=shifting)
    if stack.status in _STUCK:
        facts = replace(facts, failures=_failures_of(world, facts))
    facts = replace(facts, refused=_refused(world, facts))
    if stack.status in MOVING:
        # To cancel an update, nobody needs to list what it has.
        return _with_lasting(world, facts) if facts.window_open else facts
    facts = _with_lasting(world, facts)
    found = ask(world, lambda: world.account.resources(stack.stack_id))
    return replace(facts, resources=found or ())


def _with_lasting(world: World, facts: Facts) -> Facts:
    """What AWS does not set back, where a way back is called for. In an open window what
    nobody tells is no reason to leave it open."""
    before, stack = facts.before, facts.stack
    if not (before and stack and facts.restorable and facts.health in WANTED):
        return facts
    kept = before.processed or before.original
    then = world.account.text(kept) if kept and kept.location else Absent()
    if not isinstance(then, Present):
        return facts  # there is nothing to restore, which the plan says
    moving = facts.status in MOVING
    read = partial(world.account.template, stack.stack_id)
    now = read() if moving else answer(world, read)
    if isinstance(now, Present):
        found = undoing.lasting(before, then.value, stack, now.value)
        return replace(facts, lasting=found)
    if isinstance(now, Absent) or moving:
        return facts
    if isinstance(now, Unknown) and now.kind is UnknownKind.SIGNED_OUT:
        given(now)
    why = _no_answer(now) if isinstance(now, Unknown) else "nobody asked AWS"
    said = f"nobody could tell what AWS does not set back in place: {why}"
    return replace(facts, uncompared=said)


def _stack(world: World, name: str, before: Snapshot | None) -> Stack | None:
    """The stack that is named, which must be the one of the snapshot."""
    stack = ask(world, lambda: world.account.stack(name))
    if before is None:
        return stack
    if stack is None:
        # A deleted stack answers to its id alone.
        return ask(world, lambda: world.account.stack(before.stack_id))
    if stack.stack_id != before.stack_id:
        raise CouldNotTell(
            f"the snapshot is of another stack than {name} is now: of "
            f"{before.stack_id}, and not of {stack.stack_id}",
            helps=("take a new snapshot of the stack of now: flowguard snapshot",),
        )
    return stack


def _events(world: World, stack: Stack, facts: Facts) -> tuple[StackEvent, ...]:
    """Since the snapshot; of the last deploy where no snapshot says since when."""
    account, stack_id = world.account, stack.stack_id
    if facts.knows_since and facts.before:
        before, after = facts.before, facts.before.last_event
        found = ask(world, lambda: account.events(stack_id, after=after)) or ()
        if not found and before.exists and _is_another(before, stack):
            raise CouldNotTell(
                "AWS shows no event since the snapshot, and the stack was updated at "
                f"{stack.updated}, so that the events are not all there"
            )
        return found
    return _history(world, stack)


def _is_another(before: Snapshot, stack: Stack) -> bool:
    """Whether the stack was deployed to since the snapshot, by its own word."""
    was = before.last_updated, before.change_set_id
    return before.last_updated is not None and was != release_of(stack)


def _history(world: World, stack: Stack) -> tuple[StackEvent, ...]:
    """Of the last deploy, and all after it."""
    began = stack.updated or stack.created
    around = began - MARGIN if began else None
    found = ask(world, lambda: world.account.events(stack.stack_id, around)) or ()
    return journal.since_last_deploy(found, stack.stack_id)


def _with_evidence(world: World, wish: Wish, facts: Facts) -> Facts:
    """What else shows whose the live release is, where no operation is named, where the
    named one is not there, and where its name does not prove that it is the last."""
    if facts.stack is None:
        return facts
    named = bool(wish.deploy and wish.deploy.named)
    none = facts.knows_since and not facts.since.deploys
    if named and not none and facts.ownership.whose is not Whose.UNPROVEN:
        return facts
    if facts.health is Health.ASKED and none:
        return facts  # nothing is to be done, and nothing is claimed
    found = (*wish.evidence, *world.evidence(facts.stack))
    if named and none and not any(e.says is Whose.OURS for e in found):
        text = "the deploy that is named is not one since the snapshot"
        found += (Evidence(Source.TOKEN, Whose.UNPROVEN, text, refutes=True),)
    return replace(facts, evidence=found)


def _as_measured(facts: Facts, wish: Wish) -> Facts:
    """The facts without what was measured on another release."""
    stack, measured = facts.stack, wish.measured
    if stack is None or measured is None or release_of(stack) == measured:
        return facts
    gone = tuple(e for e in facts.evidence if e.source is not Source.RELEASE)
    return replace(facts, evidence=gone, overtaken_tests=True)


def release_of(stack: Stack) -> tuple[datetime | None, str]:
    """What changes with each deploy to a stack."""
    return stack.updated or stack.created, stack.change_set_id


def _failures_of(world: World, facts: Facts) -> tuple[Failure, ...]:
    """What could not be rolled back, by the last operation, however old it is."""
    last, stack = facts.last, facts.stack
    if last is None and stack:
        recorded = journal.operations(_history(world, stack), stack.stack_id)
        last = recorded[-1] if recorded else None
    return _failures(world, last, DEEPEST) if last else ()


def _refused(world: World, facts: Facts) -> tuple[Failure, ...]:
    """What the last deploy failed at, where it failed: for people to read, so that a
    nested stack of which nobody tells stands for itself."""
    deploys = [o for o in facts.operations if o.deploys]
    if not deploys or facts.status in MOVING | GOOD:
        return ()
    try:
        return _failures(world, deploys[-1], DEEPEST, read=refused)
    except CouldNotTell:
        return refused(deploys[-1])


def _failures(
    world: World,
    operation: journal.Recorded,
    depth: int,
    stack: str = "",
    read: Callable[[journal.Recorded, str], tuple[Failure, ...]] = failures,
) -> tuple[Failure, ...]:
    """What an operation failed at, as `read` reads it; of a nested stack, what failed
    in it."""
    found: list[Failure] = []
    for failure in read(operation, stack):
        inner: tuple[Failure, ...] = ()
        of_itself = failure.physical_id == operation.stack_events[0].physical_id
        if failure.resource_type == NESTED and depth and not of_itself:
            inner = _nested(world, failure.physical_id, depth - 1, read)
        found += inner or (failure,)
    return tuple(found)


def _nested(
    world: World,
    stack_id: str,
    depth: int,
    read: Callable[[journal.Recorded, str], tuple[Failure, ...]],
) -> tuple[Failure, ...]:
    rows = ask(world, lambda: world.account.events(stack_id)) or ()
    recorded = journal.operations(rows, stack_id)
    if read is refused:
        recorded = tuple(o for o in recorded if o.deploys)
    name = stack_id.split("/")[1] if stack_id.count("/") > 1 else stack_id
    return _failures(world, recorded[-1], depth, name, read) if recorded else ()


def ask(
    world: World, read: Callable[[], Observed[T]], *, until: float = 0.0
) -> T | None:
    """What a read finds, None where there is no such thing.

    Raises `CouldNotTell` where nobody answers, after a few attempts; those go on up to
    `until`, by the world's clock.
    """
    return given(answer(world, read, until=until))


def answer(
    world: World, read: Callable[[], Observed[T]], *, until: float = 0.0
) -> Observed[T]:
    """The answer to a read, which is made again as for `ask` where it may get one.

    Raises `CouldNotTell` where somebody ends the run.
    """
    wait, tries = PATIENCE, 1
    found = read()
    while isinstance(found, Unknown) and passes(found):
        now = world.clock.now()
        if now >= world.deadline or (tries >= TRIES and now >= until):
            break
        if not world.clock.wait(wait):
            raise CouldNotTell("interrupted")
        wait, tries = min(2 * wait, LONGEST), tries + 1
        found = read()
    return found


def given(found: Observed[T]) -> T | None:
    """The value of an answer, None where there is no such thing.

    Raises `CouldNotTell` where there is no answer.
    """
    match found:
        case Present(value):
            return value
        case Absent():
            return None
        case Unknown(kind=UnknownKind.SIGNED_OUT):
            raise CouldNotTell(found.reason, signed_out=True)
        case Unknown():
            why = f"AWS does not say: {_no_answer(found)}"
            raise CouldNotTell(why, passes=passes(found))
        case Pending():
            raise CouldNotTell("nobody asked AWS")


def _no_answer(unknown: Unknown) -> str:
    """Why there is none, and the right that lacks where one does."""
    needs = f" (it needs {unknown.permission})" if unknown.permission else ""
    return f"{unknown.reason}{needs}"


def passes(unknown: Unknown) -> bool:
    """Whether another attempt may get an answer."""
    return unknown.kind in {UnknownKind.THROTTLED, UnknownKind.UNREACHABLE}
