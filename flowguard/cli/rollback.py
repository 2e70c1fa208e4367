"""`flowguard rollback`."""

from __future__ import annotations

import pathlib
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flowguard import __version__
from flowguard.cli import going_on, output
from flowguard.cli.clock import Clock
from flowguard.cli.project import find_root
from flowguard.cli.telling import Telling
from flowguard.errors import UsageError
from flowguard.model import Coverage, Report, RollbackReport, Target, Verdict
from flowguard.report.escape import line
from flowguard.rollback import exit_codes, record, snapshot_file
from flowguard.rollback.look import Wish
from flowguard.rollback.ownership import Deploy
from flowguard.rollback.run import rollback
from flowguard.rollback.world import World

if TYPE_CHECKING:
    from flowguard.aws.session import Aws
    from flowguard.model.snapshot import Snapshot

VERDICTS = {
    exit_codes.GO: Verdict.PASS,
    exit_codes.COULD_NOT_TELL: Verdict.INCONCLUSIVE,
}
"""Every other exit code blocks."""


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    output.require_writable(output.report_files(output.parse(arguments.output)))
    report = check(arguments)
    return output.deliver(exit_code(report, arguments), report, arguments)


def check(arguments: Namespace) -> Report:
    """Do what the options ask for, but print no report; the Action calls this, too.

    Raises `FlowGuardError` where it cannot be done.
    """
    from flowguard.aws.operations import Operations
    from flowguard.aws.session import connect

    started, began = datetime.now(UTC), time.monotonic()
    tell = Telling(arguments, find_root(pathlib.Path.cwd()))
    path, before = given_snapshot(arguments)
    aws = connect(
        profile=arguments.profile,
        region=arguments.region or (before.region if before else None),
        assume_role=arguments.assume_role,
    )
    require_same_account(aws, before)
    account = Operations(aws, before=before, folder=path.parent)
    world = World(
        account,
        Clock(),
        tell=telling(quiet=arguments.quiet),
        region=aws.place.region,
        commands=going_on.commands(arguments),
    )
    done = rollback(world, _wish(arguments, before))
    report = Report(
        command="rollback",
        target=Target(
            arguments.stack_name, None, aws.place.region, aws.place.account_id
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
    return tell(report)


def exit_code(report: Report, arguments: Namespace) -> int:
    """As the contract has it; a plan that was asked for and made is a success."""
    assert report.rollback  # noqa: S101 — `check` puts it there
    if arguments.dry_run and planned(report.rollback):
        return exit_codes.GO
    return exit_codes.exit_code(report.rollback)


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


def _wish(arguments: Namespace, before: Snapshot | None) -> Wish:
    return Wish(
        arguments.stack_name,
        before,
        named_deploy(arguments, before),
        role_arn=arguments.role_arn or "",
        approve=arguments.approve or "",
        dry_run=arguments.dry_run,
        timeout=60 * arguments.timeout,
    )


def named_deploy(arguments: Namespace, before: Snapshot | None) -> Deploy | None:
    """The deploy that the options name; None where they name none.

    Raises `FlowGuardError` for a record that is none, or of another stack, and for a
    change set that is not named by its ARN.
    """
    if arguments.deployed_change_set:
        return Deploy(change_set_id=_arn(arguments.deployed_change_set))
    if not arguments.record:
        return None
    path = pathlib.Path(arguments.record)
    made = record.load(path)
    if arguments.stack_name not in {made.stack_name, made.stack_id}:
        raise UsageError(
            f"{path} is the record of {made.stack_name}, not of {arguments.stack_name}",
            help=f"write --stack-name {made.stack_name}, or name another record",
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


def given_snapshot(arguments: Namespace) -> tuple[pathlib.Path, Snapshot | None]:
    """The rollback point and its file; raises `FlowGuardError` for another one."""
    if not arguments.snapshot:
        if arguments.snapshot_digest:
            raise UsageError(
                "--snapshot-digest names no file", help="add --snapshot FILE"
            )
        return pathlib.Path(), None
    path = pathlib.Path(arguments.snapshot)
    before = snapshot_file.load(path, arguments.snapshot_digest or "")
    if arguments.stack_name not in {before.stack_name, before.stack_id}:
        raise UsageError(
            f"{path} is a snapshot of {before.stack_name}, not of {arguments.stack_name}",
            help=f"write --stack-name {before.stack_name}, or name another snapshot",
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
