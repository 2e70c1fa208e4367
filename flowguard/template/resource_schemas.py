"""AWS's resource schemas, as far as FlowGuard needs them.

They are in `resource_types.json`, made by `scripts/resource_types.py`, and read at
the first question. Nothing is create-only, importable or askable of a type that AWS
publishes no schema for.
"""

from __future__ import annotations

import functools
import json
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any, Literal

_FILE = pathlib.Path(__file__).with_name("resource_types.json")


@functools.cache
def _types() -> Mapping[str, Mapping[str, Any]]:
    text = _FILE.read_text(encoding="utf-8")
    types: Mapping[str, Mapping[str, Any]] = json.loads(text)["types"]
    return types


def facts(resource_type: str) -> Mapping[str, Any]:
    """The row of a type; empty for one that is not known."""
    return _types().get(resource_type, {})


def known() -> Iterable[str]:
    """Every type that AWS publishes a schema for."""
    return _types()


def is_known(resource_type: str) -> bool:
    """Whether AWS publishes a schema for the type."""
    return resource_type in _types()


def create_only(resource_type: str) -> frozenset[str]:
    """The top-level properties whose change makes a new resource, always."""
    return _top_level(facts(resource_type).get("create_only", ()), nested=False)


def can_change_by_replacement(resource_type: str) -> frozenset[str]:
    """The top-level properties whose change makes a new resource in some cases.

    Some part of them is create-only, or they are so under a condition.
    """
    row = facts(resource_type)
    within = _top_level(row.get("create_only", ()), nested=True)
    conditional = {path.split("/")[0] for path in row.get("conditional", ())}
    return (within | conditional) - create_only(resource_type)


def _top_level(paths: Iterable[str], *, nested: bool) -> frozenset[str]:
    return frozenset(path.split("/")[0] for path in paths if ("/" in path) == nested)


def importable(resource_type: str) -> bool | None:
    """Whether CloudFormation can import it; None for a type that is not known.

    By its handlers: CloudFormation's own list of such types is not published as
    data, and follows them.
    """
    row = facts(resource_type)
    return bool(row.get("imports")) if row else None


def import_identifier(resource_type: str) -> tuple[str, ...]:
    """The properties that an import, or Cloud Control, identifies it by."""
    return tuple(facts(resource_type).get("id", ()))


def additional_identifiers(resource_type: str) -> tuple[tuple[str, ...], ...]:
    """What else identifies it for Cloud Control."""
    return tuple(tuple(paths) for paths in facts(resource_type).get("ids", ()))


def handler_permissions(
    resource_type: str, handler: Literal["read", "list"]
) -> tuple[str, ...] | None:
    """The IAM actions that a handler needs; None where the type has none."""
    permissions = facts(resource_type).get(handler)
    return None if permissions is None else tuple(permissions)
