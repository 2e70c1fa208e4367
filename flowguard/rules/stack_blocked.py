"""The rule `stack-blocked`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from flowguard.lookups import (
    GIVEN_UP,
    ChangeSetsOf,
    LastOperation,
    Stack,
    StackEvent,
    StackNamed,
    StackResource,
    StackResources,
)
from flowguard.model.places import Severity
from flowguard.model.questions import AccountState, Present
from flowguard.model.results import Finding
from flowguard.plan import Plan
from flowguard.rules._rule import Rule
from flowguard.stack_states import STATES, Ready, State

NESTED = "AWS::CloudFormation::Stack"
CONSEQUENCES = ("cancelled", "Rollback requested")
"""Reasons that follow from another failure and explain nothing."""
UNPROTECT = (
    "aws cloudformation update-termination-protection "
    "--no-enable-termination-protection --stack-name {root} --region {region}"
    "  # termination protection forbids the deletion"
)
"""A nested stack has its root's protection, which can be changed there only."""
ALREADY_LEFT = frozenset({"DELETE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
"""In these a nested stack is one that its settled root has given up: the root
takes an update, which fails only where it has work for that nested stack."""
UNHEARD_OF = State(Ready.NO, "is in a state that FlowGuard does not know")


class StackBlocked(Rule[Plan]):
    """The state of the stack, or of one nested in it, lets no deploy through.

    ## Why it fails a deploy
    CloudFormation takes an update only from a settled, good state. In every
    other one it refuses at once, and some deploy tools then delete the stack.

    ## How to fix
    The finding lists the commands that clear the state, the least destructive
    first, and what the last operation failed on. Wait where something is under
    way.

    CDK deletes a stack in ROLLBACK_COMPLETE by itself and creates it anew, so
    that there it is a warning, unless termination protection forbids the deletion.
    In ROLLBACK_FAILED the deletion that failed once is likely to fail again.
    """

    id = "stack-blocked"
    severity = Severity.ERROR
    asks = (StackNamed, StackResources, LastOperation, ChangeSetsOf)

    def check(self, plan: Plan, account: AccountState) -> Iterator[Finding]:
        if not isinstance(plan.stack, Present):
            account.get(StackNamed(plan.place, plan.stack_name))
            return
        stack = plan.stack.value
        yield from self._state(plan, account, stack, stack.name)
        resources = account.get(StackResources(plan.place, plan.stack_name))
        for resource in resources.value if isinstance(resources, Present) else ():
            if resource.resource_type != NESTED or not resource.physical_id:
                continue
            if resource.status in GIVEN_UP:
                continue
            nested = account.get(StackNamed(plan.place, resource.physical_id))
            if isinstance(nested, Present):
                yield from self._state(
                    plan, account, nested.value, resource.logical_id, root=stack
                )
        if stack.parent_id:
            yield self.finding(
                f"{stack.name!r} is nested in {_name(stack.parent_id)!r}; an update of "
                "its own makes it differ from what its parent knows",
                plan.name_location,
                severity=Severity.WARNING,
                help=f"deploy the parent stack {_name(stack.parent_id)} instead",
            )

    def _state(
        self,
        plan: Plan,
        account: AccountState,
        stack: Stack,
        what: str,
        root: Stack | None = None,
    ) -> Iterator[Finding]:
        """What the state of a stack says; `root` is what a nested one belongs to."""
        state = STATES.get(stack.status, UNHEARD_OF)
        if state.ready is Ready.UPDATE and not stack.status.endswith(
            "ROLLBACK_COMPLETE"
        ):
            return
        if state.ready is Ready.CREATE and stack.status != "REVIEW_IN_PROGRESS":
            return
        events: tuple[StackEvent, ...] = ()
        if state.ready is not Ready.CREATE:
            answer = account.get(LastOperation(plan.place, stack.stack_id))
            events = answer.value if isinstance(answer, Present) else ()
        causes = [f"{e.logical_id}: {e.reason}" for e in events if _is_cause(e)]
        evidence = [
            ("cause", cause) for cause in causes or [stack.status_reason] if cause
        ]
        evidence += _holder(events) if state.ready is Ready.WAIT else []
        if state.ready is Ready.CREATE:
            evidence += _reviews(plan, account)
        severity, consequence = _consequence(plan, stack, state, root)
        yield self.finding(
            f"{'nested stack' if root else 'stack'} {what!r} is {stack.status}: "
            f"it {state.meaning}{consequence}",
            plan.name_location,
            severity=severity,
            help=_ways(plan, account, stack, state, root),
            logical_id=what if root else "",
            evidence=evidence,
        )


def _consequence(
    plan: Plan, stack: Stack, state: State, root: Stack | None
) -> tuple[Severity, str]:
    """How bad the state is for this deploy, and why in words."""
    if state.ready is Ready.UPDATE:
        return Severity.INFO, ""
    if state.ready is Ready.CREATE:
        return _review_severity(plan), ""
    if root and stack.status in ALREADY_LEFT and _is_settled(root):
        return (
            Severity.WARNING,
            f"; an update of {root.name!r} that changes it is refused",
        )
    recreated = plan.template.dialect == "cdk" and stack.status == "ROLLBACK_COMPLETE"
    if recreated and not root and not stack.termination_protection:
        return Severity.WARNING, "; `cdk deploy` deletes it and creates it anew"
    return Severity.ERROR, "; it takes no update"


def _is_settled(stack: Stack) -> bool:
    return STATES.get(stack.status, UNHEARD_OF).ready is Ready.UPDATE


def _name(stack_id: str) -> str:
    return stack_id.split("/")[1] if "/" in stack_id else stack_id


def _is_cause(event: StackEvent) -> bool:
    return (
        event.status.endswith("_FAILED")
        and bool(event.reason)
        and not any(word in event.reason for word in CONSEQUENCES)
    )


def _holder(events: tuple[StackEvent, ...]) -> list[tuple[str, str]]:
    """Who started the operation that is under way, and when."""
    rows = [("started", e.at.isoformat()) for e in events[:1] if e.at]
    return rows + [("held by request token", e.token) for e in events[:1] if e.token]


def _review_severity(plan: Plan) -> Severity:
    """The Serverless Framework stops at a shell; other tools create over it."""
    return Severity.ERROR if plan.template.dialect == "serverless" else Severity.WARNING


def _reviews(plan: Plan, account: AccountState) -> list[tuple[str, str]]:
    answer = account.get(ChangeSetsOf(plan.place, plan.stack_name))
    waiting = answer.value if isinstance(answer, Present) else ()
    return [("change set", f"{c.name} ({c.status})") for c in waiting]


def _ways(
    plan: Plan, account: AccountState, stack: Stack, state: State, root: Stack | None
) -> str:
    """The commands that clear the state of `stack`, which may be nested in `root`."""
    top = root or stack
    prefix = f"{stack.name}." if root or stack.parent_id else ""
    failed = [
        r.logical_id
        for r in _resources(plan, account, stack.name)
        if r.status.endswith("_FAILED")
    ]
    values = {
        "stack": shlex.quote(stack.stack_id if root else stack.name),
        "root": shlex.quote(_name(top.root_id) if top.root_id else top.name),
        "region": shlex.quote(plan.place.region),
        "failed": shlex.join(failed) or "LOGICAL_ID…",
        "skip": shlex.join(_skippable(plan, account, stack.name, prefix))
        or f"{prefix}LOGICAL_ID…",
    }
    lines = []
    for way in state.ways:
        if state.deletes and stack.termination_protection and "delete-stack" in way:
            lines.append(UNPROTECT.format_map(values))
        lines.append(way.format_map(values))
    if not lines:
        return "nothing to do before the deploy; mend what made the last one fail"
    lines = list(dict.fromkeys(lines))
    return "\n  ".join(["clear it, the least destructive command first:", *lines])


def _resources(
    plan: Plan, account: AccountState, stack_name: str
) -> tuple[StackResource, ...]:
    answer = account.get(StackResources(plan.place, stack_name))
    return answer.value if isinstance(answer, Present) else ()


def _skippable(
    plan: Plan, account: AccountState, stack_name: str, prefix: str
) -> Iterator[str]:
    """What `--resources-to-skip` takes: resources in UPDATE_FAILED, but no stacks.

    The documentation of ContinueUpdateRollback: those of a nested stack are called
    `NestedStackName.LogicalId`, by the stack's name, not by its logical id.
    """
    for resource in _resources(plan, account, stack_name):
        if resource.status != "UPDATE_FAILED":
            continue
        if resource.resource_type != NESTED:
            yield prefix + resource.logical_id
        elif resource.physical_id and (name := _name(resource.physical_id)):
            yield from _skippable(plan, account, name, f"{name}.")
