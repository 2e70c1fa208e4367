"""What the commands have in common that test a deploy and may take it back."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flowguard import __version__
from flowguard.cli import output
from flowguard.cli import rollback as rollbacks
from flowguard.cli.clock import Clock
from flowguard.cli.project import Project
from flowguard.cli.smoke_session import Session
from flowguard.errors import UsageError
from flowguard.guard import judge
from flowguard.guard.world import Outcome, World
from flowguard.model import Coverage, Report, SmokeReport, Target
from flowguard.rollback.world import World as Account
from flowguard.smoke.findings import results

if TYPE_CHECKING:
    from flowguard.aws.session import Aws
    from flowguard.model.snapshot import Snapshot

Notify = Callable[[Report], None]
"""Tells people what came of a deploy."""


def nobody(_report: Report) -> None:
    """Tell nobody."""


def run(
    arguments: Namespace, check: Callable[[Namespace, Notify], Report], notify: Notify
) -> int:
    """Run a command that makes a report, print it, and return its exit code."""
    wanted = output.parse(arguments.output)
    report = check(arguments, notify)
    output.write(report, wanted)
    output.show(report, arguments)
    return exit_code(report, arguments)


def exit_code(report: Report, _arguments: Namespace) -> int:
    """As the contract has it: 4 for a rollback that is verified, 5 for one that is not."""
    return judge.exit_code(report.verdict, report.rollback)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A run against the real world."""

    arguments: Namespace
    project: Project
    aws: Aws
    world: World
    before: Snapshot | None
    started: datetime
    began: float

    def report(self, command: str, found: Outcome) -> Report:
        """The report of the run."""
        suite = self.project.suite()
        place = self.aws.place
        return Report(
            command=command,
            target=Target(
                self.arguments.stack_name,
                self.arguments.stage,
                place.region,
                place.account_id,
            ),
            results=results(found.smoke) if found.smoke else (),
            coverage=Coverage(),
            started_at=self.started,
            duration=time.monotonic() - self.began,
            flowguard_version=__version__,
            verdict=found.verdict,
            stack_status=found.rollback.status_after,
            smoke=found.smoke,
            rollback=found.rollback,
            sources=suite.sources,
        )


def connected(arguments: Namespace) -> Guarded:
    """Sign in, and read all that is given; nothing is tested or changed yet.

    Raises `FlowGuardError` for what cannot be used, while that does no harm.
    """
    from flowguard.aws.operations import Operations
    from flowguard.aws.session import connect

    started, began = datetime.now(UTC), time.monotonic()
    project = Project(arguments)
    suite = project.suite()
    arguments.stack_name = project.stack_name
    if not arguments.stack_name:
        raise UsageError(
            "nobody says which stack it is", help="name it: --stack-name NAME"
        )
    path, before = rollbacks.given_snapshot(arguments)
    aws = connect(
        profile=arguments.profile,
        region=project.region or (before.region if before else None),
        assume_role=arguments.assume_role,
    )
    rollbacks.require_same_account(aws, before)
    account = Operations(aws, before=before, folder=path.parent)
    tell = rollbacks.telling(quiet=arguments.quiet)

    def measure() -> SmokeReport:
        # Each run has a session of its own: after a rollback the stack says another
        # thing of itself than before.
        with Session(arguments) as session:
            return session.run()

    world = World(Account(account, Clock(), tell=tell), measure, suite.gate)
    return Guarded(arguments, project, aws, world, before, started, began)
