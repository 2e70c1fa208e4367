"""A rollback from beginning to end: look, decide, plan, act once, prove.

It may be run again at any time. What an earlier run began is found in AWS, and is
waited for and proven instead of being done a second time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from flowguard.lookups import Stack
from flowguard.model.ownership import Ownership, Whose
from flowguard.model.readiness import Readiness
from flowguard.model.rollback import (
    Decision,
    FailedResource,
    RollbackReport,
    StackOperation,
    StepOutcome,
    StepResult,
    Wants,
)
from flowguard.rollback import left_behind, outcomes, restore, settle, stays
from flowguard.rollback.causes import (
    SKIPPED,
    Failure,
    explained,
    failed_first,
    failures,
    run_again,
    too_early,
)
from flowguard.rollback.consent import (
    asks_for_approval,
    lacks_proof,
    not_this_plan,
)
from flowguard.rollback.decide import decide
from flowguard.rollback.execute import Came, Run
from flowguard.rollback.facts import NO_STACK, Facts, Restored
from flowguard.rollback.health import Diagnosis, Health
from flowguard.rollback.look import CouldNotTell, Wish, ask, look
from flowguard.rollback.materials import materials
from flowguard.rollback.ownership import TO_PROVE
from flowguard.rollback.plan import Plan, plan, unsealed
from flowguard.rollback.progress import how_far, is_done
from flowguard.rollback.proof import BY_HAND, Acted, compared, live, without
from flowguard.rollback.restore import InTheWay, NoWay
from flowguard.rollback.row import (
    DELETED,
    MOVING,
    TAKEN_BACK,
    Approval,
    Check,
    How,
    Row,
)
from flowguard.rollback.settle import Ended
from flowguard.rollback.steps import steps
from flowguard.rollback.table import BY_ID
from flowguard.rollback.table.deployed import SAME
from flowguard.rollback.table.restored import FORWARD
from flowguard.rollback.world import World

BETWEEN = MOVING - {"UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"}
"""Statuses of a stack that is neither what it was nor what it will be."""
WINDOW_CLOSES = (
    "the update goes on in AWS: once its window closes, the release stays, and can only "
    "be restored from a snapshot"
)
AGAIN = 5.0
"""Seconds until AWS is asked again while a window is open."""
OUT_OF_TURN = 3
"""How often the stack may turn out to be another than it was read before nobody
tries any longer."""


def rollback(world: World, wish: Wish) -> RollbackReport:
    """Do what the decision table says, at most once, and report it. Raises nothing
    but what is no matter of AWS's."""
    deadline = world.clock.now() + wish.timeout
    return _Rollback(replace(world, deadline=deadline), wish, deadline).run()


@dataclass(slots=True)
class _Rollback:
    """One run."""

    world: World
    wish: Wish
    deadline: float
    before: str = ""
    """The status as it was first found."""
    row: Row | None = None
    results: list[StepResult] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    to_do: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    hash: str = ""
    acted: Acted = Acted.NOT
    facts: Facts | None = None
    """As they were last read."""
    ownership: Ownership | None = None
    readiness: Readiness | None = None
    """What the two templates say of it, where that is worse than what was judged."""
    found: Row | None = None
    """The row of an earlier run's rollback, where that is the last operation."""
    failures: tuple[FailedResource, ...] = ()
    """What failed of the stack as it is now."""

    def run(self) -> RollbackReport:
        """All of it."""
        try:
            return self._insisting()
        except CouldNotTell as error:
            self.to_do += error.helps
            if error.signed_out:
                self._sign_in()
            return self._stop(error.reason, self.before, Wants.ANSWER)
        except KeyboardInterrupt:
            begun = self.acted is Acted.BEGUN
            goes_on = "; what was begun goes on in AWS" if begun else ""
            self.reasons.append(f"interrupted{goes_on}")
            self._next("to go on from where the stack is")
            return self._report(Decision.STOP, self._status(self.before))

    def _insisting(self) -> RollbackReport:
        """All of it, again where AWS did not answer and the window is still open: a
        release that is proven bad must not outlast it for want of a read."""
        while True:
            try:
                return self._loop()
            except CouldNotTell as error:
                clock = self.world.clock
                late = clock.now() >= self.wish.insist_until
                if late or not error.passes or self.acted is not Acted.NOT:
                    raise
                self.world.tell(f"{error.reason}; the window is open: asked again")
                if not clock.wait(AGAIN):
                    raise KeyboardInterrupt from None

    def _loop(self) -> RollbackReport:
        """Read the table until there is nothing to wait for, then do what it says."""
        out_of_turn = 0
        while True:
            facts = look(self.world, self.wish)
            self.facts, self.ownership = facts, facts.ownership
            self.failures = _explained(facts)
            self.before = self.before or facts.status
            self.found = BY_ID.get(facts.last.row) if facts.last else None
            row = self.row = decide(facts)
            self.world.tell(f"{row.id}: {row.says}")
            self._tell_lasting(facts)
            if row.how is How.WAIT:
                if report := self._wait(facts):
                    return report
                continue
            if row.how is How.NOTHING:
                return self._nothing(facts, row)
            try:
                made = self._plan(facts, row)
            except NoWay as no_way:
                # What was found stays true; what follows from it does not.
                found, _, follows = row.says.partition(": ")
                says = found if follows else "there is no way back by itself"
                self.row = replace(row, says=says)
                self.to_do += no_way.advice
                wants = lacks_proof(facts) if isinstance(no_way, InTheWay) else None
                return self._stop(no_way.reason, facts.status, wants)
            if report := self._held(made, facts):
                return report
            run, came = self._act(made, facts)
            if came is Came.MOVED and out_of_turn < OUT_OF_TURN:
                out_of_turn += 1
                self.results = [r for r in self.results if is_done(r)]
                continue
            if self._again(run, came):
                continue
            return self._conclude(run, came)

    def _tell_lasting(self, facts: Facts) -> None:
        """What of the deploy stays, whatever is done, and what to do about it."""
        told = [str(each) for each in facts.lasting]
        told += [facts.uncompared] if facts.uncompared else []
        self.reasons += [reason for reason in told if reason not in self.reasons]
        self.to_do += [each.to_do for each in facts.lasting]
        if facts.cannot_be_undone and facts.readiness is Readiness.GREEN:
            self.readiness = Readiness.AMBER  # whoever judged it knew less

    # --- before anything is done ------------------------------------------------------

    def _wait(self, facts: Facts) -> RollbackReport | None:
        """Until the stack has settled; a report where that takes too long."""
        assert facts.stack  # noqa: S101 — only a stack moves
        last = facts.events[-1] if facts.events else None
        watch = settle.watch(self.world, facts.stack.stack_id, self.deadline, last)
        if self.wish.dry_run:
            why = "an operation is under way: wait for it"
            return self._stop(why, facts.status, Wants.ANSWER)
        ended, _ = watch.settle(begun=True)
        self.lines += watch.lines
        if ended is Ended.SETTLED:
            self._outdate(facts)
            return None
        why = {
            Ended.LATE: "the stack is still moving, and the time is over",
            Ended.INTERRUPTED: "interrupted; the stack goes on by itself",
        }.get(ended, "nobody may look at the stack")
        self._next("to go on from where the stack is then")
        return self._stop(why, facts.status, Wants.ANSWER)

    def _outdate(self, facts: Facts) -> None:
        """What was measured while the stack moved says nothing of what it is now."""
        if facts.health is Health.ASKED or facts.status not in BETWEEN:
            return
        ours = facts.last is not None and bool(facts.last.row)
        health = Health.ASKED if ours else Health.UNCLEAR
        said = (*self.wish.diagnosis.reasons, "measured while the stack was moving")
        self.wish = replace(self.wish, diagnosis=Diagnosis(health, said))

    def _plan(self, facts: Facts, row: Row) -> Plan:
        given = materials(self.world, row, facts, self.wish.role_arn)
        made = plan(
            row,
            facts,
            lambda name: steps(row, facts, given, name),
            given.needed,
            given.doubts,
        )
        self.hash = made.hash
        if row.how is How.RESTORE and facts.before:
            self.to_do += [
                f"check the NoEcho parameter {key}: its value stays the new release's"
                for key in restore.unreadable(facts.before)
            ]
        return made

    def _held(self, made: Plan, facts: Facts) -> RollbackReport | None:
        """The report where the plan is shown and not carried out."""
        destroys = any(step.destroys for step in made.steps)
        asks = (
            destroys
            or bool(made.doubts)
            or asks_for_approval(made.row, facts, unproven_acts=self.wish.unproven_acts)
        )
        approved = self.wish.approve == made.hash
        if (not asks or approved) and not self.wish.dry_run:
            return None
        self.results = [
            StepResult(unsealed(step), StepOutcome.NOT_REACHED) for step in made.steps
        ]
        self.to_do += made.row.advice
        self.reasons += made.doubts
        if self.wish.approve and not approved:
            self.reasons.append(not_this_plan(self.wish.approve, made.hash))
        self.to_do += [
            f"find out what {name} has done, and whether a second run does harm: going "
            "on runs it again"
            for name in run_again(facts.failures)
            if facts.status == "UPDATE_ROLLBACK_FAILED"
        ]
        self.to_do += [
            f"do not approve before that: {name} can go back {after}"
            for name, after in too_early(facts.failures)
            if facts.status != "DELETE_FAILED"
        ]
        if asks and not approved:
            stack = facts.stack.stack_id if facts.stack else facts.name
            self.to_do.append(self.world.commands.approval(stack, made.hash))
            ours = facts.whose is Whose.OURS
            if made.row.approval is Approval.OURS and not ours:
                self.reasons.append(facts.ownership.text)
                self.to_do += TO_PROVE
        wants = Wants.APPROVAL if asks and not approved else None
        return self._report(made.row.decision, facts.status, wants=wants)

    # --- what is done -----------------------------------------------------------------

    def _act(self, made: Plan, facts: Facts) -> tuple[Run, Came]:
        last = facts.events[-1] if facts.events else None
        stack_id = facts.stack.stack_id if facts.stack else facts.name
        watch = settle.watch(self.world, stack_id, self.deadline, last)
        run = Run(self.world, made, facts, self.deadline, watch, self.wish.insist_until)
        try:
            came = run.carry_out()
        finally:
            self.acted = how_far(run)
            self.results += run.results
            self.lines += watch.lines
            self.to_do += run.to_do
        return run, came

    def _again(self, run: Run, came: Came) -> bool:
        """Whether what is busy may be tried again: no other rollback is begun."""
        later = run.plan.row.how is How.CONTINUE_LATER
        stuck = run.stack is not None and run.stack.status == "UPDATE_ROLLBACK_FAILED"
        if not (came is Came.DONE and later and stuck):
            return False
        now = look(self.world, self.wish)
        return decide(now) is run.plan.row and self._left(now, run.plan.row)

    def _left(self, facts: Facts, row: Row) -> bool:
        """Whether there is an attempt left."""
        try:
            self._plan(facts, row)
        except NoWay as no_way:
            self.reasons.append(no_way.reason)
            self.to_do += no_way.advice
            return False
        return True

    # --- afterwards -------------------------------------------------------------------

    def _conclude(self, run: Run, came: Came) -> RollbackReport:
        row, facts = run.plan.row, run.facts
        status = run.stack.status if run.stack else NO_STACK
        match came:
            case Came.DONE:
                return self._done(run, status)
            case Came.SAME:
                self.row = SAME
                return self._nothing(facts, SAME)
            case Came.REFUSED:
                why = "the change set is not the inverse of the deploy"
                self.to_do.append(
                    "deploy the last good release by hand, or roll forward"
                )
                return self._stop(why, facts.status)
            case Came.FAILED:
                self.to_do += row.advice
                return self._report(row.decision, facts.status, verified=False)
            case Came.LOST:
                self._next("to see what became of the last call")
                status = self._status(facts.status)
                return self._report(row.decision, status, verified=False)
            case _:
                self._next("to go on from where the stack is")
                said = self.results[-1].message if self.results else came.value
                stopped = [r.message for r in self.results if r.message] or [said]
                if self.acted is Acted.BEGUN:
                    late = "the time is over" if came is Came.LATE else "interrupted"
                    stopped = [f"{late}; what was begun goes on in AWS"]
                return self._stop(stopped[-1], facts.status, Wants.ANSWER)

    def _done(self, run: Run, status: str) -> RollbackReport:
        """All calls were taken: whether the stack is what it was is another matter."""
        row, facts = run.plan.row, run.facts
        self.to_do += row.advice
        if row.how is How.FRONT:
            return self._report(row.decision, facts.status)
        if status not in row.ends:
            why = failed_first(run.watch.seen)
            run.failed(why or f"the stack ended in {status}")
            self.results = [*self.results[: -len(run.results)], *run.results]
            self.reasons.append(f"the stack ended in {status}")
            self._explain()
            if status in TAKEN_BACK:  # only a restoring was to end in another status
                self.to_do += FORWARD
            else:
                back = self.world.commands.back(run.watch.stack_id)
                self.to_do.append(f"see why in its events; to go on from there, {back}")
            return self._report(row.decision, status, verified=False)
        self.failures = tuple(_cleared(f) for f in self.failures)
        if Check.GONE in row.verifies:
            return self._gone(run, status)
        return self._proven(facts, row, status, native=row.how is not How.RESTORE)

    def _explain(self) -> None:
        """Look at what failed now; where nobody tells, its events are all there is."""
        try:
            self.failures = _explained(look(self.world, self.wish))
        except (CouldNotTell, KeyboardInterrupt):
            return

    def _gone(self, run: Run, status: str) -> RollbackReport:
        """Of a stack that was deleted what is left is what was to be left."""
        since = tuple(run.watch.seen)
        left = left_behind.left(since, run.watch.stack_id)
        self.to_do += [f"adopt or delete {one}: no stack has it" for one in left]
        if status not in DELETED:
            self._next("to delete the stack, which frees its name")
        verified = True if status in DELETED else None
        return self._report(run.plan.row.decision, status, verified=verified)

    def _nothing(self, facts: Facts, row: Row) -> RollbackReport:
        """What is said where nothing is done; where there is a proof, it is made."""
        self.to_do += row.advice
        if self.found and row.says_of_ours:
            row = self.row = replace(row, says=row.says_of_ours)
        elif facts.last and row.shows_failure:
            what = failed_first(facts.last.events)
            self.reasons += [what] if what else []
        wants = row.wants or lacks_proof(facts)
        if wants is Wants.PROOF:
            self.reasons.append(facts.ownership.text)
        if facts.stack is None:
            where = f" in {self.world.region}" if self.world.region else ""
            self.reasons.append(f"there is no stack {self.wish.stack}{where}")
        if not row.verifies or Check.GONE in row.verifies:
            gone = True if Check.GONE in row.verifies else None
            return self._report(row.decision, facts.status, verified=gone, wants=wants)
        native = facts.status in TAKEN_BACK
        if facts.restored is not Restored.NO and facts.last:
            # What was brought back by then is for the row to say that did it.
            done = BY_ID.get(facts.last.row, row)
            row = replace(row, verifies=done.verifies)
        return self._proven(facts, row, facts.status, native=native)

    def _proven(
        self, facts: Facts, row: Row, status: str, *, native: bool
    ) -> RollbackReport:
        """The report with the stack compared to the snapshot, where there is one."""
        if not facts.has_snapshot or not facts.before or not facts.stack:
            self.to_do.append(BY_HAND)
            return self._report(row.decision, status)
        proof = without(
            compared(self.world, facts, row.verifies, native=native), _left_out(facts)
        )
        self.to_do += proof.to_do
        return replace(
            self._report(row.decision, status, verified=proof.holds),
            identities=proof.identities,
        )

    # --- the report -------------------------------------------------------------------

    def _next(self, why: str) -> None:
        """Note what that is for, and what goes on with this."""
        self.to_do.append(f"{why}, {self.world.commands.again}")

    def _sign_in(self) -> None:
        """Note what goes on once AWS takes the credentials again."""
        if self.world.clock.now() < self.wish.insist_until:
            self.reasons.append(WINDOW_CLOSES)
        stack = self.wish.before.stack_id if self.wish.before else ""
        signed_in = self.world.commands.signed_in
        self.to_do.append(signed_in(stack or self.wish.stack, self.wish.approve))

    def _stop(
        self, why: str, status: str, wants: Wants | None = None
    ) -> RollbackReport:
        self.reasons.append(why)
        return self._report(Decision.STOP, self._status(status), wants=wants)

    def _status(self, otherwise: str) -> str:
        """The status now, for a report that ends early."""
        try:
            name = self.wish.before.stack_id if self.wish.before else ""
            account = self.world.account
            stack: Stack | None = ask(
                self.world, lambda: account.stack(name or self.wish.stack)
            )
        except (CouldNotTell, KeyboardInterrupt):
            return otherwise
        return stack.status if stack else NO_STACK

    def _report(
        self,
        decision: Decision,
        status: str,
        *,
        verified: bool | None = None,
        wants: Wants | None = None,
    ) -> RollbackReport:
        row = self.row
        said = (row.says,) if row else ()
        done = self.found if self.acted is Acted.NOT else row
        release, serves = live(status, row, self.acted, self.found)
        before = self.wish.before
        return RollbackReport(
            decision=decision,
            row=row.id if row else "",
            reasons=(
                *said,
                *self.wish.diagnosis.reasons,
                *self.reasons,
                *(outcomes.told(before) if before else ()),
            ),
            readiness=self.readiness
            or self.wish.readiness
            or (before.readiness if before else None),
            plan_hash=self.hash,
            needs_approval=wants is Wants.APPROVAL,
            steps=tuple(self.results),
            status_before=self.before,
            status_after=status,
            events=tuple(self.lines),
            verified=verified,
            live=serves,
            live_release=release,
            not_rolled_back=stays.not_rolled_back(release, row, self.facts, done),
            to_do=tuple(dict.fromkeys(self.to_do)),
            ownership=self.ownership,
            wants=wants,
            failures=self.failures,
        )


def _cleared(failure: FailedResource) -> FailedResource:
    """A failure that another attempt has left behind; what a deploy failed at stays."""
    if failure.during is StackOperation.DEPLOY:
        return failure
    return replace(failure, helps=(), retry="it has worked since, or was left out")


def _left_out(facts: Facts) -> tuple[Failure, ...]:
    """What a rollback of ours went on without, now or in an earlier run."""
    found, last = facts.failures, facts.last
    done = BY_ID.get(last.row) if last else None
    if done and done.how is How.CONTINUE_SKIPPING and facts.operations[1:]:
        found += failures(facts.operations[-2])
    return tuple(dict.fromkeys(f for f in found if f.cause in SKIPPED))


def _explained(facts: Facts) -> tuple[FailedResource, ...]:
    """What the last deploy failed at, and what could not be taken back or deleted."""
    deleted = facts.status == "DELETE_FAILED"
    taken_back = StackOperation.DELETION if deleted else StackOperation.ROLLBACK
    return (
        *explained(facts.failures, taken_back),
        *explained(facts.refused, StackOperation.DEPLOY),
    )
