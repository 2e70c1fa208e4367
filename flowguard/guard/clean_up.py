"""Leaves nothing behind of a deploy that is not carried out.

A change set that is to create a stack makes an empty one first, which outlives it
and keeps the name.
"""

from __future__ import annotations

from flowguard.guard import release as parts
from flowguard.model.rollback import Accepted
from flowguard.rollback.look import CouldNotTell, ask
from flowguard.rollback.world import World

SHELL = "REVIEW_IN_PROGRESS"


def discard(world: World, stack_id: str, change_set: str, *, first: bool) -> None:
    """Delete a change set of this run and, where it is the `first` one of a stack that
    was not there before, the empty stack that it made."""
    world.account.perform(parts.discard(stack_id, change_set))
    if not first:
        return
    try:
        if not _is_left_over(world, stack_id, change_set):
            return
        done = isinstance(world.account.perform(parts.remove(stack_id)), Accepted)
    except CouldNotTell:
        done = False
    if not done:
        world.tell(
            "an empty stack may be left of it; if nobody else uses it: "
            f"aws cloudformation delete-stack --stack-name {stack_id}"
        )


def _is_left_over(world: World, stack_id: str, change_set: str) -> bool:
    """Whether the stack is empty, and nobody else is about to create it.

    Raises `CouldNotTell` where AWS does not say.
    """
    account = world.account
    stack = ask(world, lambda: account.stack(stack_id))
    if stack is None or stack.status != SHELL:
        return False
    others = ask(world, lambda: account.change_sets(stack_id)) or ()
    resources = ask(world, lambda: account.resources(stack_id)) or ()
    # AWS may still list the one that was just deleted.
    return not resources and all(f"/{o.name}/" in change_set for o in others)
