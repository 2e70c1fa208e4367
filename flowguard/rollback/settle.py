"""Waits until a stack has settled, by our own polling of its id.

The SDK's waiters take failed states for good ones, and some never end. Source: the
acceptors of `StackCreateComplete` and its like in botocore's model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from flowguard.lookups import Stack, StackEvent
from flowguard.model.questions import Absent, Present, Unknown, UnknownKind
from flowguard.rollback.look import CouldNotTell
from flowguard.rollback.row import MOVING
from flowguard.rollback.world import World

POLL = 3.0
"""Seconds between the first two looks at a stack that moves."""
LONGEST = 15.0
"""The most there are between two; a look is put off for longer each time."""
GROWTH = 1.25
BEGINS = 90.0
"""Seconds in which an operation that AWS has taken must show."""


class Ended(StrEnum):
    """How the waiting ended."""

    SETTLED = "settled"
    NOT_BEGUN = "not-begun"
    """What AWS had taken never showed."""
    LATE = "late"
    INTERRUPTED = "interrupted"
    DENIED = "denied"
    """Nobody may look any longer."""


@dataclass(slots=True)
class Watch:
    """A stack that is watched, and the events that were told of it."""

    world: World
    stack_id: str
    deadline: float
    since: datetime | None = None
    """From when on events are read."""
    seen: list[StackEvent] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """What the stack said, a line each."""

    def catch_up(self) -> bool:
        """Read the new events and tell them; whether one is of the stack itself."""
        answer = self.world.account.events(self.stack_id, self.since)
        if not isinstance(answer, Present):
            return False
        new = answer.value[len(self.seen) :]
        self.seen += new
        for event in new:
            line = _line(event)
            self.lines.append(line)
            self.world.tell(line)
        return any(event.physical_id == self.stack_id for event in new)

    def settle(self, *, begun: bool) -> tuple[Ended, Stack | None]:
        """Wait until nothing moves, and give the stack; None where it is gone.

        Unless it has `begun`, an operation must show first: for some moments a
        stack has the status from before. Raises `CouldNotTell` where AWS does not take
        the credentials any longer.
        """
        clock = self.world.clock
        patience, pause = clock.now() + BEGINS, POLL
        while True:
            begun = self.catch_up() or begun
            answer = self.world.account.stack(self.stack_id)
            match answer:
                case Present(stack) if stack.status in MOVING:
                    begun = True
                case Present(stack) if begun or stack.status == "DELETE_COMPLETE":
                    self.catch_up()
                    return Ended.SETTLED, stack
                case Absent():
                    return Ended.SETTLED, None
                case Unknown(kind=UnknownKind.SIGNED_OUT):
                    raise CouldNotTell(answer.reason, signed_out=True)
                case Unknown(kind=UnknownKind.DENIED):
                    return Ended.DENIED, None
                case _:  # not begun, or no answer this time
                    pass
            if not begun and clock.now() > patience:
                return Ended.NOT_BEGUN, None
            if clock.now() >= self.deadline:
                return Ended.LATE, None
            if not clock.wait(pause):
                return Ended.INTERRUPTED, None
            pause = min(LONGEST, pause * GROWTH)


def watch(
    world: World, stack_id: str, deadline: float, last: StackEvent | None
) -> Watch:
    """Watch a stack whose last known event is `last`; what came before is not told."""
    watched = Watch(world, stack_id, deadline, last.at if last else None)
    answer = world.account.events(stack_id, watched.since)
    if isinstance(answer, Present):
        known = [n for n, event in enumerate(answer.value, 1) if event == last]
        watched.seen += answer.value[: known[-1] if known else len(answer.value)]
    return watched


def _line(event: StackEvent) -> str:
    at = f"{event.at:%H:%M:%S} " if event.at else ""
    reason = f": {event.reason}" if event.reason else ""
    return f"{at}{event.status} {event.logical_id}{reason}"
