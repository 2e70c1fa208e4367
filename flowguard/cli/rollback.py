"""`flowguard rollback`."""

from __future__ import annotations

import pathlib
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flowguard import spoken
from flowguard.cli import output
from flowguard.cli.clock import Clock
from flowguard.cli.commands import Rollback
from flowguard.cli.groups import Meant, RollbackPoint
from flowguard.cli.host import TERMINAL, Host
from flowguard.cli.output import Done
from flowguard.cli.project import find_root, sign_in
from flowguard.cli.telling import Telling
from flowguard.errors import UsageError
from flowguard.model.results import Coverage, Report, Target, Verdict
from flowguard.model.rollback import RollbackReport
from flowguard.report.escape import line
from flowguard.rollback import exit_codes, record, snapshot_file
from flowguard.rollback.look import Wish
from flowguard.rollback.ownership import Deploy
from flowguard.rollback.run import rollback
from flowguard.rollback.world import World
from flowguard.version import __version__

if TYPE_CHECKING:
    from flowguard.aws.session import Aws
    from flowguard.model.snapshot import Snapshot

VERDICTS = {
    exit_codes.GO: Verdict.PASS,
    exit_codes.COULD_NOT_TELL: Verdict.INCONCLUSIVE,
}
"""Every other exit code blocks."""


def run(settings: Rollback) -> int:
    """Run the command and return its exit code."""
    return output.run(settings, check)


def check(settings: Rollback, host: Host = TERMINAL) -> Done[Report]:
    """Do what the options ask for, but print no report; the Action calls this, too.

    Raises `FlowGuardError` where it cannot be done.
    """
    from flowguard.aws.operations import Operations

    started, began = datetime.now(UTC), time.monotonic()
    tell = Telling(settings, find_root(pathlib.Path.cwd()), host)
    path, before = given_snapshot(settings, settings.stack_name)
    aws = sign_in(settings, settings.region or (before.region if before else None))
    require_same_account(aws, before)
    account = Operations(aws, before=before, folder=path.parent)
    world = World(
        account,
        Clock(),
        tell=telling(quiet=settings.quiet),
        region=aws.place.region,
        commands=host.commands(settings),
    )
    done = rollback(world, _wish(settings, before))
    report = Report(
        command="rollback",
        target=Target(
            settings.stack_name, None, aws.place.region, aws.place.account_id
        ),
        results=(),
        coverage=Coverage(),
        started_at=started,
        duration=time.monotonic() - began,
        flowguard_version=__version__,
        verdict=verdict(exit_codes.exit_code(done)),
        stack_status=done.status_after,
        rollback=done,
    )
    # A plan that was asked for and made is a success.
    is_plan = settings.dry_run and planned(done)
    code = exit_codes.GO if is_plan else exit_codes.exit_code(done)
    return Done(tell(report), code)


def planned(report: RollbackReport) -> bool:
    """Whether there is a plan that could be carried out."""
    return bool(report.plan_hash and report.steps)


def verdict(code: int) -> Verdict:
    """What an exit code says of the release."""
    return VERDICTS.get(code, Verdict.BLOCK)


def telling(*, quiet: bool) -> Callable[[str], None]:
    """Writes each event to standard error as it comes, in one write a line."""

    def tell(text: str) -> None:
        if not quiet:
            sys.stderr.write(f"{line(text)}\n")
            sys.stderr.flush()

    return tell


def _wish(settings: Rollback, before: Snapshot | None) -> Wish:
    return Wish(
        settings.stack_name,
        before,
        named_deploy(settings, settings.stack_name, before),
        role_arn=settings.role_arn or "",
        approve=settings.approve or "",
        dry_run=settings.dry_run,
        timeout=60 * settings.timeout,
    )


def named_deploy(
    settings: Meant, stack_name: str, before: Snapshot | None
) -> Deploy | None:
    """The deploy that the options name; None where they name none.

    Raises `FlowGuardError` for a record that is none, or of another stack, and for a
    change set that is not named by its ARN.
    """
    if settings.deployed_change_set:
        return Deploy(change_set_id=_arn(settings.deployed_change_set))
    path = settings.record
    if not path:
        return None
    made = record.load(path)
    if stack_name not in {made.stack_name, made.stack_id}:
        raise UsageError(
            f"{path} is the record of {made.stack_name}, not of {stack_name}",
            help=f"write {spoken.option('stack-name', made.stack_name)}, or name another "
            "record",
        )
    if before and before.exists and made.stack_id != before.stack_id:
        raise UsageError(
            f"{path} is the record of {made.stack_id}, and the snapshot is of "
            f"{before.stack_id}",
            help="name the record and the snapshot of one stack",
        )
    return made.deploy


def _arn(change_set: str) -> str:
    """A name may be that of many change sets, one after the other."""
    if ":changeSet/" not in change_set:
        raise UsageError(
            f"{change_set!r} is no ARN of a change set",
            help="write the Id that create-change-set gave, arn:aws:cloudformation:…; "
            "one that was carried out: aws cloudformation describe-stacks, ChangeSetId",
        )
    return change_set


def given_snapshot(
    settings: RollbackPoint, stack_name: str
) -> tuple[pathlib.Path, Snapshot | None]:
    """The rollback point and its file; raises `FlowGuardError` for another one."""
    if not settings.snapshot:
        if settings.snapshot_digest:
            raise UsageError(
                f"{spoken.option('snapshot-digest')} names no file",
                help=f"add {spoken.option('snapshot', 'FILE')}",
            )
        return pathlib.Path(), None
    path = settings.snapshot
    before = snapshot_file.load(path, settings.snapshot_digest or "")
    if stack_name not in {before.stack_name, before.stack_id}:
        raise UsageError(
            f"{path} is a snapshot of {before.stack_name}, not of {stack_name}",
            help=f"write {spoken.option('stack-name', before.stack_name)}, or name another "
            "snapshot",
        )
    return path, before


def require_same_account(aws: Aws, before: Snapshot | None) -> None:
    """Raises `UsageError` where the snapshot is of elsewhere."""
    if before is None:
        return
    there, here = (
        (before.account_id, before.region),
        (aws.place.account_id, aws.place.region),
    )
    if there != here:
        raise UsageError(
            f"the snapshot is of {' '.join(there)}, and this is {' '.join(map(str, here))}",
            help="sign in to the account and region of the snapshot",
        )
