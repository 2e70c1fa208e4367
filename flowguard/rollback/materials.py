"""What steps are made of, read before any of them is carried out.

What a restore could not do without, and whom it would break, is looked at here. What is
known to be in the way refuses it; what nobody tells makes it wait for an approval.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from flowguard.lookups import Stack, StoredArtifact
from flowguard.model.questions import Absent, Observed, Present, T, Unknown, UnknownKind
from flowguard.model.rollback import ObjectVersions
from flowguard.model.snapshot import Artifact, Kept, Snapshot
from flowguard.rollback import artifacts, beforehand, restore
from flowguard.rollback.beforehand import S3, Needed, Sides
from flowguard.rollback.causes import NESTED, Cause
from flowguard.rollback.facts import Facts
from flowguard.rollback.look import DEEPEST, answer, ask, given
from flowguard.rollback.restore import InTheWay, NoWay
from flowguard.rollback.row import How, Row
from flowguard.rollback.steps import Materials
from flowguard.rollback.world import World

NONE: Mapping[str, Stack] = {}
_TEXT = frozenset({How.RESTORE, How.REPLAY, How.RESTORE_CODE})
_FILES = frozenset(
    {
        How.CONTINUE,
        How.CONTINUE_LATER,
        How.CONTINUE_RESTORING,
        How.CONTINUE_SKIPPING,
    }
)


def materials(world: World, row: Row, facts: Facts, role_arn: str) -> Materials:
    """What the steps of a row need beside the facts.

    Raises `NoWay` where the snapshot does not have it, or where something is known to be
    in the way, and `CouldNotTell`.
    """
    before, stack = facts.before, facts.stack
    if row.how in _FILES:
        return _files(world, facts, role_arn)
    if row.how not in _TEXT or before is None or stack is None:
        return Materials(role_arn=role_arn)
    name, _ = restore.template_of(before)
    code = row.how is How.RESTORE_CODE
    # Read wherever it lies: CloudFormation, which may read it itself, compares it
    # with no digest.
    text = _kept(world, before, name)
    looked = _Looked(world, before, stack)
    if not code:
        values = _values(world, before)
        now = looked.answer(lambda: world.account.template(stack.stack_id))
        live = now.value if isinstance(now, Present) else None
        nested = looked.nested(facts)
        looked.importers(values.get("outputs", {}), nested.values())
        looked.files(_sides(world, facts, text, live, nested))
        return Materials(
            template=text,
            values=values.get("parameters", {}),
            needed=tuple(looked.needed),
            objects=looked.objects,
            doubts=tuple(dict.fromkeys(looked.doubts)),
            role_arn=role_arn,
        )
    running = ask(world, lambda: world.account.template(stack.stack_id)) or ""
    processed = _kept(world, before, "processed") if before.processed else text
    looked.files(_sides(world, facts, processed, running, code_only=True))
    return Materials(
        template=processed,
        running=running,
        live=ask(world, lambda: world.account.snapshot(stack.stack_id)),
        needed=tuple(looked.needed),
        objects=looked.objects,
        doubts=tuple(dict.fromkeys(looked.doubts)),
        role_arn=role_arn,
    )


def _sides(
    world: World,
    facts: Facts,
    then: str,
    now: str | None,
    nested: Mapping[str, Stack] = NONE,
    *,
    code_only: bool = False,
) -> Sides:
    assert facts.before  # noqa: S101 — a restore has a snapshot and a stack
    assert facts.stack  # noqa: S101
    ids = {row.logical_id: row.physical_id for row in facts.left}
    texts = {}
    for path, stack in nested.items():
        text = world.account.template(stack.stack_id)
        if isinstance(text, Present):
            texts[path] = text.value
    return Sides(facts.before, then, facts.stack, now, ids, texts, code_only=code_only)


@dataclass(slots=True)
class _Looked:
    """What was looked at before a restore, and what came of it."""

    world: World
    before: Snapshot
    stack: Stack
    needed: list[Artifact] = field(default_factory=list)
    """The files that must be there, in S3."""
    objects: dict[str, ObjectVersions] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    """What nobody could tell, and why."""

    def answer(self, read: Callable[[], Observed[T]], what: str = "") -> Observed[T]:
        """What a read finds; what nobody tells is noted where it is named.

        Raises `CouldNotTell` where nobody is signed in any longer.
        """
        found = answer(self.world, read)
        if isinstance(found, Unknown):
            if found.kind is UnknownKind.SIGNED_OUT:
                given(found)
            if what and found.kind is not UnknownKind.UNSUPPORTED:
                needs = f" (it needs {found.permission})" if found.permission else ""
                self.doubts.append(f"nobody could tell {what}: {found.reason}{needs}")
        return found

    # --- who imports --------------------------------------------------------------

    def nested(self, facts: Facts) -> dict[str, Stack]:
        """The stacks in the stack as they are now, by their paths; those of which nobody
        tells are noted."""
        account, found = self.world.account, dict[str, Stack]()
        waiting = [("", row) for row in facts.left if row.resource_type == NESTED]
        while waiting:
            prefix, row = waiting.pop(0)
            path, stack_id = prefix + row.logical_id, row.physical_id
            what = f"what is in the nested stack {path}"
            stack = self.answer(partial(account.stack, stack_id), what)
            if not isinstance(stack, Present):
                continue
            found[path] = stack.value
            rows = self.answer(partial(account.resources, stack_id), what)
            if isinstance(rows, Present) and path.count(".") < DEEPEST:
                inner = (r for r in rows.value if r.owned and r.physical_id)
                within = (r for r in inner if r.resource_type == NESTED)
                waiting += [(f"{path}.", r) for r in within]
        return found

    def importers(self, values: dict[str, str], nested: Iterable[Stack]) -> None:
        """Ask who imports what would be removed or changed. Raises `InTheWay`."""
        account = self.world.account
        found = {}
        nested = tuple(nested)
        unknown = self.before.nested_exports is None
        if unknown and any(export for s in nested for *_, export in s.outputs):
            self.doubts.append("the snapshot does not tell what nested stacks exported")
        risky = beforehand.exports_at_risk(self.before, self.stack, values, nested)
        for export in risky:
            name = export[0]
            who = self.answer(partial(account.importers, name), f"who imports {name!r}")
            found[export] = who.value if isinstance(who, Present) else ()
        beforehand.in_the_way(found)

    # --- what it is made from -----------------------------------------------------

    def files(self, sides: Sides) -> None:
        """Look at the files, images and layers. Raises `InTheWay`."""
        if sides.now is None:
            self.doubts.append(
                "nobody could tell what the live release is made from: it needs "
                "cloudformation:GetTemplate"
            )
        for one in beforehand.needed(sides):
            if one.artifact.location.startswith(S3):
                self._file(one, sure=sides.now is not None)
            else:
                self._image(one.artifact)
        for layer in beforehand.layers(sides):
            self._layer(layer)

    def _file(self, one: Needed, *, sure: bool) -> None:
        where = one.artifact.location
        account = self.world.account
        what = f"whether {where} is still there"
        found = self.answer(lambda: account.versions(where), what)
        if isinstance(found, Unknown):
            return
        there = found.value if isinstance(found, Present) else None
        pinned = one.pinned and there and one.artifact.version_id in there.versions
        if pinned:
            return
        if there:
            self.objects[where] = there
        try:
            doubt = beforehand.overwritten(one, there)
            artifacts.put_back([one.artifact], self.objects, artifacts.AGAIN)
        except NoWay as gone:
            if sure:
                raise
            self.doubts.append(gone.reason)
            return
        self.doubts += [doubt] if doubt else []
        self.needed.append(one.artifact)

    def _image(self, image: Artifact) -> None:
        account, where = self.world.account, image.location
        found = self._stored(where)
        if isinstance(found, Unknown):
            return
        now = found.value.digest if isinstance(found, Present) else ""
        if now and (not image.digest or now == image.digest):
            return
        repository = where.partition("@")[0].rpartition(":")[0] or where
        old = f"{repository}@{image.digest}"
        kept = bool(image.digest) and isinstance(account.artifact(old), Present)
        tag = where.rpartition(":")[2]
        raise InTheWay(
            f"the image {where} is another one now than the old release had"
            if now
            else f"the image {where} of the old release is gone",
            f"give {image.digest} the tag {tag} again: aws ecr batch-get-image with "
            "that digest, then aws ecr put-image with its manifest and the tag"
            if kept
            else f"push that very image again{f', {image.digest}' * bool(image.digest)}",
            "then roll back again; or deploy the last good release again",
        )

    def _stored(self, where: str) -> Observed[StoredArtifact]:
        account = self.world.account
        what = f"whether the image {where} is still there"
        return self.answer(lambda: account.artifact(where), what)

    def _layer(self, arn: str) -> None:
        account = self.world.account
        what = f"whether the layer {arn} is still there"
        if isinstance(self.answer(lambda: account.layer(arn), what), Absent):
            raise InTheWay(
                f"the layer {arn} of the old release is deleted, and AWS gives nobody "
                "the number of its version again",
                "publish the layer again, and deploy the last good release with the "
                "new version of it; or roll forward",
            )


def _files(world: World, facts: Facts, role_arn: str) -> Materials:
    objects = {}
    stuck = any(f.cause is Cause.ARTIFACT for f in facts.failures)
    for artifact in artifacts.missing(facts) if stuck else ():
        where = artifact.location
        there = ask(world, lambda where=where: world.account.versions(where))  # type: ignore[misc]
        if there:
            objects[where] = there
    return Materials(objects=objects, role_arn=role_arn)


def _kept(world: World, before: Snapshot, name: str) -> str:
    kept: Kept | None = getattr(before, name)
    text = ask(world, lambda: world.account.text(kept)) if kept else None
    if text is None:
        raise NoWay(
            f"the {name} template that the snapshot kept is gone, or is another now",
            "see who changed the snapshot, or what it keeps; --snapshot-digest tells "
            "whether the file is the one that was written",
            "deploy the last good release again",
        )
    return text


def _values(world: World, before: Snapshot) -> dict[str, dict[str, str]]:
    """The values of parameters and outputs that the snapshot keeps elsewhere."""
    if not before.values or not before.values.location:
        return {}
    if not any(p.withheld for p in before.parameters):
        text = world.account.text(before.values)
        return json.loads(text.value) if isinstance(text, Present) else {}
    found: dict[str, dict[str, str]] = json.loads(_kept(world, before, "values"))
    return found
