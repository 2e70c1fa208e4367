"""The same faults of evidence in other turns."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from cloudformation import denied
from incidents.test_evidence import ALARM, RESTORED, SOAK
from incidents.world import OK, SILENCE, Answer, World

TWO = "checks: {health: {get: /health}, invoices: {get: /invoices}}"


def answers(site: World, before: int, after: int, *, path: str = "/invoices") -> None:
    """One route's status before the deploy and after it."""

    def respond(asked: str, _headers: Mapping[str, str]) -> Answer:
        status = before if site.live(1) else after
        return (status, OK[1], b"{}") if asked == path else OK

    site.respond = respond


# --- no answer ------------------------------------------------------------------------

WAITS = "wait: {get: /health, up: 20s}\nchecks: {health: {get: /health}}"
NOT_CRITICAL = "checks: {health: {get: /health, critical: false}}"
CHAIN = "checks: {order: {steps: [{get: /a}, {get: /b}]}}"
SIGNS_IN = """\
auth: {user: {login: {post: /login, save: {token: t}}}}
checks: {users: {get: /users, as: user}}"""
TWICE = "checks: {health: {get: /health}, other: {get: /other}}"


@pytest.mark.parametrize("baseline", [True, False])
@pytest.mark.parametrize(
    "spec", [WAITS, NOT_CRITICAL, CHAIN, SIGNS_IN, TWICE], ids=range(5)
)
def test_no_answer_whatever_the_spec_asks(
    site: World, spec: str, baseline: bool
) -> None:
    """A runner that never reaches the service proves nothing by any check."""
    site.spec, site.gone = spec, True
    site.releases(3, baseline=baseline)

    told = site.verified()

    assert (told.code, told.acts) == (3, ())


def test_a_service_that_no_longer_answers_is_broken(site: World) -> None:
    """The other side: it answered before, and the rest of the internet does now."""
    site.respond = lambda _path, _headers: SILENCE if site.live(3) else OK
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)


def test_the_runner_has_lost_its_network(site: World) -> None:
    """It answered before, and nothing at all answers now: nobody can tell."""
    site.releases(3)
    site.gone, site.control_answers = True, False

    told = site.verified()

    assert (told.code, told.acts) == (3, ())


# --- worse than before ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (404, 500, 4),
        (405, 502, 4),
        (501, 503, 4),
        (401, 500, 4),
        (422, 500, 4),
        (500, 500, 0),
        (500, 503, 0),
        (404, 404, 0),
        (401, 401, 0),
    ],
)
def test_only_the_same_failure_excuses(
    site: World, before: int, after: int, code: int
) -> None:
    """What failed before in another way has become worse, or is as before."""
    site.spec = TWO
    answers(site, before, after)
    site.releases(3)

    told = site.verified()

    assert told.code == code
    assert told.acts == (RESTORED if code else ())


def test_half_of_the_requests_failed_before_and_all_do_now(site: World) -> None:
    """Worse than before is broken, also where before was not perfect.

    A short baseline may be too little to tell by; it is never enough for a pass.
    """
    asked = [0]

    def respond(_path: str, _headers: Mapping[str, str]) -> Answer:
        asked[0] += 1
        bad = site.live(3) or asked[0] % 2
        return (500, OK[1], b"{}") if bad else OK

    site.respond = respond
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) in {(3, ()), (4, RESTORED)}


# --- alarms ---------------------------------------------------------------------------

BOTH = pytest.mark.parametrize("spec", [SOAK, ALARM], ids=["soak", "check"])


@BOTH
@pytest.mark.parametrize("state", ["INSUFFICIENT_DATA", "OK"])
def test_an_alarm_that_sounded_before_and_flaps(
    site: World, spec: str, state: str
) -> None:
    """While the fix comes up, the alarm has no data for a moment, and sounds again.

    A thread on alarms that lose their data while tasks are replaced. It sounded in the
    baseline, so that it is no news.
    """
    site.broken = {"orders/1.zip"}
    site.fake.world.alarms["errors"] = "ALARM"
    site.spec = spec
    site.releases(3)
    site.fake.world.alarms["errors"] = state
    site.fake.advance(1)
    site.fake.world.alarms["errors"] = "ALARM"

    told = site.verified()

    assert (told.code, told.acts) == (0, ())


@BOTH
@pytest.mark.parametrize("baseline", [True, False])
def test_an_alarm_without_data_before_sounds_since(
    site: World, spec: str, baseline: bool
) -> None:
    """INSUFFICIENT_DATA before is no ALARM before: that it sounds now is news."""
    site.fake.world.alarms["errors"] = "INSUFFICIENT_DATA"
    site.spec = spec
    site.releases(3, baseline=baseline)
    site.before_measuring = lambda: site.fake.world.alarms.update(
        errors="INSUFFICIENT_DATA" if site.live(1) else "ALARM"
    )

    told = site.verified()

    assert told.code in {4, 5}
    assert told.acts == RESTORED


@BOTH
def test_an_old_alarm_beside_a_new_failure(site: World, spec: str) -> None:
    """That the alarm is excused excuses nothing else."""
    site.broken = {"orders/2.zip"}
    site.fake.world.alarms["errors"] = "ALARM"
    site.spec = spec
    site.releases(2)

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)
    told.says("answers 500")


@BOTH
def test_nobody_says_when_the_deploy_began(site: World, spec: str) -> None:
    """The events may not be read: without a baseline nobody knows what was before.

    The alarm sounds, and whether it is news is not known: no reason to roll back.
    """
    site.fake.world.alarms["errors"] = "ALARM"
    site.spec = spec
    site.releases(3, baseline=False)
    site.fake.on("describe_stack_events", 0, denied)

    told = site.verified()

    assert (told.code, told.acts) == (3, ())
