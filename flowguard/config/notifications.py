"""The sections `notify` and `sentry`: who is told, and with which secrets.

A secret is never written into the file: it is the name of a variable of the
environment, `${env.NAME}`, read when a message is sent.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from flowguard.config.section import Section
from flowguard.model.notifications import Channel, Event, Medium, SentryProject

_VARIABLE = r"^\$\{env\.[A-Za-z_][A-Za-z0-9_]*\}$"
_MEDIA = tuple(medium.value for medium in Medium)


def _is_variable(text: str) -> str:
    if not re.fullmatch(_VARIABLE, text):
        raise PydanticCustomError(
            "secret",
            "must not stand in the file; keep it in a variable of the environment "
            "and write ${env.NAME}",
        )
    return text


Secret = Annotated[
    str, AfterValidator(_is_variable), Field(json_schema_extra={"pattern": _VARIABLE})
]
Filled = Annotated[str, Field(min_length=1)]
Word = Literal["passed", "rolled-back", "failed", "stopped"]


class EmailSection(Section):
    """A message by e-mail."""

    server: Secret = Field(
        description="The mail server: smtps://USER:PASSWORD@HOST:465, or smtp:// with "
        "STARTTLS.",
        examples=["${env.SMTP_URL}"],
    )
    sender: Filled = Field(
        description="The address that it comes from.",
        examples=["deploys@example.com"],
    )
    to: list[Filled] = Field(
        min_length=1,
        description="The addresses that it goes to.",
        examples=[["oncall@example.com"]],
    )


class GitHubIssueSection(Section):
    """An issue that is opened."""

    token: Secret = Field(
        default="${env.GITHUB_TOKEN}",
        description="A token that may write issues.",
        examples=["${env.GITHUB_TOKEN}"],
    )
    repository: Filled | None = Field(
        default=None,
        pattern=r"^[^/\s]+/[^/\s]+$",
        description="OWNER/NAME; the job's own otherwise.",
        examples=["acme/operations"],
    )
    labels: list[Filled] = Field(
        default=[], description="The labels that it gets.", examples=[["incident"]]
    )


class NotifySection(Section):
    """Somebody who is told, in one way."""

    slack: Secret | None = Field(
        default=None,
        description="An incoming webhook of Slack.",
        examples=["${env.SLACK_WEBHOOK_URL}"],
    )
    teams: Secret | None = Field(
        default=None,
        description="A webhook of Microsoft Teams, made by a workflow.",
        examples=["${env.TEAMS_WEBHOOK_URL}"],
    )
    email: EmailSection | None = Field(default=None, description="A mail.")
    webhook: Secret | None = Field(
        default=None,
        description="An address that the message is sent to, as JSON.",
        examples=["${env.DEPLOY_WEBHOOK_URL}"],
    )
    sns: (
        Annotated[
            str, Field(pattern=r"^(arn:[^:]+:sns:[^:]+:\d{12}:\S+|\$\{env\.\w+\})$")
        ]
        | None
    ) = Field(
        default=None,
        description="The ARN of a topic of Amazon SNS.",
        examples=["arn:aws:sns:eu-central-1:123456789012:deploys"],
    )
    github_issue: GitHubIssueSection | None = Field(
        default=None, description="An issue on GitHub."
    )
    on: list[Word] = Field(
        default=["rolled-back", "failed", "stopped"],
        min_length=1,
        description="What is told.",
    )

    @model_validator(mode="after")
    def _says_one_way(self) -> Self:
        if sum(getattr(self, medium) is not None for medium in _MEDIA) != 1:
            raise PydanticCustomError(
                "medium", "must have exactly one of {media}", {"media": _listed()}
            )
        return self

    def channel(self) -> Channel:
        """What it stands for."""
        medium = next(m for m in Medium if getattr(self, m.value) is not None)
        value = getattr(self, medium.value)
        settings = (
            {name: _text(item) for name, item in value if item is not None}
            if isinstance(value, Section)
            else {"to": value}
        )
        return Channel(medium, settings, frozenset(map(Event, self.on)))


class SentrySection(Section):
    """The project in Sentry that the service reports its errors to."""

    organization: Filled = Field(
        description="The organization's slug.", examples=["acme"]
    )
    project: Filled = Field(
        description="The project's slug.", examples=["shop-backend"]
    )
    token: Secret = Field(
        default="${env.SENTRY_AUTH_TOKEN}",
        description="A token with the scopes project:releases, and event:read where "
        "new issues are watched for.",
        examples=["${env.SENTRY_AUTH_TOKEN}"],
    )
    url: str = Field(
        default="https://sentry.io",
        pattern=r"^https?://\S+$",
        description="Where Sentry is.",
        examples=["https://de.sentry.io"],
    )
    release: Filled = Field(
        default="${env.GITHUB_SHA}",
        description="The release that the service names in its events.",
        examples=["shop-backend@${env.GITHUB_SHA}"],
    )
    environment: str = Field(
        default="",
        description="The environment that the service names; the stage otherwise.",
        examples=["production"],
    )
    new_issues: int | None = Field(
        default=None,
        ge=0,
        description="How many issues a release may bring while it is watched; more "
        "fail `verify`. Nobody asks where it is not said.",
        examples=[0],
    )

    def known(self) -> SentryProject:
        """What it stands for."""
        return SentryProject(**dict(self))


def _text(value: object) -> str:
    return "\n".join(value) if isinstance(value, list) else str(value)


def _listed() -> str:
    return ", ".join(_MEDIA)
