"""Incidents found since: releases that were judged wrongly.

`README.md` beside this names the sources, and what is right.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

import pytest
from incidents.world import OK, Answer, World
from rollback.stage import template
from template.templates import resolve

from flowguard.model.smoke import SmokeReport
from flowguard.smoke import runner
from flowguard.smoke.baseline import Baseline
from flowguard.smoke.blame import Suspects
from flowguard.smoke.suite import Suite
from flowguard.smoke.world import World as Outside

RESTORED = ("create_change_set", "execute_change_set")


def test_a_cold_start_that_outlasts_the_timeout_is_no_failure(site: World) -> None:
    """The first requests outlast the timeout; after 13 seconds they do not.

    A pull request with its five false alarms. The timeout of 10 s is a small one
    here, and the clock is moved by what it would have been.
    """
    site.spec = "timeout: 1s\nchecks: {version: {get: /version.json}}"
    site.releases(3)
    awake_at = site.now + 13

    def respond(_path: str, _headers: object) -> Answer:
        left = awake_at - site.now
        site.fake.advance(max(0, min(left, 10)))
        if left > 10:
            time.sleep(1.1)  # it is this that is tested: an answer that is late
        return OK

    site.respond = respond

    told = site.verified()

    assert (told.code, told.acts) == (0, ())


def test_a_redirect_to_the_login_page_is_no_pass(site: World) -> None:
    """Since the deploy, a page sends everybody to the login page."""
    site.spec = "checks: {page: {get: /workspace}}"

    def respond(path: str, _headers: object) -> Answer:
        if path == "/workspace" and site.live(3):
            return 302, {"Location": "/login?next=%2Fworkspace"}, b""
        return OK

    site.respond = respond
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)
    told.says("302", "/login")


PAGE = b"<!doctype html><title>Docs</title><script src=/assets/main.%d.js></script>"


def test_a_page_without_its_scripts_is_no_pass(site: World) -> None:
    """The page is there, and the script is not that fills it."""
    site.spec = "checks: {page: {get: /, page: {assets: true}}}"

    def respond(path: str, _headers: object) -> Answer:
        release = 3 if site.live(3) else 1
        if path == "/":
            return 200, {"Content-Type": "text/html"}, PAGE % release
        if path == "/assets/main.1.js":
            return 200, {"Content-Type": "text/javascript"}, b"show()"
        return 404, {}, b""

    site.respond = respond
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)
    told.says("/assets/main.3.js")


def test_a_token_that_had_expired_before_the_deploy_convicts_no_release(
    site: World,
) -> None:
    """The token that the run is given was no good before the deploy either."""
    site.spec = (
        "vars: {session: of-last-week}\n"
        "auth: {canary: {bearer: '${vars.session}'}}\n"
        "checks: {review: {get: /review, as: canary}, open: {get: /status}}"
    )
    expired = {"error": "the session has expired"}

    def respond(path: str, _headers: object) -> Answer:
        return OK if path == "/status" else (401, {}, json.dumps(expired).encode())

    site.respond = respond
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())
    told.says("401", "before")


def test_a_refusal_with_another_status_is_still_a_refusal(site: World) -> None:
    """Strangers get 403 in place of 401, and whoever signs in gets in."""
    site.spec = (
        "vars: {session: good}\n"
        "auth: {agent: {bearer: '${vars.session}'}}\n"
        "checks: {sales: {get: /sales, as: agent}}"
    )

    def respond(_path: str, headers: Mapping[str, str]) -> Answer:
        if headers.get("Authorization") == "Bearer good":
            return OK
        return (403 if site.live(3) else 401), {}, b"{}"

    site.respond = respond
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())
    assert told.outcome("sales without sign-in") == "passed"


def with_route(release: int, **settings: str) -> str:
    """A release with a route of its API."""
    named = {"ApiId": {"Ref": "Http"}, "RouteKey": "GET /invoices"}
    route = {"Type": "AWS::ApiGatewayV2::Route", "Properties": named | settings}
    api = {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "HTTP"}}
    return template(release, Http=api, Invoices=route)


NO_SUCH_ROUTE = {
    403: (
        {"x-amzn-ErrorType": "MissingAuthenticationTokenException"},
        b'{"message":"Missing Authentication Token"}',
    ),
    404: ({}, b'{"message":"Not Found"}'),
}


@pytest.mark.parametrize("status", NO_SUCH_ROUTE)
@pytest.mark.parametrize(
    ("first", "code"),
    [
        pytest.param("", 4, id="added"),
        pytest.param(with_route(1, AuthorizationType="NONE"), 0, id="changed"),
    ],
)
def test_a_new_route_that_the_stage_does_not_know_is_broken(
    site: World,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    first: str,
    code: int,
) -> None:
    """The deploy adds a route, and the API answers as if it had not.

    A REST API refuses what it knows no route for with 403, an HTTP API with 404. The
    deploy added the route: that it failed before says nothing. The other side is a
    route that the deploy only changes: it was not there before either, which is no news.
    """
    site.spec = "checks: {health: {get: /health}, invoices: {get: /invoices}}"
    body = with_route(3)

    def respond(path: str, _headers: object) -> Answer:
        if path == "/invoices":
            return (status, *NO_SUCH_ROUTE[status])
        return OK

    run = runner.run

    def knowing(suite: Suite, world: Outside, baseline: Baseline | None) -> SmokeReport:
        """As the command line does, which has the template."""
        whole = resolve(body)

        def suspects(base: str) -> Suspects:
            return Suspects(whole, world.changed(), base, added=world.added())

        return run(suite, world, baseline=baseline, suspects=suspects)

    site.respond = respond
    monkeypatch.setattr(runner, "run", knowing)
    site.releases(3, first=first, body=body)

    told = site.verified()

    assert (told.code, told.acts) == (code, RESTORED if code else ())
    told.says("/invoices", str(status))
