"""What an import calls a resource by."""

from __future__ import annotations

from flowguard.lookups import NamedResource
from flowguard.model.changes import ResourceChange
from flowguard.model.places import Place
from flowguard.template import resource_types


def identifiers(
    place: Place,
    change: ResourceChange,
    key: resource_types.Key,
    found: NamedResource,
) -> dict[str, str]:
    """The primary identifier of `found`, which has the name of `change`.

    What nobody can tell stands as `<Name>`; never another value in its place.
    """
    names = resource_types.import_identifier(change.resource_type)
    parts = found.physical_id.split("|")
    known = {"CatalogId": place.account_id or ""}  # the Glue catalog of an account
    if len(names) == len(parts) > 1:  # the order of the schema is that of the id
        known = dict(zip(names, parts, strict=True))
    elif len(names) == 1 and not names[0].lower().endswith("arn"):
        known = {names[0]: _single(place, change, key, found)}
    values = {}
    for name in names:
        written = change.properties.get(name) or dict(key).get(name)
        if name.lower().endswith("arn"):
            value = next((v for v in _ids(found) if v.startswith("arn:")), "")
        elif isinstance(written, str):
            value = written
        else:
            value = known.get(name) or _own(change, key, name)
        values[name] = value or f"<{name}>"
    return values


def _ids(found: NamedResource) -> tuple[str, str]:
    return found.arn, found.physical_id


def _single(
    place: Place,
    change: ResourceChange,
    key: resource_types.Key,
    found: NamedResource,
) -> str:
    """The physical id, unless it is the name for want of what AWS generated."""
    kind = change.resource_type
    made = resource_types.physical_ids(kind, key, place, change.properties)
    generated = not made and found.physical_id == resource_types.own_name(kind, key)
    return "" if generated else found.physical_id


def _own(change: ResourceChange, key: resource_types.Key, name: str) -> str:
    """The name, for an identifier that says so: `RuleName` of a `ReceiptRule`."""
    noun = change.resource_type.rpartition("::")[2]
    if not name.endswith("Name") or not noun.endswith(name.removesuffix("Name")):
        return ""
    value = resource_types.own_name(change.resource_type, key)
    return value if isinstance(value, str) else ""
