"""The files that an old release is made from, put back where its template has them.

Nothing is ever written over: a delete marker is dropped, or the old version copied
on top of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flowguard.model.rollback import ObjectVersions, Step
from flowguard.model.snapshot import Artifact
from flowguard.rollback.causes import NESTED, Cause
from flowguard.rollback.commands import name_of
from flowguard.rollback.facts import Facts
from flowguard.rollback.restore import InTheWay, NoWay

AGAIN = "then roll back again; or deploy the last good release again"
CONTINUE = "then `aws cloudformation continue-update-rollback`"
"""What follows once somebody has brought a file back by hand."""


def missing(facts: Facts) -> tuple[Artifact, ...]:
    """The snapshot's files that resources could not be taken back without.

    Raises `NoWay` where nobody knows which they are.
    """
    before = facts.before
    paths = {
        name_of(physical): logical
        for logical, kind, physical in (before.resources if before else ())
        if kind == NESTED
    }
    failed = {
        f"{paths.get(f.stack, f.stack)}.{f.logical_id}" if f.stack else f.logical_id
        for f in facts.failures
        if f.cause is Cause.ARTIFACT
    }
    known = before.artifacts if before else ()
    found = tuple(a for a in known if a.logical_id in failed)
    unknown = sorted(failed - {a.logical_id for a in found})
    if unknown or any(not a.location.startswith("s3://") for a in found):
        raise NoWay(
            "nobody knows which file is missing"
            + (f" for {', '.join(unknown)}" if unknown else ": it is an image"),
            f"put it back where the old template has it, {CONTINUE}",
        )
    return found


def put_back(
    wanted: Iterable[Artifact], objects: Mapping[str, ObjectVersions], then: str
) -> tuple[Step, ...]:
    """What brings every file back that is missing; `objects` is what S3 has of each, and
    `then` what follows where a person has to.

    Raises `InTheWay` where no version of one is kept.
    """
    found = {artifact.location: artifact for artifact in wanted}
    made = (_put_back(a, objects.get(a.location), then) for a in found.values())
    return tuple(
        Step(f"restore-artifact-{n}", "s3", step.operation, step.parameters, step.why)
        for n, step in enumerate(filter(None, made), 1)
    )


def _put_back(
    artifact: Artifact, there: ObjectVersions | None, then: str
) -> Step | None:
    """How a file comes back under its key; None where it is there. Overwrites nothing."""
    bucket, _, key = artifact.location.removeprefix("s3://").partition("/")
    wanted = artifact.version_id
    if there and there.there:
        return None
    if not there or not there.versions or (wanted and wanted not in there.versions):
        raise InTheWay(
            f"{artifact.location} is gone with the version that the old release had",
            f"upload that very file again, {then}",
        )
    where = {"Bucket": bucket, "Key": key}
    if not wanted or wanted == there.versions[0]:
        dropped = {**where, "VersionId": there.marker}
        return Step("", "s3", "delete_object", dropped, "drops the delete marker")
    copied = {
        **where,
        "CopySource": {**where, "VersionId": wanted},
        "IfNoneMatch": "*",
    }
    return Step("", "s3", "copy_object", copied, "brings the old version back on top")
