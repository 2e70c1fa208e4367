"""A message and a channel → it is sent; `Undelivered` says why it was not.

Apprise speaks to all but SNS, for which boto3 has the job's own credentials. Its
classes are called by themselves: the list of all its services takes a second to load.
Text is given to it as plain text, which it escapes as each service wants it; GitHub
gets Markdown of ours, which mentions nobody.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from flowguard.model.notifications import Channel, Event, Medium
from flowguard.notify.message import Message
from flowguard.notify.settings import Settings
from flowguard.notify.undelivered import Undelivered

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 10.0
_TIMEOUTS = {"cto": CONNECT_TIMEOUT, "rto": READ_TIMEOUT}
_RETRIES = {"retry": 1, "wait": 1.0}
"""Told twice is better than not told."""
_SUBJECT = 100
"""Characters of SNS's subject, which are ASCII."""


def send(channel: Channel, message: Message, settings: Settings) -> None:
    """Send it; raises `Undelivered`, whose text may hold secrets still."""
    given = {name: settings.filled(text) for name, text in channel.settings.items()}
    if channel.medium is Medium.SNS:
        _publish(given["to"], message)
        return
    try:
        service = _service(channel.medium, given, message, settings)
    except ImportError as error:
        raise Undelivered(
            "it needs the extra: pip install 'flowguard[notify]'"
        ) from error
    is_markdown = channel.medium is Medium.GITHUB_ISSUE
    with _listening() as heard:
        arrived = service.notify(
            title=message.title,
            body=message.markdown() if is_markdown else message.text(),
            body_format="markdown" if is_markdown else "text",
            notify_type=_KINDS[message.event],
        )
    if not arrived:
        raise Undelivered(heard[-1] if heard else "it was not taken")


_KINDS = {
    Event.PASSED: "success",
    Event.ROLLED_BACK: "warning",
    Event.STOPPED: "warning",
    Event.FAILED: "failure",
}


def _service(
    medium: Medium, given: dict[str, str], message: Message, settings: Settings
) -> Any:
    """Apprise's object for it; raises `Undelivered` for what it does not understand."""
    from apprise import AppriseAsset
    from apprise.exception import AppriseException

    asset = AppriseAsset(app_id="FlowGuard", app_desc="FlowGuard", secure_logging=True)
    common = {"asset": asset, **_TIMEOUTS, **_RETRIES}
    try:
        with _listening():
            match medium:
                case Medium.SLACK:
                    return _slack(given["to"], common)
                case Medium.TEAMS:
                    return _teams(given["to"], common)
                case Medium.EMAIL:
                    return _email(given, common)
                case Medium.WEBHOOK:
                    return _webhook(given["to"], message, common)
                case _:
                    return _github_issue(given, settings, common)
    except (AppriseException, TypeError, ValueError) as error:
        raise Undelivered("its settings are not what they should be") from error


def _plugin(module: str, name: str) -> Any:
    """A class of Apprise's, whose types do not say what it takes."""
    return getattr(import_module(f"apprise.plugins.{module}"), name)


def _slack(url: str, common: dict[str, Any]) -> Any:
    kind = _plugin("slack", "NotifySlack")
    parsed = kind.parse_native_url(url)
    if not parsed:
        raise Undelivered("the variable holds no incoming webhook of Slack")
    return kind(**parsed | common | {"include_image": False})


def _teams(url: str, common: dict[str, Any]) -> Any:
    kind = _plugin("workflows", "NotifyWorkflows")
    parsed = kind.parse_native_url(url)
    if not parsed:
        raise Undelivered("the variable holds no webhook of a Teams workflow")
    return kind(**parsed | common | {"include_image": False})


def _webhook(url: str, message: Message, common: dict[str, Any]) -> Any:
    kind = _plugin("custom_json", "NotifyJSON")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Undelivered("the variable holds no address that begins with https://")
    return kind(
        secure=parts.scheme == "https",
        host=parts.hostname,
        port=parts.port,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        fullpath=parts.path or "/",
        params=dict(parse_qsl(parts.query, keep_blank_values=True)),
        payload={
            "event": message.event.value,
            "stack_name": message.stack_name,
            "url": message.url,
        },
        **common,
    )


def _email(given: dict[str, str], common: dict[str, Any]) -> Any:
    kind = _plugin("email", "NotifyEmail")
    parts = urlsplit(given["server"])
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise Undelivered("the variable holds no smtp:// or smtps:// address")
    # Credentials go over TLS alone; without any, a relay may do without it.
    secure = parts.scheme == "smtps" or bool(parts.username)
    return kind(
        host=parts.hostname,
        smtp_host=parts.hostname,
        port=parts.port,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        secure=secure,
        secure_mode=_mode(parts.scheme, secure=secure),
        from_addr=given["sender"],
        targets=given["to"].splitlines(),
        format="text",
        **common,
    )


def _mode(scheme: str, *, secure: bool) -> str:
    if scheme == "smtps":
        return "ssl"
    return "starttls" if secure else "insecure"


def _github_issue(
    given: dict[str, str], settings: Settings, common: dict[str, Any]
) -> Any:
    kind = _plugin("github", "NotifyGitHub")
    environment = settings.environment
    api = environment.get("GITHUB_API_URL") or "https://api.github.com"
    repository = given.get("repository") or environment.get("GITHUB_REPOSITORY", "")
    owner, _, name = repository.partition("/")
    if not name:
        raise Undelivered("no repository is named, and this is no job of GitHub's")
    service = kind(
        token=given["token"],
        owner=owner,
        repo=name,
        labels=given["labels"].splitlines(),
        **common,
    )
    service.notify_url = f"{api.rstrip('/')}/repos/{{owner}}/{{repo}}/issues"
    return service


def _publish(topic: str, message: Message) -> None:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    _arn, _partition, _service, region, *_rest = topic.split(":")
    subject = message.title.encode("ascii", "replace").decode()[:_SUBJECT]
    config = Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    try:
        client = boto3.client("sns", region_name=region, config=config)
        client.publish(TopicArn=topic, Subject=subject, Message=message.text())
    except ClientError as error:
        raise Undelivered(f"AWS says {error.response['Error']['Code']}") from error
    except BotoCoreError as error:
        raise Undelivered(f"AWS was not reached: {type(error).__name__}") from error


@contextmanager
def _listening() -> Iterator[list[str]]:
    """What Apprise warns of in this thread, which it writes to its log alone.

    It goes nowhere else: without a handler it would stand on standard error.
    """
    logger, thread = logging.getLogger("apprise"), threading.get_ident()
    heard: list[str] = []

    class _Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == thread:
                heard.append(record.getMessage().rstrip(". "))

    ear = _Ear(logging.WARNING)
    logger.propagate = False
    logger.addHandler(ear)
    try:
        yield heard
    finally:
        logger.removeHandler(ear)
