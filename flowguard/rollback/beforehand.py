"""What a restore would need, and whom it would break: worked out before it is begun.

Of the files, images and layers that the old release is made from, those matter that
CloudFormation would read again: where the live release names another one. Of the
exports, those that the restore would remove or change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flowguard.lookups import Stack
from flowguard.model.places import Place
from flowguard.model.questions import AccountState, Present
from flowguard.model.rollback import ObjectVersions
from flowguard.model.snapshot import WITHHELD, Artifact, Snapshot
from flowguard.plan.artifacts import artifacts
from flowguard.plan.deployed import deployed_resources
from flowguard.rollback.restore import FUNCTION, InTheWay

S3 = "s3://"
_LAYER = "arn:"
Named = frozenset[tuple[str, str, str]]
"""Logical id, location and version of each artifact that a template names."""
Templates = Mapping[str, str]
"""The templates of nested stacks as they are now, by their paths: `Jobs`, `Jobs.Mail`."""


@dataclass(frozen=True, slots=True)
class Sides:
    """A stack as it was, and as it is."""

    before: Snapshot
    then: str
    """The template that would be deployed again."""
    stack: Stack
    now: str | None
    """The template that runs; None where nobody tells."""
    ids: Mapping[str, str]
    """The physical ids by logical ids, as they are now."""
    nested: Templates = field(default_factory=dict)
    """The templates of nested stacks as they are now, as far as somebody tells."""
    code_only: bool = False


@dataclass(frozen=True, slots=True)
class Needed:
    """A file or an image that CloudFormation would read."""

    artifact: Artifact
    pinned: bool = False
    """Whether the template names the version itself."""


def needed(sides: Sides) -> tuple[Needed, ...]:
    """The files and images of the old release that the live one does not use."""
    then = _named(sides, sides.then, before=True)
    now = _named(sides, sides.now, before=False) if sides.now else frozenset()
    pinned = {(name, where): version for name, where, version in then}
    known = [a for a in sides.before.artifacts if _wanted(a, sides)]
    listed = {(a.logical_id, a.location) for a in known}
    others = [
        Artifact(name, where, version)
        for name, where, version in sorted(then)
        if (name, where) not in listed
    ]
    found = []
    for one in [*known, *others]:
        version = pinned.get((one.logical_id, one.location), "")
        if (one.logical_id, one.location, version) not in now:
            found.append(Needed(one, bool(version)))
    return tuple(found)


def layers(sides: Sides) -> tuple[str, ...]:
    """The layers that functions of the old release name by ARN and version, and that
    no function of the live one does."""
    if sides.code_only:
        return ()
    then = _layers(_resources(sides, sides.then, before=True))
    now = _layers(_resources(sides, sides.now, before=False)) if sides.now else set()
    return tuple(sorted(then - now))


def exports_at_risk(
    before: Snapshot,
    stack: Stack,
    values: Mapping[str, str],
    nested: Iterable[Stack] = (),
) -> tuple[tuple[str, str], ...]:
    """The exports that a restore would remove or change: the name, and which of the two.

    `values` are the withheld values of outputs, as far as the snapshot keeps them;
    `nested` are the stacks in the stack, as they are now.
    """
    then: dict[str, str | None] = {
        output.export: values.get(output.key) if output.withheld else output.value
        for output in before.outputs
        if output.export
    }
    for export, value in before.nested_exports or ():
        then[export] = None if value == WITHHELD else value
    every = [stack, *(nested if before.nested_exports is not None else ())]
    return tuple(
        (export, "removed" if export not in then else "changed")
        for one in every
        for _, value, export in one.outputs
        if export and (export not in then or then[export] not in {value, None})
    )


def in_the_way(importers: Mapping[tuple[str, str], tuple[str, ...]]) -> None:
    """Raises `InTheWay` where other stacks import what would be removed or changed."""
    used = {export: names for export, names in importers.items() if names}
    if not used:
        return
    told = "; ".join(
        f"the export {name!r} would be {how}, and {', '.join(names)} "
        f"{'imports' if len(names) == 1 else 'import'} it"
        for (name, how), names in used.items()
    )
    stacks = ", ".join(dict.fromkeys(n for names in used.values() for n in names))
    exports = ", ".join(name for name, _ in used)
    raise InTheWay(
        told,
        f"deploy {stacks} without the import of {exports} first",
        *(
            f"make sure that nobody is left: aws cloudformation list-imports "
            f"--export-name {name}"
            for name, _ in used
        ),
        "then roll back again; or roll forward",
    )


def overwritten(one: Needed, there: ObjectVersions | None) -> str:
    """Why what lies in S3 under a key is not known to be the file of the old release;
    empty where it is.

    Raises `InTheWay` where it is known to be another one.
    """
    artifact, wanted = one.artifact, one.artifact.version_id
    if not there or not there.there or one.pinned:
        return ""
    digest = there.etags[0] if there.etags else ""
    if wanted == there.versions[0] or (digest and digest == artifact.digest):
        return ""
    if wanted and wanted in there.versions:
        bucket, _, key = artifact.location.removeprefix(S3).partition("/")
        raise InTheWay(
            f"{artifact.location} is another file now than the old release had",
            "bring the old version back on top of it: aws s3api copy-object "
            f"--bucket {bucket} --key '{key}' "
            f"--copy-source '{bucket}/{key}?versionId={wanted}'",
            "then roll back again; or deploy the last good release again",
        )
    if not wanted and not (digest and artifact.digest):
        return ""  # nothing is known of what it was
    return (
        f"nobody can tell whether {artifact.location} still is the file of the old "
        "release: it was written again since"
    )


def same_nested(before: Snapshot, now: Templates) -> frozenset[str]:
    """The paths of the nested stacks whose templates are those of the snapshot."""
    kept = dict(before.nested)
    return frozenset(
        path
        for path, text in now.items()
        if kept.get(path) == hashlib.sha256(text.encode()).hexdigest()
    )


def _wanted(artifact: Artifact, sides: Sides) -> bool:
    """Whether the artifact is of a resource that would be changed back at all."""
    path, _, _ = artifact.logical_id.rpartition(".")
    if sides.code_only:
        kinds = {name: kind for name, kind, _ in sides.before.resources}
        same = artifact.logical_id in sides.ids
        return not path and same and kinds.get(artifact.logical_id) == FUNCTION
    return not path or path not in same_nested(sides.before, sides.nested)


def _named(sides: Sides, text: str, *, before: bool) -> Named:
    then = {name: physical for name, _, physical in sides.before.resources}
    ids = then if before else sides.ids
    place = Place(sides.before.account_id or None, sides.before.region)
    return frozenset(
        (name, at.location, at.version_id)
        for name, properties in _resources(sides, text, before=before)
        for at in artifacts(place, properties, ids)
        if not sides.code_only or not before or name in sides.ids
    )


def _resources(
    sides: Sides, text: str | None, *, before: bool
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The resources of a template, with the parameters of its deploy."""
    stack = sides.stack
    if before:
        given = tuple((p.key, p.value) for p in sides.before.parameters)
        stack = replace(stack, parameters=given)
    place = Place(sides.before.account_id or None, sides.before.region)
    found = deployed_resources(
        Present(text or ""), Present(stack), place, AccountState({})
    )
    for name, resource in (found or {}).items():
        if not sides.code_only or resource.resource_type == FUNCTION:
            yield name, resource.properties


def _layers(resources: Iterable[tuple[str, Mapping[str, Any]]]) -> set[str]:
    return {
        layer
        for _, properties in resources
        for layer in properties.get("Layers") or ()
        if isinstance(layer, str) and layer.startswith(_LAYER)
    }
