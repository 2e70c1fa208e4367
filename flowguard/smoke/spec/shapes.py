"""The compound values of a spec: lists, mappings, and short forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowguard.smoke.spec.faults import (
    Gathering,
    key_place,
    unlike,
)
from flowguard.smoke.spec.scalars import Schema, Shape
from flowguard.template.document import Node


@dataclass(slots=True, eq=False, repr=False)
class Listed:
    """A list; of one, where only that is written and it may stand `alone`."""

    item: Shape
    alone: bool = False

    def read(self, node: Node) -> tuple[Any, ...]:
        """The items."""
        if not isinstance(node.value, list):
            if self.alone:
                return (self.item.read(node),)
            raise unlike(node, "a list")
        if not node.items:
            raise unlike(node, "a list with something in it")
        gathering, found = Gathering(), []
        for item in node.items:
            with gathering.part():
                found.append(self.item.read(item))
        gathering.settle()
        return tuple(found)

    def schema(self, definitions: Schema) -> Schema:
        """An array, or an item."""
        item = self.item.schema(definitions)
        items = {"type": "array", "items": item, "minItems": 1}
        return {"anyOf": [item, items]} if self.alone else items


@dataclass(slots=True, eq=False, repr=False)
class Mapped:
    """A mapping whose keys the user names."""

    item: Shape
    key: str = ""
    """The pattern of a key."""
    wanted: str = "a name"
    check: Callable[[str], object] = str
    """Raises `ValueError`, with words, for a key that no pattern refuses."""
    least: int = 0
    """How many entries there must be."""

    def read(self, node: Node) -> tuple[tuple[str, Any], ...]:
        """The entries, in their order."""
        if not isinstance(node.value, dict):
            raise unlike(node, "a mapping")
        if len(node.mapping) < self.least:
            raise unlike(node, "a mapping with something in it")
        gathering, found = Gathering(), []
        for key, inner in node.mapping.items():
            place = key_place(node, key)
            if not re.search(self.key, key):
                gathering.add(place, f"{key!r} is not {self.wanted}")
                continue
            try:
                self.check(key)
            except ValueError as error:
                gathering.add(place, f"{key!r}: {error}")
                continue
            with gathering.part(key):
                found.append((key, self.item.read(inner)))
        gathering.settle()
        return tuple(found)

    def schema(self, definitions: Schema) -> Schema:
        """An object."""
        schema: Schema = {"type": "object"}
        schema["additionalProperties"] = self.item.schema(definitions)
        if self.least:
            schema["minProperties"] = self.least
        if self.key:
            schema["propertyNames"] = {"pattern": self.key}
        return schema


@dataclass(slots=True, eq=False, repr=False)
class Repeated:
    """A mapping whose keys may have several values: query, form and so on."""

    item: Shape

    def read(self, node: Node) -> tuple[tuple[str, str], ...]:
        """A pair for each value."""
        rows = Mapped(Listed(self.item, alone=True)).read(node)
        return tuple((key, value) for key, values in rows for value in values)

    def schema(self, definitions: Schema) -> Schema:
        """An object of values and lists of them."""
        return Mapped(Listed(self.item, alone=True)).schema(definitions)


@dataclass(slots=True, eq=False, repr=False)
class Made:
    """Another shape, whose value is made into something else."""

    shape: Shape
    make: Callable[[Any], Any]

    def read(self, node: Node) -> Any:
        """What is made of the value."""
        return self.make(self.shape.read(node))

    def schema(self, definitions: Schema) -> Schema:
        """That of the other shape."""
        return self.shape.schema(definitions)


@dataclass(slots=True, eq=False, repr=False)
class Either:
    """A short form or a long one, told apart by the kind of YAML value."""

    wanted: str
    single: Shape | None = None
    """For text, numbers, booleans."""
    items: Shape | None = None
    mapping: Shape | None = None

    def read(self, node: Node) -> Any:
        """What the form that is written stands for."""
        match node.value:
            case dict():
                shape = self.mapping
            case list():
                shape = self.items
            case None:
                shape = None
            case _:
                shape = self.single
        if shape is None:
            raise unlike(node, self.wanted)
        return shape.read(node)

    def schema(self, definitions: Schema) -> Schema:
        """Any of the forms."""
        shapes = (self.single, self.items, self.mapping)
        return {"anyOf": [shape.schema(definitions) for shape in shapes if shape]}
