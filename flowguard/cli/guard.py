"""`flowguard guard`: the user's own deploy command, the stack watched beside it."""

from __future__ import annotations

import pathlib
import sys
import threading
from argparse import Namespace
from collections.abc import Callable

from flowguard.cli import guarded, preflight
from flowguard.cli.guarded import connected, exit_code, held_against_before
from flowguard.errors import FlowGuardError, UsageError
from flowguard.guard.command import Asked, guard
from flowguard.model import Readiness, Report
from flowguard.process import Processes
from flowguard.report import escape
from flowguard.smoke.suite import Command
from flowguard.smoke.world import CommandResult

_REASONS = 3
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
        safe=lambda: _safe(arguments, known.world.rollback.tell),
        timeout=60 * arguments.timeout,
        unproven_acts=known.unproven_acts,
    )
    with held_against_before(known):
        return known.report("guard", guard(known.world, asked))


def _safe(arguments: Namespace, tell: Callable[[str], None]) -> bool:
    """Whether preflight says that the deploy can be taken back without loss."""
    asked = Namespace(
        **{**vars(arguments), "offline": False, "strict": False},
        accept=(),
        fail_on="error",
    )
    try:
        report = preflight.check(asked)
    except FlowGuardError as error:
        tell(f"nobody can tell whether it could be taken back: {error.message}")
        return False
    found = report.readiness or "nobody can tell"
    why = "; ".join(report.readiness_reasons[:_REASONS])
    tell(f"can be taken back: {found}{f' ({why})' if why else ''}")
    return report.readiness is Readiness.GREEN


def _echo(text: str) -> None:
    sys.stderr.write(f"| {escape.line(text)}\n")
    sys.stderr.flush()
