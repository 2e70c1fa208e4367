"""Who runs a command: a terminal, a step of a workflow, or a program."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from flowguard.cli import going_on
from flowguard.cli.option import Settings
from flowguard.report.escape import line
from flowguard.rollback.commands import Commands


def _to_stderr(text: str) -> None:
    sys.stderr.write(f"{line(text)}\n")


@dataclass(frozen=True, slots=True)
class Host:
    """What a command needs of who runs it."""

    commands: Callable[[Settings], Commands] = going_on.commands
    """What a report names as the next step of a run that was told this."""
    approve_change_set: Callable[[Settings, str], str] = going_on.approve_change_set
    """What carries out a deploy that waits for an approval."""
    hide: Callable[[str], None] | None = None
    """Is told each secret that a command is handed, so that no later step shows it."""
    warn: Callable[[str], None] = _to_stderr
    """Is told which people could not be told of the outcome, and why."""


TERMINAL = Host()
