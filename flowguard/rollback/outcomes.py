"""What became of a deploy, beside the snapshot that was kept before it.

A run writes it down, so that the next one knows whether the release that it finds live
is a good one. It holds nothing secret. What is never overwritten has a name of its own,
and lies under the id of the deploy's first event, where the next run looks for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from flowguard import spoken
from flowguard.errors import FlowGuardError
from flowguard.model.questions import Unknown, UnknownKind
from flowguard.model.readiness import Readiness
from flowguard.model.rollback import Step
from flowguard.model.snapshot import FailedDeploy, Kept, Snapshot

SCHEMA_ID = "flowguard.outcome/1"
"""Changed only when a field is removed or means something else."""
LARGEST = 2_000_000
"""Bytes of a text that may be one; a larger baseline is left out."""


class Became(StrEnum):
    """What became of a deploy."""

    VERIFIED = "verified"
    FAILED = "failed"
    """It did not pass, and nobody rolled it back."""
    ROLLED_BACK = "rolled-back"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run found of a deploy."""

    stack_id: str
    became: Became
    deploy: str
    """The id of the deploy's first event."""
    ours: bool
    """Whether it was proven to be of this pipeline."""
    snapshot: str
    """`s3://bucket/folder` of the snapshot that was taken before it."""
    snapshot_digest: str
    at: datetime
    """By the clock of the machine, for people to read; nothing is decided by it."""
    release: str = ""
    """The commit that the run was for."""
    baseline: Mapping[str, Any] = field(default_factory=dict)
    """What the service did before the deploy, where that was measured."""


def folder(snapshot: Snapshot | str, deploy: str) -> str:
    """Where what became of a deploy stands, among the snapshots of its stack."""
    where = snapshot if isinstance(snapshot, str) else snapshot.kept_in
    return f"{where.rpartition('/')[0]}/outcomes/{quote(deploy, safe='')}"


def writing(judged: Judged, account_id: str) -> Step:
    """The step that writes it down; it overwrites nothing."""
    where = folder(judged.snapshot, judged.deploy)
    bucket, _, prefix = where.removeprefix("s3://").partition("/")
    name = f"{judged.at:%Y%m%dT%H%M%S%fZ}-{judged.became}.json"
    owner = {"ExpectedBucketOwner": account_id} if account_id else {}
    asked = {
        "Bucket": bucket,
        "Key": f"{prefix}/{name}",
        "Body": dump(judged).encode(),
        "IfNoneMatch": "*",
        "ServerSideEncryption": "AES256",
        "ContentType": "application/json",
        **owner,
    }
    why = "the next run looks there"
    return Step("write-outcome", "s3", "put_object", asked, why)


# --- the text -----------------------------------------------------------------------


def dump(judged: Judged) -> str:
    """The text of the object."""
    document = {
        "schema": SCHEMA_ID,
        "stack_id": judged.stack_id,
        "became": judged.became.value,
        "deploy": judged.deploy,
        "ours": judged.ours,
        "snapshot": judged.snapshot,
        "snapshot_digest": judged.snapshot_digest,
        "at": judged.at.astimezone(UTC).isoformat(),
        "release": judged.release,
        "baseline": judged.baseline,
    }
    text = json.dumps(document, indent=2) + "\n"
    if len(text) > LARGEST and judged.baseline:
        return dump(replace(judged, baseline={}))
    return text


def parse(text: str, where: str) -> Judged:
    """What a text says; raises `FlowGuardError` for one that is no outcome."""
    try:
        document = json.loads(text)
        _require_schema(document["schema"])
        names = ("stack_id", "deploy", "snapshot", "snapshot_digest", "release")
        texts = {name: _text(document[name]) for name in names}
        return Judged(
            became=Became(document["became"]),
            ours=document["ours"] is True,
            at=datetime.fromisoformat(_text(document["at"])),
            baseline=dict(document["baseline"]),
            **texts,
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FlowGuardError(
            f"{where} does not say what became of a deploy: {error}",
            help="see who changed it; take the next snapshot with another "
            + spoken.option("keep"),
        ) from error


def _require_schema(found: object) -> None:
    if found != SCHEMA_ID:
        raise ValueError(f"its schema is not {SCHEMA_ID!r}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is missing")
    return value


# --- what follows for the next run ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Failing:
    """The live release, which is known to have failed."""

    deploy: FailedDeploy
    judged: Kept
    """What the run wrote down that found that out."""
    good: Snapshot | None
    """The rollback point from before it; None where nobody has it."""
    why: str = ""
    """Why nobody has it."""


def going_back(taken: Snapshot, failing: Failing) -> Snapshot:
    """The rollback point where what was `taken` is of a release that failed: the last
    good one's, and where there is none, one that cannot be restored."""
    good = failing.good
    if good is None or not good.exists:
        return replace(
            taken,
            original=_unkept(taken.original),
            processed=_unkept(taken.processed),
            failed=(failing.deploy,),
            judged=failing.judged,
            unknown={**taken.unknown, **_lost(failing)},
        )
    return replace(
        good,
        taken_at=taken.taken_at,
        last_updated=taken.last_updated,
        change_set_id=taken.change_set_id,
        readiness=_worst(good.readiness, taken.readiness),
        kept_in=taken.kept_in,
        failed=(*good.failed, failing.deploy),
        judged=failing.judged,
    )


def _lost(failing: Failing) -> dict[str, Unknown]:
    why = Unknown(UnknownKind.UNREACHABLE, failing.why)
    return {"failed:good": why} if failing.why else {}


def _unkept(kept: Kept | None) -> Kept | None:
    return replace(kept, location="", version_id="") if kept else None


def _worst(one: Readiness | None, other: Readiness | None) -> Readiness | None:
    """Whether two deploys in a row can be taken back at once."""
    if Readiness.RED in {one, other}:
        return Readiness.RED
    if None in {one, other}:
        return None
    return Readiness.AMBER if Readiness.AMBER in {one, other} else Readiness.GREEN


def told(before: Snapshot) -> tuple[str, ...]:
    """What there is to say of a rollback point whose stack ran a release that failed,
    each in a sentence without a full stop; nothing where it did not."""
    if not before.failed:
        return ()
    last = before.failed[-1]
    when = f", deployed at {last.at:%Y-%m-%d %H:%M:%S} UTC," if last.at else ""
    commit = f" of commit {last.release}" if last.release else ""
    bad = f"the release{commit} that was live{when} had failed its smoke tests"
    bad += ": it is no yardstick and no way back"
    if not before.restorable:
        return (f"{bad}, and no good release before it is known",)
    kept = before.original or before.processed
    template = f", template {kept.sha256[:12]}" if kept else ""
    good = f"({good_at(before)}{before.status}{template})"
    return (
        bad,
        f"the last good release is the one before it {good}; that one is the way back",
    )


def good_at(before: Snapshot) -> str:
    """When the last good release was kept, as its folder says; empty where none does."""
    kept = before.original or before.processed
    parts = kept.location.split("/") if kept else []
    try:
        at = datetime.strptime(parts[-2], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
    except (IndexError, ValueError):
        return ""
    return f"kept at {at:%Y-%m-%d %H:%M:%S} UTC, "
