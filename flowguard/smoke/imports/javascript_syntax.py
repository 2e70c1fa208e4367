"""What JavaScript is made of, as far as plain tests need it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written out."""

    value: Any


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression."""

    source: str
    flags: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function without arguments that matter."""

    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """`(…)` in a chain."""

    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """A name, and what is taken of it: members, indexes, calls."""

    root: str
    links: tuple[str | int | Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """`a === b`."""

    sign: str
    left: Expression
    right: Expression


Expression = Literal | Pattern | Function | Chain | Comparison


@dataclass(frozen=True, slots=True)
class Declare:
    """`const name = value`."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Assign:
    """`target = value`."""

    target: Chain
    value: Expression


@dataclass(frozen=True, slots=True)
class Evaluate:
    """An expression that stands by itself."""

    value: Expression
    source: str


@dataclass(frozen=True, slots=True)
class Beyond:
    """What is not understood, as it is written."""

    source: str


Statement = Declare | Assign | Evaluate | Beyond
