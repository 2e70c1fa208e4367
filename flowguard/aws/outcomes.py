"""What became of the release that is live, as an earlier run wrote it down in S3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from flowguard.aws import snapshot_keep
from flowguard.aws.answers import observed, one_line
from flowguard.aws.events import PERMISSION, newest_first
from flowguard.aws.history import event_of
from flowguard.aws.session import Aws
from flowguard.errors import FlowGuardError
from flowguard.lookups import StackEvent
from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind
from flowguard.model.snapshot import FailedDeploy, Kept, Snapshot
from flowguard.rollback import journal, outcomes, snapshot_file
from flowguard.rollback.journal import DEPLOYS, Recorded
from flowguard.rollback.outcomes import Became, Failing, Judged
from flowguard.rollback.row import GOOD, TAKEN_BACK

READS = frozenset({PERMISSION, "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"})
"""What it needs of IAM."""
MOST_EVENTS = 5_000
"""How many of a stack's events are read to find the deploy that is live."""
MOST_OUTCOMES = 5_000
"""How many lines are read of what became of one deploy."""
LARGEST_SNAPSHOT = 32_000_000
"""Bytes of a text that may be a snapshot."""


def since_last_good(aws: Aws, taken: Snapshot) -> Snapshot:
    """The rollback point: what was `taken`, or what the last good release was where the
    live one is known to have failed.

    Where AWS does not say, that is unknown in it, and told; raises nothing.
    """
    if not taken.exists or taken.status not in GOOD | TAKEN_BACK:
        return taken
    found = _failing(aws, taken)
    match found:
        case Present(failing):
            return outcomes.going_back(taken, failing)
        case Unknown():
            unknown = {**taken.unknown, "failed": found}
            return replace(taken, unknown=unknown)
        case _:
            return taken


def _failing(aws: Aws, taken: Snapshot) -> Observed[Failing]:
    """The live release, where it is known to have failed."""
    try:
        live = _live(aws, taken.stack_id)
        if not isinstance(live, Present):
            return live if isinstance(live, Unknown) else Absent()
        newest = _newest(aws, outcomes.folder(taken, live.value.id))
        if not isinstance(newest, Present):
            return newest if isinstance(newest, Unknown) else Absent()
        judged, kept = newest.value
        if judged.stack_id != taken.stack_id or judged.deploy != live.value.id:
            why = f"{kept.location} is of another deploy"
            return Unknown(UnknownKind.UNREACHABLE, why)
        if judged.became is not Became.FAILED:
            return Absent()
        return Present(_failed(aws, live.value, judged, kept))
    except FlowGuardError as error:
        why = one_line(f"{error.message}; {error.help}")
        return Unknown(UnknownKind.UNREACHABLE, why)


def _failed(aws: Aws, live: Recorded, judged: Judged, kept: Kept) -> Failing:
    deploy = FailedDeploy(live.id, judged.ours, live.began, judged.release)
    try:
        location = f"{judged.snapshot}/{snapshot_keep.SNAPSHOT}"
        text, _ = snapshot_keep.object_at(aws, location, LARGEST_SNAPSHOT)
        good = snapshot_file.parse(text, judged.snapshot_digest, location)
    except FlowGuardError as error:
        return Failing(deploy, kept, None, one_line(error.message))
    if good.exists and good.stack_id != judged.stack_id:
        return Failing(deploy, kept, None, f"{location} is of another stack")
    return Failing(deploy, kept, good)


def _live(aws: Aws, stack_id: str) -> Observed[Recorded]:
    """The operation that the live release came of; absent where its events do not
    show it any more."""

    def ask() -> Recorded | None:
        seen: list[StackEvent] = []
        for event in _recent(aws, stack_id):
            seen.append(event)
            if event.physical_id == stack_id and event.status in DEPLOYS:
                done = journal.operations(reversed(seen), stack_id)
                if live := journal.live(done):
                    return live
        return None

    return observed(ask, permission=PERMISSION)


def _recent(aws: Aws, stack_id: str) -> Iterator[StackEvent]:
    return map(event_of, islice(newest_first(aws, stack_id), MOST_EVENTS))


def _newest(aws: Aws, where: str) -> Observed[tuple[Judged, Kept]]:
    """What was written down last of a deploy, by S3's own clock."""
    bucket, _, prefix = where.removeprefix("s3://").partition("/")
    asked = {"Bucket": bucket, "Prefix": f"{prefix}/"}
    asked |= snapshot_keep.owner(aws)

    def ask() -> str | None:
        rows = aws.pages("s3", "list_objects_v2", "Contents", **asked)
        found = list(islice(rows, MOST_OUTCOMES))
        newest = max(found, key=lambda r: (r["LastModified"], r["Key"]), default=None)
        return f"s3://{bucket}/{newest['Key']}" if newest else None

    listed = observed(ask, permission="s3:ListBucket")
    if not isinstance(listed, Present):
        return listed if isinstance(listed, Unknown) else Absent()
    text, kept = snapshot_keep.object_at(aws, listed.value, outcomes.LARGEST)
    return Present((outcomes.parse(text, listed.value), kept))
