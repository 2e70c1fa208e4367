"""Where things are, and how bad they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

Path = tuple[str | int, ...]
"""A place inside a document: keys and indexes from its root."""


class Severity(IntEnum):
    """How bad it is to deploy anyway."""

    INFO = 1
    """Worth knowing."""
    WARNING = 2
    """The deploy may fail, or succeed with a surprise."""
    ERROR = 3
    """The deploy will fail, or do harm."""

    @property
    def label(self) -> str:
        """The name as reports and the configuration spell it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file the user can edit; lines and columns are 1-based."""

    path: str
    """Relative to the repository, with forward slashes."""
    line: int = 1
    column: int = 1
    end_line: int = 0
    """0 where the end is not known."""
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


UNWRITTEN = Location("")
"""Where nobody says where something is written."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question is asked: an AWS account and a region."""

    account_id: str | None
    """None where AWS was not asked (`--offline`)."""
    region: str

    @property
    def partition(self) -> str:
        """The partition of the region, as in an ARN."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"
