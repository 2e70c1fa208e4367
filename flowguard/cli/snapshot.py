"""`flowguard snapshot`."""

from __future__ import annotations

import json
import pathlib
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace

from flowguard.cli import output
from flowguard.errors import UsageError
from flowguard.model import Readiness
from flowguard.model.snapshot import Snapshot
from flowguard.report.escape import line
from flowguard.report.wording import count
from flowguard.rollback import outcomes, snapshot_file


def run(arguments: Namespace) -> int:
    """Take it, write it, print its digest, and return 0."""
    snapshot = take(arguments)
    lines = [*told(snapshot), f"snapshot-digest={snapshot_file.digest(snapshot)}"]
    text = "".join(f"{line(text)}\n" for text in lines)
    return output.tell(0, (), str, lambda: text, acted=True)


def take(arguments: Namespace) -> Snapshot:
    """Do what the options ask for, but print nothing; the Action calls this, too.

    Raises `FlowGuardError` where it cannot be done.
    """
    path = pathlib.Path(arguments.output)
    output.require_writable([("the snapshot", path)])
    from flowguard.aws import snapshot as taking
    from flowguard.aws import snapshot_keep as keepers
    from flowguard.aws.outcomes import since_last_good
    from flowguard.aws.session import connect

    aws = connect(
        profile=arguments.profile,
        region=arguments.region,
        assume_role=arguments.assume_role,
    )
    readiness = _readiness(arguments.preflight)
    keeper: keepers.Keeper = keepers.Nowhere()
    if arguments.keep:
        keeper = keepers.bucket(aws, arguments.keep)
    elif arguments.kms_key:
        sealed = path.with_name(f"{path.name}.sealed")
        keeper = keepers.SealedFile(aws, arguments.kms_key, sealed)
    taken = taking.take(aws, arguments.stack_name, keeper)
    snapshot = replace(taken, readiness=readiness)
    if isinstance(keeper, keepers.Bucket):
        snapshot = replace(snapshot, kept_in=keeper.place(snapshot))
        snapshot = since_last_good(aws, snapshot)
        keeper.keep_itself(snapshot, snapshot_file.dump(snapshot))
    output.write_private("the snapshot", path, snapshot_file.dump(snapshot))
    return snapshot


def _readiness(report: str | None) -> Readiness | None:
    """What a preflight's report says; raises `UsageError` for what is none."""
    if not report:
        return None
    try:
        document = json.loads(pathlib.Path(report).read_text("utf-8"))
        judged = document.get("readiness")
        return Readiness(judged["level"]) if judged else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"--preflight {report!r} is no report of a preflight",
            help="write one: flowguard preflight --output json=FILE",
        ) from error


def no_stack(name: str, region: str, account_id: str) -> str:
    """What is said where there is no stack: before a first deploy, or by mistake."""
    account = f" of account {account_id}" if account_id else ""
    return (
        f"there is no stack {name} in {region}{account}: nothing to go back to yet; "
        "if it should be there, check --stack-name and --region"
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
