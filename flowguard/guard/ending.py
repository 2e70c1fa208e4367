"""What comes of a deploy that can be tested, has settled, or changed nothing."""

from __future__ import annotations

from dataclasses import replace

from flowguard.errors import FlowGuardError
from flowguard.guard.verify import BEYOND, insisting, prove
from flowguard.guard.watch import Saw, Sight, cancelled, cause
from flowguard.guard.world import Outcome, World
from flowguard.lookups import Stack, StackEvent
from flowguard.model.ownership import Ownership, Whose, of_release
from flowguard.model.questions import Absent, Observed, Present
from flowguard.model.readiness import Readiness
from flowguard.model.results import Verdict
from flowguard.model.rollback import Decision, Live, RollbackReport, Wants
from flowguard.model.snapshot import Snapshot
from flowguard.rollback.look import Wish, ask
from flowguard.rollback.row import GOOD, TAKEN_BACK
from flowguard.rollback.settle import Watch
from flowguard.rollback.world import World as Account
from flowguard.smoke.verdict import verdict

NOTHING_NEW = "the release from before: nothing was deployed"
"""What is live where a run has deployed nothing."""
MEANWHILE = (
    "somebody else deployed meanwhile: what was tested may not be the release that was "
    "to be deployed"
)


def is_outdated(given: Snapshot, stack: Stack) -> bool:
    """Whether it is of another release than the stack has now."""
    return given.last_updated != (stack.updated or stack.created)


def is_another(before: Stack, now: Stack) -> bool:
    """Whether a stack runs another release than when it was read before."""
    return (before.updated, before.change_set_id) != (now.updated, now.change_set_id)


def rollback_point(
    world: Account,
    stack: Stack,
    events: tuple[StackEvent, ...],
    given: Snapshot | None,
    *,
    safe: bool = False,
) -> Snapshot | None:
    """The snapshot that is given, or one of now. What the stack does from here on is
    since the snapshot: no deploy came after the last of `events`.

    `safe` is whether the deploy was judged to be taken back without loss: then its own
    snapshot is a way back, which this process alone can go.

    Raises `FlowGuardError` where somebody deployed since, and `CouldNotTell`.
    """
    if given and is_outdated(given, stack):
        raise FlowGuardError(
            f"the snapshot is of another release than {stack.name} has now: "
            "somebody deployed since it was taken",
            help="take a new one: flowguard snapshot",
        )
    if given and given.failed:
        return given  # it goes back to before the deploys that failed
    before = given or ask(
        world, lambda: world.account.snapshot(stack.stack_id, held=safe)
    )
    if before and safe and not given:
        before = replace(before, readiness=Readiness.GREEN)
    last = events[-1].id if events else ""
    return replace(before, last_event=last) if before and last else before


def concluded(world: World, sight: Sight, watch: Watch, wish: Wish) -> Outcome:
    """What comes of a deploy that is in its window, or has settled."""
    status = sight.stack.status if sight.stack else ""
    if sight.saw is Saw.OPEN:
        world.rollback.tell("the window is open: the smoke tests are run inside of it")
        seen = (
            {e.logical_id for e in sight.operation.events} if sight.operation else set()
        )
        if wish.deploy and not wish.deploy.logical_ids <= seen:
            wish = replace(wish, deploy=replace(wish.deploy, logical_ids=frozenset()))
        return prove(world, insisting(world, wish, sight), window=watch)
    if status in GOOD:
        return prove(world, wish)
    why = "the deploy failed"
    if sight.operation and sight.operation.row:
        why = "an earlier run took the deploy back"
    elif reason := cause(watch.seen):
        why += f": {reason}"
    elif cancelled(watch.seen):
        why = "somebody cancelled the deploy"
    return prove(world, wish, failed=why, serves=status in TAKEN_BACK)


def unchanged(status: str) -> tuple[Live, str]:
    """What is live, in a word and in words, of a stack of that status that nothing was
    deployed to; empty where that is no release that is whole."""
    settled = status in GOOD | TAKEN_BACK
    return (Live.BEFORE, NOTHING_NEW) if settled else (Live.UNKNOWN, "")


def untouched(
    world: World, stack: str, *, unless_ours: str = "", was: Stack | None = None
) -> Outcome:
    """The outcome where nothing was deployed, or by an earlier run that was killed:
    what the service did a moment ago excuses nothing.

    It is no success of a stack that is stuck, or moves, or that nobody sees; nor,
    where `unless_ours` says so, of one whose live release is not proven to be the one
    at hand; nor of one that is no longer as it `was` found. Raises `FlowGuardError` where the smoke tests cannot be run, and
    `CouldNotTell`.
    """
    world.forget()
    smoke = world.measure()
    answer = world.rollback.account.stack(stack)
    status = answer.value.status if isinstance(answer, Present) else ""
    said, reasons = verdict(smoke, world.gate), ["nothing was deployed"]
    if status not in GOOD | TAKEN_BACK:
        reasons.append(_no_release(stack, answer))
        said = Verdict.INCONCLUSIVE if said is Verdict.PASS else said
    owned = Ownership(Whose.NONE, text="nothing was deployed")
    if unless_ours and isinstance(answer, Present):
        found = of_release(world.rollback.evidence(answer.value))
        owned = replace(owned, evidence=found)
    proven = any(e.says is Whose.OURS for e in owned.evidence)
    wants = Wants.PROOF if unless_ours and not proven else None
    if wants:
        reasons.append(unless_ours.format(stack=stack))
        reasons += [evidence.text for evidence in owned.evidence]
        said = Verdict.INCONCLUSIVE
    live = unchanged(status)
    if was and isinstance(answer, Present) and is_another(was, answer.value):
        wants, said = Wants.PROOF, Verdict.INCONCLUSIVE
        reasons.append(MEANWHILE)
        live = (Live.UNKNOWN, "nobody can tell")
    settled = status in GOOD | TAKEN_BACK
    outage = said is Verdict.BLOCK and settled and not wants
    done = RollbackReport(
        Decision.STOP if wants else Decision.KEEP,
        row="",
        reasons=tuple(reasons),
        status_before=status,
        status_after=status,
        live=live[1],
        live_release=live[0],
        to_do=(BEYOND,) if outage else (),
        ownership=owned,
        wants=wants,
    )
    return Outcome(said, done, smoke)


def _no_release(name: str, answer: Observed[Stack]) -> str:
    """Why a stack is none whose release could be tested."""
    match answer:
        case Present(stack):
            return f"{name} is {stack.status}"
        case Absent():
            return f"there is no stack {name}"
        case _:
            return f"AWS does not say how {name} is"
