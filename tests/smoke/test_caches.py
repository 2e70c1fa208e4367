"""What a cache has kept is no evidence; the service itself is asked."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from smoke.services import Service, nothing, said, suite

from flowguard.errors import ConfigError
from flowguard.model.exchange import Fault, Request, Response
from flowguard.model.results import Verdict
from flowguard.model.smoke import SmokeOutcome, SmokeReport
from flowguard.smoke import caches
from flowguard.smoke.runner import run
from flowguard.smoke.verdict import verdict

FAILED, INCONCLUSIVE, ERRORED, PRE_EXISTING, SLOW, PASSED = SmokeOutcome
HEALTH = "health: {get: /health}"


def kept(answer: Response, **headers: str) -> Response:
    """An answer with headers; `x_cache` is `X-Cache`."""
    more = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(
        answer.status,
        headers=(*answer.headers, *more),
        body=answer.body,
        timings=answer.timings,
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Cache": "Hit from cloudfront"},
        {"X-Cache": "HIT"},
        {"X-Cache": "MISS, HIT"},
        {"X-Cache": "TCP_MEM_HIT from a23-1-2-3.deploy.akamaitechnologies.com"},
        {"X-Cache": "TCP_REFRESH_FAIL_HIT"},
        {"X-Cache-Remote": "TCP_HIT"},
        {"CF-Cache-Status": "HIT"},
        {"CF-Cache-Status": "UPDATING"},
        {"X-Vercel-Cache": "STALE"},
        {"X-Vercel-Cache": "PRERENDER"},
        {"X-Proxy-Cache": "HIT"},
        {"X-Cache-Status": "STALE"},
        {"CDN-Cache": "HIT"},
        {"cdn_cache_status": "hit"},
        {"Cache-Status": '"Netlify Edge"; hit, Origin; fwd=miss'},
        {"Cache-Status": "ExampleCache; hit; ttl=30; key=/x"},
        {"Server-Timing": "cdn-cache-hit,cdn-pop;desc=FRA56"},
        {"Server-Timing": "cdn-cache; desc=HIT, edge; dur=1"},
        {"X-Varnish": "32770 3"},
        {"Age": "417"},
    ],
)
def test_a_cache_says_that_it_answered(headers: dict[str, str]) -> None:
    answer = Response(200, headers=tuple(headers.items()))
    ((name, _),) = headers.items()

    assert name in caches.told(answer, known_for=60)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Cache": "Miss from cloudfront"},
        {"X-Cache": "RefreshHit from cloudfront"},
        {"X-Cache": "TCP_REFRESH_HIT"},
        {"X-Cache": "Error from cloudfront"},
        {"CF-Cache-Status": "DYNAMIC"},
        {"CF-Cache-Status": "REVALIDATED"},
        {"CF-Cache-Status": "EXPIRED"},
        {"Cache-Control": "stale-while-revalidate=30, stale-if-error=60"},
        {"CDN-Cache-Control": "stale-while-revalidate=30"},
        {"Cache-Status": "ExampleCache; fwd=stale; stored"},
        {"Cache-Status": "ExampleCache; hit=?0; fwd=miss"},
        {"X-Cache-Key": "/songs/hit"},
        {"X-Cache-Lookup": "HIT from proxy:3128"},
        {"Server-Timing": "cdn-cache-miss, db; desc=hit"},
        {"X-Varnish": "32770"},
        {"Age": "0"},
        {"Age": "59"},
        {"Age": "-417"},
        {"Age": "9" * 5000},
        {"X-Cache": "x" * 100_000},
        {"a-" * 50_000: "hit"},
    ],
)
def test_an_answer_of_the_service_itself_is_told_from_a_cached_one(
    headers: dict[str, str],
) -> None:
    assert caches.told(Response(200, headers=tuple(headers.items())), 60) == ""


# -- past the cache --------------------------------------------------------------


def edge(
    origin: Response | Fault,
    cached: Response,
    *,
    reloads: bool = True,
    keys_by_query: bool = True,
) -> Service:
    """A cache before a service, that heeds reloads or new addresses or neither."""

    def answer(request: Request, _now: float) -> Response | Fault:
        past = reloads and ("Cache-Control", "no-cache") in request.headers
        new = keys_by_query and "flowguard" in parse_qs(urlsplit(request.url).query)
        return origin if past or new else cached

    return Service(answer)


HIT = kept(said(), X_Cache="Hit from cloudfront", Age="417")
PAGE = Response(200, headers=(("Content-Type", "text/html"), ("X-Cache", "HIT")))
WAYS = [(True, True), (True, False), (False, True)]


def outcome(report: SmokeReport) -> SmokeOutcome:
    return report.results[0].outcome


@pytest.mark.parametrize(("reloads", "keys"), WAYS)
def test_the_service_is_asked_past_a_cache(*, reloads: bool, keys: bool) -> None:
    broken = edge(said(502), HIT, reloads=reloads, keys_by_query=keys)
    works = edge(said(), HIT, reloads=reloads, keys_by_query=keys)
    gone = edge(nothing(), HIT, reloads=reloads, keys_by_query=keys)

    assert outcome(run(suite(HEALTH), broken.world)) is FAILED
    assert outcome(run(suite(HEALTH), works.world)) is PASSED
    assert outcome(run(suite(HEALTH), gone.world)) is FAILED


def test_the_way_past_a_cache_is_looked_for_once() -> None:
    service = edge(said(), HIT, reloads=False)
    report = run(suite(HEALTH), service.world)

    assert len(service.requests) == report.results[0].samples.passed + 2


def test_each_request_past_a_cache_has_an_address_of_its_own() -> None:
    service = edge(said(), HIT, reloads=False)
    run(suite("health: {get: '/health?a=1', query: {b: 2}}"), service.world)
    asked = [urlsplit(request.url) for request in service.requests]

    assert len({url.query for url in asked[2:]}) == len(asked[2:]) > 1
    assert all(url.query.startswith("a=1&b=2") for url in asked)


def test_what_only_a_cache_answers_is_not_measured() -> None:
    spec = suite(HEALTH)
    report = run(spec, edge(said(500), HIT, reloads=False, keys_by_query=False).world)

    assert outcome(report) is ERRORED
    assert verdict(report, spec.gate) is Verdict.INCONCLUSIVE
    assert report.results[0].message == (
        "GET /health: a cache answers (X-Cache: Hit from cloudfront, Age: 417), which "
        "says nothing of this release"
    )
    assert "cached: true" in report.results[0].help


def test_a_failure_that_a_cache_has_kept_convicts_nobody() -> None:
    old = kept(said(404), age="417")
    report = run(suite(HEALTH), edge(said(), old).world)
    stays = run(
        suite(HEALTH), edge(said(), old, reloads=False, keys_by_query=False).world
    )

    assert outcome(report) is PASSED
    assert outcome(stays) is ERRORED


def test_a_refusal_of_the_parameter_convicts_nobody() -> None:
    """A service may refuse a parameter that it does not know."""
    report = run(suite(HEALTH), edge(said(400), HIT, reloads=False).world)

    assert outcome(report) is ERRORED
    assert "parameter 'flowguard'" in report.results[0].message


def test_an_answer_that_a_cache_got_since_the_run_began_counts() -> None:
    def answer(_request: Request, now: float) -> Response:
        return kept(said(), x_cache="HIT", age=str(max(int(now) - 2, 0)))

    service = Service(answer)
    report = run(suite(HEALTH, wait="{get: /, up: 9s, stable: 9}"), service.world)

    assert outcome(report) is PASSED


def test_a_signed_address_is_left_as_it_is() -> None:
    service = edge(said(), HIT, reloads=False)
    path = "'/file?X-Amz-Date=1&X-Amz-Signature=abc'"
    report = run(suite(f"file: {{get: {path}}}"), service.world)

    assert outcome(report) is ERRORED
    assert all(request.url.endswith("abc") for request in service.requests)


def test_what_writes_is_sent_once() -> None:
    service = edge(said(), HIT)
    run(suite("note: {post: /notes}"), service.world)

    assert service.asked == ["POST /notes"]


# -- what the spec says ----------------------------------------------------------


def test_a_cached_answer_may_be_what_is_wanted() -> None:
    service = edge(said(500), HIT)
    report = run(suite("config: {get: /config.json, cached: true}"), service.world)

    assert outcome(report) is PASSED
    assert all(
        name != "Cache-Control" for r in service.requests for name, _ in r.headers
    )


def test_a_page_out_of_a_cache_is_there_and_proves_no_release() -> None:
    never = {"reloads": False, "keys_by_query": False}
    alone = run(suite("landing: {get: /}"), edge(said(500), PAGE, **never).world)
    strict = suite("landing: {get: /, cached: false}")
    health = run(suite(HEALTH), edge(said(500), PAGE, **never).world)

    assert outcome(alone) is ERRORED
    assert "proves nothing of this release" in alone.results[0].message
    assert outcome(run(strict, edge(said(500), PAGE, **never).world)) is ERRORED
    assert outcome(health) is ERRORED


def test_a_page_out_of_a_cache_passes_beside_an_answer_of_the_service() -> None:
    def answer(request: Request, _now: float) -> Response | None:
        return PAGE if urlsplit(request.url).path == "/" else None

    report = run(
        suite("landing: {get: /}\nplans: {get: /plans}"), Service(answer).world
    )

    assert outcome(report) is PASSED
    assert "a cache serves it" in report.results[0].message


def test_an_old_release_in_a_cache_is_nobodys() -> None:
    old = kept(said(200, {"release": "old"}), age="417")
    release = "{get: /version, expect: {json: {release: new}}, within: 5s}"
    service = edge(said(), old, reloads=False, keys_by_query=False)
    report = run(suite("up: {get: /, cached: true}", release=release), service.world)
    (phase,) = report.phases

    assert (phase.outcome, phase.answered) == (ERRORED, "")
    assert "a cache answers" in phase.message


def test_cached_means_nothing_of_what_writes() -> None:
    with pytest.raises(ConfigError, match="no cache keeps"):
        suite("note: {post: /notes, cached: true}")
