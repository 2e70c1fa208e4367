"""Takes the snapshot of a stack: what it is before a deploy, from many answers.

It reads; what it may write is the templates, to where its keeper keeps them.
What nobody would tell is said in the snapshot, which is taken all the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from flowguard.aws import (
    events,
    recovery,
    snapshot_data,
    snapshot_functions,
    snapshot_nested,
    snapshot_runtime,
    snapshot_stack,
)
from flowguard.aws.answers import remedy
from flowguard.aws.session import Aws
from flowguard.aws.snapshot_keep import Keeper, Texts, folder
from flowguard.aws.snapshot_parts import Gaps
from flowguard.aws.stacks import stack_named, stack_resources, template_at
from flowguard.errors import AccountError, FlowGuardError
from flowguard.lookups import (
    Stack,
    StackNamed,
    StackPolicyOf,
    StackResource,
    StackResources,
)
from flowguard.model.questions import Absent, AccountState, Observed, Present, Unknown
from flowguard.model.snapshot import RollbackTrigger, Snapshot
from flowguard.plan.deployed import deployed_resources
from flowguard.stack_states import STATES, Ready
from flowguard.template import Resource

PERMISSIONS = frozenset(
    {
        "cloudformation:DescribeStacks",
        events.PERMISSION,
        "cloudformation:GetStackPolicy",
        "cloudformation:GetTemplate",
        "cloudformation:ListStackResources",
        *snapshot_stack.PERMISSIONS,
        *snapshot_functions.PERMISSIONS,
        *snapshot_runtime.PERMISSIONS,
        *snapshot_data.PERMISSIONS,
    }
)
"""What it asks of AWS; what a keeper needs is apart."""


def take(
    aws: Aws,
    stack_name: str,
    keeper: Keeper,
    known: Snapshot | None = None,
    *,
    moving: bool = False,
) -> Snapshot:
    """The snapshot of a stack, by name or id; it tells of the versions of functions
    that `known`, which it is to be held against, tells of, too.

    Where there is no such stack it is one without an id: the deploy will create
    it. Raises `AccountError` where AWS does not say what the stack is, and
    `FlowGuardError` where an operation is under way, unless it may be `moving`, or
    where the keeper cannot keep the templates safely.
    """
    aws = aws.once()
    place, now, gaps = aws.place, datetime.now(UTC), Gaps()
    # Read before all else: a deploy that begins meanwhile came after the snapshot.
    last = gaps.fill("last_event", events.newest(aws, stack_name), None)
    answer = stack_named(aws, StackNamed(place, stack_name))
    if isinstance(answer, Unknown):
        raise AccountError(
            f"AWS does not say what the stack {stack_name!r} is: {answer.reason}",
            help=remedy(answer),
        )
    if not isinstance(answer, Present):
        return Snapshot("", stack_name, place.region, place.account_id or "", now, "")
    stack = answer.value
    if not moving:
        _require_still(stack)
    texts = _templates(aws, stack, gaps)
    rows = _rows(aws, stack, gaps)
    ids = {row.logical_id: row.physical_id for row in rows}
    resources = _resources(aws, stack, texts.get("processed", ""))
    nested = snapshot_nested.templates(aws, rows)
    taken = Snapshot(
        stack_id=stack.stack_id,
        stack_name=stack.name,
        region=place.region,
        account_id=place.account_id or "",
        taken_at=now,
        status=stack.status,
        last_updated=stack.updated or stack.created,
        change_set_id=stack.change_set_id,
        last_event=last.id if last else "",
        parameters=snapshot_stack.parameters(aws, stack, gaps),
        tags=stack.tags,
        capabilities=stack.capabilities,
        role_arn=stack.role_arn,
        notification_arns=stack.notification_arns,
        stack_policy=gaps.fill(
            "stack_policy",
            recovery.stack_policy_of(aws, StackPolicyOf(place, stack.stack_id)),
            "",
        ),
        monitoring_minutes=stack.monitoring_minutes,
        rollback_triggers=tuple(RollbackTrigger(*row) for row in stack.triggers),
        disable_rollback=stack.disable_rollback,
        termination_protection=stack.termination_protection,
        outputs=snapshot_stack.outputs(aws, stack, gaps),
        resources=tuple((r.logical_id, r.resource_type, r.physical_id) for r in rows),
        artifacts=snapshot_data.artifacts(
            aws,
            {**resources, **snapshot_nested.resources(aws, nested, rows)},
            ids,
            gaps,
        ),
        nested=snapshot_nested.digests(nested),
        nested_exports=snapshot_nested.exports(aws, rows),
        functions=snapshot_functions.functions(
            aws,
            snapshot_functions.Asked(
                rows,
                _inline(resources) | {*snapshot_nested.inline(nested, rows)},
                [value for _, value, _ in stack.outputs]
                + [*snapshot_functions.pointers(known)],
            ),
            gaps,
        ),
        api_stages=snapshot_runtime.api_stages(aws, rows, gaps),
        domains=snapshot_runtime.domains(aws, rows, gaps),
        stateful=snapshot_data.stateful(aws, rows, resources, gaps),
        unknown=dict(gaps),
    )
    return _kept(taken, stack, texts, keeper)


def _require_still(stack: Stack) -> None:
    state = STATES.get(stack.status)
    if state is not None and state.ready is Ready.WAIT:
        raise FlowGuardError(
            f"stack {stack.name!r} is {stack.status}: what moves is no rollback point",
            help="take the snapshot when the operation has ended",
        )


def _templates(aws: Aws, stack: Stack, gaps: Gaps) -> dict[str, str]:
    """The template as it was given, and as its transforms have left it."""
    texts = {}
    for name in ("original", "processed"):
        if text := gaps.fill(
            name, template_at(aws, stack.stack_id, name.capitalize()), ""
        ):
            texts[name] = text
    return texts


def _rows(aws: Aws, stack: Stack, gaps: Gaps) -> tuple[StackResource, ...]:
    """The resources of the stack and of those nested in it, as `Nested.Logical`."""
    rows: list[StackResource] = []
    waiting = [("", stack.stack_id)]
    while waiting:
        prefix, stack_id = waiting.pop(0)
        part = f"resources:{prefix.rstrip('.')}" if prefix else "resources"
        answer = stack_resources(aws, StackResources(aws.place, stack_id))
        for row in gaps.fill(part, answer, ()):
            if not row.owned:
                continue
            named = replace(row, logical_id=prefix + row.logical_id)
            rows.append(named)
            if row.resource_type == snapshot_nested.NESTED and row.physical_id:
                waiting.append((f"{named.logical_id}.", row.physical_id))
    return tuple(rows)


def _resources(aws: Aws, stack: Stack, text: str) -> Mapping[str, Resource]:
    """The resources of the template, as far as it can be read without asking."""
    known: Observed[str] = Present(text) if text else Absent()
    found = deployed_resources(known, Present(stack), aws.place, AccountState({}))
    return found or {}


def _inline(resources: Mapping[str, Resource]) -> frozenset[str]:
    """The functions whose code stands in the template."""
    codes = {name: row.properties.get("Code") for name, row in resources.items()}
    return frozenset(
        name
        for name, code in codes.items()
        if isinstance(code, Mapping) and "ZipFile" in code
    )


def _kept(
    taken: Snapshot, stack: Stack, texts: Mapping[str, str], keeper: Keeper
) -> Snapshot:
    """The snapshot with its templates, and the values it withholds, put away."""
    hidden = snapshot_stack.withheld(stack, taken)
    if any(hidden.values()):
        texts = {**texts, "values": json.dumps(hidden, sort_keys=True)}
    where = folder(stack.name, taken.taken_at)
    kept = keeper.keep(Texts(stack.stack_id, where, texts))
    return replace(
        taken,
        original=kept.get("original"),
        processed=kept.get("processed"),
        values=kept.get("values"),
    )
