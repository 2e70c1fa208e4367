"""What a report names as the next step, where it is a workflow that runs."""

from __future__ import annotations

from flowguard.cli.commands import Deploy
from flowguard.cli.option import Settings
from flowguard.rollback.commands import Approve, Commands, name_of


def commands(settings: Settings) -> Commands:
    """What a step names that ran a command which was told this."""
    approve: Approve = _by_rollback if isinstance(settings, Deploy) else _same
    return Commands("run the workflow again", approve, _back)


def approve_change_set(_settings: Settings, plan: str) -> str:
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
