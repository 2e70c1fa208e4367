"""What the commands have in common that test a deploy and may take it back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from flowguard import spoken
from flowguard.cli import at_hand, kept
from flowguard.cli import rollback as rollbacks
from flowguard.cli.clock import Clock
from flowguard.cli.groups import Before, DryRun, Guarding
from flowguard.cli.host import Host
from flowguard.cli.output import Done
from flowguard.cli.project import Project, sign_in
from flowguard.cli.smoke_session import Session, Yardstick, given_yardstick
from flowguard.cli.snapshot import no_stack
from flowguard.cli.telling import Telling
from flowguard.errors import FlowGuardError, UsageError
from flowguard.guard import judge
from flowguard.guard.evidence import Holding
from flowguard.guard.world import Outcome, World
from flowguard.model.questions import Absent, Present
from flowguard.model.results import Coverage, Report, Target
from flowguard.model.rollback import RollbackReport
from flowguard.model.smoke import SmokeReport
from flowguard.rollback import outcomes
from flowguard.rollback.row import GOOD, TAKEN_BACK
from flowguard.rollback.world import World as Account
from flowguard.smoke.findings import results
from flowguard.smoke.secrets import Secrets
from flowguard.version import __version__

if TYPE_CHECKING:
    from flowguard.aws.session import Aws
    from flowguard.model.snapshot import Snapshot
    from flowguard.smoke.suite import Suite


def done(report: Report) -> Done[Report]:
    """What was done, with the exit code as the contract has it.

    4 stands for a rollback that is verified, 5 for one that is not.
    """
    return Done(report, judge.exit_code(report.verdict, report.rollback))


class Held:
    """What the smoke tests of a run are held against; it changes on the way."""

    def __init__(self, given: Yardstick) -> None:
        self._given = self.now = given

    def forget(self) -> None:
        """Hold them against what was given, and no longer against what was measured."""
        self.now = self._given


@dataclass(frozen=True, slots=True)
class Guarded:
    """A run against the real world."""

    settings: Guarding
    host: Host
    held: Held
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

    @property
    def stack_name(self) -> str:
        """The stack, as it was given or as the template says."""
        return self.settings.stack_name or ""

    def done(self, command: str, found: Outcome) -> Done[Report]:
        """What the run did, once people are told of it."""
        place = self.aws.place
        rollback = found.rollback
        known = self.held.now.baseline
        changes = not (isinstance(self.settings, DryRun) and self.settings.dry_run)
        if changes and (left := kept.write_down(self.world, found, self.before, known)):
            rollback = replace(rollback, to_do=(*rollback.to_do, left))
        report = Report(
            command=command,
            target=Target(
                self.stack_name,
                self.settings.stage,
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
        return done(self.tell(report))


def connected(settings: Guarding, host: Host) -> Guarded:
    """Sign in, and read all that is given; nothing is tested or changed yet.

    Raises `FlowGuardError` for what cannot be used, while that does no harm.
    """
    from flowguard.aws.operations import Operations

    started, began = datetime.now(UTC), time.monotonic()
    project = Project(settings)
    suite, tell = project.suite(), Telling(settings, project.root, host)
    yardstick = given_yardstick(settings)
    settings = settings.with_(stack_name=project.stack_name)
    if not project.stack_name:
        raise UsageError(
            "nobody says which stack it is",
            help=f"name it: {spoken.option('stack-name', 'NAME')}",
        )
    path, before = rollbacks.given_snapshot(settings, project.stack_name)
    aws = sign_in(settings, project.region or (before.region if before else None))
    rollbacks.require_same_account(aws, before)
    account = Operations(aws, before=before, folder=path.parent)
    secrets, say = Secrets(), rollbacks.telling(quiet=settings.quiet)

    def masked(text: str) -> None:
        say(secrets.mask(text))

    if before and before.failed:
        for text in outcomes.told(before):
            masked(text)
        # What was given was taken of the release that failed.
        good, text = kept.yardstick(aws, before)
        yardstick = Yardstick(good, is_last_good=good is not None)
        masked(text)
    held = Held(yardstick)

    def measure(*, new: bool = True) -> SmokeReport:
        # Each run has a session of its own: after a rollback the stack says another
        # thing of itself than before.
        with Session(
            settings, host, yardstick=held.now, proves_release=new, suite=suite
        ) as session:
            found = session.run()
            secrets.learn(session.secrets)
            return tell.judged(found, started, settings.stage or "")

    rollback = Account(
        account,
        Clock(),
        tell=masked,
        region=aws.place.region,
        commands=host.commands(settings),
    )
    world = World(
        replace(rollback, evidence=Holding(rollback, at_hand.of(settings, before))),
        measure,
        suite.gate,
        partial(measure, new=False),
        held.forget,
    )
    return Guarded(
        settings,
        host,
        held,
        suite,
        aws,
        world,
        before,
        tell,
        secrets,
        started,
        began,
        unproven_acts=project.config.unproven_acts,
    )


@contextmanager
def held_against_before(known: Guarded) -> Iterator[None]:
    """Let the smoke tests of the block know what the service did before the deploy.

    Nothing is asked of a stack that is new or moving; smoke tests that cannot be run
    now are run afterwards all the same.
    """
    settings, held, name = known.settings, known.held, known.stack_name
    account = known.world.rollback.account
    found = account.stack(name)
    if isinstance(found, Absent):
        place = known.aws.place
        known.world.rollback.tell(no_stack(name, place.region, place.account_id or ""))
    serves = isinstance(found, Present) and found.value.status in GOOD | TAKEN_BACK
    bad = known.before is not None and bool(known.before.failed)
    unasked = isinstance(settings, Before) and settings.no_baseline
    if settings.against or unasked or not serves or bad:
        yield
        return
    known.world.rollback.tell("the smoke tests are run before the deploy")
    try:
        with Session(settings, known.host, takes=True, suite=known.suite) as session:
            session.run()
            held.now = Yardstick(session.taken)
    except FlowGuardError as error:
        known.world.rollback.tell(f"there is no baseline: {error.message}")
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
