"""Credentials that expire on the way: what is told, and the command to go on with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NoReturn

import pytest
from cloudformation import Refused
from guard.service import NAME, Site, code_of, serving_site, template
from rollback.scenarios import WINDOW
from rollback.stage import WHATEVER

from flowguard.guard.verify import verify
from flowguard.guard.world import Outcome, World
from flowguard.model.readiness import Readiness
from flowguard.model.rollback import RollbackReport, StepOutcome
from flowguard.model.smoke import SmokeReport
from flowguard.rollback.commands import by_hand
from flowguard.rollback.look import Wish

EXPIRED = (
    "the AWS credentials have expired "
    "(ExpiredToken: The security token included in the request is expired)"
)
READS = (
    "describe_stacks",
    "describe_stack_events",
    "list_stack_resources",
    "get_template",
    "describe_change_set",
)
AGAIN = "sign in to AWS again, for longer than a run takes; then "


@pytest.fixture
def site() -> Iterator[Site]:
    """A service whose second release is broken, and whose deploys are ours."""
    with serving_site() as site:
        site.mine = WHATEVER
        yield site


def expired(_call: object) -> NoReturn:
    raise Refused(
        "ExpiredToken", "The security token included in the request is expired", 403
    )


def expire(site: Site, *operations: str) -> None:
    """From now on AWS takes the credentials no longer."""
    for operation in operations:
        site.fake.on(operation, 0, expired)


def after_the_tests(site: Site, *operations: str) -> World:
    """A world whose credentials expire once the smoke tests are through."""
    world = site.world()

    def measure() -> SmokeReport:
        found = site.measure()
        expire(site, *operations)
        return found

    return replace(world, measure=measure)


def tells(done: RollbackReport) -> None:
    assert EXPIRED in done.reasons
    assert not [t for t in (*done.reasons, *done.to_do) if "it needs" in t]
    assert [t for t in done.to_do if t.startswith(AGAIN)]


def deployed(site: Site) -> Wish:
    site.up(Readiness.GREEN)
    site.stage.deploy()
    return Wish(NAME, site.stage.before)


def test_after_the_smoke_tests(site: Site) -> None:
    wish = deployed(site)

    found = verify(after_the_tests(site, *READS), wish)

    assert (code_of(found), site.changed()) == (3, [])
    tells(found.rollback)


def test_in_the_window(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.up()
    world = after_the_tests(site, *READS, "cancel_update_stack")
    monkeypatch.setattr(site, "world", lambda: world)

    found = site.deploy(template(2))

    assert code_of(found) == 3
    tells(found.rollback)
    assert any("once its window closes" in text for text in found.rollback.reasons)


def test_in_the_window_of_a_good_release(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The smoke tests' own results are told all the same."""
    site.broken.clear()
    site.up()
    world = after_the_tests(site, *READS)
    monkeypatch.setattr(site, "world", lambda: world)

    found = site.deploy(template(2))

    assert code_of(found) == 3
    assert found.smoke is not None
    tells(found.rollback)


@pytest.mark.parametrize("last", ["create_change_set", "execute_change_set"])
def test_where_the_restore_is_to_begin(site: Site, last: str) -> None:
    """Nothing was done, so that nothing is said to have been."""
    wish = deployed(site)
    expire(site, last)

    found = verify(site.world(), wish)

    assert (code_of(found), site.code()) == (3, "orders/2.zip")
    tells(found.rollback)
    assert not [s for s in found.rollback.steps if s.outcome is StepOutcome.FAILED], (
        found.rollback.steps
    )
    assert not any("release from before" in text for text in found.rollback.to_do)


def test_while_the_rollback_goes_on(site: Site) -> None:
    wish = deployed(site)
    site.fake.on("execute_change_set", 1, lambda _call: expire(site, *READS))

    found = verify(site.world(), wish)

    assert code_of(found) == 3
    tells(found.rollback)
    assert found.rollback.live == "nobody can tell yet: the rollback goes on in AWS"


def test_while_somebody_elses_deploy_goes_on(site: Site) -> None:
    site.up(Readiness.GREEN)
    site.stage.begin("update_stack", template(2))
    expire(site, "describe_stacks")

    found = verify(site.world(), Wish(NAME, site.stage.before))

    assert (code_of(found), site.runs) == (3, 0)
    tells(found.rollback)


def test_before_the_proof(site: Site) -> None:
    """A rollback whose proof nobody can make is none that is verified."""
    site.up(Readiness.GREEN)
    site.stage.begin("update_stack", template(2), RollbackConfiguration=WINDOW)
    site.fake.advance(30)
    expire(site, "list_stack_resources")

    found = verify(site.world(), Wish(NAME, site.stage.before))

    assert code_of(found) == 5
    assert any(EXPIRED in i.actual for i in found.rollback.identities)
    assert [t for t in found.rollback.to_do if t.startswith(AGAIN)]


def test_the_command_keeps_the_approval(site: Site) -> None:
    """The plan that somebody has read is still the one that is carried out."""
    wish = deployed(site)
    site.mine = ""
    hash_ = approved(site, wish)
    expire(site, "execute_change_set")

    found = verify(site.world(), replace(wish, approve=hash_))

    assert f"{AGAIN}{by_hand(NAME, hash_)}" in found.rollback.to_do
    site.fake.on("execute_change_set", 0, lambda _call: None)
    assert code_of(verify(site.world(), replace(wish, approve=hash_))) == 4


def approved(site: Site, wish: Wish) -> str:
    held: Outcome = verify(site.world(), wish)
    assert held.rollback.needs_approval
    return held.rollback.plan_hash


def test_a_deploy_says_that_nothing_was_deployed(site: Site) -> None:
    site.up()
    expire(site, "create_change_set")

    found = site.deploy(template(2))

    assert (code_of(found), site.code()) == (3, "orders/1.zip")
    assert f"nothing was deployed: {EXPIRED}" in found.rollback.reasons
    assert [t for t in found.rollback.to_do if t.startswith(AGAIN)]


def test_a_check_that_asks_aws_says_so_too(site: Site) -> None:
    site.broken.clear()
    site.spec = "checks: {health: {get: /health}, errors: {alarm: errors}}"
    site.fake.world.alarms["errors"] = "OK"
    site.up()
    expire(site, "describe_alarms")

    found = {check.name: check.message for check in site.measure().results}

    assert EXPIRED in found["errors"]
    assert found["errors"].endswith("sign in again, then run this again")
    assert "cloudwatch:" not in found["errors"]
