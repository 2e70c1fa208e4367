"""Snapshot before × snapshot after → what is the same again, and what is not.

What nobody could tell is unknown, and never the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from flowguard.lookups import StackEvent, StackResource
from flowguard.model import Identity, IdentityOutcome
from flowguard.model.snapshot import (
    ApiStage,
    FunctionAlias,
    FunctionState,
    Snapshot,
)
from flowguard.rollback.row import GOOD, TAKEN_BACK, Check

T = TypeVar("T")

SAME, DIFFERENT = IdentityOutcome.SAME, IdentityOutcome.DIFFERENT
UNKNOWN = IdentityOutcome.UNKNOWN
NO_ECHO = "a NoEcho value, which nobody can read"
RESTORED_BY_AWS = "restored by CloudFormation itself"


@dataclass(frozen=True, slots=True)
class Sides:
    """The two snapshots, and what is known besides."""

    before: Snapshot
    after: Snapshot
    resources: tuple[StackResource, ...] = ()
    """The stack's, after."""
    events: tuple[StackEvent, ...] = ()
    """Since the rollback began."""
    native: bool = False
    """Whether CloudFormation went back by itself, rather than by another deploy."""


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


def _equal(name: str, expected: str, actual: str) -> Identity:
    return Identity(name, SAME if expected == actual else DIFFERENT, expected, actual)


def _known(
    sides: Sides, part: str, name: str, found: Callable[[], Iterator[Identity]]
) -> Iterator[Identity]:
    """What is found; unknown as a whole where a side does not know all of it."""
    for side in (sides.before, sides.after):
        gaps = [
            gap.reason
            for key, gap in side.unknown.items()
            if key == part or key.startswith(f"{part}:")
        ]
        if gaps:
            yield Identity(name, UNKNOWN, "", gaps[0])
            return
    yield from found()


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
        return
    yield _equal("template", before.sha256[:12], after.sha256[:12])


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


# --- V4, V5 -------------------------------------------------------------------------


def _functions(sides: Sides) -> Iterator[Identity]:
    return _known(sides, "functions", "functions", lambda: _each_function(sides))


def _each_function(sides: Sides) -> Iterator[Identity]:
    now = {function.logical_id: function for function in sides.after.functions}
    for old in sides.before.functions:
        name = f"function {old.logical_id}"
        new = now.get(old.logical_id)
        if new is None:
            yield Identity(name, DIFFERENT, old.code_sha256, "none")
            continue
        yield _equal(name, old.code_sha256, new.code_sha256)
        yield from _aliases(old, new)


def _aliases(old: FunctionState, new: FunctionState) -> Iterator[Identity]:
    now = {alias.name: alias for alias in new.aliases}
    for alias in old.aliases:
        name = f"alias {old.logical_id}:{alias.name}"
        there = now.get(alias.name)
        if there is None:
            yield Identity(name, DIFFERENT, f"version {alias.version}", "none")
        else:
            yield _alias(name, alias, there)


def _alias(name: str, old: FunctionAlias, new: FunctionAlias) -> Identity:
    """By the code: a restored release may be published as another version."""
    expected, actual = f"version {old.version}", f"version {new.version}"
    if old.version == new.version and old.weights == new.weights:
        return Identity(name, SAME, expected, actual)
    if new.weights != old.weights or not (old.code_sha256 and new.code_sha256):
        return Identity(name, DIFFERENT, expected, actual)
    same = old.code_sha256 == new.code_sha256
    return Identity(name, SAME if same else DIFFERENT, expected, actual)


def _apis(sides: Sides) -> Iterator[Identity]:
    yield from _known(sides, "api_stages", "API stages", lambda: _stages(sides))
    yield from _known(sides, "domains", "custom domains", lambda: _domains(sides))


def _stages(sides: Sides) -> Iterator[Identity]:
    """By the deployment; one that the restored stack has made is as good."""
    own = {resource.physical_id for resource in sides.resources if resource.owned}
    now = {_stage(stage): stage for stage in sides.after.api_stages}
    for old in sides.before.api_stages:
        name = f"API stage {old.logical_id}/{old.stage}"
        new = now.get(_stage(old))
        if new is None:
            yield Identity(name, DIFFERENT, old.deployment_id, "none")
        elif old.deployment_id == new.deployment_id:
            yield Identity(name, SAME, old.deployment_id, new.deployment_id)
        else:
            made = not sides.native and new.deployment_id in own
            outcome = SAME if made or new.auto_deploy else DIFFERENT
            yield Identity(name, outcome, old.deployment_id, new.deployment_id)


def _stage(stage: ApiStage) -> tuple[str, str]:
    return stage.logical_id, stage.stage


def _domains(sides: Sides) -> Iterator[Identity]:
    now = {
        (d.domain, d.base_path): f"{d.api_id}/{d.stage}" for d in sides.after.domains
    }
    for old in sides.before.domains:
        actual = now.get((old.domain, old.base_path), "none")
        name = f"domain {old.domain}/{old.base_path}"
        yield _equal(name, f"{old.api_id}/{old.stage}", actual)


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
        yield _equal(name, old.value, new.value if new else "none")
        if new and new.importers != old.importers:
            listed = [", ".join(o.importers) for o in (old, new)]
            yield _equal(f"importers of {old.export}", *listed)


def _orphans(sides: Sides) -> Iterator[Identity]:
    """What the rollback left behind, outside of the stack."""
    left = orphans(sides.events, sides.after.stack_id)
    yield _equal("orphans", "", ", ".join(left))


def orphans(events: Iterable[StackEvent], stack_id: str) -> tuple[str, ...]:
    """The resources that were to be deleted and were not: type and physical id."""
    last: dict[tuple[str, str], StackEvent] = {}
    for event in events:
        if event.physical_id and event.physical_id != stack_id:
            last[event.logical_id, event.physical_id] = event
    left = {"DELETE_SKIPPED", "DELETE_FAILED"}
    return tuple(
        f"{event.resource_type} {event.physical_id}"
        for event in last.values()
        if event.status in left
    )


COMPARED: Mapping[Check, Callable[[Sides], Iterator[Identity]]] = {
    Check.STATUS: _status,
    Check.TEMPLATE: _template,
    Check.PARAMETERS: _parameters,
    Check.FUNCTIONS: _functions,
    Check.APIS: _apis,
    Check.DATA: _data,
    Check.EXPORTS: _exports,
    Check.ORPHANS: _orphans,
}
