"""`flowguard verify`: test a deploy, and take it back where it must be."""

from __future__ import annotations

from datetime import UTC, datetime

from flowguard.cli import output
from flowguard.cli import rollback as rollbacks
from flowguard.cli.commands import Verify
from flowguard.cli.guarded import connected, done
from flowguard.cli.host import TERMINAL, Host
from flowguard.cli.output import Done
from flowguard.cli.smoke_session import Session
from flowguard.cli.telling import Telling
from flowguard.guard.verify import verify
from flowguard.model.results import Report
from flowguard.rollback.look import Wish


def run(settings: Verify) -> int:
    """Run the command and return its exit code."""
    return output.run(settings, check)


def check(settings: Verify, host: Host = TERMINAL) -> Done[Report]:
    """Do what the options ask for, but print no report; the Action calls this, too.

    Raises `FlowGuardError` where it cannot be done.
    """
    if settings.no_rollback:
        return _smoke_alone(settings, host)
    return _verified(settings, host)


def _smoke_alone(settings: Verify, host: Host) -> Done[Report]:
    started = datetime.now(UTC)
    with Session(settings, host) as session:
        tell = Telling(settings, session.project.root, host)
        smoke = tell.judged(session.run(), started, settings.stage or "")
        return done(tell(session.report("verify", smoke)))


def _verified(settings: Verify, host: Host) -> Done[Report]:
    known = connected(settings, host)
    wish = Wish(
        known.stack_name,
        known.before,
        rollbacks.named_deploy(settings, known.stack_name, known.before),
        role_arn=settings.role_arn or "",
        approve=settings.approve or "",
        dry_run=settings.dry_run,
        timeout=60 * settings.timeout,
        unproven_acts=known.unproven_acts,
    )
    return known.done("verify", verify(known.world, wish))
