"""The files that an old release is made from, put back where its template has them.

Nothing is ever written over: a delete marker is dropped, or the old version copied
on top of one.
"""

from __future__ import annotations

from collections.abc import Mapping

from flowguard.model import ObjectVersions, Step
from flowguard.model.snapshot import Artifact
from flowguard.rollback.causes import Cause
from flowguard.rollback.facts import Facts
from flowguard.rollback.restore import NoWay


def missing(facts: Facts) -> tuple[Artifact, ...]:
    """The snapshot's files that resources could not be taken back without.

    Raises `NoWay` where nobody knows which they are.
    """
    failed = {f.logical_id for f in facts.failures if f.cause is Cause.ARTIFACT}
    known = facts.before.artifacts if facts.before else ()
    found = tuple(a for a in known if a.logical_id in failed)
    unknown = sorted(failed - {a.logical_id for a in found})
    if unknown or any(not a.location.startswith("s3://") for a in found):
        raise NoWay(
            "nobody knows which file is missing"
            + (f" for {', '.join(unknown)}" if unknown else ": it is an image"),
            "put it back where the old template has it, then "
            "`aws cloudformation continue-update-rollback`",
        )
    return found


def put_back(facts: Facts, objects: Mapping[str, ObjectVersions]) -> tuple[Step, ...]:
    """What brings every missing file back; `objects` is what S3 has of each."""
    found = {a.location: a for a in missing(facts)}
    made = (_put_back(a, objects.get(a.location)) for a in found.values())
    return tuple(
        Step(f"restore-artifact-{n}", "s3", step.operation, step.parameters, step.why)
        for n, step in enumerate(filter(None, made), 1)
    )


def _put_back(artifact: Artifact, there: ObjectVersions | None) -> Step | None:
    """How a file comes back under its key; None where it is there. Overwrites nothing."""
    bucket, _, key = artifact.location.removeprefix("s3://").partition("/")
    wanted = artifact.version_id
    if there and there.there:
        return None
    if not there or not there.versions or (wanted and wanted not in there.versions):
        raise NoWay(
            f"{artifact.location} is gone with the version that the old release had",
            "upload that very file again, then "
            "`aws cloudformation continue-update-rollback`",
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
