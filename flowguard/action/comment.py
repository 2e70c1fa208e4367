"""The one comment on the pull request, written once and then kept up to date."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flowguard.action.job import Job
from flowguard.version import __version__

if TYPE_CHECKING:
    from urllib.request import OpenerDirector, Request

TIMEOUT = 10.0
PAGE = 100
"""Comments on a page, the most that GitHub gives."""
MOST_PAGES = 30
"""Of a discussion longer than that the end is not looked at."""


_PORTS = {"http": 80, "https": 443}
_ELSEWHERE = 3
"""The first digit of a redirect's status."""
_ACTIONS = "github-actions[bot]"
"""Who the job's own token is."""
_NO_ANSWER = "what answers for GitHub does not answer as GitHub does"


class CommentError(Exception):
    """The comment was not written, and why."""


@dataclass(frozen=True)
class Comments:
    """The comments on one pull request."""

    job: Job
    token: str

    def keep(self, marker: str, body: str, *, create: bool) -> str:
        """Write `body` into the comment that begins with `marker`.

        Where there is none it is made if `create` says so. Returns its address,
        empty where there is none. Raises `CommentError`.
        """
        mine = next(self._mine(marker), None)
        if mine is not None:
            written = self._ask("PATCH", f"issues/comments/{int(mine['id'])}", body)
        elif create:
            written = self._ask("POST", f"{self._discussion}/comments", body)
        else:
            return ""
        if not isinstance(written, dict):
            raise CommentError(_NO_ANSWER)
        return str(written.get("html_url") or "")

    @property
    def _discussion(self) -> str:
        return f"issues/{self.job.pull_request}"

    def _mine(self, marker: str) -> Iterator[dict[str, Any]]:
        """The comments with the marker that this token's owner wrote.

        The token may change the comments of others, too, so that anybody who
        writes the marker could have theirs changed.
        """
        for number in range(1, MOST_PAGES + 1):
            query = f"?per_page={PAGE}&page={number}"
            page = self._ask("GET", f"{self._discussion}/comments{query}")
            if not isinstance(page, list) or not all(map(_is_comment, page)):
                raise CommentError(_NO_ANSWER)
            for comment in page:
                begins = str(comment.get("body") or "").startswith(marker)
                if begins and self._wrote(comment.get("user") or {}):
                    yield comment
            if len(page) < PAGE:
                return

    def _wrote(self, user: dict[str, Any]) -> bool:
        """Whether it is the owner of this token: a person, or one bot among many."""
        return bool(user.get("login")) and user.get("login") == self._login

    @cached_property
    def _login(self) -> str:
        """Who the token is: a person says so by REST, an app by GraphQL alone."""
        with suppress(CommentError):
            me = self._request("GET", "/user")
            if isinstance(me, dict) and me.get("login"):
                return str(me["login"])
        with suppress(CommentError, LookupError, TypeError):
            query = {"query": "query {viewer {login}}"}
            answer = self._send("POST", self.job.graphql_url, query)
            return str(answer["data"]["viewer"]["login"])
        return _ACTIONS

    def _ask(self, method: str, path: str, body: str | None = None) -> Any:
        return self._request(method, f"/repos/{self.job.repository}/{path}", body)

    def _request(self, method: str, path: str, body: str | None = None) -> Any:
        url = self.job.api_url.rstrip("/") + path
        return self._send(method, url, None if body is None else {"body": body})

    def _send(self, method: str, url: str, body: object) -> Any:
        # Slow to import. Unlike urllib3 it knows the proxies of the environment.
        from http.client import HTTPException
        from urllib.error import HTTPError
        from urllib.request import Request

        if not self.token:
            raise CommentError("there is no token; leave the input github-token out")
        if not url.startswith(("https://", "http://")):
            raise CommentError(f"{url!r} is no address of GitHub's API")
        request = Request(
            url,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "User-Agent": f"flowguard/{__version__}",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with _opener().open(request, timeout=TIMEOUT) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise CommentError(_refusal(error.code)) from error
        except (OSError, ValueError, HTTPException) as error:
            text = f"GitHub cannot be reached ({_in_words(error)})"
            raise CommentError(text) from error


def _opener() -> OpenerDirector:
    """Sends the token to the origin that it is for, and to no other."""
    from urllib.request import HTTPRedirectHandler, build_opener

    class _Same(HTTPRedirectHandler):
        def redirect_request(  # noqa: PLR0917 — as the library calls it
            self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
        ) -> Request | None:
            if _origin(newurl) != _origin(req.full_url):
                return None  # the redirect is the answer, and an error
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    return build_opener(_Same)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Whom a credential is for (RFC 6454)."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _in_words(error: Exception) -> str:
    """What went wrong, without the address, in which a proxy may have its password."""
    reason = getattr(error, "reason", error)
    return getattr(reason, "strerror", None) or type(reason).__name__


def _is_comment(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("id"), int)
        and isinstance(entry.get("user") or {}, dict)
    )


def _refusal(status: int) -> str:
    match status:
        case HTTPStatus.UNAUTHORIZED:
            why = "the token is not valid"
        case HTTPStatus.FORBIDDEN | HTTPStatus.NOT_FOUND:
            why = (
                "the token may not write it; give the job the permission "
                "pull-requests: write, which a pull request from a fork never has"
            )
        case _ if status // 100 == _ELSEWHERE:
            why = "it leads to another address, which the token is not for"
        case HTTPStatus.TOO_MANY_REQUESTS:
            why = "GitHub was asked too often"
        case _:
            why = "GitHub did not take it"
    return f"{why} (HTTP status {status})"
