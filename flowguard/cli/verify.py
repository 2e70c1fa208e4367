"""`flowguard verify`: test a deploy, and take it back where it must be."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime

from flowguard.cli import guarded
from flowguard.cli import rollback as rollbacks
from flowguard.cli.guarded import connected, exit_code
from flowguard.cli.smoke_session import Session
from flowguard.cli.telling import Telling
from flowguard.guard.verify import verify
from flowguard.model import Report
from flowguard.rollback.look import Wish

__all__ = ["check", "exit_code", "run"]


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    return guarded.run(arguments, check)


def check(arguments: Namespace) -> Report:
    """Do what the options ask for, but print no report; the Action calls this, too.

    Raises `FlowGuardError` where it cannot be done.
    """
    return _smoke_alone(arguments) if arguments.no_rollback else _verified(arguments)


def _smoke_alone(arguments: Namespace) -> Report:
    started = datetime.now(UTC)
    with Session(arguments) as session:
        tell = Telling(arguments, session.project.root)
        smoke = tell.judged(session.run(), started, arguments.stage or "")
        return tell(session.report("verify", smoke))


def _verified(arguments: Namespace) -> Report:
    known = connected(arguments)
    wish = Wish(
        arguments.stack_name,
        known.before,
        rollbacks.named_deploy(arguments, known.before),
        role_arn=arguments.role_arn or "",
        approve=arguments.approve or "",
        dry_run=arguments.dry_run,
        timeout=60 * arguments.timeout,
        unproven_acts=known.unproven_acts,
    )
    return known.report("verify", verify(known.world, wish))
