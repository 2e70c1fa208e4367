"""`flowguard record`."""

from __future__ import annotations

from flowguard import spoken
from flowguard.cli import output
from flowguard.cli.commands import Record as Settings
from flowguard.cli.project import sign_in
from flowguard.errors import AccountError, UsageError
from flowguard.model.questions import Present
from flowguard.report.escape import line
from flowguard.report.wording import count
from flowguard.rollback import record
from flowguard.rollback.record import Record


def run(settings: Settings) -> int:
    """Write the record, print what it is of, and return 0."""
    made = take(settings)
    return output.tell(0, (), str, lambda: f"{line(told(made))}\n", acted=True)


def take(settings: Settings) -> Record:
    """Do what the options ask for, but print nothing; the Action calls this, too.

    Raises `FlowGuardError` where there is no stack, where it moves, or where AWS does
    not say which event was its last.
    """
    output.require_writable([("the record", settings.output)])
    from flowguard.aws import events, snapshot
    from flowguard.aws.snapshot_keep import Nowhere

    aws = sign_in(settings)
    newest = events.newest(aws, settings.stack_name)
    taken = snapshot.take(aws, settings.stack_name, Nowhere())
    if not taken.exists:
        raise UsageError(
            f"there is no stack {settings.stack_name} in {aws.place.region}",
            help=f"check {spoken.option('stack-name')} and {spoken.option('region')}",
        )
    if not isinstance(newest, Present) or newest.value.id != taken.last_event:
        why = getattr(newest, "reason", "the stack was deployed to meanwhile")
        raise AccountError(
            f"AWS does not say which deploy of {taken.stack_name} was the last: {why}",
            help=f"allow {events.PERMISSION}, and run this when nothing is deployed",
        )
    made = record.of(taken, newest.value.id, newest.value.operation_id)
    output.write_text("the record", settings.output, record.dump(made))
    return made


def told(made: Record) -> str:
    """What is worth knowing of it."""
    functions = count(len(made.functions), "function")
    return f"record of {made.stack_name}: {functions}, event {made.last_event}"
