"""What stacks export, and which of them import it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cloudformation import templates
from cloudformation.stacks import Release, Stack


def exports(stack: Stack, release: Release | None = None) -> dict[str, str]:
    """The exports of a stack, by name."""
    release = release or stack.release
    ids = {name: r.physical_id for name, r in stack.resources.items()}
    return {
        str(templates.resolve(row["Export"]["Name"], stack, release, ids)): str(
            templates.resolve(row["Value"], stack, release, ids)
        )
        for row in release.template.get("Outputs", {}).values()
        if "Export" in row
    }


def importers(stacks: Iterable[Stack], export: str) -> list[str]:
    """The names of the stacks that import it."""
    wanted = {"Fn::ImportValue": export}
    return [
        s.name
        for s in stacks
        if s.status != "DELETE_COMPLETE"
        and any(_holds(r.properties, wanted) for r in s.resources.values())
    ]


def _holds(value: Any, wanted: Any) -> bool:
    if value == wanted:
        return True
    inner: Iterable[Any] = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list | tuple):
        inner = value
    return any(_holds(item, wanted) for item in inner)
