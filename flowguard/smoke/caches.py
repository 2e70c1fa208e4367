"""Whether an answer came out of a cache, and how a request is sent past one.

An answer that a cache has kept says what the service did once, and nothing of the release
that is live. Caches say so in many headers (RFC 9111, 5.1; RFC 9211; and their own), which
have two things in common: a name that ends in `cache` or `cache-status`, and the word *hit*.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from enum import IntEnum
from urllib.parse import parse_qsl, urlsplit

from flowguard.model.exchange import Request, Response
from flowguard.smoke import body, health
from flowguard.smoke.request import KEPT_BY_CACHES, Step

_NAME = re.compile(r"(?:[a-z0-9]+[-_])*cache(?:[-_](?:status|result|state|remote))?")
_HIT = re.compile(r"(?<![a-z])(?:hit|stale|updating|prerender)(?![a-z=])")
_ASKED_THE_ORIGIN = re.compile(r"refresh(?!\w*fail)|revalidated|expired")
"""What a cache says that had the origin confirm what it keeps."""
_STANDARD = re.compile(r";\s*hit\b(?!\s*=\s*\?0)")
"""`Cache-Status: Edge; hit; ttl=30`; `fwd=stale` is the opposite of it."""
_TIMING = re.compile(r"(?<![a-z])cdn-cache-hit|cdn-cache\b[^,]*\bhit\b")
_TWO_IDS = re.compile(r"\d+\s+\d+")
"""`X-Varnish: 32770 3` has the id of the request that filled the cache."""
_SECONDS = re.compile(r"\d{1,10}")
_LONGEST = 60

_SIGNATURE = re.compile(
    r"(?:^|[-_])(?:signature|sig|hmac)$|^key-pair-id$", re.IGNORECASE
)
"""A parameter by which an address is signed: one more would make it another."""
_STATIC = frozenset(
    {
        "text/html",
        "application/xhtml+xml",
        "text/css",
        "text/javascript",
        "application/javascript",
        "application/manifest+json",
        "application/wasm",
    }
)
_STATIC_KINDS = ("image/", "font/", "audio/", "video/")
PARAMETER = "flowguard"
"""The parameter that makes an address one that no cache has seen."""


class Way(IntEnum):
    """How a request is sent, as far past the caches as it must be."""

    PLAIN = 0
    RELOAD = 1
    """As a browser reloads: `Cache-Control: no-cache`, which many CDNs do not heed."""
    PARAMETER = 2
    """With a parameter that makes the address another, as well."""


def told(answer: Response, known_for: float) -> str:
    """Which headers say that a cache gave an answer; empty where none does.

    `known_for` is for how many seconds the run has known of the deploy: what is older was
    kept before. No clock but the cache's own, which counts seconds, is read.
    """
    return ", ".join(_told(answer, known_for))


def is_young(answer: Response, known_for: float) -> bool:
    """Whether a cache says that it got an answer since the run knows of the deploy."""
    age = _age(answer)
    return age is not None and age + 1 <= known_for


def is_static(answer: Response, url: str) -> bool:
    """Whether an answer is a page or a file of a frontend, which caches are made for.

    What tells of the service's health is none, whatever its type.
    """
    kind = body.media_type(answer)
    static = kind in _STATIC or kind.startswith(_STATIC_KINDS)
    return static and not health.is_expected(url, answer)


def ways(step: Step) -> tuple[Way, ...]:
    """The ways in which a step may be sent, one after the other."""
    heeds = step.cached is not True and step.request.method in KEPT_BY_CACHES
    return tuple(Way) if heeds else (Way.PLAIN,)


def sent_by(step: Step, way: Way, unique: str) -> Step:
    """The step, to be sent in a way; `unique` makes the address one of a kind."""
    if way is Way.PLAIN:
        return step
    request = step.request
    named = any(name.lower() == "cache-control" for name, _ in request.headers)
    headers = () if named else (("Cache-Control", "no-cache"), ("Pragma", "no-cache"))
    query = ((PARAMETER, unique),) if way is Way.PARAMETER else ()
    more = replace(
        request,
        headers=(*request.headers, *headers),
        query=(*request.query, *query),
    )
    return replace(step, request=more)


def is_signed(request: Request) -> bool:
    """Whether a request's own address is signed, so that nothing may be added to it."""
    names = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    return any(_SIGNATURE.search(name) for name, _ in names)


def _told(answer: Response, known_for: float) -> Iterator[str]:
    for name, value in answer.headers:
        if _says_hit(name.lower(), value.lower()):
            yield f"{name}: {body.cut(value, _LONGEST)}"
    age = _age(answer)
    if age is not None and age > known_for:
        yield f"Age: {age}"


def _age(answer: Response) -> int | None:
    age = (answer.header("age") or "").strip()
    return int(age) if _SECONDS.fullmatch(age) else None


def _says_hit(name: str, value: str) -> bool:
    value = value[:1000]
    match name:
        case "cache-status":
            return _STANDARD.search(value) is not None
        case "server-timing":
            return _TIMING.search(value) is not None
        case "x-varnish":
            return _TWO_IDS.fullmatch(value.strip()) is not None
        case _:
            known = _NAME.fullmatch(name[:100]) is not None
            hit = known and _HIT.search(value) is not None
            return hit and _ASKED_THE_ORIGIN.search(value) is None
