"""Who is told of a deploy, and of what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Event(StrEnum):
    """What became of a deploy, as far as people want to hear of it."""

    PASSED = "passed"
    ROLLED_BACK = "rolled-back"
    """It was taken back, and that is proven."""
    FAILED = "failed"
    """It is bad and still live, or taking it back failed."""
    STOPPED = "stopped"
    """Nobody could tell, or a person must decide."""


BAD = frozenset({Event.ROLLED_BACK, Event.FAILED, Event.STOPPED})
"""What is told where nobody says otherwise."""


class Medium(StrEnum):
    """How a message travels."""

    SLACK = "slack"
    TEAMS = "teams"
    EMAIL = "email"
    WEBHOOK = "webhook"
    SNS = "sns"
    GITHUB_ISSUE = "github_issue"


@dataclass(frozen=True, slots=True)
class Channel:
    """Where messages go."""

    medium: Medium
    settings: Mapping[str, str]
    """As they are written: `${env.NAME}` stands for a variable of the environment,
    and what is a list has one entry a line."""
    on: frozenset[Event] = BAD


@dataclass(frozen=True, slots=True)
class SentryProject:
    """The project that the service reports its errors to; settings as above."""

    organization: str
    project: str
    token: str
    url: str = "https://sentry.io"
    release: str = "${env.GITHUB_SHA}"
    """The version that the service names in its events."""
    environment: str = ""
    """The stage, where it is empty."""
    new_issues: int | None = None
    """How many issues a release may bring; nobody asks where it is None."""
