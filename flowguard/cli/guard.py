"""`flowguard guard`: the user's own deploy command, the stack watched beside it."""

from __future__ import annotations

import pathlib
import sys
import threading
from argparse import Namespace

from flowguard.cli import guarded
from flowguard.cli.guarded import connected, exit_code, held_against_before
from flowguard.errors import UsageError
from flowguard.guard.command import Asked, guard
from flowguard.model import Report
from flowguard.process import Processes
from flowguard.report import escape
from flowguard.smoke.suite import Command
from flowguard.smoke.world import CommandResult

__all__ = ["check", "exit_code", "run"]


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    return guarded.run(arguments, check)


def check(arguments: Namespace) -> Report:
    """Do what the options ask for, but print no report.

    Raises `FlowGuardError` where it cannot be done.
    """
    if not arguments.argv:
        raise UsageError(
            "there is no command to guard",
            help="flowguard guard --stack-name NAME -- npx serverless deploy",
        )
    known = connected(arguments)
    stop = threading.Event()
    # What deploys is the step's own, and may sign in with what the runner hands to it.
    processes = Processes(_echo, stop.is_set, folder=pathlib.Path.cwd(), fenced=False)
    command = Command(tuple(arguments.argv), timeout=60 * arguments.timeout)

    def work() -> CommandResult:
        return processes(command)

    asked = Asked(
        arguments.stack_name,
        work,
        stop.set,
        before=known.before,
        timeout=60 * arguments.timeout,
        unproven_acts=known.unproven_acts,
    )
    with held_against_before(known):
        found = guard(known.world, asked)
    return known.report("guard", found)


def _echo(text: str) -> None:
    sys.stderr.write(f"| {escape.line(text)}\n")
    sys.stderr.flush()
