"""Watches an operation on a stack until it can be tested, or has settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flowguard.lookups import Stack, StackEvent
from flowguard.model.questions import Absent, Present, Unknown, UnknownKind
from flowguard.rollback import journal
from flowguard.rollback.facts import window_open
from flowguard.rollback.journal import Recorded
from flowguard.rollback.look import CouldNotTell, ask
from flowguard.rollback.row import MOVING
from flowguard.rollback.settle import BEGINS, POLL, Watch
from flowguard.rollback.world import World

QUIET = 30.0
"""Seconds without an event after which the window counts as open, although something
that the change set names was never touched."""
MARGIN = timedelta(hours=1)
"""How much earlier than a stack says of its last deploy its events are read."""


class Saw(StrEnum):
    """Why the watching ended."""

    OPEN = "open"
    """The monitoring window is."""
    SETTLED = "settled"
    NOTHING = "nothing"
    """No operation was begun."""
    LATE = "late"
    DENIED = "denied"
    """Nobody may look any longer."""


UNTESTED = {
    Saw.NOTHING: "AWS took the deploy, and shows no sign of it",
    Saw.LATE: "the stack is still moving, and the time is over",
    Saw.DENIED: "nobody may look at the stack",
}
"""Why what was watched can be neither tested nor judged."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen last."""

    saw: Saw
    stack: Stack | None = None
    operation: Recorded | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of the operation beforehand."""

    logical_ids: frozenset[str] = frozenset()
    """What it changes; none where nobody knows."""
    ended: Callable[[], bool] | None = None
    """Whether the one who makes the calls has ended: then none is to come. Without it
    one is to show within some moments."""


def latest(world: World, stack: Stack) -> tuple[StackEvent, ...]:
    """The events of the stack's last operation and what came after, oldest first.

    Raises `CouldNotTell`.
    """
    since = _since(stack)
    return ask(world, lambda: world.account.events(stack.stack_id, since)) or ()


def under_way(world: World, stack: Stack, deadline: float) -> Watch:
    """Watch an operation that has begun; what it said so far is not told again.

    Raises `CouldNotTell`.
    """
    said = latest(world, stack)
    return Watch(world, stack.stack_id, deadline, _since(stack), [*said])


def _since(stack: Stack) -> datetime | None:
    began = stack.updated or stack.created
    return began - MARGIN if began else None


def until_testable(world: World, watch: Watch, expected: Expected) -> Sight:
    """Watch until the window is open or nothing moves.

    Raises `KeyboardInterrupt` where the run is cancelled, and `CouldNotTell` where AWS
    does not take the credentials any longer.
    """
    return _Looking(world, watch, expected).run()


class _Looking:
    def __init__(self, world: World, watch: Watch, expected: Expected) -> None:
        self._world = world
        self._watch = watch
        self._expected = expected
        self._changed = world.clock.now()
        self._patience = world.clock.now() + BEGINS

    def run(self) -> Sight:
        """Look, again and again."""
        clock = self._world.clock
        while True:
            ended = self._expected.ended is None or self._expected.ended()
            if sight := self._look(ended=ended):
                return sight
            if clock.now() >= self._watch.deadline:
                return Sight(Saw.LATE)
            if not clock.wait(POLL):
                raise KeyboardInterrupt

    def _look(self, *, ended: bool) -> Sight | None:
        operation = self._operation()
        answer = self._world.account.stack(self._watch.stack_id)
        match answer:
            case Present(stack) if operation is None and stack.status not in MOVING:
                return self._none(stack) if ended else None
            case Present(stack) if operation and self._open(stack, operation):
                return Sight(Saw.OPEN, stack, operation)
            case Present(stack) if stack.status not in MOVING and ended:
                return Sight(Saw.SETTLED, stack, operation)
            case Absent() if ended:
                return Sight(Saw.SETTLED, None, operation)
            case Unknown(kind=UnknownKind.SIGNED_OUT):
                raise CouldNotTell(answer.reason, signed_out=True)
            case Unknown(kind=UnknownKind.DENIED):
                return Sight(Saw.DENIED)
            case _:
                return None

    def _operation(self) -> Recorded | None:
        """The newest, once there is one; its events are told on the way."""
        watch, known = self._watch, len(self._watch.seen)
        watch.catch_up()
        if len(watch.seen) > known:
            self._changed = self._world.clock.now()
        found = journal.operations(watch.seen, watch.stack_id)
        return found[-1] if found else None

    def _none(self, stack: Stack) -> Sight | None:
        waited = self._world.clock.now() > self._patience
        given_up = self._expected.ended is not None or waited
        return Sight(Saw.NOTHING, stack) if given_up else None

    def _open(self, stack: Stack, operation: Recorded) -> bool:
        if window_open(stack, operation, self._expected.logical_ids):
            return True
        quiet = self._world.clock.now() - self._changed >= QUIET
        return quiet and window_open(stack, operation)


def cancelled(seen: list[StackEvent]) -> bool:
    """Whether somebody asked for an update to be taken back, and nothing of it failed.

    Source: CloudFormation gives the rollback of a cancelled update the reason "User
    Initiated", and one that failed the names of what failed.
    """
    back = [e for e in seen if e.status == "UPDATE_ROLLBACK_IN_PROGRESS"]
    return bool(back) and back[-1].asked_for


def cause(seen: list[StackEvent]) -> str:
    """Why an operation failed: what failed first, in AWS's words."""
    for event in seen:
        if event.status.endswith("_FAILED") and "ancelled" not in event.reason:
            return f"{event.logical_id}: {event.reason}"
    return ""
