"""What is asked next when an answer says that it is elsewhere."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urldefrag, urljoin

from flowguard.model.exchange import FaultKind, Request
from flowguard.probe.address import parse
from flowguard.probe.answer import Answer
from flowguard.probe.flight import NoAnswer

_ELSEWHERE = frozenset({301, 302, 303, 307, 308})
_SEE_OTHER = 303
_POST_BECOMES_GET = frozenset({301, 302})

_FOR_ANYBODY = frozenset(
    {"accept", "accept-encoding", "accept-language", "content-type", "user-agent"}
)
"""Headers that are no secret; any other may be a credential of the first origin."""


def location(answer: Answer) -> str | None:
    """Where an answer says that it is; None where it says no such thing."""
    if answer.status not in _ELSEWHERE:
        return None
    found = (value for name, value in answer.headers if name.lower() == "location")
    return next(found, "").strip() or None


def follow(request: Request, elsewhere: str, status: int) -> Request:
    """The next request (RFC 9110, 15.4); raises `NoAnswer` where there can be none."""
    try:
        url = urldefrag(urljoin(request.url, elsewhere)).url
        there = parse(url).origin
    except (ValueError, NoAnswer):
        text = "it redirects to what is no address of http or https"
        raise NoAnswer(FaultKind.REDIRECTS, text) from None
    asked = replace(request, url=url)
    if _becomes_get(request.method, status):
        kept = [
            (n, v) for n, v in asked.headers if not n.lower().startswith("content-")
        ]
        asked = replace(asked, method="GET", body=None, headers=tuple(kept))
    if there == parse(request.url).origin:
        return asked
    return replace(
        asked,
        headers=tuple((n, v) for n, v in asked.headers if n.lower() in _FOR_ANYBODY),
        tls=replace(asked.tls, client_certificate="", client_key=""),
        connect_to="",
    )


def _becomes_get(method: str, status: int) -> bool:
    if status == _SEE_OTHER:
        return method not in {"GET", "HEAD"}
    return status in _POST_BECOMES_GET and method == "POST"
