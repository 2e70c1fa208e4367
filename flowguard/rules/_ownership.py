"""Whose is a resource whose name a deploy would take."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from flowguard.lookups import NamedResource, Owner, OwnerOf, StackNamed, TagsOf
from flowguard.model import (
    Absent,
    AccountState,
    Observed,
    Pending,
    Present,
    ResourceChange,
    Unknown,
)
from flowguard.plan import Plan
from flowguard.template import resource_types
from flowguard.template.resource_names import Scope

STACK_ID = "aws:cloudformation:stack-id"
STACK_NAME = "aws:cloudformation:stack-name"


class By(Enum):
    """The kinds of owner; each has its own remedy."""

    STACK = auto()
    """A stack of this region has it, or one of another region."""
    LEFT_BEHIND = auto()
    """A stack made it that is gone, or has let go of it."""
    SERVICE = auto()
    """An AWS service makes it by itself."""
    NOBODY = auto()
    ELSEWHERE = auto()
    """It is not in this account."""
    UNTOLD = auto()


@dataclass(frozen=True, slots=True)
class Ownership:
    """The owner of a resource."""

    by: By
    text: str
    """Says it in words, within a sentence."""
    stack: str = ""
    evidence: tuple[tuple[str, str], ...] = ()


def own(
    plan: Plan,
    account: AccountState,
    change: ResourceChange,
    key: resource_types.Key,
    found: NamedResource,
) -> Ownership | None:
    """Find the owner of `found`, whose name `change` would take.

    The stacks are asked first, then the tags that CloudFormation leaves on what
    it makes, then what is known of the type. None as long as it may be the
    stack itself.
    """
    kind = change.resource_type
    name = str(resource_types.own_name(kind, key))
    if found.elsewhere:
        return Ownership(By.ELSEWHERE, f"{found.elsewhere} has it")
    stacks = _by_stacks(plan, account, change, key, found)
    if not isinstance(stacks, Absent | Unknown):
        return stacks
    tags = _by_tags(plan, account, found)
    if not isinstance(tags, Absent):
        return tags
    if service := resource_types.service_made(kind, name):
        return Ownership(By.SERVICE, f"no stack owns it; {service} makes it by itself")
    if isinstance(stacks, Absent):
        wide = resource_types.scope(kind) in {Scope.ACCOUNT, Scope.EVERYBODY}
        here = f" of {plan.place.region}" if wide else ""
        return Ownership(By.NOBODY, f"no stack{here} owns it")
    untold = Ownership(By.UNTOLD, "it could not be told which stack owns it")
    return None if isinstance(plan.stack, Unknown) else untold


def _by_stacks(
    plan: Plan,
    account: AccountState,
    change: ResourceChange,
    key: resource_types.Key,
    found: NamedResource,
) -> Ownership | Absent | Unknown | None:
    """What the stacks of the region say."""
    kind = change.resource_type
    named = resource_types.physical_ids(kind, key, plan.place, change.properties)
    ids = {found.physical_id, *named}
    answers = [account.get(OwnerOf(plan.place, each)) for each in sorted(ids)]
    if any(isinstance(answer, Pending) for answer in answers):
        return None
    for answer in answers:
        owners = answer.value if isinstance(answer, Present) else ()
        for owner in owners:
            if owner.resource_type == kind:  # a physical id says nothing of the type
                return _of_stack(plan, owner)
    return next((a for a in answers if isinstance(a, Unknown)), Absent())


def _of_stack(plan: Plan, owner: Owner) -> Ownership | None:
    evidence = (("stack", owner.stack_id),)
    if owner.stack_name != plan.stack_name:
        text = f"stack {owner.stack_name!r} owns it as {owner.logical_id}"
        return Ownership(By.STACK, text, owner.stack_name, evidence)
    if not plan.deployed and not isinstance(plan.stack, Present):
        return None
    text = "this stack made it and has let go of it"
    return Ownership(By.LEFT_BEHIND, text, owner.stack_name, evidence)


def _by_tags(
    plan: Plan, account: AccountState, found: NamedResource
) -> Ownership | Absent | None:
    """What CloudFormation's own tags say; absent where they say nothing."""
    if not found.arn:
        return Absent()
    answer = account.get(TagsOf(plan.place, found.arn))
    if isinstance(answer, Pending):
        return None
    tags = dict(answer.value) if isinstance(answer, Present) else {}
    name, stack_id = tags.get(STACK_NAME, ""), tags.get(STACK_ID, "")
    if not name:
        return Absent()
    evidence = (("tagged with stack", stack_id or name),)
    region = stack_id.split(":")[3] if stack_id else plan.place.region
    if region != plan.place.region:
        text = f"stack {name!r} of {region} made it; the name holds in all regions"
        return Ownership(By.STACK, text, name, evidence)
    stack = account.get(StackNamed(plan.place, stack_id or name))
    if isinstance(stack, Pending):
        return None
    if _is_gone(stack):
        text = f"no stack owns it; the stack {name!r} that made it was deleted"
    else:
        text = f"no stack owns it; stack {name!r} made it and has let go of it"
    return Ownership(By.LEFT_BEHIND, text, name, evidence)


def _is_gone(stack: Observed[object]) -> bool:
    if isinstance(stack, Present):
        return getattr(stack.value, "status", "") == "DELETE_COMPLETE"
    return stack == Absent()
