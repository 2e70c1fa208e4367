"""`flowguard snapshot`."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator
from dataclasses import replace

from flowguard import spoken
from flowguard.cli import output
from flowguard.cli.commands import Snapshot as Settings
from flowguard.cli.project import sign_in
from flowguard.errors import UsageError
from flowguard.model.readiness import Readiness
from flowguard.model.snapshot import Snapshot
from flowguard.report.escape import line
from flowguard.report.wording import count
from flowguard.rollback import outcomes, snapshot_file


def run(settings: Settings) -> int:
    """Take it, write it, print its digest, and return 0."""
    snapshot = take(settings)
    lines = [*told(snapshot), f"snapshot-digest={snapshot_file.digest(snapshot)}"]
    text = "".join(f"{line(text)}\n" for text in lines)
    return output.tell(0, (), str, lambda: text, acted=True)


def take(settings: Settings) -> Snapshot:
    """Do what the options ask for, but print nothing; the Action calls this, too.

    Raises `FlowGuardError` where it cannot be done.
    """
    path = settings.output
    output.require_writable([("the snapshot", path)])
    from flowguard.aws import snapshot as taking
    from flowguard.aws import snapshot_keep as keepers
    from flowguard.aws.outcomes import since_last_good

    aws = sign_in(settings)
    readiness = _readiness(settings.preflight)
    keeper: keepers.Keeper
    if settings.no_templates:
        keeper = keepers.Nowhere()
    elif settings.kms_key:
        sealed = path.with_name(f"{path.name}.sealed")
        keeper = keepers.SealedFile(aws, settings.kms_key, sealed)
    else:
        keeper = keepers.bucket(aws, settings.keep or "")
    taken = taking.take(aws, settings.stack_name, keeper)
    snapshot = replace(taken, readiness=readiness)
    if isinstance(keeper, keepers.Bucket):
        snapshot = replace(snapshot, kept_in=keeper.place(snapshot))
        snapshot = since_last_good(aws, snapshot)
        keeper.keep_itself(snapshot, snapshot_file.dump(snapshot))
    output.write_private("the snapshot", path, snapshot_file.dump(snapshot))
    return snapshot


def _readiness(report: pathlib.Path | None) -> Readiness | None:
    """What a preflight's report says; raises `UsageError` for what is none."""
    if not report:
        return None
    try:
        document = json.loads(report.read_text("utf-8"))
        judged = document.get("readiness")
        return Readiness(judged["level"]) if judged else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{spoken.option('preflight')} {str(report)!r} is no report of a preflight",
            help=f"write one: {spoken.command('preflight', output='json=FILE')}",
        ) from error


def no_stack(name: str, region: str, account_id: str) -> str:
    """What is said where there is no stack: before a first deploy, or by mistake."""
    account = f" of account {account_id}" if account_id else ""
    return (
        f"there is no stack {name} in {region}{account}: nothing to go back to yet; "
        f"if it should be there, check {spoken.option('stack-name')} and "
        f"{spoken.option('region')}"
    )


def told(snapshot: Snapshot) -> Iterator[str]:
    """What is worth knowing of it, a line each."""
    if not snapshot.exists:
        yield no_stack(snapshot.stack_name, snapshot.region, snapshot.account_id)
        return
    counts = ", ".join(
        (
            count(len(snapshot.resources), "resource"),
            count(len(snapshot.functions), "function"),
            f"{len(snapshot.stateful)} with data",
        )
    )
    yield f"snapshot of {snapshot.stack_name} ({snapshot.status}): {counts}"
    yield from outcomes.told(snapshot)
    if snapshot.readiness:
        yield f"can the deploy be taken back: {snapshot.readiness}"
    if not snapshot.restorable and not snapshot.failed:
        yield (
            "the templates are not kept: a deploy that succeeds cannot be taken back "
            "from this snapshot alone"
        )
    for artifact in snapshot.artifacts:
        if artifact.there is False:
            yield f"{artifact.location} of {artifact.logical_id} is gone"
    for part, unknown in sorted(snapshot.unknown.items()):
        yield f"not known: {part} ({unknown.permission or unknown.reason})"
