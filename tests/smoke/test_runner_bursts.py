"""What fails for a while only: edges, firewalls, cut-overs, tokens; over real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest
from smoke.services import Service
from smoke_servers.serving import Answer, Asked, serving

from flowguard.model.results import Verdict
from flowguard.model.smoke import SmokeOutcome, SmokeReport
from flowguard.probe import Probe
from flowguard.smoke import spec
from flowguard.smoke.runner import run, take
from flowguard.smoke.verdict import verdict
from flowguard.smoke.world import World

FAILED, INCONCLUSIVE, ERRORED, PRE_EXISTING, SLOW, PASSED = SmokeOutcome
OK = Answer(200, b"{}", {"Content-Type": "application/json"})
PAGE = {"Content-Type": "text/html"}
BLOCKED = Answer(403, b"<h1>403 Forbidden</h1> Request blocked.", PAGE)
HEALTH = "checks: {health: {get: /health}}"
TWO = "checks: {health: {get: /health}, notes: {get: /notes}}"
LATE = [8.0, 20.0, 29.0]

Respond = Callable[[str, float], Answer | None]
"""What a path answers at a moment; None for what a service in good health does."""


class Clock:
    """Time for all threads, which passes while one of them waits."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Seconds since the beginning."""
        with self._lock:
            return self._seconds

    def wait(self, seconds: float) -> bool:
        """Let time pass, at once."""
        with self._lock:
            self._seconds += seconds
        return True


@dataclass
class Site:
    """A service on a port of the loopback."""

    text: str
    respond: Respond = lambda _path, _now: None
    clock: Clock = field(default_factory=Clock)
    asked: list[str] = field(default_factory=list)
    tokens: dict[str, float] = field(default_factory=dict)
    """When each token ends."""
    life: float = 5.0
    login: Answer | None = None
    """What signing in anew is answered."""

    def answer(self, asked: Asked) -> Answer:
        """What it says."""
        path, now = asked.target.partition("?")[0], self.clock.now()
        self.asked.append(path)
        own = self.respond(path, now)
        if own is not None:
            return own
        if path == "/login":
            return self._token()
        if path.startswith("/users"):
            return self._users(asked)
        return OK

    def _token(self) -> Answer:
        if self.tokens and self.login:
            return self.login
        token = f"token-{len(self.tokens)}"
        self.tokens[token] = self.clock.now() + self.life
        return replace(OK, body=json.dumps({"token": token}).encode())

    def _users(self, asked: Asked) -> Answer:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) > self.clock.now():
            return OK
        return Answer(401, b'{"message": "The incoming token has expired"}')

    @contextmanager
    def world(self) -> Iterator[tuple[str, World]]:
        """Its URL, and the world that it is tested from."""
        with serving(self.answer) as url, Probe(environment={}) as probe:
            yield url, replace(Service().world, send=probe, clock=self.clock)

    def report(self, *, before: Respond | None = None) -> SmokeReport:
        """The smoke tests' report, held against how it was before the deploy."""
        with self.world() as (url, given):
            suite = spec.parse(f"base: {url}\n{self.text}\n", "smoke.yml")
            baseline = None
            if before:
                after, self.respond = self.respond, before
                _, baseline = take(suite, given)
                self.respond, self.clock = after, Clock()
                self.asked.clear()
            world = replace(given, clock=self.clock)
            return run(suite, world, baseline=baseline)

    def decided(self, **rest: Respond) -> Verdict:
        """What follows of it."""
        return verdict(self.report(**rest), spec.parse(self.text, "smoke.yml").gate)


def healthy(_path: str, _now: float) -> None:
    """As it should be."""


def between(begin: float, end: float, answer: Answer) -> Respond:
    """Everything is answered so for a while."""
    return lambda _path, now: answer if begin <= now < end else None


# -- bursts ----------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500, 502, 503, 504])
def test_a_burst_past_a_pass_takes_nothing_back(status: int) -> None:
    site = Site(HEALTH, between(0.3, 6.4, Answer(status, b"{}")))

    assert site.decided() is Verdict.PASS


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 500, 502, 503, 504])
def test_what_lasts_past_a_pass_is_broken(status: int) -> None:
    site = Site(HEALTH, between(0.3, 999, Answer(status, b"{}")))
    (result,) = site.report().results

    assert result.outcome is FAILED
    assert 10 <= site.clock.now() < 20
    assert result.samples.passed == 1


@pytest.mark.parametrize("status", [401, 403, 404, 502, 503, 504])
@pytest.mark.parametrize("seconds", LATE)
def test_what_is_not_there_yet_may_take_its_time(status: int, seconds: float) -> None:
    site = Site(HEALTH, between(0, seconds, Answer(status, b"{}")))
    (result,) = site.report().results

    assert result.outcome is PASSED
    assert "it was not up in the first" in result.samples.verdict


@pytest.mark.parametrize("status", [401, 403, 404, 502, 503, 504])
def test_what_never_comes_is_broken(status: int) -> None:
    site = Site(HEALTH, between(0, 999, Answer(status, b"{}")))
    (result,) = site.report().results

    assert result.outcome is FAILED
    assert 30 <= site.clock.now() < 42
    assert "does so once in" not in result.samples.verdict


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_route_from_before_that_is_gone_has_no_excuse(status: int) -> None:
    site = Site(HEALTH, between(0, 999, Answer(status, b"{}")))

    assert site.decided(before=healthy) is Verdict.BLOCK
    assert 10 <= site.clock.now() < 16


def test_once_it_was_waited_for_nothing_is_starting() -> None:
    waited = f"wait: {{get: /up}}\n{HEALTH}"
    site = Site(waited, lambda path, _: Answer(503) if path == "/health" else None)

    assert site.decided() is Verdict.BLOCK
    assert 10 <= site.clock.now() < 16


def test_a_service_that_says_what_is_down_is_up() -> None:
    down = Answer(503, b'{"status": "fail", "checks": {"db": {"status": "fail"}}}')
    site = Site(HEALTH, between(0, 999, down))

    assert site.decided() is Verdict.BLOCK
    assert 10 <= site.clock.now() < 16


def test_the_time_for_a_start_is_the_spec_s() -> None:
    text = f"gate: {{startup: 60s}}\n{HEALTH}"

    assert Site(text, between(0, 50, Answer(503))).decided() is Verdict.PASS
    short = Site(text.replace("60s", "1s"), between(0, 50, Answer(503)))
    assert short.decided() is Verdict.BLOCK


# -- what stands before the service ----------------------------------------------


@pytest.mark.parametrize("text", [HEALTH, TWO])
def test_a_firewall_that_blocks_this_runner_is_no_failure(text: str) -> None:
    report = Site(text, between(3, 999, BLOCKED)).report()

    assert verdict(report, spec.parse(text, "smoke.yml").gate) is Verdict.INCONCLUSIVE
    for result in report.results:
        assert result.outcome is ERRORED
        assert "what stands before the service refuses this runner" in result.message
        assert "firewall" in result.help


def test_one_that_worked_before_may_be_blocked_from_the_first() -> None:
    site = Site(HEALTH, between(0, 999, BLOCKED))

    assert site.decided(before=healthy) is Verdict.INCONCLUSIVE
    assert Site(HEALTH, between(0, 999, BLOCKED)).decided() is Verdict.BLOCK


def test_a_check_that_is_refused_while_another_passes_is_broken() -> None:
    def notes(path: str, now: float) -> Answer | None:
        return BLOCKED if path == "/notes" and now > 0.3 else None

    slow = "checks: {notes: {get: /notes}, health: {get: /health, samples: 20}}"
    report = Site(slow, notes).report()

    assert report.results[0].outcome is FAILED


def test_a_plain_403_is_the_service_s_own() -> None:
    forbidden = Answer(403, b'{"message": "no such tenant"}')
    site = Site(HEALTH, between(3, 999, forbidden))

    assert site.decided() is Verdict.BLOCK


def test_a_page_that_wants_a_browser_is_no_pass() -> None:
    challenge = Answer(202, b"", {"x-amzn-waf-action": "challenge"})
    (result,) = Site(HEALTH, between(0, 999, challenge)).report().results

    assert result.outcome is ERRORED
    assert "firewall" in result.message


# -- tokens ----------------------------------------------------------------------

USERS = """\
auth: {user: {login: {post: /login, save: {token: token}}}}
checks: {users: {get: /users, as: user, refusal: false}}
"""


def test_a_token_that_ends_is_renewed() -> None:
    site = Site(USERS)
    report = site.report()

    assert [result.outcome for result in report.results] == [PASSED]
    assert 1 < len(site.tokens) < 5
    assert report.results[0].samples.failed == 0


def test_a_token_that_says_when_it_ends_is_renewed_before() -> None:
    refused: list[float] = []

    def respond(path: str, now: float) -> Answer | None:
        if path != "/login":
            return None
        token = f"token-{len(site.tokens)}"
        site.tokens[token] = now + 5
        return replace(OK, body=json.dumps({"token": token, "expires_in": 5}).encode())

    class Watched(Site):
        def _users(self, asked: Asked) -> Answer:
            found = super()._users(asked)
            if found is not OK:
                refused.append(self.clock.now())
            return found

    site = Watched(USERS, respond)
    assert site.decided() is Verdict.PASS
    assert len(site.tokens) > 1
    assert not refused


def test_a_fresh_token_that_is_refused_too_is_a_failure() -> None:
    broken = Answer(401, b'{"message": "Unauthorized"}')

    def respond(path: str, now: float) -> Answer | None:
        return broken if path == "/users" and now > 3 else None

    site = Site(USERS, respond, life=999)
    (result,) = site.report().results

    assert result.outcome is FAILED
    assert 1 < len(site.tokens) < 5


def test_a_sign_in_that_fails_when_it_is_renewed_is_told_as_itself() -> None:
    site = Site(USERS, login=Answer(500))
    report = site.report()

    assert report.results[0].outcome is ERRORED
    assert "signing in anew failed: POST /login answers 500" in (
        report.results[0].message
    )
    phase = next(p for p in report.phases if p.outcome is ERRORED)
    assert phase.name == "sign-in"
    assert phase.message.startswith("user: signing in anew failed")


def test_a_sign_in_that_fails_for_a_moment_is_tried_again() -> None:
    def respond(path: str, now: float) -> Answer | None:
        return Answer(503) if path == "/login" and 0 < now < 9 else None

    assert Site(USERS, respond).decided() is Verdict.PASS


def test_tokens_are_renewed_so_often_and_no_more() -> None:
    text = USERS.replace("get: /users", "get: /users, samples: 100")
    site = Site(f"gate: {{samples: {{max: 100}}}}\n{text}", life=0.001)
    (result,) = site.report().results

    assert result.outcome is ERRORED
    assert "signing in anew was tried 20 times" in result.message
    assert len(site.tokens) == 21


GIVEN = """\
auth: {user: {bearer: "%s"}}
checks: {users: {get: /users, as: user, refusal: false}}
"""


def test_a_given_token_that_has_expired_says_nothing_of_the_service() -> None:
    (result,) = Site(GIVEN % "token-x").report().results

    assert result.outcome is ERRORED
    assert "has expired, and nobody here can renew it" in result.message


def test_a_given_token_that_is_refused_is_a_failure() -> None:
    refused = Answer(401, b'{"message": "Unauthorized"}')
    site = Site(GIVEN % "token-x", between(0, 999, refused))

    assert site.decided() is Verdict.BLOCK
