"""Incidents in which something was taken for evidence that is none."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from guard.service import template
from incidents.world import OK, Answer, World

from flowguard.model.readiness import Readiness

RESTORED = ("create_change_set", "execute_change_set")
HEALTH = "checks: {health: {get: /health}}"
NO_TOKEN = b'{"message":"Missing Authentication Token"}'
BROKEN: Answer = (500, OK[1], b"{}")

# --- no answer ------------------------------------------------------------------------


@pytest.mark.parametrize("baseline", [True, False])
@pytest.mark.parametrize("reaches_others", [True, False])
def test_no_answer_at_all_is_never_a_pass(
    site: World, baseline: bool, reaches_others: bool
) -> None:
    """The runner never reached the service, before the deploy or after it.

    A thread on a runner outside of the private network. Nobody can tell is 3: the
    release is kept, since nothing is known of it.
    """
    site.gone, site.control_answers = True, reaches_others
    site.releases(3, baseline=baseline)

    told = site.verified()

    assert (told.code, told.acts) == (3, ())
    told.says("no answer")
    told.never_says("failed before the deploy, too", "the service works:")


# --- an answer from a cache -----------------------------------------------------------

HIT = {
    "Age": "417",
    "X-Cache": "Hit from cloudfront",
    "Cache-Control": "public, max-age=600",
    "Content-Type": "application/json",
}
CACHED: Answer = (200, HIT, b'{"status":"ok"}')


def behind_a_cache(site: World, *, heeds: bool) -> None:
    """An edge that has kept an answer from before the deploy.

    One that `heeds` what it is asked gives way to a reload, or to an address that it
    has not seen.
    """

    def respond(_path: str, headers: Mapping[str, str]) -> Answer | None:
        asked, _ = site.requests[-1]
        past = "no-cache" in headers.get("Cache-Control", "") or "?" in asked
        return None if heeds and past else CACHED

    site.respond = respond


@pytest.mark.parametrize("baseline", [True, False])
def test_a_cache_hides_that_the_origin_is_broken(site: World, baseline: bool) -> None:
    """The health address is cached at the edge for ten minutes.

    A thread on canary deploys whose checks stayed green during an outage.
    """
    site.broken = {"orders/2.zip"}
    behind_a_cache(site, heeds=True)
    site.releases(2, baseline=baseline)

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)


def test_a_cache_before_a_good_origin(site: World) -> None:
    """The same with a good release: asked past the cache, it passes."""
    behind_a_cache(site, heeds=True)
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())


@pytest.mark.parametrize("baseline", [True, False])
def test_a_cache_that_nobody_gets_past(site: World, baseline: bool) -> None:
    """Every answer is older than the deploy: nobody can tell, which is no pass."""
    site.broken = {"orders/2.zip"}
    behind_a_cache(site, heeds=False)
    site.releases(2, baseline=baseline)

    told = site.verified()

    assert (told.code, told.acts) == (3, ())
    told.says("cache")
    told.never_says("the service works:")


# --- what was before ------------------------------------------------------------------


def adds_invoices(site: World, before: Answer, after: Answer) -> None:
    """A deploy that adds a route, and how the route answers before and after."""
    site.spec = "checks: {health: {get: /health}, invoices: {get: /invoices}}"

    def respond(path: str, _headers: Mapping[str, str]) -> Answer:
        if path != "/invoices":
            return OK
        return before if site.live(1) else after

    site.respond = respond


NO_SUCH_ROUTE = {404: b'{"message":"Not Found"}', 403: NO_TOKEN}


@pytest.mark.parametrize("before", NO_SUCH_ROUTE)
def test_a_route_that_this_deploy_adds_has_no_excuse(site: World, before: int) -> None:
    """A new route answers 500; before the deploy there was no such route.

    A thread on a baseline that was taken with the new suite. API Gateway's REST APIs
    answer an address that they do not know with 403. Taken back, it is as before,
    which proves the rollback.
    """
    adds_invoices(site, (before, OK[1], NO_SUCH_ROUTE[before]), BROKEN)
    site.releases(2)

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)
    told.says("invoices", "answers 500")
    told.never_says("invoices: failed before the deploy, too")


def test_a_route_that_failed_before_in_the_same_way_is_excused(site: World) -> None:
    """The other side: it was there, and it was broken."""
    adds_invoices(site, BROKEN, BROKEN)
    site.releases(2)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())
    told.says("failed before the deploy, too")


# --- alarms ---------------------------------------------------------------------------

SOAK = f"soak: {{for: 30s, alarms: [errors]}}\n{HEALTH}"
ALARM = "checks: {health: {get: /health}, errors: {alarm: errors}}"


@pytest.mark.parametrize("spec", [SOAK, ALARM], ids=["soak", "check"])
@pytest.mark.parametrize("baseline", [True, False])
def test_an_alarm_that_sounded_before_does_not_take_the_fix_back(
    site: World, spec: str, baseline: bool
) -> None:
    """The fix of a bad release is deployed while its alarm still sounds.

    Threads on deployments that roll themselves back because of the alarm that they
    would have silenced. It needs minutes to fall silent.
    """
    site.broken = {"orders/1.zip"}
    site.fake.world.alarms["errors"] = "ALARM"
    site.spec = spec
    site.releases(3, baseline=baseline)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())
    told.says("errors", "before the deploy")


@pytest.mark.parametrize("spec", [SOAK, ALARM], ids=["soak", "check"])
@pytest.mark.parametrize("baseline", [True, False])
def test_an_alarm_that_sounds_since_the_deploy_takes_it_back(
    site: World, spec: str, baseline: bool
) -> None:
    """The other side: it was silent until the deploy, and is again after it."""
    site.fake.world.alarms["errors"] = "OK"
    site.spec = spec
    site.releases(3, baseline=baseline)
    site.before_measuring = lambda: site.fake.world.alarms.update(
        errors="OK" if site.live(1) else "ALARM"
    )

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)
    told.says("errors")


def test_a_trigger_that_sounds_is_refused_before_the_deploy(site: World) -> None:
    """CloudFormation takes an update back whose trigger sounds when it begins.

    The same threads. To begin would cost an outage for nothing: nothing is executed.
    """
    site.fake.world.alarms["errors"] = "ALARM"
    site.up(Readiness.GREEN)
    arn = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:errors"

    told = site.deployed(template(3), triggers=(arn,))

    assert told.code in {1, 3}
    assert "execute_change_set" not in told.acts
    assert site.live(1)
    told.says("errors", ("sounds", "in ALARM", "is ALARM"))


def test_metrics_without_values_prove_nothing(site: World) -> None:
    """A soak without any traffic.

    A thread on canaries that were promoted without one request.
    """
    site.spec = f"soak: {{for: 60s, errors: 0, functions: [orders-api]}}\n{HEALTH}"
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) == (3, ())
    told.says("orders-api", "no data")
    told.never_says("the service works:")


@pytest.mark.parametrize(("beside", "code"), [("", 3), (", p95", 0)])
def test_an_alarm_without_data_is_no_evidence(
    site: World, beside: str, code: int
) -> None:
    """INSUFFICIENT_DATA is neither good nor bad; an alarm that is OK beside it counts.

    A thread on deployments that treated the two alike.
    """
    site.fake.world.alarms |= {"errors": "INSUFFICIENT_DATA", "p95": "OK"}
    site.spec = f"soak: {{for: 60s, alarms: [errors{beside}]}}\n{HEALTH}"
    site.releases(3)

    told = site.verified()

    assert (told.code, told.acts) == (code, ())
    told.says("errors", "no data")


# --- nothing deployed -----------------------------------------------------------------


def test_nothing_was_deployed_and_something_else_broke(site: World) -> None:
    """The deploy command ended before it reached CloudFormation; then an outage came.

    A thread on pipelines that go on after a failed deploy. The outage is told as what
    it is: a failure (1), with nothing of this deploy to take back.
    """
    site.stage.create()
    site.stage.deploy(template(3))
    site.take_baseline()
    site.stage.snapshot(Readiness.GREEN)
    site.fake.advance(60)
    site.broken = {"orders/3.zip"}

    told = site.verified()

    assert (told.code, told.acts) == (1, ())
    told.says("nothing was deployed since the snapshot", "answers 500")
    told.never_says("the code or the data", "keep the deploy", "in its code")
