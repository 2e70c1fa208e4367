"""Text → nodes that know where they were written.

YAML (with CloudFormation's short tags) and JSON are read by PyYAML's C loader,
whose marks give every key and value a line and a column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flowguard.model import Location, Path, Unresolved

Scalar = str | int | float | bool | None


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

    def plain(self) -> Any:  # noqa: ANN401 — a document's value has any type
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
            yield (*at, key), self.keys.get(key, node.location) if inner else node.location
            yield from node._places((*at, key))
        for index, node in enumerate(self.items):
            yield (*at, index), node.location
            yield from node._places((*at, index))
