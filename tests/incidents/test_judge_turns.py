"""The same faults of the judge in other turns: other answers, other shapes of a check."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from incidents.test_judge import (
    RESTORED,
    SIGNED_IN,
    TWO_CHECKS,
    Tokens,
    refuses_for,
    wobbles,
)
from incidents.world import OK, Answer, Respond, World

# --- any other answer that lasts six seconds ------------------------------------------

EXPECTS = "checks: {health: {get: /health, expect: {json: {status: ok}}}}"
WELL: Answer = (200, OK[1], b'{"status": "ok"}')
ELSE: Mapping[str, Answer] = {
    "another body": (200, OK[1], b'{"status": "starting"}'),
    "no JSON": (200, {"Content-Type": "text/html"}, b"<h1>One moment</h1>"),
    "a sign-in page": (302, {"Location": "/login"}, b""),
    "400": (400, OK[1], b"{}"),
    "405": (405, OK[1], b"{}"),
    "409": (409, OK[1], b"{}"),
    "410": (410, OK[1], b"{}"),
    "451": (451, OK[1], b"{}"),
    "500": (500, OK[1], b"{}"),
    "503": (503, OK[1], b"{}"),
}


def odd(site: World, answer: Answer, when: Callable[[int, float], bool]) -> None:
    """The new release answers oddly, by the number of the request and the seconds."""
    began, asked = [0.0], [0]

    def respond(path: str, _headers: Mapping[str, str]) -> Answer:
        if path == "/login":
            return 200, {"Content-Type": "text/html"}, b"<h1>Sign in</h1>"
        if not site.live(3):
            return WELL
        asked[0] += 1
        began[0] = began[0] or site.now
        return answer if when(asked[0], site.now - began[0]) else WELL

    site.respond = respond


@pytest.mark.parametrize("answer", ELSE.values(), ids=ELSE)
def test_a_burst_of_any_answer_convicts_nobody(site: World, answer: Answer) -> None:
    """A release that has answered well, answers oddly for six seconds, and well."""
    site.spec = EXPECTS
    site.respond = lambda _path, _headers: WELL
    site.releases(3)
    since = [0.0]

    def in_burst(number: int, passed: float) -> bool:
        if number == 4:
            since[0] = passed
        return number >= 4 and passed - since[0] < 6

    odd(site, answer, in_burst)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())


@pytest.mark.parametrize("answer", ELSE.values(), ids=ELSE)
def test_any_answer_that_lasts_is_taken_back(site: World, answer: Answer) -> None:
    """The same, for good."""
    site.spec = EXPECTS
    site.respond = lambda _path, _headers: WELL
    site.releases(3)
    odd(site, answer, lambda number, _passed: number >= 4)

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)


@pytest.mark.parametrize("answer", ELSE.values(), ids=ELSE)
def test_half_of_any_odd_answers_is_taken_back(site: World, answer: Answer) -> None:
    """Every second request fails, for good: no burst, and no excuse."""
    site.spec = EXPECTS
    site.respond = lambda _path, _headers: WELL
    site.releases(3)
    odd(site, answer, lambda number, _passed: number % 2 == 0)

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)


# --- other shapes of a check ----------------------------------------------------------

CHAIN = """\
checks:
  order:
    steps: [{get: /orders}, {get: /orders/1}, {get: /orders/1/items}]"""
WRITES = """\
checks:
  order:
    steps: [{post: /orders}, {get: /orders/1}]"""


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_a_burst_within_a_chain(site: World, status: int) -> None:
    """The steps of a chain are refused for six seconds, after chains that passed."""
    site.spec = CHAIN
    site.respond = lambda _path, _headers: OK
    site.releases(3)
    seen = refuses_for(site, status, 6, paths=3)

    told = site.verified()

    assert seen
    assert (told.code, told.acts) == (0, ())


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_a_chain_that_writes_is_tried_twice(site: World, status: int) -> None:
    """It is not sampled, and may be tried again once: nobody can tell."""
    site.spec = WRITES
    site.respond = lambda _path, _headers: OK
    site.releases(3)
    seen = refuses_for(site, status, 6, after=0)

    told = site.verified()

    assert seen
    assert (told.code, told.acts) == (3, ())


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_a_burst_that_two_checks_see(site: World, status: int) -> None:
    """A firewall refuses all checks at once: two that agree are one cause."""
    site.spec = TWO_CHECKS
    site.releases(3)
    seen = refuses_for(site, status, 6, paths=2)

    told = site.verified()

    assert seen
    assert (told.code, told.acts) == (0, ())


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_check_that_does_not_count_takes_nothing_back(
    site: World, status: int
) -> None:
    """`critical: false` beside one that passes: told, and kept."""
    site.spec = (
        "checks: {health: {get: /health}, extra: {get: /extra, critical: false}}"
    )
    site.releases(3)
    site.respond = by_path({"/extra": (status, {}, b"")})

    told = site.verified()

    assert (told.code, told.acts) == (0, ())
    told.says("extra", str(status))


def by_path(answers: Mapping[str, Answer]) -> Respond:
    """Answers by the path, and well for the rest."""
    return lambda path, _headers: answers.get(path, OK)


def test_a_first_deploy_that_refuses_is_no_rollback(site: World) -> None:
    """There is nothing to go back to: the failure is told, and the stack is kept."""
    site.stage.snapshot_of_nothing()
    site.stage.create()
    site.respond = by_path({"/health": (404, {}, b"")})

    told = site.verified()

    assert (told.code, told.acts) == (1, ())
    told.says("404")


# --- tokens ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_expires_with_either_status(site: World, status: int) -> None:
    """Authorizers say 401 or 403 of a token whose time is over."""
    site.spec = SIGNED_IN
    site.releases(3, baseline=False)
    tokens = Tokens(site, 5)

    def respond(path: str, headers: Mapping[str, str]) -> Answer:
        got = tokens(path, headers)
        return (status, {}, b"{}") if got[0] == 401 else got

    site.respond = respond
    wobbles(site)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())
    assert len(tokens.issued) > 1


def test_a_token_that_cannot_be_renewed_convicts_nobody(site: World) -> None:
    """The sign-in itself is limited: one token there is, and no second one.

    What was measured until then passed; after that nothing could be measured.
    """
    site.spec = SIGNED_IN
    site.releases(3, baseline=False)
    tokens = Tokens(site, 5)

    def respond(path: str, headers: Mapping[str, str]) -> Answer:
        if path == "/login" and tokens.issued:
            return 429, {"Retry-After": "3600"}, b"{}"
        return tokens(path, headers)

    site.respond = respond
    wobbles(site)

    told = site.verified()

    assert told.code in {0, 3}
    assert told.acts == ()
