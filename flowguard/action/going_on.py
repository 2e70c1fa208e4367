"""What a report names as the next step, where it is a workflow that runs."""

from __future__ import annotations

from flowguard.rollback.commands import Approve, Commands, name_of


def commands(command: str) -> Commands:
    """What a run of a command of the Action names."""
    approve: Approve = _by_rollback if command == "deploy" else _same
    return Commands("run the workflow again", approve, _back)


def approve_change_set(plan: str) -> str:
    """What carries out a deploy that waits for an approval."""
    return _same("", plan)


def _same(_stack: str, plan: str) -> str:
    return f"run the workflow again with the input approve: {plan}"


def _by_rollback(stack: str, plan: str) -> str:
    return f"{_back(stack)}, approve: {plan}"


def _back(stack: str) -> str:
    return (
        "run the Action with the inputs command: rollback, "
        f"stack-name: {name_of(stack)}"
    )
