"""The single values of a spec: how each is read, and its JSON Schema.

A shape does both, so that what an editor accepts is what FlowGuard accepts. It is
written by hand because pydantic takes 200 ms to import, at each run, and the runs
that this is for take half a second. For the same reason shapes are plain dataclasses:
each method that is generated for one costs a part of a millisecond.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from flowguard.errors import did_you_mean
from flowguard.smoke.spec.faults import Fault, FaultsError, shown, unlike
from flowguard.template.document import Node

Schema = dict[str, Any]


class Shape(Protocol):
    """What a value may be."""

    def read(self, node: Node) -> Any:
        """The value that `node` stands for. Raises `FaultsError`."""
        ...

    def schema(self, definitions: Schema) -> Schema:
        """Its JSON Schema; what has a name is put into `definitions`."""
        ...


@dataclass(slots=True, eq=False, repr=False)
class Text:
    """A text; any other single value too, where it is `loose`."""

    pattern: str = ""
    """What it must match, in the dialect that Python and JSON Schema share."""
    wanted: str = "text"
    loose: bool = False
    check: Callable[[str], object] = str
    """Raises `ValueError`, with words, for what no pattern can say."""
    secret: bool = False
    """Whether a message must not repeat it."""

    def read(self, node: Node) -> str:
        """The text as it is written."""
        if self.secret and not (node.text and node.text.strip()):
            message = "must be text, such as ${secret.name}"
            raise FaultsError(Fault(node.location, message, named=False))
        value = node.value
        if self.loose and isinstance(value, bool | int | float):
            value = str(value).lower() if isinstance(value, bool) else str(value)
        if self.wanted == "text" and isinstance(value, bool | int | float):
            message = f"must be text, not {shown(node)}; put it in quotes"
            raise FaultsError(Fault(node.location, message, named=False))
        if not isinstance(value, str) or not re.search(self.pattern, value):
            raise unlike(node, self.wanted)
        try:
            self.check(value)
        except ValueError as error:
            message = f"is {shown(node)}: {error}"
            raise FaultsError(Fault(node.location, message, named=False)) from None
        return value

    def schema(self, definitions: Schema) -> Schema:  # noqa: ARG002
        """Text, with its pattern."""
        kinds = ["string", "number", "boolean"] if self.loose else "string"
        return {"type": kinds} | ({"pattern": self.pattern} if self.pattern else {})


@dataclass(slots=True, eq=False, repr=False)
class Flag:
    """True or false."""

    def read(self, node: Node) -> bool:
        """The boolean."""
        if not isinstance(node.value, bool):
            raise unlike(node, "true or false")
        return node.value

    def schema(self, definitions: Schema) -> Schema:  # noqa: ARG002
        """A boolean."""
        return {"type": "boolean"}


@dataclass(slots=True, eq=False, repr=False)
class Number:
    """A number within bounds, both ends included."""

    low: int = 0
    high: int = 1_000_000
    whole: bool = True

    def read(self, node: Node) -> int | float:
        """The number."""
        value = node.value
        kinds = int if self.whole else int | float
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise unlike(node, "a whole number" if self.whole else "a number")
        if not self.low <= value <= self.high:
            raise unlike(node, f"between {self.low} and {self.high}")
        return value

    def schema(self, definitions: Schema) -> Schema:  # noqa: ARG002
        """A number and its bounds."""
        kind = "integer" if self.whole else "number"
        return {"type": kind, "minimum": self.low, "maximum": self.high}


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = r"^(?![0.]+[a-z])[0-9]{1,9}(\.[0-9]{1,9})?(ms|s|m|h)$"


@dataclass(slots=True, eq=False, repr=False)
class Duration:
    """`400ms`, `15s`, `2m`, `1h`; never nothing, and never without its unit."""

    def read(self, node: Node) -> float:
        """Its seconds."""
        value = node.value
        if isinstance(value, str) and re.search(_DURATION, value):
            number, unit = re.findall(r"[0-9.]+|[a-z]+", value)
            return float(number) * _UNITS[unit]
        hint = ""
        if isinstance(value, int | float) and value and not isinstance(value, bool):
            hint = f"; for seconds write {value}s"
        message = f"must be a time such as 400ms, 15s or 2m, not {shown(node)}{hint}"
        raise FaultsError(Fault(node.location, message, named=False))

    def schema(self, definitions: Schema) -> Schema:  # noqa: ARG002
        """Text with a unit."""
        return {"type": "string", "pattern": _DURATION}


_PERCENT = r"^\+?[0-9]{1,6}(\.[0-9]{1,6})?%$"


@dataclass(slots=True, eq=False, repr=False)
class Share:
    """`5%`, or 0.05."""

    high: int = 1

    def read(self, node: Node) -> float:
        """The part of one."""
        value = node.value
        if isinstance(value, str) and re.search(_PERCENT, value):
            value = float(value.strip("+%")) / 100
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise unlike(node, "a share such as 5%")
        if not 0 <= value <= self.high:
            raise unlike(node, f"between 0% and {self.high * 100}%")
        return float(value)

    def schema(self, definitions: Schema) -> Schema:  # noqa: ARG002
        """A number, or a percentage."""
        return {
            "anyOf": [
                {"type": "string", "pattern": _PERCENT},
                {"type": "number", "minimum": 0, "maximum": self.high},
            ]
        }


@dataclass(slots=True, eq=False, repr=False)
class Choice:
    """One of some words, and what each stands for."""

    words: Mapping[str, Any]

    def read(self, node: Node) -> Any:
        """What the word stands for."""
        word = node.text or ""
        if word not in self.words:
            hint = did_you_mean(word, self.words)
            message = f"must be one of {', '.join(self.words)}, not {shown(node)}{hint}"
            raise FaultsError(Fault(node.location, message, named=False))
        return self.words[word]

    def schema(self, definitions: Schema) -> Schema:  # noqa: ARG002
        """The words."""
        return {"enum": list(self.words)}


@dataclass(slots=True, eq=False, repr=False)
class Whatever:
    """Any JSON value, or any object."""

    objects: bool = False

    def read(self, node: Node) -> Any:
        """The plain value."""
        if self.objects and not isinstance(node.value, dict):
            raise unlike(node, "a mapping")
        return node.plain()

    def schema(self, definitions: Schema) -> Schema:  # noqa: ARG002
        """Anything, or any object."""
        return {"type": "object"} if self.objects else {}
