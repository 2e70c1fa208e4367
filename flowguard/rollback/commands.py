"""What a person runs next, in words that whoever was asked to run this knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Approve = Callable[[str, str], str]
"""From the stack, by name or id, and the hash of a plan to what carries it out."""


def name_of(stack: str) -> str:
    """The name in a stack's id; a name is its own."""
    return stack.split("/")[1] if stack.count("/") > 1 else stack


def by_hand(stack: str, plan: str) -> str:
    """The command that carries a plan out, whoever made it."""
    return f"run: flowguard rollback --stack-name {name_of(stack)} --approve {plan}"


def back_by_hand(stack: str) -> str:
    """The command that plans to take the last deploy back."""
    return f"run: flowguard rollback --stack-name {name_of(stack)}"


@dataclass(frozen=True, slots=True)
class Commands:
    """How a person goes on from here."""

    again: str = "run this again"
    """Goes on from where the stack is."""
    approve: Approve = by_hand
    """Carries out a plan of the rollback that somebody has read."""
    back: Callable[[str], str] = back_by_hand
    """From the stack to what plans to take its last deploy back."""

    def signed_in(self, stack: str, plan: str = "") -> str:
        """What goes on once the credentials are good again: with the approval that was
        given, if there was one."""
        on = self.approve(stack, plan) if plan else self.again
        return f"sign in to AWS again, for longer than a run takes; then {on}"

    def approval(self, stack: str, plan: str) -> str:
        """The line of a report that asks for the approval."""
        return f"read the plan, then {self.approve(stack, plan)}"
