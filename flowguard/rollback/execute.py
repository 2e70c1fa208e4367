"""Carries a plan out, one call after the other, and says what came of each.

Killed at any point it can be run again: what was done is found in AWS itself. A call
is made with a token that is made from its plan, so that one whose answer was lost may
be made again, and is taken once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from flowguard.lookups import Stack
from flowguard.model.questions import Present, Unknown, UnknownKind
from flowguard.model.rollback import (
    Accepted,
    ChangeSetReview,
    Refused,
    Step,
    StepOutcome,
    StepResult,
)
from flowguard.rollback import inverse, settle, steps
from flowguard.rollback.facts import Facts
from flowguard.rollback.inverse import Forward
from flowguard.rollback.look import LONGEST, CouldNotTell, ask
from flowguard.rollback.plan import Plan, unsealed
from flowguard.rollback.row import How
from flowguard.rollback.settle import Ended, Watch
from flowguard.rollback.world import World

TRIES = 4
"""How often a call is made whose answer is lost."""
GOES_ON = "begun; goes on in AWS"
"""Of a step that nobody waited for to its end."""
PAUSE = 2.0
"""Seconds between two of them, twice as long each time."""

_TAKEN = re.compile(
    "AlreadyExists|TokenAlreadyExists|PreconditionFailed", re.IGNORECASE
)
"""Codes by which AWS says that a call was taken before."""
_NOT_HEARD = re.compile(
    "Throttl|TooManyRequests|RequestLimit|SlowDown|ConnectTimeout|EndpointConnection"
)
"""Codes by which a call was certainly not taken, and may be made again."""
_OUT_OF_TURN = re.compile(
    r"cannot be called from current stack status|state and can ?not be updated"
    r"|cannot be executed in its current status|while in status"
)
"""Words by which CloudFormation says that the stack is no longer as it was read."""


class Came(StrEnum):
    """What came of a plan."""

    DONE = "done"
    FAILED = "failed"
    MOVED = "moved"
    """The stack is not as it was read, and nothing was done to it."""
    SAME = "same"
    """There is nothing to restore: the change set is empty."""
    REFUSED = "refused"
    """The change set is not the inverse of the deploy."""
    LATE = "late"
    INTERRUPTED = "interrupted"
    LOST = "lost"
    """Nobody knows what became of a call."""


@dataclass(slots=True)
class Run:
    """A plan that is carried out."""

    world: World
    plan: Plan
    facts: Facts
    deadline: float
    watch: Watch
    insist_until: float = 0.0
    """Until when a call that was not heard is made again, however often."""
    results: list[StepResult] = field(default_factory=list)
    stack: Stack | None = None
    """As it settled."""
    to_do: list[str] = field(default_factory=list)
    begun: bool = False
    """Whether the stack was set moving, and was not seen to settle."""
    lost: bool = False
    """Whether it may have been: nobody knows what became of the call."""

    def carry_out(self) -> Came:
        """All steps in order, up to the first that does not end well."""
        for number, step in enumerate(self.plan.steps):
            self.world.tell(f"{step.id}: {step.why}" if step.why else step.id)
            began = self.world.clock.now()
            try:
                came, message = self._one(step)
            except (CouldNotTell, KeyboardInterrupt):
                self._leave(number, began)
                raise
            outcome = _OUTCOME.get(came, StepOutcome.FAILED)
            if self.begun and came in {Came.LATE, Came.INTERRUPTED}:
                outcome, message = StepOutcome.DONE, GOES_ON
            if came is Came.DONE and message == _BEFORE:
                outcome = StepOutcome.ALREADY
            seconds = self.world.clock.now() - began
            self.results.append(StepResult(unsealed(step), outcome, message, seconds))
            if came is not Came.DONE:
                self._not_reached(number + 1)
                return came
        return Came.DONE

    def _leave(self, number: int, began: float) -> None:
        """Note what is left as it is where somebody ends the run."""
        step, seconds = (
            unsealed(self.plan.steps[number]),
            self.world.clock.now() - began,
        )
        if self.begun:
            done = StepResult(step, StepOutcome.DONE, GOES_ON, seconds)
            self.results.append(done)
        elif self.lost:
            why = "nobody knows whether AWS took the call"
            self.results.append(StepResult(step, StepOutcome.FAILED, why, seconds))
        self._not_reached(number + (self.begun or self.lost))

    def _not_reached(self, number: int) -> None:
        rest, outcome = self.plan.steps[number:], StepOutcome.NOT_REACHED
        self.results += [StepResult(unsealed(step), outcome) for step in rest]

    def failed(self, why: str) -> None:
        """Note that the stack did not end as the last step was to have it."""
        for number in reversed(range(len(self.results))):
            result = self.results[number]
            if result.step.settles:
                self.results[number] = replace(
                    result, outcome=StepOutcome.FAILED, message=why
                )
                return

    def _one(self, step: Step) -> tuple[Came, str]:
        if step.operation == steps.WAITS:
            waited = self.world.clock.wait(float(step.parameters["seconds"]))
            return (Came.DONE, "") if waited else (Came.INTERRUPTED, "interrupted")
        if step.operation == steps.REVIEW:
            return self._review(step)
        if moved := self._moved():
            if step.operation == "execute_change_set":
                self._drop(step)
            return Came.MOVED, moved
        self.lost = step.settles
        came, message = self._call(step)
        self.lost = step.settles and came is Came.LOST
        if came is not Came.DONE or not step.settles:
            return came, message
        self.begun = True
        return self._settle(message)

    def _moved(self) -> str:
        """What of the stack is no longer as it was read; the stack is read anew."""
        found = self.facts.stack
        now = ask(self.world, lambda: self.world.account.stack(self.watch.stack_id))
        if found is None or now is None:
            return "" if found is now else "the stack is gone"
        if now.status != found.status:
            return f"the stack is {now.status} by now"
        same = (now.updated, now.change_set_id) == (found.updated, found.change_set_id)
        return "" if same else "somebody deployed in between"

    def _call(self, step: Step) -> tuple[Came, str]:
        """Make the call, again where its answer was lost and it did not show."""
        pause, lost = PAUSE, False
        for last in self._attempts():
            answer = self._send(step)
            match answer:
                case Accepted():
                    return Came.DONE, ""
                case Refused(code, message) if _NOT_HEARD.search(code):
                    reason = message
                case Refused():
                    return self._refused(step, answer, lost=lost)
                case Unknown(kind=UnknownKind.DENIED):
                    return Came.FAILED, answer.reason
                case Unknown(kind=UnknownKind.THROTTLED):
                    reason = answer.reason
                case Unknown():
                    reason, lost = answer.reason, True
                    if step.settles and self._shows():
                        return Came.DONE, _BEFORE
            if not last and not self.world.clock.wait(pause):
                came = Came.LOST if lost else Came.INTERRUPTED
                return came, "interrupted"
            pause = min(2 * pause, LONGEST)
        return (Came.LOST if lost else Came.FAILED), f"no answer: {reason}"

    def _attempts(self) -> Iterator[bool]:
        """An attempt after the other, and whether it is the last one."""
        tries, last = 0, False
        while not last:
            tries += 1
            late = self.world.clock.now() >= self.insist_until
            last = late and tries >= TRIES
            yield last

    def _send(self, step: Step) -> Accepted | Refused | Unknown:
        if step.service != "vercel":
            return self.world.account.perform(step)
        if self.world.front:
            return self.world.front(step)
        return Refused("NoFrontend", "nobody said how to reach the frontend")

    def _refused(self, step: Step, answer: Refused, *, lost: bool) -> tuple[Came, str]:
        code, message = answer.code, answer.message
        if answer.signed_out:
            self.lost = step.settles and lost
            raise CouldNotTell(message, signed_out=True)
        # Of an alias it says that somebody else has moved it, unless we have.
        taken = _TAKEN.search(code) and (lost or step.operation != "update_alias")
        if taken or (lost and _OUT_OF_TURN.search(message)):
            return Came.DONE, _BEFORE
        if _OUT_OF_TURN.search(message):
            return Came.MOVED, message
        return Came.FAILED, f"{code}: {message}"

    def _shows(self) -> bool:
        """Whether the operation of a call without an answer is under way."""
        before = self.facts.status
        answer = self.world.account.stack(self.watch.stack_id)
        if self.watch.catch_up():
            return True
        return isinstance(answer, Present) and answer.value.status != before

    def _settle(self, message: str) -> tuple[Came, str]:
        ended, self.stack = self.watch.settle(begun=False)
        match ended:
            case Ended.SETTLED:
                self.begun = False
                return Came.DONE, message
            case Ended.LATE:
                return Came.LATE, "the stack is still moving"
            case Ended.INTERRUPTED:
                return Came.INTERRUPTED, "interrupted; the stack goes on by itself"
            case Ended.NOT_BEGUN:
                self.begun, self.lost = False, True
                return Came.LOST, "AWS took the call, and nothing of it shows"
            case Ended.DENIED:
                return Came.LOST, "nobody may look at the stack any longer"

    # --- the change set -------------------------------------------------------------

    def _review(self, step: Step) -> tuple[Came, str]:
        name = str(step.parameters["ChangeSetName"])
        review = self._made(name)
        if review is None:
            return Came.LATE, "the change set is still being made"
        if inverse.is_empty(review):
            self._drop(step)
            return Came.SAME, "the change set is empty"
        if review.status != "CREATE_COMPLETE":
            self._drop(step)
            return Came.FAILED, review.reason or review.status
        code_only = self.plan.row.how is How.RESTORE_CODE
        done = self._forward()
        if found := inverse.objections(review, done, code_only=code_only):
            self._drop(step)
            return Came.REFUSED, "; ".join(found)
        if not code_only and (left := inverse.left_out(review, done)):
            self.to_do.append(f"see to what stays as deployed: {', '.join(left)}")
        return Came.DONE, ""

    def _made(self, name: str) -> ChangeSetReview | None:
        """The change set once it is made; None where that takes too long.

        One that AWS took and does not show after a while is not there any more.
        """
        clock = self.world.clock
        patience = min(self.deadline, clock.now() + settle.BEGINS)
        while True:
            found = ask(
                self.world,
                lambda: self.world.account.change_set(self.watch.stack_id, name),
            )
            pending = found and found.status in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}
            if found and not pending:
                return found
            end = self.deadline if pending else patience
            if clock.now() >= end or not clock.wait(settle.POLL):
                return None

    def _forward(self) -> Forward:
        """What the deploy did; its own change set says it best, where it is left."""
        facts = self.facts
        if not facts.before or not facts.stack:
            raise CouldNotTell("nobody knows what the deploy changed")
        stack = facts.stack
        if facts.before.failed:  # more than one deploy is undone
            return inverse.forward(facts.before, facts.left, None)
        known = facts.deploy.change_set_id if facts.deploy else ""
        if not known and stack.change_set_id != facts.before.change_set_id:
            known = stack.change_set_id
        made = None
        if known:
            account = self.world.account
            made = ask(self.world, lambda: account.change_set(stack.stack_id, known))
        changes = made.changes if made and made.changes else None
        return inverse.forward(facts.before, facts.left, changes)

    def _drop(self, named: Step) -> None:
        """Delete the change set that a step names, which is our own."""
        why = "nobody is to execute it by mistake"
        place = {k: named.parameters[k] for k in ("StackName", "ChangeSetName")}
        step = Step(
            "delete-change-set",
            "cloudformation",
            "delete_change_set",
            place,
            why,
        )
        answer = self.world.account.perform(step)
        outcome, message = StepOutcome.DONE, ""
        if not isinstance(answer, Accepted):
            outcome, message = StepOutcome.NOT_REACHED, "it is left behind"
        self.results.append(StepResult(step, outcome, message))


_BEFORE = "taken before"
_OUTCOME = {
    Came.DONE: StepOutcome.DONE,
    Came.SAME: StepOutcome.DONE,
    Came.MOVED: StepOutcome.NOT_REACHED,
}
"""What is no failure of a step."""
