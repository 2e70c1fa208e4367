"""Caches in other turns: other headers, other specs, and what is no cache's."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from incidents.test_evidence import RESTORED
from incidents.world import OK, Answer, World

PAGE = b"<!doctype html><title>shop</title>"


def cached(site: World, headers: Mapping[str, str], *, status: int = 200) -> None:
    """A cache that gives way to nothing answers with these headers."""
    answer = (status, {**OK[1], **headers}, b'{"status": "ok"}')
    site.respond = lambda _path, _headers: answer


HITS = [
    {"Age": "417"},
    {"X-Cache": "Hit from cloudfront"},
    {"CF-Cache-Status": "HIT", "Age": "300"},
    {"X-Cache": "HIT, HIT", "X-Served-By": "cache-fra-1"},
    {"Cache-Status": '"edge"; hit; ttl=30'},
    {"X-Vercel-Cache": "STALE"},
    {"X-Varnish": "32770 3", "Age": "120"},
]
ORIGINS: list[dict[str, str]] = [
    {},
    {"Age": "0"},
    {"X-Cache": "Miss from cloudfront"},
    {"X-Cache": "RefreshHit from cloudfront"},
    {"CF-Cache-Status": "DYNAMIC"},
    {"CF-Cache-Status": "BYPASS"},
    {"Cache-Status": '"edge"; fwd=miss'},
    {"Cache-Control": "no-store"},
    {"X-Cache-Hits": "0"},
]


@pytest.mark.parametrize("headers", HITS, ids=str)
def test_whatever_says_that_it_is_kept_is_no_evidence(
    site: World, headers: Mapping[str, str]
) -> None:
    """Every cache has headers of its own."""
    site.broken = {"orders/2.zip"}
    cached(site, headers)
    site.releases(2)

    told = site.verified()

    assert (told.code, told.acts) == (3, ())


@pytest.mark.parametrize("headers", ORIGINS, ids=str)
def test_what_comes_from_the_origin_is_evidence(
    site: World, headers: Mapping[str, str]
) -> None:
    """A cache on the way that has kept nothing is no reason to doubt."""
    cached(site, headers)
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())


@pytest.mark.parametrize("status", [404, 500, 503])
def test_a_failure_that_a_cache_has_kept_convicts_nobody(
    site: World, status: int
) -> None:
    """An edge keeps errors, too: the deploy has mended what it still tells."""
    cached(site, {"Age": "300"}, status=status)
    site.releases(3, baseline=False)

    told = site.verified()

    assert (told.code, told.acts) == (3, ())


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_service_that_refuses_what_it_does_not_know(site: World, status: int) -> None:
    """It heeds no reload, and refuses an address with a parameter of ours."""

    def respond(_path: str, _headers: Mapping[str, str]) -> Answer:
        asked, _ = site.requests[-1]
        if "?" in asked:
            return status, OK[1], b"{}"
        return 200, {**OK[1], "Age": "417"}, b'{"status": "ok"}'

    site.respond = respond
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) == (3, ())


def test_pages_out_of_a_cache_alone_are_no_pass(site: World) -> None:
    """All that the suite asks for was kept before the deploy: no evidence at all."""
    site.spec = "checks: {landing: {get: /}, terms: {get: /terms}}"
    page = {"Content-Type": "text/html", "Age": "417"}
    site.respond = lambda _path, _headers: (200, page, PAGE)
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) == (3, ())
    told.says("cache")


def test_a_page_out_of_a_cache_beside_an_answer_of_the_service(site: World) -> None:
    """The page is there, and the service has answered: a pass, which says so."""
    site.spec = "checks: {landing: {get: /}, health: {get: /health}}"
    page = {"Content-Type": "text/html", "Age": "417"}

    def respond(path: str, _headers: Mapping[str, str]) -> Answer:
        return (200, page, PAGE) if path == "/" else OK

    site.respond = respond
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())
    told.says("landing", "cache")


RELEASE = "release: {get: /version, expect: {body: contains new}, within: 20s}\n"


def test_the_version_comes_out_of_a_cache(site: World) -> None:
    """The address that names the release still names the old one, by a cache alone."""
    site.spec = f"{RELEASE}checks: {{health: {{get: /health}}}}"

    def respond(path: str, headers: Mapping[str, str]) -> Answer:
        if path != "/version":
            return OK
        asked, _ = site.requests[-1]
        past = "no-cache" in headers.get("Cache-Control", "") or "?" in asked
        return (200, {}, b"new") if past else (200, {"Age": "417"}, b"old")

    site.respond = respond
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())


def test_a_cache_that_fills_up_with_the_new_release(site: World) -> None:
    """It was kept since the run began, and so it is of this release."""
    kept: list[float] = []

    def respond(_path: str, _headers: Mapping[str, str]) -> Answer:
        if not kept or not site.live(3):
            kept.append(site.now)
            return OK
        age = int(site.now - kept[-1])
        return 200, {**OK[1], "Age": str(age), "X-Cache": "Hit"}, b"{}"

    site.respond = respond
    site.releases(3, baseline=False)

    told = site.verified()

    assert told.acts == ()
    assert told.code in {0, 3}


def test_a_chain_behind_a_cache(site: World) -> None:
    """One step of it is answered by a cache, and the rest is broken behind it."""
    site.broken = {"orders/2.zip"}
    site.spec = "checks: {order: {steps: [{get: /a}, {get: /b}]}}"

    def respond(path: str, headers: Mapping[str, str]) -> Answer | None:
        asked, _ = site.requests[-1]
        past = "no-cache" in headers.get("Cache-Control", "") or "?" in asked
        return None if past or path == "/a" else (200, {"Age": "417"}, b"{}")

    site.respond = respond
    site.releases(2)

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)
