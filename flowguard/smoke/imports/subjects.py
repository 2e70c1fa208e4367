"""What a test speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Status:
    """The status."""


@dataclass(frozen=True, slots=True)
class Duration:
    """How long the answer took, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Body:
    """The body as text."""


@dataclass(frozen=True, slots=True)
class Header:
    """A header's value."""

    name: str


@dataclass(frozen=True, slots=True)
class Json:
    """A value of the body as JSON, or its length."""

    path: tuple[str | int, ...] = ()
    length: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A value that is written out, or a variable."""

    value: Any


Subject = Status | Duration | Body | Header | Json | Value
