"""Values of a configuration as the framework reads them, and nodes made of values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flowguard.model.places import Location
from flowguard.model.questions import Unresolved
from flowguard.template.document import Node

Text = str | Unresolved
Plain = (
    str
    | int
    | float
    | bool
    | Unresolved
    | Node
    | Sequence["Plain"]
    | Mapping[str, "Plain"]
    | None
)
"""What a node can be made of; None within a mapping is left out."""


def truthy(node: Node | None) -> bool:
    """What JavaScript holds to be true: also an empty list or mapping."""
    if node is None:
        return False
    return isinstance(node.value, dict | list | Unresolved) or bool(node.value)


def given(node: Node | None, *path: str | int) -> Node | None:
    """The node at `path` where it is set to something (JavaScript's truth)."""
    found = node.get(*path) if node else None
    return found if truthy(found) else None


def present(node: Node | None, *path: str | int) -> Node | None:
    """The node at `path` unless it is missing or null; `false` and 0 count."""
    found = node.get(*path) if node else None
    return None if found is None or found.value is None else found


def listed(node: Node | None) -> Node | None:
    """A list; a text alone is one of a single entry, as the framework takes it."""
    if node is None or not isinstance(node.value, str):
        return node
    return Node([node], node.location)


def text(node: Node | None) -> Text | None:
    """A scalar as text; None for anything else."""
    match node.value if node else None:
        case str() | Unresolved() as value:
            return value
        case bool() as value:
            return "true" if value else "false"
        case int() | float() as value:
            return str(value)
        case _:
            return None


def known(node: Node | None) -> str | None:
    """A scalar as text, where it is known."""
    value = text(node)
    return value if isinstance(value, str) else None


def concat(*parts: Text) -> Text:
    """The parts in one text, unresolved where one of them is."""
    for part in parts:
        if isinstance(part, Unresolved):
            words = (p if isinstance(p, str) else p.expression for p in parts)
            return replace(part, expression="".join(words))
    return "".join(str(part) for part in parts)


def written(value: Plain, at: Location) -> Node:
    """A node for `value`; what is no node yet is placed at `at`."""
    if isinstance(value, Node):
        return value
    if isinstance(value, Mapping):
        entries = {
            key: written(item, at) for key, item in value.items() if item is not None
        }
        keys = {
            key: node.location if isinstance(value[key], Node) else at
            for key, node in entries.items()
        }
        return Node(entries, at, keys)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return Node([written(item, at) for item in value], at)
    return Node(value, at)


def without_nulls(node: Node) -> Node:
    """`node` without its null entries, as the framework strips properties."""
    match node.value:
        case dict(entries):
            kept = {
                key: without_nulls(item)
                for key, item in entries.items()
                if item.value is not None
            }
            return replace(node, value=kept)
        case list(items):
            return replace(
                node,
                value=[without_nulls(i) for i in items if i.value is not None],
            )
        case _:
            return node


def merged(target: Node, source: Node) -> Node:
    """`source` merged into `target` as the framework merges plain objects.

    What is not known does not take the place of what is.
    """
    if isinstance(source.value, Unresolved):
        return target
    match target.value, source.value:
        case dict(old), dict(new):
            entries = dict(old)
            for key, item in new.items():
                entries[key] = merged(old[key], item) if key in old else item
            return Node(entries, target.location, {**target.keys, **source.keys})
        case list(old), list(new):
            items = [*old, *new[len(old) :]]
            for index, item in enumerate(new[: len(old)]):
                items[index] = merged(old[index], item)
            return Node(items, target.location)
        case _:
            return source


def as_json(node: Node) -> Text:
    """`node` as JSON text, the way JavaScript writes it."""
    from flowguard.model.questions import find_unresolved

    plain: Any = node.plain()
    unresolved = next(find_unresolved(plain), None)
    if unresolved:
        return unresolved
    return json.dumps(plain, separators=(",", ":"), ensure_ascii=False)
