"""Waiting for a stack to settle, by FlowGuard's own asking.

The SDK's waiters call a stack that was rolled back created, wait an hour for states
that do not change any more, and take any refusal for a deletion (botocore's
waiters-2.json of CloudFormation). Here only a status that AWS told counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from flowguard import stack_states
from flowguard.aws.events import Feed
from flowguard.aws.session import Aws
from flowguard.aws.stacks import stack_named
from flowguard.lookups import Stack, StackEvent, StackNamed
from flowguard.model import Absent, Observed, Present, Unknown, UnknownKind

SHORTEST = 2.0
LONGEST = 15.0
"""Seconds between two questions; the longer it takes, the fewer are asked."""
GROWTH = 1.25
THROTTLED = 30.0
"""Seconds after a question that AWS would not hear."""
GRACE = 60.0
"""Seconds in which an operation that AWS accepted may have left no trace."""


class Clock(Protocol):
    """Time, and the waiting for it."""

    def now(self) -> float:
        """Seconds, from any beginning; never less than before."""
        ...

    def wait(self, seconds: float) -> bool:
        """Wait; False as soon as the run is cancelled."""
        ...


@dataclass(frozen=True, slots=True)
class Settled:
    """Nothing goes on any more."""

    stack: Stack | None
    """None where there is no such stack: it was never one that AWS knew by its id."""

    @property
    def good(self) -> bool:
        """Whether some release runs; which one, the status says."""
        return self.stack is not None and stack_states.is_good(self.stack.status)


@dataclass(frozen=True, slots=True)
class Moving:
    """It goes on, or nobody can tell: no success, and no failure."""

    stack: Stack | None
    """As it was seen last."""
    reason: str
    """Why it was not waited for any longer."""


OnEvent = Callable[[StackEvent], None]


def settle(
    aws: Aws,
    stack_id: str,
    *,
    deadline: float,
    clock: Clock,
    on_event: OnEvent = lambda _event: None,
    feed: Feed | None = None,
) -> Settled | Moving:
    """Wait until a stack has settled, at the longest until `deadline` on the clock.

    `feed` is one that was made before an operation was asked for: the stack counts
    as settled only once that has left its first event, since AWS may show the state
    of before for some seconds. Without it, it may have settled long ago.
    """
    begun = feed is None
    if feed is None:
        feed = Feed(aws, stack_id)
        feed.skip()
    asked = StackNamed(aws.place, stack_id)
    return _Wait(aws, asked, feed, clock, on_event, begun=begun).until(deadline)


class _Wait:
    """One waiting."""

    def __init__(
        self,
        aws: Aws,
        asked: StackNamed,
        feed: Feed,
        clock: Clock,
        on_event: OnEvent,
        *,
        begun: bool,
    ) -> None:
        self._aws = aws
        self._asked = asked
        self._feed = feed
        self._clock = clock
        self._on_event = on_event
        self._begun = begun
        self._seen: Stack | None = None
        self._told = ""
        """The status that the newest event gives the stack, while events are told."""

    def until(self, deadline: float) -> Settled | Moving:
        """Ask until there is an answer."""
        pause, began = SHORTEST, self._clock.now()
        while True:
            # Events first: a status that is read after the first event of an
            # operation is no longer that of before.
            self._tell()
            found = stack_named(self._aws, self._asked)
            if answer := self._answer(found, self._clock.now() - began):
                self._tell()
                return answer
            left = deadline - self._clock.now()
            if left <= 0:
                return Moving(self._seen, self._late(found))
            wanted = THROTTLED if isinstance(found, Unknown) else pause
            if not self._clock.wait(min(wanted, left)):
                return Moving(self._seen, "the run was cancelled")
            pause = min(pause * GROWTH, LONGEST)

    def _answer(self, found: Observed[Stack], waited: float) -> Settled | Moving | None:
        """What came of it; None while that is open."""
        match found:
            case Present(stack):
                self._seen = stack
                return self._of(stack, waited)
            case Absent():
                return Settled(None)
            case Unknown(UnknownKind.DENIED | UnknownKind.UNSUPPORTED, reason):
                return Moving(self._seen, reason)
            case _:
                return None

    def _of(self, stack: Stack, waited: float) -> Settled | Moving | None:
        if stack_states.is_moving(stack.status):
            self._begun = True
            return None
        if self._begun and self._told in {"", stack.status}:
            return Settled(stack)
        if not self._begun and waited >= GRACE:
            return Moving(stack, "AWS shows no sign of the operation")
        return None

    def _tell(self) -> None:
        """Hand the new events on; what is not told now is told the next time."""
        new = self._feed.new()
        if isinstance(new, Unknown):
            self._told = ""
            return
        for event in new:
            if event.physical_id == self._asked.name:
                self._begun, self._told = True, event.status
            self._on_event(event)

    def _late(self, found: Observed[Stack]) -> str:
        if isinstance(found, Unknown):
            return f"AWS did not say until the deadline: {found.reason}"
        status = self._seen.status if self._seen else "unknown"
        return f"still {status} at the deadline"
