"""A document as nodes that know where they were written."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flowguard.errors import TemplateError
from flowguard.model.places import Location, Path
from flowguard.model.questions import Unresolved

Scalar = str | int | float | bool | None

MAX_DEPTH = 100
"""How deep mappings and lists may stand in each other: real ones stay below 30."""
MAX_VALUES = 200_000
"""How many values aliases, or loops, may expand to."""
_MAX_DIGITS = 300


@dataclass(slots=True)
class Node:
    """A value of a document and where it was written.

    A node that comes from another file (`${file(…)}`) or from a loop keeps the
    place where the user wrote it.
    """

    value: Scalar | Unresolved | list[Node] | dict[str, Node]
    location: Location
    keys: dict[str, Location] = field(default_factory=dict)
    """Where each key of a mapping is written."""
    tag: str = ""
    """The short tag that the user wrote (`!Sub`), for messages."""

    def get(self, *path: str | int) -> Node | None:
        """The node at `path`, or None where there is none."""
        node: Node | None = self
        for step in path:
            inner = node.value if node else None
            if isinstance(inner, dict):
                node = inner.get(str(step))
            elif isinstance(inner, list) and isinstance(step, int):
                node = inner[step] if -len(inner) <= step < len(inner) else None
            else:
                return None
        return node

    @property
    def mapping(self) -> dict[str, Node]:
        """The entries of a mapping; none for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The entries of a sequence; none for anything else."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str | None:
        """A string's value; None for anything else."""
        return self.value if isinstance(self.value, str) else None

    def plain(self) -> Any:
        """The value as plain Python: dicts, lists, scalars and `Unresolved`."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def locations(self) -> dict[Path, Location]:
        """Where every part is written, by its path; `()` is the node itself.

        A mapping's entry stands where its value does; an entry whose value is a
        mapping or a list stands where its key does.
        """
        return {(): self.location, **dict(self._places(()))}

    def _places(self, at: Path) -> Iterator[tuple[Path, Location]]:
        for key, node in self.mapping.items():
            inner = isinstance(node.value, dict | list)
            yield (
                (*at, key),
                self.keys.get(key, node.location) if inner else node.location,
            )
            yield from node._places((*at, key))
        for index, node in enumerate(self.items):
            yield (*at, index), node.location
            yield from node._places((*at, index))


def enter(mapping: Node, key: str, place: Location, node: Node) -> None:
    """Put an entry into `mapping`; `TemplateError` where it is there already."""
    if key in mapping.mapping:
        raise TemplateError(
            f"the key {key!r} is written twice",
            location=place,
            help=f"remove one of the two; the first is on line {mapping.keys[key].line}",
        )
    mapping.mapping[key] = node
    mapping.keys[key] = place


def too_deep(location: Location) -> TemplateError:
    """The error for a document whose parts stand too deep in each other."""
    return TemplateError(
        f"more than {MAX_DEPTH} mappings and lists stand in each other",
        location=location,
        help="write it flatter",
    )


def integer(text: str, base: int = 10) -> int | str:
    """An integer; the text itself where it is absurdly long."""
    return int(text, base) if len(text) <= _MAX_DIGITS else text


def real(text: str) -> float | str:
    """A real number; the text itself where it has no finite value."""
    value = float(text)
    return value if math.isfinite(value) else text
