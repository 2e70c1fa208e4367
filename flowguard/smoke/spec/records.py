"""Mappings with keys of their own: records, and choices of records."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flowguard.errors import did_you_mean
from flowguard.smoke.spec.faults import (
    Fault,
    FaultsError,
    Gathering,
    key_place,
    unlike,
)
from flowguard.smoke.spec.scalars import Schema, Shape
from flowguard.template.document import Node

Values = Mapping[str, Any]
"""What the keys that are written stand for."""


@dataclass(slots=True, eq=False, repr=False)
class Field:
    """A key of a record."""

    name: str
    shape: Shape
    summary: str
    required: bool = False


@dataclass(slots=True, eq=False, repr=False)
class OneOf:
    """Keys that exclude each other."""

    keys: tuple[str, ...]
    required: bool = False

    def schema(self) -> Schema:
        """One of the keys, or at most one."""
        alone = [{"required": [key]} for key in self.keys]
        return {
            "oneOf": alone if self.required else [*alone, {"not": {"anyOf": alone}}]
        }


@dataclass(slots=True, eq=False, repr=False)
class Record:
    """A mapping with the keys of its fields and no others."""

    name: str
    summary: str
    fields: tuple[Field, ...]
    build: Callable[[Values, Node], Any]
    """Makes the value of what was read; raises `FaultsError`."""
    groups: tuple[OneOf, ...] = ()

    def read(self, node: Node) -> Any:
        """What is built of the fields."""
        if not isinstance(node.value, dict):
            raise unlike(node, "a mapping")
        gathering = Gathering()
        fields = {field.name: field for field in self.fields}
        values = {}
        for key, inner in node.mapping.items():
            if key not in fields:
                hint = did_you_mean(key, fields)
                gathering.add(key_place(node, key), f"unknown key {key!r}{hint}")
                continue
            with gathering.part(key):
                values[key] = fields[key].shape.read(inner)
        self._missing(node, gathering)
        gathering.settle()
        return self.build(values, node)

    def _missing(self, node: Node, gathering: Gathering) -> None:
        for field in self.fields:
            if field.required and field.name not in node.mapping:
                gathering.add(node.location, f"the key {field.name!r} is missing")
        for group in self.groups:
            found = [key for key in node.mapping if key in group.keys]
            if len(found) > 1:
                place = key_place(node, found[1])
                both = " and ".join(map(repr, found[:2]))
                gathering.add(place, f"{both} exclude each other: leave one of them")
            if not found and group.required:
                known = ", ".join(group.keys)
                gathering.add(node.location, f"one of the keys {known} is missing")

    def schema(self, definitions: Schema) -> Schema:
        """A reference to its definition, which is put into `definitions`."""
        if self.name not in definitions:
            definitions[self.name] = {}
            definitions[self.name] = self.inline(definitions)
        return {"$ref": f"#/$defs/{self.name}"}

    def inline(self, definitions: Schema) -> Schema:
        """Its definition itself."""
        schema: Schema = {"description": self.summary, "type": "object"}
        schema["additionalProperties"] = False
        schema["properties"] = {
            field.name: {
                "description": field.summary,
                **field.shape.schema(definitions),
            }
            for field in self.fields
        }
        required = [field.name for field in self.fields if field.required]
        if required:
            schema["required"] = required
        if self.groups:
            schema["allOf"] = [group.schema() for group in self.groups]
        return schema


@dataclass(slots=True, eq=False, repr=False)
class Variants:
    """Records of which the keys tell which is meant."""

    records: tuple[tuple[tuple[str, ...], Record], ...]
    """The keys of which one is in the record, and in no other."""
    missing: str
    """What is said where none of them is there."""

    def read(self, node: Node) -> Any:
        """What the record that is meant makes of it."""
        if not isinstance(node.value, dict):
            raise unlike(node, "a mapping")
        told = [
            (key, record)
            for keys, record in self.records
            for key in node.mapping
            if key in keys
        ]
        records = {record.name: record for _, record in told}
        if len(records) > 1:
            first, second = (
                told[0][0],
                next(key for key, record in told if record is not told[0][1]),
            )
            message = f"{first!r} and {second!r} are two checks: give each its own name"
            raise FaultsError(Fault(key_place(node, second), message))
        if not records:
            raise FaultsError(self._nothing(node))
        return self._read(node, told[0][0], told[0][1])

    def _read(self, node: Node, key: str, record: Record) -> Any:
        try:
            return record.read(node)
        except FaultsError as error:
            raise FaultsError(
                *(self._explained(fault, key, record) for fault in error.faults)
            ) from None

    def _explained(self, fault: Fault, key: str, record: Record) -> Fault:
        """A key that another kind has is not misspelt."""
        unknown = re.fullmatch(r"unknown key '([^']*)'.*", fault.message)
        own = {field.name for field in record.fields}
        others = {f.name for _, other in self.records for f in other.fields} - own
        if unknown and unknown[1] in others:
            message = f"{unknown[1]!r} has no meaning beside {key!r}"
            return Fault(fault.location, message)
        return fault

    def _nothing(self, node: Node) -> Fault:
        told = [key for keys, _ in self.records for key in keys]
        known = {field.name for _, record in self.records for field in record.fields}
        for key in sorted(node.mapping.keys() - known):
            hint = did_you_mean(key, told)
            return Fault(key_place(node, key), f"unknown key {key!r}{hint}")
        return Fault(node.location, self.missing)

    def schema(self, definitions: Schema) -> Schema:
        """Any of the records."""
        return {"anyOf": [record.schema(definitions) for _, record in self.records]}
