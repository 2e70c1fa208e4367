"""Whether a deploy can be taken back."""

from __future__ import annotations

from enum import StrEnum


class Readiness(StrEnum):
    """Whether a deploy can be taken back."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
