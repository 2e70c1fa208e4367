"""Smoke tests → decision → rollback → smoke tests again.

A rollback counts as verified once the stack is what the snapshot says and the smoke
tests pass again. There is one rollback at most.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from flowguard.errors import FlowGuardError
from flowguard.guard import worse
from flowguard.guard.judge import diagnosis, verdict_of
from flowguard.guard.watch import (
    UNTESTED,
    Expected,
    Saw,
    Sight,
    under_way,
    until_testable,
)
from flowguard.guard.world import Outcome, World
from flowguard.model.ownership import Evidence, Source, Whose
from flowguard.model.results import Verdict
from flowguard.model.rollback import (
    Decision,
    Identity,
    IdentityOutcome,
    Live,
    RollbackReport,
    Wants,
)
from flowguard.model.smoke import OURS, SmokeOutcome, SmokeReport
from flowguard.rollback.exit_codes import carried_out
from flowguard.rollback.facts import NO_STACK
from flowguard.rollback.health import Diagnosis, Health
from flowguard.rollback.look import CouldNotTell, Wish, ask, release_of
from flowguard.rollback.proof import BY_HAND
from flowguard.rollback.row import MOVING
from flowguard.rollback.run import rollback
from flowguard.rollback.settle import Watch
from flowguard.smoke.verdict import verdict

SMOKE = "smoke tests"
"""What a run of them after the rollback is called among the things compared."""
WELL = "as good as before the deploy"
WORKS = "what is tested works"
"""Where nobody measured what the service did before."""
NO_BASELINE = (
    "take a baseline next time, right before the deploy (flowguard smoke --baseline "
    "FILE): without one nobody knows what failed before, and it is taken for broken"
)
BEYOND = (
    "look beyond the deploy: nothing was deployed, so that it is not the cause of what "
    "fails"
)
"""Of a failure that no deploy has brought about."""
BY_AWS = (
    "there is no snapshot to compare it with, so that the smoke tests alone are "
    "the proof"
)


def verify(world: World, wish: Wish) -> Outcome:
    """Judge a deploy that is done, and take it back where it must be.

    One that is under way is judged once its window is open, or once it has settled:
    half an update may fail what the whole of it passes.
    """

    def work() -> Outcome:
        account, clock = world.rollback.account, world.rollback.clock
        stack = ask(world.rollback, lambda: account.stack(wish.stack))
        if stack is None or stack.status not in MOVING or wish.dry_run:
            return prove(world, wish)
        watch = under_way(world.rollback, stack, clock.now() + wish.timeout)
        sight = until_testable(world.rollback, watch, Expected())
        if sight.saw in {Saw.LATE, Saw.DENIED}:
            again = f"once it has settled, {world.rollback.commands.again}"
            return stopped(world, wish.stack, UNTESTED[sight.saw], again)
        if sight.saw is not Saw.OPEN:
            return prove(world, wish)
        return prove(world, insisting(world, wish, sight), window=watch)

    return unless_interrupted(world, wish.stack, work)


def prove(
    world: World,
    wish: Wish,
    *,
    failed: str = "",
    serves: bool = True,
    window: Watch | None = None,
) -> Outcome:
    """The same, within a deploy.

    `failed` says why the deploy is known to have failed; unless the stack `serves`,
    there is nothing to test. `window` watches a stack whose release can be tested and
    cancelled, and which settles by itself where it is let be. Raises
    `KeyboardInterrupt` from the smoke tests.
    """
    smoke, found = None, Diagnosis(Health.BAD, (failed,))
    if serves:
        wish = replace(wish, measured=_release_now(world, wish))
        smoke, found = _measured(world)
        # What was measured on an unknown release proves nothing of the live one.
        wish = replace(wish, evidence=answered(smoke) if wish.measured else ())
        reasons = (failed, *found.reasons) if failed else found.reasons
        found = Diagnosis(found.health, reasons)
    if window and found.health is not Health.BAD:
        with suppress(CouldNotTell):  # what follows says it, beside the smoke tests
            window.settle(begun=True)
    done = rollback(world.rollback, replace(wish, diagnosis=found))
    if carried_out(done):
        done = _proven_by_smoke(world, done, smoke)
    elif smoke and found.health is Health.BAD:
        done = _not_of_the_deploy(done, baseline=bool(smoke.baseline))
    said = verdict_of(done, smoke, world.gate, failed=bool(failed))
    if smoke is None and serves and said is Verdict.PASS:
        said = Verdict.INCONCLUSIVE
    return Outcome(said, done, smoke)


def insisting(world: World, wish: Wish, sight: Sight) -> Wish:
    """The wish, within an open window: until it closes, AWS is asked again and again.

    When it opened is not known, so that the whole of it may be left.
    """
    minutes = sight.stack.monitoring_minutes if sight.stack else 0
    until = world.rollback.clock.now() + 60 * minutes
    return replace(wish, insist_until=until)


def _release_now(world: World, wish: Wish) -> tuple[datetime | None, str] | None:
    """The release that is about to be measured; None where AWS does not say."""
    account, until = world.rollback.account, wish.insist_until
    try:
        stack = ask(world.rollback, lambda: account.stack(wish.stack), until=until)
    except CouldNotTell:
        return None
    return release_of(stack) if stack else None


def answered(smoke: SmokeReport | None) -> tuple[Evidence, ...]:
    """What the smoke tests say of whose code it is that answers."""
    phases = smoke.phases if smoke else ()
    release = next((p for p in phases if p.name == "release"), None)
    if release is None or not release.answered:
        return ()
    if release.answered == OURS:
        text = "the service answers with this commit's code"
        return (Evidence(Source.RELEASE, Whose.OURS, text),)
    # That of the release before may answer still; whose it is, no answer says.
    text = f"the service answers with other code: {release.message}"
    return (Evidence(Source.RELEASE, Whose.UNPROVEN, text, refutes=True),)


def _measured(world: World) -> tuple[SmokeReport | None, Diagnosis]:
    try:
        smoke = world.measure()
    except FlowGuardError as error:
        # An update may be under way: that nobody can test it is no reason to leave.
        said = f"the smoke tests could not be run: {error.message}"
        return None, Diagnosis(Health.UNCLEAR, (said,))
    return smoke, diagnosis(smoke, world.gate)


def _proven_by_smoke(
    world: World, done: RollbackReport, first: SmokeReport | None
) -> RollbackReport:
    """What the smoke tests say of the rollback, added to what is known of it."""
    world.rollback.tell("the smoke tests are run again, on what is live now")
    try:
        smoke = (world.measure_again or world.measure)()
    except FlowGuardError as error:
        return _unproven(done, error.message)
    except KeyboardInterrupt:
        return _unproven(done, "interrupted")
    said = verdict(smoke, world.gate)
    if said is Verdict.PASS:
        passed = sum(r.outcome is SmokeOutcome.PASSED for r in smoke.results)
        text = f"{passed} of {len(smoke.results)} passed"
        known = smoke.baseline or (first and first.baseline)
        same = Identity(SMOKE, IdentityOutcome.SAME, WELL if known else WORKS, text)
        proven = done.verified is not False
        done = _without_snapshot(done)
        return replace(done, verified=proven, identities=(*done.identities, same))
    if said is Verdict.INCONCLUSIVE:
        return _unproven(done, ", ".join(worse.named(smoke, failed=False)))
    return _still_broken(done, smoke, first)


def _not_of_the_deploy(done: RollbackReport, *, baseline: bool) -> RollbackReport:
    """Where what failed is no release of the deploy's, that is told: nothing else of
    the run says where to look."""
    owned = done.ownership
    if owned and owned.whose is Whose.NONE:
        return replace(done, to_do=(*done.to_do, BEYOND))
    if done.live_release is not Live.BEFORE or done.decision is not Decision.KEEP:
        return done
    to_do = ["look beyond the deploy: the release from before it is live, and fails"]
    to_do += [] if baseline else [NO_BASELINE]
    return replace(done, to_do=(*done.to_do, *to_do))


def _without_snapshot(done: RollbackReport) -> RollbackReport:
    """Where there was nothing to compare with, that is told, and is no task left."""
    if BY_HAND not in done.to_do:
        return done
    to_do = tuple(text for text in done.to_do if text != BY_HAND)
    return replace(done, reasons=(*done.reasons, BY_AWS), to_do=to_do)


def _still_broken(
    done: RollbackReport, now: SmokeReport, first: SmokeReport | None
) -> RollbackReport:
    failed, before = worse.named(now), worse.named(first) if first else ()
    text = f"{', '.join(failed)} failed"
    to_do = [f"see why the service does not work after the rollback, either: {text}"]
    if set(failed) <= set(before) and done.live_release is Live.BEFORE:
        to_do.append("look beyond the deploy: the release from before fails, too")
        if first and not first.baseline:
            to_do.append(NO_BASELINE)
    if first:
        held = worse.held_against(first, now)
        to_do += held.forward
        done = replace(done, reasons=(*done.reasons, held.text))
    different = Identity(SMOKE, IdentityOutcome.DIFFERENT, WELL, text)
    return replace(
        done,
        verified=False,
        identities=(*done.identities, different),
        to_do=(*done.to_do, *to_do),
    )


def _unproven(done: RollbackReport, why: str) -> RollbackReport:
    unknown = Identity(SMOKE, IdentityOutcome.UNKNOWN, WELL, why)
    to_do = "test what is live now: flowguard smoke"
    return replace(
        done,
        verified=False,
        identities=(*done.identities, unknown),
        to_do=(*done.to_do, to_do),
    )


# --- where it ends early --------------------------------------------------------------


def unless_interrupted(
    world: World, stack: str, work: Callable[[], Outcome]
) -> Outcome:
    """What comes of `work`; where somebody ends it, what goes on without it."""
    try:
        return work()
    except CouldNotTell as error:
        again = world.rollback.commands.signed_in(stack)
        to_do = (*error.helps, *([again] if error.signed_out else []))
        return stopped(world, stack, error.reason, *to_do)
    except KeyboardInterrupt:
        commands = world.rollback.commands
        return stopped(
            world,
            stack,
            "interrupted",
            f"to go on from where the stack is then, {commands.again}",
            f"or, to take the deploy back, {commands.back(stack)}",
        )


def stopped(world: World, stack: str, why: str, *to_do: str) -> Outcome:
    """The outcome where nothing more is done: how the stack is, and what is next."""
    status = _status(world, stack)
    reasons = [why]
    if status in MOVING:
        reasons.append(f"{stack} is {status}, and goes on in AWS by itself")
    elif not status:
        reasons.append(f"AWS does not say how {stack} is: it may go on by itself")
    report = RollbackReport(
        Decision.STOP,
        row="",
        reasons=tuple(reasons),
        status_before=status,
        status_after=status,
        live="nobody can tell" if status in MOVING or not status else "",
        to_do=to_do,
        wants=Wants.ANSWER,
    )
    return Outcome(Verdict.INCONCLUSIVE, report)


def _status(world: World, name: str) -> str:
    try:
        found = ask(world.rollback, lambda: world.rollback.account.stack(name))
    except (CouldNotTell, KeyboardInterrupt):
        return ""
    return found.status if found else NO_STACK
