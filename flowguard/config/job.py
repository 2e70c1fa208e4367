"""A target in one stage and one region."""

from __future__ import annotations

from dataclasses import dataclass

from flowguard.model.places import UNWRITTEN, Location


@dataclass(frozen=True, slots=True)
class Job:
    """A target in one stage and one region: a job of the matrix."""

    name: str
    """Its own among all of them, and fit for a file's name."""
    template: str
    """From the root of the repository."""
    stack_name: str | None = None
    stage: str | None = None
    region: str | None = None
    account_id: str | None = None
    role_to_assume: str | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    config: str | None = None
    location: Location = UNWRITTEN
    """Where the target is written."""
