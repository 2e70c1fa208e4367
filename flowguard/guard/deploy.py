"""A deploy with a window: change set, smoke tests inside of it, cancel or let be.

CloudFormation holds an update that is done until its monitoring time is over, and only
then removes what the release before needs. Cancelled within it, an update is taken
back without loss: the old resources are all there.

Killed at any point, the same deploy goes on: it finds its operation in AWS by the
client request token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from flowguard import spoken, stack_states
from flowguard.errors import FlowGuardError
from flowguard.guard import release as parts
from flowguard.guard import triggers
from flowguard.guard.clean_up import SHELL, discard
from flowguard.guard.ending import (
    NOTHING_NEW,
    concluded,
    is_another,
    is_outdated,
    rollback_point,
    untouched,
)
from flowguard.guard.release import Naming, Release
from flowguard.guard.review import Reviewed, review
from flowguard.guard.verify import prove, stopped, unless_interrupted
from flowguard.guard.watch import (
    UNTESTED,
    Expected,
    Sight,
    latest,
    until_testable,
)
from flowguard.guard.world import Outcome, World
from flowguard.lookups import Stack, StackEvent
from flowguard.model.rollback import Live, Refused
from flowguard.model.snapshot import Snapshot
from flowguard.rollback import journal
from flowguard.rollback.journal import Recorded
from flowguard.rollback.look import CouldNotTell, Wish, ask
from flowguard.rollback.ownership import Deploy
from flowguard.rollback.row import DELETED, MOVING
from flowguard.rollback.settle import Ended, Watch
from flowguard.stack_states import Ready

AGAIN = "run the same command again: it goes on from where the stack is then"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for beside the release."""

    run: str
    """Tells this run from others: a few letters and digits."""
    region: str
    before: Snapshot | None = None
    """The snapshot; one is taken where none is given."""
    approve: str = ""
    """The hash of the change set that somebody approves of."""
    approving: Callable[[str], str] = "run this again with --approve {}".format
    """From that hash to what carries the change set out."""
    timeout: float = 3600.0
    """Seconds beside the window until nobody waits any longer; the stack goes on by
    itself."""


def deploy(world: World, release: Release, asked: Asked) -> Outcome:
    """Deploy, and take it back where the smoke tests fail.

    Raises `FlowGuardError` where nothing can be deployed, before anything is changed.
    """
    run = _Deploy(world, release, asked)
    return unless_interrupted(world, release.stack_name, run.carry_out)


@dataclass(slots=True)
class _Deploy:
    world: World
    release: Release
    asked: Asked
    deadline: float = 0.0
    naming: Naming = field(init=False)

    def __post_init__(self) -> None:
        self.naming = Naming(self.release.content, self.asked.run)
        patience = self.asked.timeout + 60 * self.release.window
        self.deadline = self.world.rollback.clock.now() + patience

    def carry_out(self) -> Outcome:
        """All of it. Raises `CouldNotTell` where AWS does not say what must be known."""
        account, name = self.world.rollback.account, self.release.stack_name
        while True:
            stack = ask(self.world.rollback, lambda: account.stack(name))
            if stack is None or stack.status in DELETED | {SHELL}:
                first = stack is None or stack.status != SHELL
                return self._begin(None, (), first=first)
            events = latest(self.world.rollback, stack)
            if stack.status not in MOVING:
                self._require_deployable(stack)
                return self._begin(stack, events)
            if mine := self._own(stack, events):
                return self._resume(stack, events, mine)
            if early := self._wait(stack, events):
                return early

    def _wait(self, stack: Stack, events: tuple[StackEvent, ...]) -> Outcome | None:
        """Until the operation of somebody else is over; the outcome where it is not in
        time. What was known of the release before it is outdated then."""
        tell = self.world.rollback.tell
        tell(f"{stack.name} is {stack.status}: another operation is under way; waiting")
        watch = self._watch(stack.stack_id, events)
        ended, _ = watch.settle(begun=True)
        if ended is Ended.INTERRUPTED:
            raise KeyboardInterrupt
        if ended is not Ended.SETTLED:
            why = "another operation is still under way: nothing was deployed"
            return stopped(self.world, stack.name, why, AGAIN)
        tell("the other operation is over: goes on")
        self.asked = replace(self.asked, before=None)
        self.world.forget()
        return None

    def _require_deployable(self, stack: Stack) -> None:
        if stack.mode == "EXPRESS":
            raise FlowGuardError(
                f"the stack {stack.name} was deployed in EXPRESS mode, which has no "
                "rollback and no monitoring window",
                help="deploy it in STANDARD mode once; then it can be guarded",
            )
        state = stack_states.STATES.get(stack.status)
        if state is None or state.ready is not Ready.UPDATE:
            meaning = state.meaning if state else f"is {stack.status}"
            raise FlowGuardError(
                f"the stack {stack.name} cannot be deployed to: it {meaning}",
                help="see what clears it: "
                + spoken.command("rollback", stack_name=stack.name, dry_run=""),
            )

    # --- a deploy of our own that is under way ------------------------------------

    def _own(self, stack: Stack, events: tuple[StackEvent, ...]) -> Recorded | None:
        """What an earlier run of the same deploy has begun, and is under way."""
        recorded = journal.operations(events, stack.stack_id)
        deploys = journal.deploys(recorded)
        # What came after it is a rollback of ours, or somebody else's.
        known = deploys and (recorded[-1] is deploys[-1] or recorded[-1].row)
        own = known and self._is_mine(stack, deploys[-1].token)
        return deploys[-1] if own else None

    def _is_mine(self, stack: Stack, token: str) -> bool:
        """Whether the stack's operation with that token deploys this very release."""
        return self.naming.is_of(token) and self.release.is_deployed_to(stack)

    def _resume(
        self, stack: Stack, events: tuple[StackEvent, ...], mine: Recorded
    ) -> Outcome:
        """Go on with what an earlier run of the same deploy has begun."""
        self.world.rollback.tell(f"goes on with the deploy that began at {mine.began}")
        at = events.index(mine.events[0])
        watch = self._watch(stack.stack_id, events[:at])
        deploy = Deploy(token=mine.token)
        return self._judge(watch, deploy, frozenset(), self.asked.before)

    # --- a new one ----------------------------------------------------------------

    def _begin(
        self,
        stack: Stack | None,
        events: tuple[StackEvent, ...],
        *,
        first: bool = False,
    ) -> Outcome:
        before = self._before(stack, events)
        # A stack that is not there is changed for sure: nothing is made to find it out.
        if stack is None and (refused := self._hindered(stack)):
            return refused
        world, asked = self.world.rollback, self.asked
        made = review(world, self.release, stack, self.naming, asked, first=first)
        if made is None:
            return self._unchanged(stack, events)
        held = any(parts.loses_data(change) for change in made.review.changes)
        try:
            if stack and (refused := self._hindered(stack)):
                self._discard(made)
                return refused
            if held and self.asked.approve != made.hash:
                return self._held(made)
            watch = self._unmoved(made, stack, events)
        except (CouldNotTell, KeyboardInterrupt):
            self._discard(made)
            raise
        self._execute(made, destroys=held)
        expected = parts.touched(made.review.changes)
        known = Deploy(
            token=self.naming.token,
            change_set_id=made.review.change_set_id,
            logical_ids=expected,
        )
        return self._judge(watch, known, expected, before)

    def _hindered(self, stack: Stack | None) -> Outcome | None:
        """What comes of it where its rollback triggers would take it back."""
        why = [*triggers.hindering(self.world.rollback, self.release.triggers)]
        return triggers.refused(stack, why) if why else None

    def _unmoved(
        self, made: Reviewed, stack: Stack | None, events: tuple[StackEvent, ...]
    ) -> Watch:
        """Watches the stack, which nobody has deployed to meanwhile."""
        world, stack_id = self.world.rollback, made.stack_id
        found = ask(world, lambda: world.account.stack(stack_id))
        if stack and found and is_another(stack, found):
            self._discard(made)
            raise FlowGuardError(
                f"somebody deployed {stack.name} while its change set was made",
                help="nothing was deployed; see what theirs is, then run this again",
            )
        return self._watch(stack_id, latest(world, found) if found else events)

    def _before(
        self, stack: Stack | None, events: tuple[StackEvent, ...]
    ) -> Snapshot | None:
        """The rollback point; that of a deploy of ours that is done is of no more use."""
        if stack is None:
            return None
        given = self.asked.before
        if given and is_outdated(given, stack) and self._mine(stack, events):
            given = None
        return rollback_point(self.world.rollback, stack, events, given)

    def _mine(self, stack: Stack, events: tuple[StackEvent, ...]) -> str:
        """The token of the last deploy, where it deployed the same content."""
        deploys = journal.deploys(journal.operations(events, stack.stack_id))
        token = deploys[-1].token if deploys else ""
        return token if self._is_mine(stack, token) else ""

    def _execute(self, made: Reviewed, *, destroys: bool) -> None:
        """Begin; an answer that is lost shows in the events, or in their lack."""
        change_set = made.review.change_set_id
        step = parts.execute(made.stack_id, change_set, self.naming, destroys=destroys)
        answer = self.world.rollback.account.perform(step)
        if not isinstance(answer, Refused):
            return
        self._discard(made)
        raise FlowGuardError(
            f"AWS does not carry the change set out: {answer.message or answer.code}",
            help="nothing was deployed; "
            f"{'sign in to AWS again' if answer.signed_out else 'mend it'}, and run this "
            "again",
        )

    def _held(self, made: Reviewed) -> Outcome:
        """What would lose data waits for somebody to say so."""
        self._discard(made)
        found = stopped(
            self.world,
            self.release.stack_name,
            "the deploy removes or replaces what holds data: nothing was deployed",
            f"read what it changes, then {self.asked.approving(made.hash)}",
        )
        lines = tuple(parts.line(change) for change in made.review.changes)
        report = replace(
            found.rollback,
            needs_approval=True,
            plan_hash=made.hash,
            events=lines,
            live=NOTHING_NEW,
            live_release=Live.BEFORE,
        )
        return replace(found, rollback=report)

    def _discard(self, made: Reviewed) -> None:
        change_set = made.review.change_set_id
        discard(self.world.rollback, made.stack_id, change_set, first=made.first)

    def _unchanged(
        self, stack: Stack | None, events: tuple[StackEvent, ...]
    ) -> Outcome:
        """There is nothing to deploy: is what is there well?"""
        self.world.forget()
        token = self._mine(stack, events) if stack else ""
        if stack and token:
            # An earlier run was killed, and its deploy went on by itself.
            known = Deploy(token=token)
            wish = self._wish(stack.stack_id, known, self.asked.before)
            return prove(self.world, wish)
        self.world.rollback.tell("no changes: the stack is as the template says")
        before = self.asked.before
        if stack and before and before.failed:
            return prove(self.world, self._wish(stack.stack_id, None, before))
        return untouched(self.world, self.release.stack_name, was=stack)

    # --- afterwards ---------------------------------------------------------------

    def _judge(
        self,
        watch: Watch,
        known: Deploy,
        expected: frozenset[str],
        before: Snapshot | None,
    ) -> Outcome:
        """Wait until it can be tested, and conclude."""
        sight = until_testable(self.world.rollback, watch, Expected(expected))
        found = self._conclude(watch, sight, known, before)
        events = (*watch.lines, *found.rollback.events)
        return replace(found, rollback=replace(found.rollback, events=events))

    def _conclude(
        self, watch: Watch, sight: Sight, known: Deploy, before: Snapshot | None
    ) -> Outcome:
        if why := UNTESTED.get(sight.saw):
            return stopped(self.world, self.release.stack_name, why, AGAIN)
        return concluded(
            self.world, sight, watch, self._wish(watch.stack_id, known, before)
        )

    def _wish(
        self, stack_id: str, known: Deploy | None, before: Snapshot | None
    ) -> Wish:
        left = self.deadline - self.world.rollback.clock.now()
        return Wish(stack_id, before, known, timeout=max(left, 1.0))

    def _watch(self, stack_id: str, events: tuple[StackEvent, ...]) -> Watch:
        since = events[-1].at if events else None
        return Watch(self.world.rollback, stack_id, self.deadline, since)
