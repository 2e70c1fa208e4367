"""The rule `stack-blocked`."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.lookups import (
    ChangeSetsOf,
    LastOperation,
    Stack,
    StackEvent,
    StackNamed,
    StackResources,
)
from flowguard.model import AccountState, Finding, Present, Severity
from flowguard.plan import Plan
from flowguard.rules._rule import Rule
from flowguard.stack_states import STATES, Ready, State

NESTED = "AWS::CloudFormation::Stack"
CONSEQUENCES = ("cancelled", "Rollback requested")
"""Reasons that follow from another failure and explain nothing."""
UNPROTECT = (
    "aws cloudformation update-termination-protection "
    "--no-enable-termination-protection --stack-name {stack} --region {region}"
    "  # termination protection forbids the deletion"
)
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
            nested = account.get(StackNamed(plan.place, resource.physical_id))
            if isinstance(nested, Present):
                yield from self._state(
                    plan, account, nested.value, resource.logical_id, nested=True
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
        *,
        nested: bool = False,
    ) -> Iterator[Finding]:
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
        kind = "nested stack" if nested else "stack"
        severity = Severity.ERROR
        if state.ready is Ready.UPDATE:
            severity = Severity.INFO
        elif state.ready is Ready.CREATE:
            severity = _review_severity(plan)
            evidence += _reviews(plan, account)
        consequence = "" if severity < Severity.ERROR else "; it takes no update"
        yield self.finding(
            f"{kind} {what!r} is {stack.status}: it {state.meaning}{consequence}",
            plan.name_location,
            severity=severity,
            help=_ways(plan, account, stack, state, what if nested else ""),
            logical_id=what if nested else "",
            evidence=evidence,
        )


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
    plan: Plan, account: AccountState, stack: Stack, state: State, nested: str
) -> str:
    """The commands; those for a nested stack go to its root (AWS refuses others)."""
    answer = account.get(StackResources(plan.place, stack.name))
    resources = answer.value if isinstance(answer, Present) else ()
    prefix = f"{nested}." if nested else ""
    failed = [prefix + r.logical_id for r in resources if r.status.endswith("_FAILED")]
    ways = list(state.ways)
    if state.deletes and stack.termination_protection:
        ways.insert(0, UNPROTECT)
    lines = [
        way.format(
            stack=plan.stack_name,
            region=plan.place.region,
            failed=" ".join(failed) or "LOGICAL_ID…",
        )
        for way in ways
    ]
    if not lines:
        return "nothing to do before the deploy; mend what made the last one fail"
    return "\n  ".join(["clear it, the least destructive command first:", *lines])
