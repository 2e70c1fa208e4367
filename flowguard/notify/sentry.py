"""Deploys and rollbacks marked in Sentry, and the issues that a release brought.

The API is that of https://docs.sentry.io/api/releases/ and
https://docs.sentry.io/api/events/list-an-organizations-issues/.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from flowguard.model.notifications import Event, SentryProject
from flowguard.model.questions import Present, Unknown, UnknownKind
from flowguard.model.results import Report
from flowguard.notify.message import event_of, run_url
from flowguard.notify.settings import Settings
from flowguard.notify.undelivered import Undelivered
from flowguard.version import __version__

TIMEOUT = 10.0
_PAGE = 100
"""Issues in an answer, the most that Sentry gives."""
_LONGEST = 64
"""Characters of a deploy's name and of an environment's."""

_MOST = 16_000_000
"""Bytes of an answer that are read."""

_KINDS: Mapping[int, UnknownKind] = {
    HTTPStatus.UNAUTHORIZED: UnknownKind.DENIED,
    HTTPStatus.FORBIDDEN: UnknownKind.DENIED,
    HTTPStatus.NOT_FOUND: UnknownKind.DENIED,
    HTTPStatus.TOO_MANY_REQUESTS: UnknownKind.THROTTLED,
}
_WHY: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "the token is not valid",
    HTTPStatus.FORBIDDEN: "the token's scopes do not allow it",
    HTTPStatus.NOT_FOUND: "there is no such organization or release, or the token "
    "may not see it",
    HTTPStatus.TOO_MANY_REQUESTS: "it was asked too often",
}


class Refusal(Undelivered):
    """Sentry did not answer as it should."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status
        """Zero where there was no answer."""

    @property
    def kind(self) -> UnknownKind:
        """What kind of unknown that makes."""
        return _KINDS.get(self.status, UnknownKind.UNREACHABLE)


class Gate:
    """Asks whether a release brought errors that were not there before it."""

    def __init__(self, project: SentryProject, environment: Mapping[str, str]) -> None:
        """The token is read from `environment` when a question is asked."""
        self._project = project
        self._settings = Settings(environment)
        self._settings.learn([project.token])

    def new_issues(
        self, since: datetime, *, release: str = "", stage: str = ""
    ) -> Present[int] | Unknown:
        """How many issues were first seen in the release, and since then.

        `release` and `stage` are those of the project's settings where they are
        empty. A release that Sentry has never heard of has none that anybody could
        count: that is no evidence. Raises nothing.
        """
        try:
            sentry = _Sentry(self._project, self._settings)
            release = release or sentry.release
            if not sentry.knows(release):
                return Unknown(UnknownKind.UNSUPPORTED, _unheard_of(release))
            found = sentry.ask("GET", _search(self._project, release, since, stage))
        except Refusal as error:
            return Unknown(
                error.kind, f"Sentry: {self._settings.secrets.mask(str(error))}"
            )
        except Undelivered as error:
            return Unknown(UnknownKind.UNSUPPORTED, f"Sentry: {error}")
        if not isinstance(found, list):
            return Unknown(UnknownKind.UNREACHABLE, f"Sentry: {_NOT_SENTRY}")
        return Present(len(found))


def mark(report: Report, project: SentryProject, settings: Settings) -> None:
    """Mark the deploy of the release, and that it was taken back, if it was.

    A rollback is a deploy of the release before it, as far as Sentry knows that.
    Raises `Undelivered`.
    """
    sentry = _Sentry(project, settings)
    stage = project.environment or report.target.stage or report.target.stack_name
    stage = settings.filled(stage)[:_LONGEST]
    taken_back = event_of(report) is Event.ROLLED_BACK
    before = sentry.release_before(stage) if taken_back else ""
    ended = report.started_at + timedelta(seconds=report.duration)
    deploy = {
        "environment": stage,
        "projects": [project.project],
        **({"url": url} if (url := run_url(settings.environment)) else {}),
    }
    if report.command != "rollback":
        body = {"version": sentry.release, "projects": [project.project]}
        sentry.ask("POST", "releases/", body)
        started = {
            "dateStarted": _time(report.started_at),
            "dateFinished": _time(ended),
        }
        sentry.ask("POST", _deploys(sentry.release), deploy | started)
    if taken_back:
        name = f"rollback of {sentry.release}"[:_LONGEST]
        now = {"name": name, "dateFinished": _time(ended + timedelta(seconds=1))}
        sentry.ask("POST", _deploys(before or sentry.release), deploy | now)


class _Sentry:
    """One organization."""

    def __init__(self, project: SentryProject, settings: Settings) -> None:
        self._token = settings.filled(project.token)
        self.release = settings.filled(project.release)
        self._root = (
            f"{project.url.rstrip('/')}/api/0/organizations/"
            f"{quote(project.organization, safe='')}"
        )

    def knows(self, release: str) -> bool:
        """Whether anybody, or any event, named the release."""
        try:
            self.ask("GET", f"releases/{quote(release, safe='')}/")
        except Refusal as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return False
            raise
        return True

    def release_before(self, stage: str) -> str:
        """What was deployed there last, but for this release; empty if unknown."""
        query = urlencode({"environment": stage, "per_page": 20})
        releases = self.ask("GET", f"releases/?{query}")
        for release in releases if isinstance(releases, list) else []:
            last = release.get("lastDeploy") or {}
            is_other = release.get("version") != self.release
            if is_other and last.get("environment") == stage:
                return str(release["version"])
        return ""

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """What Sentry answers; raises `Refusal`."""
        # Slow to import. Unlike urllib3 it knows the proxies of the environment.
        from http.client import HTTPException
        from urllib.error import HTTPError
        from urllib.request import HTTPRedirectHandler, Request, build_opener

        class _Stay(HTTPRedirectHandler):
            """A redirect would take the token along."""

            def redirect_request(self, *_: Any) -> None:
                return None

        request = Request(  # noqa: S310 — the configuration takes HTTP alone
            f"{self._root}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
                "User-Agent": f"flowguard/{__version__}",
            },
        )
        try:
            with build_opener(_Stay).open(request, timeout=TIMEOUT) as answer:
                return json.loads(answer.read(_MOST))
        except HTTPError as error:
            with error:
                why = _WHY.get(error.code, "it did not take it")
                raise Refusal(
                    f"{why} (HTTP status {error.code})", error.code
                ) from error
        except (OSError, ValueError, HTTPException) as error:
            raise Refusal(f"{_NOT_SENTRY} ({type(error).__name__})") from error


_NOT_SENTRY = "what is at the address does not answer as Sentry does"


def _unheard_of(release: str) -> str:
    return (
        f"Sentry knows no release {release!r}: the service must name it in its events"
    )


def _search(project: SentryProject, release: str, since: datetime, stage: str) -> str:
    """The page of issues; by the project's slug, as its number is not known."""
    version = release.replace('"', r"\"")
    terms = (
        "is:unresolved",
        f"project:{project.project}",
        f'firstRelease:"{version}"',
        f"firstSeen:>={_time(since)}",
    )
    environment = project.environment or stage
    query = {"project": "-1", "query": " ".join(terms), "limit": _PAGE}
    if environment:
        query["environment"] = environment
    return f"issues/?{urlencode(query)}"


def _deploys(release: str) -> str:
    return f"releases/{quote(release, safe='')}/deploys/"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
