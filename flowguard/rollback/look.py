"""The world → the facts that a decision is made from, and what steps are made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from flowguard.lookups import Stack, StackEvent
from flowguard.model import (
    Absent,
    Observed,
    Pending,
    Present,
    Readiness,
    T,
    Unknown,
    UnknownKind,
)
from flowguard.model.snapshot import Kept, Snapshot
from flowguard.rollback import artifacts, journal, restore
from flowguard.rollback.causes import NESTED, Failure, failures
from flowguard.rollback.facts import Deploy, Facts, Front
from flowguard.rollback.health import Diagnosis, Health
from flowguard.rollback.restore import NoWay
from flowguard.rollback.row import How, Row
from flowguard.rollback.steps import Materials
from flowguard.rollback.world import World

TRIES = 4
PATIENCE = 2.0
"""Seconds before a read that was throttled or lost is made again; then twice that."""
MARGIN = timedelta(hours=1)
"""How much earlier than a stack says of its last deploy its events are read."""
DEEPEST = 5
"""How deep nested stacks are looked into."""


ASKED = Diagnosis(Health.ASKED)


class CouldNotTell(Exception):  # noqa: N818 — an answer is missing, nothing went wrong
    """AWS does not say what must be known."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for."""

    stack: str
    """A name or an id."""
    before: Snapshot | None = None
    deploy: Deploy | None = None
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
    name = before.stack_id if before else wish.stack
    stack = ask(world, lambda: world.account.stack(name))
    facts = Facts(
        name,
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
    facts = replace(
        facts,
        events=_events(world, stack, before),
        resources=ask(world, lambda: world.account.resources(stack.stack_id)) or (),
    )
    if not facts.last:
        return facts
    if stack.status == "UPDATE_ROLLBACK_FAILED":
        return replace(facts, failures=_failures(world, facts.last, DEEPEST))
    if stack.status == "UPDATE_IN_PROGRESS":
        seen = facts.last.events
        shifting = ask(world, lambda: world.account.shifting(seen)) or ""
        return replace(facts, shifting_deployment=shifting)
    return facts


def _events(
    world: World, stack: Stack, before: Snapshot | None
) -> tuple[StackEvent, ...]:
    """Since the snapshot; of the last deploy where there was nothing since."""
    account, stack_id = world.account, stack.stack_id
    if before:
        since = before.taken_at
        found = ask(world, lambda: account.events(stack_id, since)) or ()
        moving = stack.status.endswith("_IN_PROGRESS")
        if moving or journal.operations(found, stack_id):
            return found
    began = stack.updated or stack.created
    around = began - MARGIN if began else None
    found = ask(world, lambda: account.events(stack_id, around)) or ()
    return journal.since_last_deploy(found, stack_id)


def _failures(
    world: World, operation: journal.Recorded, depth: int, stack: str = ""
) -> tuple[Failure, ...]:
    """What could not be taken back; of a nested stack, what failed in it."""
    found: list[Failure] = []
    for failure in failures(operation, stack):
        inner: tuple[Failure, ...] = ()
        if failure.resource_type == NESTED and depth:
            inner = _nested(world, failure.physical_id, depth - 1)
        found += inner or (failure,)
    return tuple(found)


def _nested(world: World, stack_id: str, depth: int) -> tuple[Failure, ...]:
    rows = ask(world, lambda: world.account.events(stack_id)) or ()
    recorded = journal.operations(rows, stack_id)
    name = stack_id.split("/")[1] if stack_id.count("/") > 1 else stack_id
    return _failures(world, recorded[-1], depth, name) if recorded else ()


def ask(world: World, read: Callable[[], Observed[T]]) -> T | None:
    """What a read finds, None where there is no such thing.

    Raises `CouldNotTell` where nobody answers, after a few attempts.
    """
    wait = PATIENCE
    for _ in range(TRIES - 1):
        answer = read()
        if not isinstance(answer, Unknown) or not _passes(answer):
            break
        if not world.clock.wait(wait):
            raise CouldNotTell("interrupted")
        wait *= 2
    else:
        answer = read()
    match answer:
        case Present(value):
            return value
        case Absent():
            return None
        case Unknown():
            permission = f" (it needs {answer.permission})" if answer.permission else ""
            raise CouldNotTell(f"AWS does not say: {answer.reason}{permission}")
        case Pending():
            raise CouldNotTell("nobody asked AWS")


def _passes(unknown: Unknown) -> bool:
    return unknown.kind in {UnknownKind.THROTTLED, UnknownKind.UNREACHABLE}


# --- what steps are made of ---------------------------------------------------------

_TEXT = frozenset({How.RESTORE, How.REPLAY, How.RESTORE_CODE})
_FILES = frozenset({How.CONTINUE_RESTORING, How.CONTINUE_SKIPPING})


def materials(world: World, row: Row, facts: Facts, role_arn: str) -> Materials:
    """What the steps of a row need beside the facts.

    Raises `NoWay` where the snapshot does not have it, and `CouldNotTell`.
    """
    before = facts.before
    if row.how in _FILES:
        return _files(world, facts, role_arn)
    if row.how not in _TEXT or before is None or facts.stack is None:
        return Materials(role_arn=role_arn)
    name, _ = restore.template_of(before)
    code = row.how is How.RESTORE_CODE
    # Read wherever it lies: CloudFormation, which may read it itself, compares it
    # with no digest.
    text = _kept(world, before, name)
    if not code:
        values = _values(world, before)
        return Materials(template=text, values=values, role_arn=role_arn)
    stack_id = facts.stack.stack_id
    return Materials(
        template=_kept(world, before, "processed") if before.processed else text,
        running=ask(world, lambda: world.account.template(stack_id)) or "",
        live=ask(world, lambda: world.account.snapshot(stack_id)),
        role_arn=role_arn,
    )


def _files(world: World, facts: Facts, role_arn: str) -> Materials:
    objects = {}
    stuck = any(f.cause.value == "artifact" for f in facts.failures)
    for artifact in artifacts.missing(facts) if stuck else ():
        where = artifact.location
        there = ask(world, lambda where=where: world.account.versions(where))  # type: ignore[misc]
        if there:
            objects[where] = there
    return Materials(objects=objects, role_arn=role_arn)


def _kept(world: World, before: Snapshot, name: str) -> str:
    kept: Kept | None = getattr(before, name)
    text = ask(world, lambda: world.account.text(kept)) if kept else None
    if text is None:
        raise NoWay(
            f"the {name} template that the snapshot kept is gone, or is another now",
            "see who changed the snapshot, or what it keeps; --snapshot-digest tells "
            "whether the file is the one that was written",
            "deploy the last good release again",
        )
    return text


def _values(world: World, before: Snapshot) -> dict[str, str]:
    """The parameters' values that the snapshot keeps elsewhere."""
    if not any(p.withheld for p in before.parameters):
        return {}
    if not before.values or not before.values.location:
        return {}
    read = json.loads(_kept(world, before, "values"))
    found: dict[str, str] = read.get("parameters", {})
    return found
