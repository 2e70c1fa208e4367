"""Snapshot before × snapshot after → what is the same again, and what is not.

"As before" is what the service does, not how AWS counts: a version's number rises with
each release, and what it is counts. What nobody could tell is unknown, and never the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from flowguard.model.rollback import Identity
from flowguard.model.snapshot import ApiStage, Snapshot
from flowguard.rollback import functions, left_behind, likeness
from flowguard.rollback.row import GOOD, TAKEN_BACK, Check
from flowguard.rollback.sides import DIFFERENT, SAME, UNKNOWN, Sides
from flowguard.rollback.sides import equal as _equal
from flowguard.rollback.sides import known as _known

NO_ECHO = "a NoEcho value, which nobody can read"
RESTORED_BY_AWS = "restored by CloudFormation itself"


def compare(sides: Sides, checks: Iterable[Check]) -> tuple[Identity, ...]:
    """Everything that the checks ask for; what is asked of the service is not here."""
    found: list[Identity] = []
    for check in checks:
        if compared := COMPARED.get(check):
            found += compared(sides)
    return tuple(found)


def proven(identities: Iterable[Identity]) -> bool:
    """Whether all is as it was.

    A NoEcho value stays unknown; it spoils the proof only where it was for us to
    bring back.
    """
    return all(
        i.outcome is SAME or (i.outcome is UNKNOWN and i.actual == RESTORED_BY_AWS)
        for i in identities
    )


# --- V1, V2, V3 ---------------------------------------------------------------------


def _status(sides: Sides) -> Iterator[Identity]:
    yield _equal("stack", sides.before.stack_id, sides.after.stack_id)
    settled = sides.after.status in GOOD | TAKEN_BACK
    outcome = SAME if settled else DIFFERENT
    yield Identity("status", outcome, "settled and good", sides.after.status)


def _template(sides: Sides) -> Iterator[Identity]:
    before, after = sides.before.processed, sides.after.processed
    if before is None or after is None:
        yield Identity("template", UNKNOWN, "", "nobody could read it")
    elif sides.same_template:
        yield Identity("template", SAME, before.sha256[:12], after.sha256[:12])
    else:
        yield _equal("template", before.sha256[:12], after.sha256[:12])
    now = dict(sides.after.nested)
    for stack, digest in sides.before.nested:
        if stack in now:
            yield _equal(f"template of {stack}", digest[:12], now[stack][:12])
    yield from _known(sides, "resources", "resources", lambda: _resources(sides))


def _resources(sides: Sides) -> Iterator[Identity]:
    """What is lost; a resource whose name is stamped is compared by what it is."""
    now = {logical_id for logical_id, _, _ in sides.after.resources}
    for logical_id, kind, physical_id in sides.before.resources:
        if logical_id not in now and kind not in likeness.STAMPED:
            expected = f"{kind} {physical_id}"
            yield Identity(f"resource {logical_id}", DIFFERENT, expected, "none")


def _parameters(sides: Sides) -> Iterator[Identity]:
    now = {parameter.key: parameter for parameter in sides.after.parameters}
    for old in sides.before.parameters:
        name = f"parameter {old.key}"
        new = now.pop(old.key, None)
        if new is None:
            yield Identity(name, DIFFERENT, old.value, "none")
        elif old.no_echo:
            said = RESTORED_BY_AWS if sides.native else NO_ECHO
            yield Identity(name, UNKNOWN, "", said)
        elif old.withheld or new.withheld:
            yield from _withheld(sides, name)
        elif old.resolved_sha256 != new.resolved_sha256:
            yield Identity(name, DIFFERENT, old.value, "another value in the store")
        else:
            yield _equal(name, old.value, new.value)
    for key in sorted(now):
        yield Identity(f"parameter {key}", DIFFERENT, "none", now[key].value)
    tags = [_tags(side) for side in (sides.before, sides.after)]
    yield _equal("tags", *tags)


def _withheld(sides: Sides, name: str) -> Iterator[Identity]:
    """A value that looks secret is compared by the digest of all of them."""
    before, after = sides.before.values, sides.after.values
    if before and after and before.sha256 == after.sha256:
        yield Identity(name, SAME)
    elif sides.native:
        yield Identity(name, UNKNOWN, "", RESTORED_BY_AWS)
    else:
        yield Identity(name, UNKNOWN, "", "a value that is not written down")


def _tags(side: Snapshot) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(side.tags))


# --- V5 -----------------------------------------------------------------------------


def _apis(sides: Sides) -> Iterator[Identity]:
    yield from _known(sides, "api_stages", "API stages", lambda: _stages(sides))
    yield from _known(sides, "domains", "custom domains", lambda: _domains(sides))


def _stages(sides: Sides) -> Iterator[Identity]:
    """By what they serve: a deployment of the stack is what its template says."""
    now = {_stage(stage): stage for stage in sides.after.api_stages}
    for old in sides.before.api_stages:
        name = f"API stage {old.logical_id}/{old.stage}"
        new = now.get(_stage(old))
        if new is None:
            yield Identity(name, DIFFERENT, old.deployment_id, "none")
        elif old.api_id != new.api_id:
            # Its address is another, which somebody may have written down.
            yield _equal(name, f"API {old.api_id}", f"API {new.api_id}")
        else:
            yield _deployment(sides, name, old, new)


def _deployment(sides: Sides, name: str, old: ApiStage, new: ApiStage) -> Identity:
    ids = old.deployment_id, new.deployment_id
    if ids[0] == ids[1] or new.auto_deploy or _is_made(sides, new):
        return Identity(name, SAME, *ids)
    if not old.serves or not new.serves:
        return Identity(name, DIFFERENT, *ids)
    lost, more = {*old.serves} - {*new.serves}, {*new.serves} - {*old.serves}
    if lost or more:
        return Identity(name, DIFFERENT, *(", ".join(sorted(x)) for x in (lost, more)))
    return Identity(name, SAME, *(f"{i}, with the same routes" for i in ids))


def _is_made(sides: Sides, stage: ApiStage) -> bool:
    """Whether the stack itself made the deployment, of the release from before."""
    made = {r.logical_id for r in sides.resources if r.owned} & {
        r.logical_id for r in sides.resources if r.physical_id == stage.deployment_id
    }
    if not sides.native:
        return bool(made)
    return bool(made & {logical_id for logical_id, _, _ in sides.before.resources})


def _stage(stage: ApiStage) -> tuple[str, str]:
    return stage.logical_id, stage.stage


def _domains(sides: Sides) -> Iterator[Identity]:
    """By the API of the template that they lead to, whatever AWS calls it."""
    now = {(d.domain, d.base_path): d for d in sides.after.domains}
    for old in sides.before.domains:
        new = now.get((old.domain, old.base_path))
        name = f"domain {old.domain}/{old.base_path}"
        leads = f"{_api(sides.before, old.api_id)}/{old.stage}"
        actual = f"{_api(sides.after, new.api_id)}/{new.stage}" if new else "none"
        yield _equal(name, leads, actual)


def _api(side: Snapshot, api_id: str) -> str:
    return next((s.logical_id for s in side.api_stages if s.api_id == api_id), api_id)


# --- V6, V7, V9 ---------------------------------------------------------------------


def _data(sides: Sides) -> Iterator[Identity]:
    now = {r.logical_id: r for r in sides.after.stateful}
    for old in sides.before.stateful:
        new = now.get(old.logical_id)
        name = f"data {old.logical_id}"
        yield _equal(name, old.physical_id, new.physical_id if new else "none")
        if new and _weaker(old.point_in_time_recovery, new.point_in_time_recovery):
            yield Identity(f"backups {old.logical_id}", DIFFERENT, "on", "off")
        if new and _weaker(old.deletion_protection, new.deletion_protection):
            yield Identity(f"protection {old.logical_id}", DIFFERENT, "on", "off")


def _weaker(before: bool | None, after: bool | None) -> bool:
    return before is True and after is False


def _exports(sides: Sides) -> Iterator[Identity]:
    return _known(sides, "outputs", "exports", lambda: _each_export(sides))


def _each_export(sides: Sides) -> Iterator[Identity]:
    now = {output.export: output for output in sides.after.outputs if output.export}
    for old in sides.before.outputs:
        if not old.export:
            continue
        new = now.get(old.export)
        name = f"export {old.export}"
        if new is None:
            yield Identity(name, DIFFERENT, old.value, "none")
            continue
        if old.withheld or new.withheld:
            yield from _withheld(sides, name)
        elif old.value != new.value and functions.same_target(sides, old, new):
            yield Identity(name, SAME, old.value, new.value)
        else:
            yield _equal(name, old.value, new.value)
        if not {*old.importers} <= {*new.importers}:  # who came since is no difference
            listed = [", ".join(o.importers) for o in (old, new)]
            yield _equal(f"importers of {old.export}", *listed)


def _orphans(sides: Sides) -> Iterator[Identity]:
    """What the rollback left behind, outside of the stack, and may do harm."""
    left = [
        str(left)
        for left in left_behind.left(sides.events, sides.after.stack_id)
        if not left_behind.task(left, sides.before, sides.empty)
    ]
    yield _equal("orphans", "", ", ".join(left))


COMPARED: Mapping[Check, Callable[[Sides], Iterator[Identity]]] = {
    Check.STATUS: _status,
    Check.TEMPLATE: _template,
    Check.PARAMETERS: _parameters,
    Check.FUNCTIONS: functions.codes,
    Check.CONFIGURATION: functions.configurations,
    Check.APIS: _apis,
    Check.DATA: _data,
    Check.EXPORTS: _exports,
    Check.ORPHANS: _orphans,
}
