"""What an answer must be, and what of it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Operator:
    """One line of an expectation: `>= 1`, `exists`, `~ ^v\\d`, `in [a, b]`, a value."""

    name: str
    """`==`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `!~`, `contains`, `in`, `not in`, `exists`,
    `absent`, `is` (a type), `length`."""
    operand: Any = None


@dataclass(frozen=True, slots=True)
class Dependency:
    """A dependency that the health document must report."""

    name: str
    required: bool = True
    """What is optional warns."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page of a frontend must be."""

    title: Operator | None = None
    text: tuple[Operator, ...] = ()
    css: tuple[tuple[str, Operator], ...] = ()
    assets: bool = False
    """Whether every script, style sheet and image that it names must be there."""


@dataclass(frozen=True, slots=True)
class Expect:
    """What must hold of an answer; each part that is left out holds."""

    status: tuple[tuple[int, int], ...] = ((200, 299),)
    """Ranges, both ends included."""
    headers: tuple[tuple[str, Operator], ...] = ()
    body: tuple[Operator, ...] = ()
    json: tuple[tuple[str, Operator], ...] = ()
    """JMESPath expressions; `@` is the document."""
    schema: Any = None
    """A JSON Schema, or the path of one."""
    openapi: bool = False
    """Whether the service's OpenAPI document must describe the answer."""
    dependencies: tuple[Dependency, ...] = ()
    page: Page | None = None
    max_seconds: float | None = None
    """How long one answer may take; beyond it the check is slow."""
    certificate_days: float | None = None
    """How many days the certificate must still hold; below it the check is slow."""


class Source(StrEnum):
    """What of an answer is kept."""

    JSON = "json"
    HEADER = "header"
    COOKIE = "cookie"
    REGEX = "regex"
    CSS = "css"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Capture:
    """A value of an answer, kept for later requests."""

    source: Source
    expression: str
    """JMESPath, a name, a pattern (its first group), a selector (`a.next@href`)."""
    secret: bool = False
    """Whether it is masked wherever it is shown."""
