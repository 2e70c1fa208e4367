"""`flowguard guard`: the user's own deploy command, the stack watched beside it."""

from __future__ import annotations

import pathlib
import sys
import threading
from collections.abc import Callable

from flowguard import spoken
from flowguard.cli import output, preflight
from flowguard.cli.commands import Guard, Preflight
from flowguard.cli.guarded import connected, held_against_before
from flowguard.cli.host import TERMINAL, Host
from flowguard.cli.output import Done
from flowguard.errors import FlowGuardError, UsageError
from flowguard.guard.command import Asked, guard
from flowguard.model.readiness import Readiness
from flowguard.model.results import Report
from flowguard.process import Processes
from flowguard.report import escape
from flowguard.smoke.suite import Command
from flowguard.smoke.world import CommandResult

_REASONS = 3


def run(settings: Guard) -> int:
    """Run the command and return its exit code."""
    return output.run(settings, check)


def check(settings: Guard, host: Host = TERMINAL) -> Done[Report]:
    """Do what the options ask for, but print no report.

    Raises `FlowGuardError` where it cannot be done.
    """
    if not settings.argv:
        raise UsageError(
            "there is no command to guard",
            help=spoken.command("guard", stack_name="NAME")
            + " -- npx serverless deploy",
        )
    known = connected(settings, host)
    stop = threading.Event()
    # What deploys is the step's own, and may sign in with what the runner hands to it.
    processes = Processes(_echo, stop.is_set, folder=pathlib.Path.cwd(), fenced=False)
    command = Command(settings.argv, timeout=60 * settings.timeout)

    def work() -> CommandResult:
        return processes(command)

    asked = Asked(
        known.stack_name,
        work,
        stop.set,
        before=known.before,
        safe=lambda: _safe(
            settings.with_(stack_name=known.stack_name), known.world.rollback.tell
        ),
        timeout=60 * settings.timeout,
        unproven_acts=known.unproven_acts,
    )
    with held_against_before(known):
        return known.done("guard", guard(known.world, asked))


def _safe(settings: Guard, tell: Callable[[str], None]) -> bool:
    """Whether preflight says that the deploy can be taken back without loss."""
    try:
        report = preflight.check(settings.for_(Preflight)).report
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
