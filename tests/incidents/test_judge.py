"""Incidents that convicted a good release, or would have let a bad one pass."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

import pytest
from incidents.world import OK, Answer, World

RESTORED = ("create_change_set", "execute_change_set")
TWO_CHECKS = "checks: {health: {get: /health}, stamps: {get: /stamps}}"
WAIT = "wait: {get: /health, up: 90s, stable: 3}\n"
NAMES_WAIT = ("`wait`", "wait:")
NAMES_RELEASE = ("`release`", "release:")
BLOCKED = {"Content-Type": "text/html"}, b"<h1>403 Forbidden</h1> Request blocked."
REFUSED = {"Content-Type": "application/json"}, b'{"message": "Forbidden"}'


def refuses_for(
    site: World,
    status: int,
    seconds: float,
    *,
    after: int = 3,
    paths: int = 1,
    said: tuple[Mapping[str, str], bytes] = REFUSED,
) -> list[float]:
    """Once the new release has answered well so often on so many paths, refuse all
    for that long, in words of its own or of a firewall before it."""
    seen: list[float] = []
    answers: Counter[str] = Counter()

    def respond(path: str, _headers: Mapping[str, str]) -> Answer:
        if not site.live(3):
            return OK
        answers[path] += 1
        if len(answers) < paths or min(answers.values()) <= after:
            return OK
        seen[:] = seen or [site.now]
        if site.now - seen[0] < seconds:
            return status, *said
        return OK

    site.respond = respond
    return seen


def no_target_for(site: World, seconds: float) -> None:
    """The load balancer has no healthy target right after the deploy."""
    began = site.now

    def respond(_path: str, _headers: Mapping[str, str]) -> Answer:
        if site.now - began < seconds and site.live(3):
            return 503, {"Server": "awselb/2.0"}, b"no healthy target"
        return OK

    site.respond = respond


@pytest.mark.parametrize("seconds", [8, 20, 45])
def test_a_cut_over_that_the_spec_waits_for(site: World, seconds: float) -> None:
    """A load balancer answers 503 until its targets are healthy.

    A thread on rolling updates of containers behind a load balancer.
    """
    site.spec = WAIT + TWO_CHECKS
    site.releases(3)
    no_target_for(site, seconds)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())


def test_a_short_cut_over_that_nobody_waits_for(site: World) -> None:
    """The same, for less time than a 500 has to last."""
    site.spec = TWO_CHECKS
    site.releases(3)
    no_target_for(site, 8)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())


def test_a_long_cut_over_names_what_waits(site: World) -> None:
    """The same for longer than any default waits: nobody can tell it from a failure.

    It is taken back, as a release that does not come up; whoever reads that learns
    how to have the next one waited for.
    """
    site.spec = TWO_CHECKS
    site.releases(3)
    no_target_for(site, 300)

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)
    told.says("503", NAMES_WAIT)


@pytest.mark.parametrize(
    "status",
    [401, 403, 404, 422],
)
@pytest.mark.parametrize("baseline", [True, False])
def test_an_edge_refuses_for_six_seconds(
    site: World, status: int, baseline: bool
) -> None:
    """A firewall's rate rule, or an edge that propagates, after answers that passed.

    Threads on firewalls that block the prober, and on edges that answer by the old
    rules for some seconds. The release is good, and nothing else says that it is not.
    """
    site.releases(3, baseline=baseline)
    seen = refuses_for(site, status, 6, said=BLOCKED)

    told = site.verified()

    assert seen, "it was never asked often enough"
    assert (told.code, told.acts) == (0, ())


@pytest.mark.parametrize("status", [401, 403, 404, 422, 500])
def test_a_release_that_refuses_from_then_on_is_taken_back(
    site: World, status: int
) -> None:
    """The other side of the same: what outlasts the span is a failure."""
    site.releases(3)
    refuses_for(site, status, float("inf"))

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)
    told.says(f"answers {status}")


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_a_release_that_refuses_from_the_first_is_taken_back(
    site: World, status: int
) -> None:
    """Nothing in this run ever passed, and everything did before the deploy."""
    site.releases(3)
    refuses_for(site, status, float("inf"), after=0)

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)


@pytest.mark.parametrize("after", [0, 3])
def test_a_firewall_that_blocks_the_prober_convicts_nobody(
    site: World, after: int
) -> None:
    """It blocks for good whoever asks too often: the release may well be good.

    Threads on rate rules that a monitor of one's own trips. Nobody can tell, and no
    release is taken back for it.
    """
    site.releases(3)
    refuses_for(site, 403, float("inf"), after=after, said=BLOCKED)

    told = site.verified()

    assert (told.code, told.acts) == (3, ())
    told.says("refuses this runner", "firewall")


def test_a_firewall_that_blocks_once_the_checks_passed(site: World) -> None:
    """What is asked after that is for the times alone: a check that passed stays so."""
    site.releases(3)
    refuses_for(site, 403, float("inf"), after=10, said=BLOCKED)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())


def test_some_edges_still_answer_by_the_old_rules(site: World) -> None:
    """Every second edge does not know the new route for six seconds.

    Threads on distributions that are deployed while they are asked.
    """
    site.releases(3)
    began, asked = site.now, [0]

    def respond(_path: str, _headers: Mapping[str, str]) -> Answer:
        asked[0] += 1
        old = site.now - began < 6 and asked[0] % 2
        return (404, {}, b"not found") if old else OK

    site.respond = respond

    told = site.verified()

    assert (told.code, told.acts) == (0, ())


SIGNED_IN = """\
auth: {user: {login: {post: /login, save: {token: t}}}}
checks: {users: {get: /users, as: user, refusal: false}, flaky: {get: /flaky}}"""


class Tokens:
    """Hands out tokens that live for some seconds."""

    def __init__(self, site: World, lives: float, *, known: bool = True) -> None:
        self.site, self.lives, self.known = site, lives, known
        self.issued: dict[str, float] = {}

    def __call__(self, path: str, headers: Mapping[str, str]) -> Answer:
        if path == "/login":
            token = f"tok{len(self.issued)}"
            self.issued[token] = self.site.now
            return 200, OK[1], json.dumps({"t": token}).encode()
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if path != "/users" or self._good(token):
            return OK
        said = 'Bearer error="invalid_token", error_description="token expired"'
        return 401, {"WWW-Authenticate": said}, b'{"message":"it has expired"}'

    def _good(self, token: str) -> bool:
        age = self.site.now - self.issued.get(token, float("-inf"))
        return age < self.lives and (self.known or not self.site.live(3))


def test_a_token_that_expires_in_the_run_is_renewed(site: World) -> None:
    """A token of five minutes in a run of longer, here in small.

    Threads on end-to-end suites that fail after the lifetime of their token.
    """
    site.spec = SIGNED_IN
    site.releases(3, baseline=False)
    site.respond = tokens = Tokens(site, 5)
    wobbles(site)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())
    assert len(tokens.issued) > 1


def wobbles(site: World) -> None:
    """Let `/flaky` fail twice at the first, so that the run takes a while."""
    asked, answer = [0], site.respond
    assert answer

    def respond(path: str, headers: Mapping[str, str]) -> Answer | None:
        asked[0] += path == "/flaky"
        if path == "/flaky" and asked[0] <= 2:
            return 500, {}, b""
        return answer(path, headers)

    site.respond = respond


def test_a_release_that_takes_no_token_is_taken_back(site: World) -> None:
    """A new token does not help where the release refuses every one."""
    site.spec = SIGNED_IN
    site.respond = Tokens(site, 3600, known=False)
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)
    told.says("users", "401")


def test_two_checks_that_fail_make_one_rollback(site: World) -> None:
    """Two monitors of one deploy must not take back two releases."""
    site.broken = {"orders/2.zip"}
    site.spec = "checks: {status: {get: /a}, text: {get: /b}}"
    site.releases(2)

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)
    told.says("GET /a", "GET /b")


OLD_ANSWERS: Answer = (200, {}, b"old")


def test_the_old_version_answers_and_nothing_tells_them_apart(site: World) -> None:
    """The stack is updated, and the load balancer still sends to the old tasks.

    A thread on deployments that "succeed" while the old version serves. Without
    `release` nobody can tell, so that the pass says what it does not claim.
    """
    site.releases(3)
    site.respond = lambda _path, _headers: OLD_ANSWERS

    told = site.verified()

    assert (told.code, told.acts) == (0, ())
    told.says(NAMES_RELEASE)


def test_the_old_version_answers_and_the_spec_tells(site: World) -> None:
    """The same with a `release` in the spec: what was tested was not the new code.

    Nothing is known of the new one, so that it is kept, and that is no pass.
    """
    release = "release: {get: /version, expect: {body: contains new}, within: 20s}\n"
    site.spec = f"{release}checks: {{health: {{get: /health}}}}"
    site.releases(3)
    site.respond = lambda _path, _headers: OLD_ANSWERS

    told = site.verified()

    assert (told.code, told.acts) == (3, ())
    told.says("the new code did not answer")


def test_the_old_version_answers_and_nothing_says_whose_it_is(site: World) -> None:
    """The same in a folder that holds nothing to compare with.

    That old code answers is no proof that somebody else deployed: the load balancer,
    or an edge, may not know the new one yet.
    """
    release = "release: {get: /version, expect: {body: contains new}, within: 20s}\n"
    site.spec = f"{release}checks: {{health: {{get: /health}}}}"
    site.mine = ""
    site.releases(3)
    site.respond = lambda _path, _headers: OLD_ANSWERS

    told = site.verified()

    assert (told.code, told.acts) == (3, ())
    told.says("the new code did not answer")
    told.never_says("somebody else deployed since", "is somebody else's")
