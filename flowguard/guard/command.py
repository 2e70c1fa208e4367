"""A deploy by the user's own command, the stack watched beside it.

The command makes the calls; FlowGuard tests inside the monitoring window that the
stack has by its own configuration, and afterwards where it has none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from flowguard.guard import triggers
from flowguard.guard.clean_up import SHELL
from flowguard.guard.ending import concluded, rollback_point, unchanged, untouched
from flowguard.guard.verify import prove, stopped, unless_interrupted
from flowguard.guard.watch import (
    UNTESTED,
    Expected,
    Saw,
    Sight,
    latest,
    until_testable,
)
from flowguard.guard.world import Outcome, World
from flowguard.lookups import Stack, StackEvent
from flowguard.model.results import Verdict
from flowguard.model.rollback import Decision, RollbackReport
from flowguard.model.snapshot import Snapshot
from flowguard.rollback.look import Wish, ask
from flowguard.rollback.row import DELETED, MOVING
from flowguard.rollback.settle import POLL, Watch
from flowguard.smoke.world import CommandResult

NO_WINDOW = (
    "give the stack a monitoring window, so that a bad deploy can be cancelled while "
    "the old resources are still there; in serverless.yml: provider: {rollbackConfiguration: "
    "{MonitoringTimeInMinutes: 5}}"
)
OTHER_STACK = (
    "the command deployed nothing to {stack}, and nothing shows that its release is "
    "live: does the command deploy another stack?"
)
TOLD = "the command ended with exit code {}"
ONCE_OVER = "once it is over, run: flowguard verify --stack-name {}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for."""

    stack_name: str
    run: Callable[[], CommandResult]
    """Runs the command to its end."""
    cancel: Callable[[], None]
    """Ends it early, with all that it started."""
    before: Snapshot | None = None
    """The snapshot; one is taken where none is given."""
    safe: Callable[[], bool] = lambda: False
    """Whether the deploy can be taken back without loss, as preflight judges it; asked
    where no snapshot is given, which may have its own verdict."""
    timeout: float = 3600.0
    """Seconds until nobody waits any longer; the stack goes on by itself."""
    unproven_acts: bool = False
    """Whether the project lets a deploy be rolled back that is not proven ours."""


def guard(world: World, asked: Asked) -> Outcome:
    """Run the command, and take back what it deploys where the smoke tests fail."""
    run = _Guard(world, asked)
    return unless_interrupted(world, asked.stack_name, run.carry_out)


class _Child(threading.Thread):
    """The command, on a thread of its own."""

    def __init__(self, run: Callable[[], CommandResult]) -> None:
        super().__init__(name="guarded command", daemon=True)
        self._run = run
        self.result = CommandResult(None, "", error="it did not end")

    def run(self) -> None:
        """Run it to its end."""
        self.result = self._run()

    @property
    def ended(self) -> bool:
        """Whether it has."""
        return not self.is_alive()

    @property
    def failed(self) -> str:
        """Why it counts as failed; empty where it does not."""
        if self.result.exit_code == 0:
            return ""
        if self.result.exit_code is not None:
            return TOLD.format(self.result.exit_code)
        timed_out = "it took too long" if self.result.timed_out else ""
        return f"the command was stopped: {self.result.error or timed_out}"


@dataclass(slots=True)
class _Guard:
    world: World
    asked: Asked
    deadline: float = 0.0
    watch: Watch | None = None

    def __post_init__(self) -> None:
        self.deadline = self.world.rollback.clock.now() + self.asked.timeout

    def carry_out(self) -> Outcome:
        """All of it."""
        stack = self._stack()
        if stack and stack.status in MOVING:
            why = "an operation is under way already: the command was not run"
            return stopped(self.world, stack.name, why, ONCE_OVER.format(stack.name))
        events = latest(self.world.rollback, stack) if stack else ()
        before = None
        if stack and stack.status != SHELL:
            given = self.asked.before
            safe = given is None and self.asked.safe()
            before = rollback_point(
                self.world.rollback, stack, events, given, safe=safe
            )
        kept = [arn for arn, _ in stack.triggers] if stack else []
        for why in triggers.hindering(self.world.rollback, kept):
            self.world.rollback.tell(f"{why}: CloudFormation may take the deploy back")
        child = _Child(self.asked.run)
        child.start()
        try:
            found = self._beside(child, stack, events, before)
            self._join(child)
        except BaseException:
            self.asked.cancel()
            child.join()
            raise
        return self._told(found, child)

    def _beside(
        self,
        child: _Child,
        stack: Stack | None,
        events: tuple[StackEvent, ...],
        before: Snapshot | None,
    ) -> Outcome:
        """Watch while the command runs, and judge what it deploys."""
        while stack is None:
            ended = child.ended
            stack = self._stack()
            if stack is None and ended:
                return self._nothing(child, "")
            if stack is None and not self.world.rollback.clock.wait(POLL):
                raise KeyboardInterrupt
        since = events[-1].at if events else None
        watch = Watch(self.world.rollback, stack.stack_id, self.deadline, since)
        sight = until_testable(
            self.world.rollback, watch, Expected(ended=lambda: child.ended)
        )
        if sight.saw is Saw.NOTHING:
            if before and before.failed and not child.failed:
                return prove(self.world, self._wish(sight, before))
            return self._nothing(child, stack.status)
        self.watch = watch
        if why := UNTESTED.get(sight.saw):
            name = self.asked.stack_name
            return stopped(self.world, name, why, ONCE_OVER.format(name))
        if (anew := self._stack()) and anew.stack_id != stack.stack_id:
            return self._beside(child, anew, (), None)  # deleted, and created again
        found = concluded(self.world, sight, watch, self._wish(sight, before))
        return _advised(found, sight)

    def _wish(self, sight: Sight, before: Snapshot | None) -> Wish:
        """What came since the command began; whether it is the command's own, its
        content must prove: somebody else may have deployed beside it."""
        left = max(self.deadline - self.world.rollback.clock.now(), 1.0)
        name = sight.stack.stack_id if sight.stack else self.asked.stack_name
        return Wish(
            name,
            before,
            timeout=left,
            unproven_acts=self.asked.unproven_acts,
        )

    def _nothing(self, child: _Child, status: str) -> Outcome:
        """The command ended, and the stack of that status was not touched."""
        if not child.failed:
            name = self.asked.stack_name
            self.world.rollback.tell(f"the command deployed nothing to {name}")
            return untouched(self.world, name, unless_ours=OTHER_STACK)
        reasons = (child.failed, f"it had deployed nothing to {self.asked.stack_name}")
        release, live = unchanged(status)
        done = RollbackReport(
            Decision.KEEP,
            row="",
            reasons=reasons,
            live=live,
            live_release=release,
        )
        return Outcome(Verdict.BLOCK, done)

    def _join(self, child: _Child) -> None:
        """Wait for the end of the command, which may have more to do."""
        clock = self.world.rollback.clock
        while not child.ended and clock.now() < self.deadline:
            if not clock.wait(POLL):
                raise KeyboardInterrupt
        if not child.ended:
            self.asked.cancel()
        child.join()

    def _told(self, found: Outcome, child: _Child) -> Outcome:
        """The outcome, with what became of the command and the stack's own words."""
        done = found.rollback
        reasons, said = done.reasons, found.verdict
        if child.failed and child.failed not in reasons:
            reasons = (*reasons, child.failed)
            # After a rollback that was to be expected; else something is amiss. It
            # proves nothing of the deploy that was found: that may be another's.
            said = said if done.wants else Verdict.BLOCK
        events = (*(self.watch.lines if self.watch else ()), *done.events)
        told = replace(done, reasons=reasons, events=events)
        return replace(found, verdict=said, rollback=told)

    def _stack(self) -> Stack | None:
        account, name = self.world.rollback.account, self.asked.stack_name
        found = ask(self.world.rollback, lambda: account.stack(name))
        return None if found is None or found.status in DELETED else found


def _advised(found: Outcome, sight: Sight) -> Outcome:
    """With the lines that give the stack a window, where it has none."""
    updated = sight.operation and sight.operation.updates
    if not sight.stack or sight.stack.monitoring_minutes or not updated:
        return found
    done = found.rollback
    return replace(found, rollback=replace(done, to_do=(*done.to_do, NO_WINDOW)))
