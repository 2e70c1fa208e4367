"""What a page needs is fetched, and must be there."""

from __future__ import annotations

import pytest
from smoke.services import BASE, TOKEN, Service, first, nothing, only, said, suite

from flowguard.model.exchange import Fault, FaultKind, Request, Response
from flowguard.model.smoke import SmokeOutcome, SmokeResult
from flowguard.smoke.runner import run

FAILED, ERRORED, PASSED = (
    SmokeOutcome.FAILED,
    SmokeOutcome.ERRORED,
    SmokeOutcome.PASSED,
)
CHECK = "page: {get: /users, as: user, page: {assets: true}}"
CDN = "https://cdn.example.net/theme.css"
KEY = "canary-key-91c2"


def html(body: str = "") -> Response:
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return Response(200, headers=headers, body=f"<p>{body}</p>".encode())


PAGE = html(
    f'<script src="/main.js?v=1"></script><link rel="stylesheet" href="{CDN}">'
    '<img src="logo.svg"><link rel="icon" href="/favicon.ico">'
)


def checked(service: Service, check: str = CHECK, **rest: str) -> SmokeResult:
    report = run(suite(check, **rest), service.world)
    return next(one for one in report.results if one.name == "page")


def frontend(path: str = "", answer: Response | Fault | None = None) -> Service:
    """A page with all that it needs, but for one path."""
    page = only("/users", PAGE)
    return Service(first([only(path, answer), page]) if answer else page)


def test_each_asset_is_fetched_once_in_a_run() -> None:
    service = frontend()
    result = checked(service)

    assert result.outcome is PASSED
    assert result.samples.passed == 5
    for path in ("/main.js", "/theme.css", "/logo.svg", "/favicon.ico"):
        assert service.asked.count(f"GET {path}") == 1


@pytest.mark.parametrize(
    ("path", "answer", "message"),
    [
        ("/main.js", said(404), "asset /main.js answers 404"),
        ("/logo.svg", said(500), "asset /logo.svg answers 500"),
        (
            "/theme.css",
            said(403),
            "asset https://cdn.example.net/theme.css answers 403",
        ),
        (
            "/main.js",
            nothing(),
            "asset /main.js got no answer: no answer: refused",
        ),
        (
            "/main.js",
            html("the app"),
            "asset /main.js answers 200 with a page, text/html",
        ),
        (
            "/theme.css",
            html("the app"),
            f"asset {CDN} answers 200 with a page, text/html",
        ),
    ],
)
def test_a_page_fails_whose_asset_is_missing(
    path: str, answer: Response | Fault, message: str
) -> None:
    result = checked(frontend(path, answer))

    assert result.outcome is FAILED
    assert result.message == f"GET /users: {message}"
    assert result.mismatches[0].expected == "is there"
    assert message == f"{result.mismatches[0].what} {result.mismatches[0].actual}"


def test_an_icon_may_fall_back_to_the_page() -> None:
    assert checked(frontend("/favicon.ico", html("the app"))).outcome is PASSED


@pytest.mark.parametrize("answer", [nothing(FaultKind.DNS), said(429)])
def test_what_says_nothing_of_the_service_is_unmeasured(
    answer: Response | Fault,
) -> None:
    result = checked(frontend("/theme.css", answer))

    assert result.outcome is ERRORED
    assert f"asset {CDN}" in result.message
    assert result.samples.failed == 0


def test_an_asset_that_an_offline_runner_misses_is_unmeasured() -> None:
    service = frontend("/main.js", nothing())
    service.online = False

    assert checked(service).outcome is ERRORED


def test_an_asset_gets_no_credential_and_strangers_no_header() -> None:
    service = frontend()
    checked(service, headers=f"{{x-api-key: {KEY}}}")
    sent = {r.url: str(r.headers) for r in service.requests if "/users" not in r.url}

    assert not any(TOKEN in headers for headers in sent.values())
    assert KEY in sent[f"{BASE}/main.js?v=1"]
    assert KEY not in sent[CDN]


def test_nothing_is_fetched_for_an_error_page_or_unasked() -> None:
    def broken(request: Request, _now: float) -> Response | None:
        page = "/users" in request.url
        return Response(500, headers=PAGE.headers, body=PAGE.body) if page else None

    failing, plain = Service(broken), frontend()
    result = checked(failing)
    checked(plain, "page: {get: /users, as: user, page: {assets: false}}")

    assert result.message == "GET /users answers 500, not 2xx"
    assert {*failing.asked, *plain.asked} == {"GET /users"}
