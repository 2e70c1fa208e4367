"""Whose is a resource whose name a deploy would take."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from flowguard.lookups import (
    NamedResource,
    Owner,
    OwnerOf,
    Stack,
    StackNamed,
    StackResources,
    TagsOf,
)
from flowguard.model.changes import ResourceChange
from flowguard.model.questions import (
    Absent,
    AccountState,
    Observed,
    Pending,
    Present,
    Unknown,
)
from flowguard.plan import Plan
from flowguard.rules._deployed import named_row
from flowguard.template import resource_types
from flowguard.template.resource_names import Scope

STACK_ID = "aws:cloudformation:stack-id"
STACK_NAME = "aws:cloudformation:stack-name"
LOGICAL_ID = "aws:cloudformation:logical-id"


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
    logical_id: str = ""
    """What that stack calls it."""
    evidence: tuple[tuple[str, str], ...] = ()
    gone: bool = False
    """Whether that stack is known to be deleted."""


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
    if found.elsewhere:
        return Ownership(By.ELSEWHERE, f"{found.elsewhere} has it")
    case = _Case(plan, account, change, key, found)
    stacks = case.by_stacks()
    if not isinstance(stacks, Absent | Unknown):
        return stacks
    tags = case.by_tags()
    if isinstance(stacks, Absent):
        return case.by_type() if isinstance(tags, Absent) else tags
    # Denied is not absent: that a stack has let go of it was for the stacks to say.
    if tags is None or (
        isinstance(tags, Ownership) and (tags.by is By.STACK or tags.gone)
    ):
        return tags
    return Ownership(By.UNTOLD, "it could not be told which stack owns it")


@dataclass(frozen=True, slots=True)
class _Case:
    """A resource whose owner is looked for, and who may tell."""

    plan: Plan
    account: AccountState
    change: ResourceChange
    key: resource_types.Key
    found: NamedResource

    def by_stacks(self) -> Ownership | Absent | Unknown | None:
        """What the stacks of the region say."""
        kind, place = self.change.resource_type, self.plan.place
        named = resource_types.physical_ids(
            kind, self.key, place, self.change.properties
        )
        ids = sorted({self.found.physical_id, *named})
        answers = [self.account.get(OwnerOf(place, each)) for each in ids]
        if any(isinstance(answer, Pending) for answer in answers):
            return None
        space = resource_types.name_space(kind)
        for answer in answers:
            owners = answer.value if isinstance(answer, Present) else ()
            for owner in owners:  # a physical id says nothing of the type
                if resource_types.name_space(owner.resource_type) == space:
                    return self._of_stack(owner)
        return next((a for a in answers if isinstance(a, Unknown)), Absent())

    def _of_stack(self, owner: Owner) -> Ownership | None:
        evidence = (("stack", owner.stack_id),)
        if owner.stack_name != self.plan.stack_name:
            return _held(owner.stack_name, owner.logical_id, evidence)
        if any(row.logical_id == owner.logical_id for row in self.plan.deployed):
            return None  # its own
        rows = self.account.get(StackResources(self.plan.place, owner.stack_name))
        return self._let_go(owner.stack_name, evidence) if _is_there(rows) else None

    def by_tags(self) -> Ownership | Absent | None:
        """What CloudFormation's own tags say; absent where they say nothing."""
        if not self.found.arn:
            return Absent()
        here = self.plan.place
        answer = self.account.get(TagsOf(here, self.found.arn))
        if isinstance(answer, Pending):
            return None
        tags = dict(answer.value) if isinstance(answer, Present) else {}
        name, stack_id = tags.get(STACK_NAME, ""), tags.get(STACK_ID, "")
        if not name:
            return Absent()
        evidence = (("tagged with stack", stack_id or name),)
        region = "".join(stack_id.split(":")[3:4]) or here.region
        logical_id = tags.get(LOGICAL_ID, "")
        if region != here.region:
            text = f"stack {name!r} of {region} made it; the name holds in all regions"
            return Ownership(By.STACK, text, name, logical_id, evidence)
        stack = self._maker(name, stack_id)
        if isinstance(stack, Pending):
            return None
        if _is_gone(stack):
            text = f"no stack owns it; the stack {name!r} that made it was deleted"
            return Ownership(By.LEFT_BEHIND, text, name, evidence=evidence, gone=True)
        return self._by_maker(stack, name, logical_id, evidence)

    def _maker(self, name: str, stack_id: str) -> Observed[Stack]:
        """The stack that tags name; absent where another has its name by now."""
        plan = self.plan
        if name != plan.stack_name:
            return self.account.get(StackNamed(plan.place, stack_id or name))
        if isinstance(plan.stack, Present) and stack_id:
            return plan.stack if plan.stack.value.stack_id == stack_id else Absent()
        return plan.stack

    def _by_maker(
        self,
        stack: Observed[Stack],
        name: str,
        logical_id: str,
        evidence: tuple[tuple[str, str], ...],
    ) -> Ownership | None:
        """What a stack that made it, and that is not known to be gone, says."""
        rows = self.account.get(StackResources(self.plan.place, name))
        if isinstance(rows, Pending):
            return None
        # It may list it under an id of another form than the one that was asked for.
        listed = rows.value if isinstance(rows, Present) else ()
        row = named_row(self.plan, listed, self.change, self.key, self.found)
        known = _is_there(rows) and _is_there(stack)
        if name == self.plan.stack_name and (row or not known):
            return None
        if row:
            return _held(name, row.logical_id, evidence)
        if known:
            return self._let_go(name, evidence)
        text = f"it is tagged as stack {name!r}'s"
        return Ownership(By.STACK, text, name, logical_id, evidence)

    def by_type(self) -> Ownership:
        """What is known of the type, once no stack owns it."""
        kind = self.change.resource_type
        name = str(resource_types.own_name(kind, self.key))
        if service := resource_types.service_made(kind, name):
            text = f"no stack owns it; {service} makes it by itself"
            return Ownership(By.SERVICE, text)
        wide = resource_types.scope(kind) in {Scope.ACCOUNT, Scope.EVERYBODY}
        here = f" of {self.plan.place.region}" if wide else ""
        return Ownership(By.NOBODY, f"no stack{here} owns it")

    def _let_go(self, stack: str, evidence: tuple[tuple[str, str], ...]) -> Ownership:
        text = f"no stack owns it; stack {stack!r} made it and has let go of it"
        if stack == self.plan.stack_name:
            text = "this stack made it and has let go of it"
        return Ownership(By.LEFT_BEHIND, text, stack, evidence=evidence)


def _held(
    stack: str, logical_id: str, evidence: tuple[tuple[str, str], ...]
) -> Ownership:
    text = f"stack {stack!r} owns it as {logical_id}"
    return Ownership(By.STACK, text, stack, logical_id, evidence)


def _is_there(answer: Observed[object]) -> bool:
    return isinstance(answer, Present)


def _is_gone(stack: Observed[Stack]) -> bool:
    if isinstance(stack, Present):
        return stack.value.status == "DELETE_COMPLETE"
    return stack == Absent()
