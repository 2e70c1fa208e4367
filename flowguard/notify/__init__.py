"""Tells people what became of a deploy, and marks it in Sentry.

    tell = teller(config, os.environ)
    warnings = tell(report)  # what a person must hear of otherwise

A message that does not arrive changes nothing of what was found: it is told in the
report as something left to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from flowguard.model.notifications import Channel, Medium, SentryProject
from flowguard.model.results import Report
from flowguard.notify.message import Message, event_of, message_of
from flowguard.notify.settings import Settings
from flowguard.notify.undelivered import Undelivered

__all__ = ["NotSent", "Sent", "Teller", "notify", "teller"]

NAMES = {
    Medium.SLACK: "Slack",
    Medium.TEAMS: "Microsoft Teams",
    Medium.EMAIL: "the mail",
    Medium.WEBHOOK: "the webhook",
    Medium.SNS: "the SNS topic",
    Medium.GITHUB_ISSUE: "the GitHub issue",
}
"""How a way is called in a sentence."""


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived."""

    where: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """It did not, and why."""

    where: str
    reason: str


class Wanted(Protocol):
    """The part of the configuration that says who is told."""

    @property
    def notify(self) -> tuple[Channel, ...]:
        """The channels."""

    @property
    def sentry(self) -> SentryProject | None:
        """The project that deploys are marked in."""


Teller = Callable[[Report], tuple[str, ...]]
"""Tells of a report; gives what a person must hear of otherwise. Raises nothing."""


def notify(
    report: Report, config: Wanted, environment: Mapping[str, str]
) -> tuple[Sent | NotSent, ...]:
    """Send a message to each channel that wants to hear of it. Raises nothing.

    Secrets are those that `environment` holds; none is in a message or a reason.
    """
    event = event_of(report)
    settings = Settings(environment)
    wanted = [channel for channel in config.notify if event in channel.on]
    tasks: list[Callable[[], Sent | NotSent]] = []
    if wanted:
        settings.learn(text for channel in wanted for text in channel.settings.values())
        message = settings.masked(message_of(report, event, environment))
        tasks += [partial(_send, channel, message, settings) for channel in wanted]
    if config.sentry and report.command != "smoke":
        settings.learn([config.sentry.token])
        tasks.append(partial(_mark, report, config.sentry, settings))
    if not tasks:
        return ()
    with ThreadPoolExecutor(len(tasks), thread_name_prefix="notify") as pool:
        futures = [pool.submit(task) for task in tasks]
        return tuple(future.result() for future in futures)


def teller(config: Wanted, environment: Mapping[str, str]) -> Teller:
    """What tells of a report, and gives a sentence for each who was not reached."""

    def tell(report: Report) -> tuple[str, ...]:
        return tuple(
            f"tell the others yourself: {outcome.where} did not get the message "
            f"({outcome.reason})"
            for outcome in notify(report, config, environment)
            if isinstance(outcome, NotSent)
        )

    return tell


def _send(channel: Channel, message: Message, settings: Settings) -> Sent | NotSent:
    from flowguard.notify.channels import send

    return _outcome(
        NAMES[channel.medium], partial(send, channel, message, settings), settings
    )


def _mark(report: Report, project: SentryProject, settings: Settings) -> Sent | NotSent:
    from flowguard.notify.sentry import mark

    return _outcome("Sentry", partial(mark, report, project, settings), settings)


def _outcome(where: str, do: Callable[[], None], settings: Settings) -> Sent | NotSent:
    try:
        do()
    except Undelivered as error:
        return NotSent(where, settings.secrets.mask(str(error)))
    except Exception as error:  # noqa: BLE001 — a library's fault must not end a rollback
        # Its text may hold an address with a token in it.
        return NotSent(where, f"{type(error).__name__} was raised")
    return Sent(where)
