"""A row and what was found → the exact calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flowguard.model.rollback import ObjectVersions, Sealed, Step
from flowguard.model.snapshot import Artifact, Snapshot
from flowguard.rollback import aliases, artifacts, restore
from flowguard.rollback.causes import Cause, run_again, skipped
from flowguard.rollback.facts import DATA, Facts
from flowguard.rollback.journal import Recorded
from flowguard.rollback.plan import change_set_name
from flowguard.rollback.restore import NoWay
from flowguard.rollback.row import How, Row
from flowguard.rollback.table import row_of

CFN = "cloudformation"
WAITS = "wait"
REVIEW = "review"
"""Operations that call nothing: FlowGuard waits; FlowGuard reads a change set and
refuses one that is not the inverse of the deploy."""

PAUSE = 30.0
"""Seconds before what was busy is tried again; twice as long each time."""


@dataclass(frozen=True, slots=True)
class Materials:
    """What the steps are made of beside the facts; read for those that need it."""

    template: str = field(default="", repr=False)
    """The text that the snapshot keeps, its digest compared."""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The parameters' withheld values."""
    running: str = field(default="", repr=False)
    """The template that runs now."""
    objects: Mapping[str, ObjectVersions] = field(default_factory=dict)
    """What S3 has of each artifact that is needed, by its location."""
    needed: tuple[Artifact, ...] = ()
    """The files in S3 that a restore cannot do without."""
    doubts: tuple[str, ...] = ()
    """What nobody could tell, so that a person must approve."""
    live: Snapshot | None = None
    role_arn: str = ""
    """A role that the user names for CloudFormation."""


@dataclass(frozen=True, slots=True)
class Basis:
    """All that steps are made from."""

    row: Row
    facts: Facts
    given: Materials
    plan: str
    """What new names are made from."""


def steps(row: Row, facts: Facts, given: Materials, plan: str) -> tuple[Step, ...]:
    """The steps of a row; none where it has nothing to do.

    `plan` is what new names are made from. Raises `NoWay`.
    """
    builder = BUILDERS.get(row.how)
    return builder(Basis(row, facts, given, plan)) if builder else ()


# --- CloudFormation's own ways back -------------------------------------------------


def _cancel(on: Basis) -> tuple[Step, ...]:
    return (
        Step(
            "cancel-update",
            CFN,
            "cancel_update_stack",
            {"StackName": _id(on.facts)},
            "the old resources are still there, and CloudFormation goes back to them",
            settles=True,
        ),
    )


def _stop_shift(on: Basis) -> tuple[Step, ...]:
    return (
        Step(
            "stop-deployment",
            "codedeploy",
            "stop_deployment",
            {
                "deploymentId": on.facts.shifting_deployment,
                "autoRollbackEnabled": True,
            },
            "traffic goes back to the old version, and the update fails with it",
            settles=True,
        ),
    )


def _roll_back_stack(on: Basis) -> tuple[Step, ...]:
    created = on.facts.status == "CREATE_FAILED"
    return (
        Step(
            "roll-back-stack",
            CFN,
            "rollback_stack",
            {
                "StackName": _id(on.facts),
                **_role(on.given),
                # Else what the failed deploy made and retains is an orphan whose
                # name the next deploy cannot take.
                "RetainExceptOnCreate": True,
            },
            "deletes what the failed creation made"
            if created
            else "back to the last good state",
            destroys=created,
            settles=True,
        ),
    )


def _continue(on: Basis) -> tuple[Step, ...]:
    return *_files_back(on), _continued(on.facts, on.given)


def _files_back(on: Basis) -> tuple[Step, ...]:
    """What brings back the files that a stuck rollback lacks, whatever else it lacks."""
    if any(f.cause is Cause.ARTIFACT for f in on.facts.failures):
        lacking = artifacts.missing(on.facts)
        return artifacts.put_back(lacking, on.given.objects, artifacts.CONTINUE)
    return ()


def _continue_later(on: Basis) -> tuple[Step, ...]:
    tried = sum(attempts(o) for o in on.facts.operations)
    if tried >= on.row.tries:
        raise NoWay(
            f"the rollback was tried again {tried} times, and what is busy still is",
            "see what the failed resources wait for, before anybody tries again",
        )
    seconds = PAUSE * 2**tried
    why = "what is in the way passes by itself"
    pause = Step("pause", "", WAITS, {"seconds": seconds}, why)
    return pause, *_continue(on)


def attempts(operation: Recorded) -> int:
    """1 for an operation by which we tried a busy rollback again, else 0."""
    return int(row_of(operation.row).how is How.CONTINUE_LATER)


def _continue_skipping(on: Basis) -> tuple[Step, ...]:
    skip = skipped(on.facts.failures)
    return *_files_back(on), _continued(on.facts, on.given, skip)


def _continued(facts: Facts, given: Materials, skip: list[str] | None = None) -> Step:
    why = f"goes on without {', '.join(skip)}" if skip else "goes on, skipping nothing"
    if again := run_again(facts.failures):
        why += f"; continuing runs {', '.join(again)} again"
    return Step(
        "continue-rollback",
        CFN,
        "continue_update_rollback",
        {
            "StackName": _id(facts),
            **_role(given),
            **({"ResourcesToSkip": skip} if skip else {}),
        },
        why,
        destroys=bool(skip),
        settles=True,
    )


# --- the snapshot -------------------------------------------------------------------


def _restore(on: Basis) -> tuple[Step, ...]:
    before, now = _before(on.facts), on.facts.stack
    assert now  # noqa: S101 — the table asks for a status that only a stack has
    _, kept = restore.template_of(before)
    source = restore.source(kept, on.given.template, before.region)
    asked = restore.change_set(before, now, source, on.given.values)
    return *_needed_back(on), *_by_change_set(asked, on.plan)


def _needed_back(on: Basis) -> tuple[Step, ...]:
    """What brings back the files that the old release is made from."""
    return artifacts.put_back(on.given.needed, on.given.objects, artifacts.AGAIN)


def _replay(on: Basis) -> tuple[Step, ...]:
    """As `_restore`, as a stack in that state takes it: in EXPRESS, not rolled back."""
    *put, create, review, execute = _restore(on)
    asked = {**create.parameters, "DeploymentConfig": {"Mode": "EXPRESS"}}
    why = "a stack that failed in EXPRESS mode takes no other"
    final = {**execute.parameters, "DisableRollback": True}
    return (
        *put,
        replace(create, parameters=asked, why=why),
        review,
        replace(execute, parameters=final, destroys=True),
    )


def _restore_code(on: Basis) -> tuple[Step, ...]:
    before, now = _before(on.facts), on.facts.stack
    assert now  # noqa: S101 — as above
    text = restore.with_code_of(on.given.template, on.given.running)
    _, beside = restore.template_of(before)
    put: tuple[Step, ...] = ()
    kept = restore.keep(text, beside)
    if len(text.encode()) > restore.INLINE and restore.is_remote(beside):
        bucket, _, key = kept.location.removeprefix("s3://").partition("/")
        body = Sealed(text, f"<template {kept.sha256[:12]}>")
        asked = {"Bucket": bucket, "Key": key, "Body": body, "IfNoneMatch": "*"}
        why = "a template as long as this must lie in S3"
        put = (Step("restore-keep-template", "s3", "put_object", asked, why),)
    else:
        kept = replace(kept, location="")
    source = restore.source(kept, text, before.region)
    request = restore.change_set_of_code(now, source)
    create, review, execute = _by_change_set(request, on.plan)
    # Traffic is moved once it is known that the rest may follow.
    return (
        *_needed_back(on),
        *put,
        create,
        review,
        *aliases.back(before, on.given.live),
        execute,
    )


def _by_change_set(asked: Mapping[str, Any], plan: str) -> tuple[Step, Step, Step]:
    name = change_set_name(plan)
    named = {**asked, "ChangeSetName": name}
    place = {"StackName": asked["StackName"], "ChangeSetName": name}
    final = {**place, "DisableRollback": False, "RetainExceptOnCreate": True}
    return (
        Step(
            "create-change-set",
            CFN,
            "create_change_set",
            named,
            "says what it would do",
        ),
        Step("review", "", REVIEW, place, "goes on only if it is the inverse"),
        Step("execute-change-set", CFN, "execute_change_set", final, settles=True),
    )


# --- deletion, and the frontend -----------------------------------------------------


def _delete(on: Basis) -> tuple[Step, ...]:
    return (_deleted(on.facts, on.given, []),)


def _delete_retaining(on: Basis) -> tuple[Step, ...]:
    keep = sorted(
        r.logical_id
        for r in on.facts.left
        if r.resource_type in DATA or r.status == "DELETE_FAILED"
    )
    # AWS takes the list in this state alone.
    return (
        _deleted(
            on.facts, on.given, keep if on.facts.status == "DELETE_FAILED" else []
        ),
    )


def _deleted(facts: Facts, given: Materials, keep: list[str]) -> Step:
    if facts.stack and facts.stack.termination_protection:
        raise NoWay(
            "termination protection is on, and FlowGuard never switches it off",
            "switch it off yourself, if the stack is to go",
        )
    why = f"keeps {', '.join(keep)} outside of any stack" if keep else "frees the name"
    return Step(
        "delete-stack",
        CFN,
        "delete_stack",
        {
            "StackName": _id(facts),
            **_role(given),
            **({"RetainResources": keep} if keep else {}),
        },
        why,
        destroys=True,
        settles=True,
    )


def _front(on: Basis) -> tuple[Step, ...]:
    assert on.facts.front  # noqa: S101 — the table asks for it
    return (
        Step(
            "front-rollback",
            "vercel",
            "rollback",
            {
                "projectId": on.facts.front.project,
                "deploymentId": on.facts.front.deployment,
            },
            "the domains lead to the deployment from before",
        ),
    )


def _id(facts: Facts) -> str:
    return facts.stack.stack_id if facts.stack else facts.name


def _role(given: Materials) -> dict[str, str]:
    return {"RoleARN": given.role_arn} if given.role_arn else {}


def _before(facts: Facts) -> Snapshot:
    if facts.before is None:
        raise NoWay("there is no snapshot to go back to")
    return facts.before


BUILDERS: Mapping[How, Callable[[Basis], tuple[Step, ...]]] = {
    How.CANCEL: _cancel,
    How.STOP_SHIFT: _stop_shift,
    How.ROLL_BACK_STACK: _roll_back_stack,
    How.CONTINUE: _continue,
    How.CONTINUE_RESTORING: _continue,
    How.CONTINUE_LATER: _continue_later,
    How.CONTINUE_SKIPPING: _continue_skipping,
    How.REPLAY: _replay,
    How.RESTORE: _restore,
    How.RESTORE_CODE: _restore_code,
    How.DELETE: _delete,
    How.DELETE_RETAINING: _delete_retaining,
    How.FRONT: _front,
}
"""What makes the steps of a row; waiting and doing nothing have none."""
