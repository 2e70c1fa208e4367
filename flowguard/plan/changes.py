"""What a deploy does to each resource: what is written × what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flowguard.lookups import StackResource
from flowguard.model.changes import ChangeAction, Replacement, ResourceChange
from flowguard.model.questions import Unresolved, find_unresolved
from flowguard.template import Resource, Template, resource_types

Before = Mapping[str, Resource] | None
"""The resources of the deployed template; None where it is not known."""

EDITED: Mapping[str, Mapping[str, str]] = {
    kind: {"AttributeDefinitions": "AttributeName", "KeySchema": ""}
    for kind in ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
}
"""Properties that the guide says need a replacement and the schema does not; lists,
where it is only an element that stays and changes, with what one is known by."""


def changes(
    template: Template, before: Before, there: tuple[StackResource, ...]
) -> Iterator[ResourceChange]:
    """What becomes of the resources that the stack has, or will have.

    `there` are those that it has now.
    """
    rows = {row.logical_id: row for row in there}
    for logical_id, resource in template.resources.items():
        if logical_id in rows:
            yield _modified(resource, before, rows[logical_id])
        else:
            sure = resource.condition is True
            yield ResourceChange(
                locations=resource.locations,
                action=ChangeAction.ADD if sure else ChangeAction.DYNAMIC,
                logical_id=logical_id,
                resource_type=resource.resource_type,
                properties=resource.properties,
                attributes=resource.attributes,
            )
    # What a plugin or a macro adds is not missed.
    for logical_id, gone in () if template.open_ended else rows.items():
        if logical_id not in template.resources:
            old = (before or {}).get(logical_id)
            yield ResourceChange(
                locations={(): template.name_location},
                action=ChangeAction.REMOVE,
                logical_id=logical_id,
                resource_type=gone.resource_type,
                properties={},
                before=old.properties if old else {},
                attributes_before=old.attributes if old else {},
                before_known=old is not None,
                physical_id=gone.physical_id or None,
            )


def _modified(
    resource: Resource, before: Before, there: StackResource
) -> ResourceChange:
    old = (before or {}).get(resource.logical_id)
    properties = old.properties if old else {}
    changed = tuple(
        name
        for name in sorted({*properties, *resource.properties})
        if old and differ(properties.get(name), resource.properties.get(name))
    )
    return ResourceChange(
        locations=resource.locations,
        action=ChangeAction.MODIFY,
        logical_id=resource.logical_id,
        resource_type=resource.resource_type,
        properties=resource.properties,
        attributes=resource.attributes,
        before=properties,
        attributes_before=old.attributes if old else {},
        before_known=old is not None,
        physical_id=there.physical_id or None,
        replacement=_replacement(resource, properties, changed),
        changed=changed,
    )


def replacing(
    resource_type: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    changed: Iterable[str],
) -> list[str]:
    """The properties among `changed` whose change makes a new resource."""
    always = resource_types.create_only(resource_type)
    edited = EDITED.get(resource_type, {})
    return [
        name
        for name in changed
        if name in always
        or (name in edited and _edits(before.get(name), after.get(name), edited[name]))
    ]


def _edits(before: object, after: object, known_by: str) -> bool:
    if not known_by:
        return True
    if not isinstance(before, list) or not isinstance(after, list):
        return False
    old = {str(e.get(known_by)): e for e in before if isinstance(e, Mapping)}
    new = {str(e.get(known_by)): e for e in after if isinstance(e, Mapping)}
    return any(differ(old[name], new[name]) for name in old.keys() & new.keys())


def _replacement(
    resource: Resource, before: Mapping[str, Any], changed: tuple[str, ...]
) -> Replacement:
    decisive = replacing(resource.resource_type, before, resource.properties, changed)
    if not decisive:
        return Replacement.FALSE
    unsure = all(any(find_unresolved(resource.properties.get(n))) for n in decisive)
    return Replacement.CONDITIONAL if unsure else Replacement.TRUE


def differ(before: object, after: object) -> bool:
    """Whether two values differ for certain, or may."""
    if isinstance(before, Unresolved) and isinstance(after, Unresolved):
        return before.expression != after.expression
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() != after.keys() or any(
            differ(before[key], after[key]) for key in before
        )
    if isinstance(before, list) and isinstance(after, list):
        return len(before) != len(after) or any(map(differ, before, after))
    if isinstance(before, Unresolved) or isinstance(after, Unresolved):
        return True
    return _text(before) != _text(after)


def _text(value: object) -> str:
    """CloudFormation compares scalars as text: `"30"` is `30`, `"true"` is `true`."""
    return str(value).lower() if isinstance(value, bool) else str(value)
