"""What the commands have in common that test a deploy and may take it back."""

from __future__ import annotations

import pathlib
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from flowguard import __version__
from flowguard.cli import at_hand, going_on, kept, output
from flowguard.cli import rollback as rollbacks
from flowguard.cli.clock import Clock
from flowguard.cli.project import Project
from flowguard.cli.smoke_session import Session
from flowguard.cli.snapshot import no_stack
from flowguard.cli.telling import Telling
from flowguard.errors import FlowGuardError, UsageError
from flowguard.guard import judge
from flowguard.guard.evidence import Holding
from flowguard.guard.world import Outcome, World
from flowguard.model import (
    Absent,
    Coverage,
    Present,
    Report,
    RollbackReport,
    SmokeReport,
    Target,
)
from flowguard.rollback import outcomes
from flowguard.rollback.row import GOOD, TAKEN_BACK
from flowguard.rollback.world import World as Account
from flowguard.smoke import baseline
from flowguard.smoke.findings import results
from flowguard.smoke.secrets import Secrets

if TYPE_CHECKING:
    from flowguard.aws.session import Aws
    from flowguard.model.snapshot import Snapshot
    from flowguard.smoke.suite import Suite


def run(arguments: Namespace, check: Callable[[Namespace], Report]) -> int:
    """Run a command that makes a report, print it, and return its exit code."""
    output.require_writable(output.report_files(output.parse(arguments.output)))
    report = check(arguments)
    return output.deliver(exit_code(report, arguments), report, arguments)


def exit_code(report: Report, _arguments: Namespace) -> int:
    """As the contract has it: 4 for a rollback that is verified, 5 for one that is not."""
    return judge.exit_code(report.verdict, report.rollback)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A run against the real world."""

    arguments: Namespace
    suite: Suite
    """As it was read before anything was done: what is tested does not change."""
    aws: Aws
    world: World
    before: Snapshot | None
    tell: Telling
    secrets: Secrets
    """What AWS may repeat in its answers, and nobody may read."""
    started: datetime
    began: float
    unproven_acts: bool = False
    """Whether the project lets a deploy be rolled back that is not proven ours."""

    def report(self, command: str, found: Outcome) -> Report:
        """The report of the run, once people are told of it."""
        place = self.aws.place
        rollback = found.rollback
        if left := kept.write_down(self.world, found, self.before, self.arguments):
            rollback = replace(rollback, to_do=(*rollback.to_do, left))
        report = Report(
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
            rollback=_masked(rollback, self.secrets.mask),
            sources=self.secrets.in_files(self.suite.sources),
        )
        return self.tell(report)


def connected(arguments: Namespace) -> Guarded:
    """Sign in, and read all that is given; nothing is tested or changed yet.

    Raises `FlowGuardError` for what cannot be used, while that does no harm.
    """
    from flowguard.aws.operations import Operations
    from flowguard.aws.session import connect

    started, began = datetime.now(UTC), time.monotonic()
    project = Project(arguments)
    suite, tell = project.suite(), Telling(arguments, project.root)
    if arguments.against:
        baseline.read(pathlib.Path(arguments.against))
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
    secrets, say = Secrets(), rollbacks.telling(quiet=arguments.quiet)

    def masked(text: str) -> None:
        say(secrets.mask(text))

    def measure(*, new: bool = True) -> SmokeReport:
        # Each run has a session of its own: after a rollback the stack says another
        # thing of itself than before.
        with Session(arguments, proves_release=new, suite=suite) as session:
            found = session.run()
            secrets.learn(session.secrets)
            return tell.judged(found, started, arguments.stage or "")

    arguments.yardstick = None
    if before and before.failed:
        for text in outcomes.told(before):
            masked(text)
        arguments.yardstick, text = kept.yardstick(aws, before)
        masked(text)
        arguments.against = None  # it was taken of the release that failed
    given = arguments.against

    def forget() -> None:
        arguments.against = given

    rollback = Account(
        account,
        Clock(),
        tell=masked,
        region=aws.place.region,
        commands=going_on.commands(arguments),
    )
    world = World(
        replace(rollback, evidence=Holding(rollback, at_hand.of(arguments, before))),
        measure,
        suite.gate,
        partial(measure, new=False),
        forget,
    )
    config = project.config
    return Guarded(
        arguments,
        suite,
        aws,
        world,
        before,
        tell,
        secrets,
        started,
        began,
        unproven_acts=config is not None and config.unproven_acts,
    )


@contextmanager
def held_against_before(known: Guarded) -> Iterator[None]:
    """Let the smoke tests of the block know what the service did before the deploy.

    Nothing is asked of a stack that is new or moving; smoke tests that cannot be run
    now are run afterwards all the same.
    """
    arguments = known.arguments
    account, name = known.world.rollback.account, arguments.stack_name
    found = account.stack(name)
    if isinstance(found, Absent):
        place = known.aws.place
        known.world.rollback.tell(no_stack(name, place.region, place.account_id or ""))
    serves = isinstance(found, Present) and found.value.status in GOOD | TAKEN_BACK
    bad = known.before is not None and bool(known.before.failed)
    if arguments.against or arguments.no_baseline or not serves or bad:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "baseline.json")
        known.world.rollback.tell("the smoke tests are run before the deploy")
        given = Namespace(**{**vars(arguments), "baseline": str(path)})
        try:
            with Session(given, suite=known.suite) as session:
                session.run()
                session.keep(path)
        except FlowGuardError as error:
            known.world.rollback.tell(f"there is no baseline: {error.message}")
        arguments.against = str(path) if path.exists() else None
        yield


def _masked(done: RollbackReport, mask: Callable[[str], str]) -> RollbackReport:
    """The report without the secrets that AWS has repeated in its own words."""
    return replace(
        done,
        reasons=tuple(map(mask, done.reasons)),
        events=tuple(map(mask, done.events)),
        steps=tuple(replace(s, message=mask(s.message)) for s in done.steps),
        identities=tuple(
            replace(i, expected=mask(i.expected), actual=mask(i.actual))
            for i in done.identities
        ),
        to_do=tuple(map(mask, done.to_do)),
        failures=tuple(
            replace(f, words=mask(f.words), helps=tuple(map(mask, f.helps)))
            for f in done.failures
        ),
    )
