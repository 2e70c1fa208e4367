"""What one run leaves for the next, beside a snapshot that is kept in S3."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flowguard.errors import FlowGuardError
from flowguard.guard.became import became
from flowguard.guard.world import Outcome, World
from flowguard.model.ownership import Whose
from flowguard.model.questions import Present
from flowguard.model.rollback import Accepted, Refused, Step
from flowguard.rollback import outcomes, snapshot_file
from flowguard.rollback.outcomes import Became, Judged
from flowguard.smoke import baseline
from flowguard.smoke.baseline import Baseline

if TYPE_CHECKING:
    from flowguard.aws.session import Aws
    from flowguard.model.snapshot import Snapshot

_S3 = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+")
NO_YARDSTICK = (
    "the release that was live before the deploy had failed: what it did is no "
    "yardstick, and all checks must pass"
)
YARDSTICK = (
    "the release that was live before the deploy had failed: the yardstick is what the "
    "service did before that one"
)


def yardstick(aws: Aws, before: Snapshot) -> tuple[Baseline | None, str]:
    """What the service did before a release that failed, and what is said of it."""
    from flowguard.aws import snapshot_keep

    if before.judged is None:
        return None, NO_YARDSTICK
    try:
        text = snapshot_keep.read(aws, before, "judged", Path())
        kept = outcomes.parse(text, before.judged.location).baseline
        found = baseline.of_document(kept) if kept else None
    except FlowGuardError as error:
        return None, f"{NO_YARDSTICK} (the one from before it: {error.message})"
    return found, YARDSTICK if found else NO_YARDSTICK


def write_down(
    world: World, found: Outcome, before: Snapshot | None, known: Baseline | None
) -> str:
    """Write what became of the deploy, where the snapshot is kept in S3; why that
    could not be done, if so; `known` is what the service did before."""
    what = became(found, world.gate)
    if before is None or not _S3.fullmatch(before.kept_in) or what is None:
        return ""
    owned = found.rollback.ownership
    deploy = owned.deploy if owned else ""
    if not deploy and before.failed:
        deploy = before.failed[-1].event  # nothing came after the one that had failed
    if not deploy:
        return ""
    judged = Judged(
        _stack_id(world, before),
        what,
        deploy,
        owned is not None and owned.whose is Whose.OURS,
        before.kept_in,
        snapshot_file.digest(before),
        datetime.now(UTC),
        os.environ.get("GITHUB_SHA", ""),
        baseline.document(known) if known and what is Became.FAILED else {},
    )
    where = f"{before.kept_in.rpartition('/')[0]}/*"
    why = _written(world, outcomes.writing(judged, before.account_id), where)
    if not why:
        return ""
    return f"the next run is not told that this deploy {_SAYS[what]}: {why}"


def _written(world: World, step: Step, where: str) -> str:
    """Make the call; why it was not taken, if so, and what helps. What was done stands
    either way."""
    try:
        answer = world.rollback.account.perform(step)
    except KeyboardInterrupt:
        return "interrupted"
    match answer:
        case Accepted():
            return ""
        case Refused(signed_out=True):
            return answer.message
        case Refused(code, message):
            return f"{code}: {message}; allow s3:PutObject on {where}"
        case unknown:
            return unknown.reason


_SAYS = {
    Became.VERIFIED: "is good",
    Became.FAILED: "failed",
    Became.ROLLED_BACK: "was rolled back",
}


def _stack_id(world: World, before: Snapshot) -> str:
    """The stack's; before the first deploy no snapshot knows it."""
    if before.exists:
        return before.stack_id
    found = world.rollback.account.stack(before.stack_name)
    return found.value.stack_id if isinstance(found, Present) else ""
