"""What is said after the smoke tests: of which release, and of what was not undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cloudformation import denied
from guard.service import NAME, Site, code_of, serving_site, template
from rollback.stage import WHATEVER

from flowguard.guard.became import became
from flowguard.guard.command import Asked, guard
from flowguard.guard.verify import BEYOND
from flowguard.guard.world import Outcome
from flowguard.model.readiness import Readiness
from flowguard.model.rollback import Live
from flowguard.report.rollback.words import headline
from flowguard.rollback.outcomes import Became
from flowguard.smoke.world import CommandResult

FAILS_TOO = "the release from before"


@pytest.fixture
def site() -> Iterator[Site]:
    """A service whose second release is broken, and whose deploys are ours."""
    with serving_site() as site:
        site.mine = WHATEVER
        yield site


def deployed(site: Site, readiness: Readiness = Readiness.GREEN) -> None:
    site.up(readiness)
    site.stage.deploy()


def to_do(found: Outcome) -> str:
    return "; ".join(found.rollback.to_do)


def restore_fails(site: Site) -> None:
    """CloudFormation begins it, and takes it back."""
    site.fake.script("Api", "update", "Cannot find upgrade path from 16.3 to 14.9")


def restore_is_refused(site: Site) -> None:
    """It is never begun."""
    site.fake.on("execute_change_set", 0, denied)


@pytest.mark.parametrize("stops", [restore_fails, restore_is_refused])
def test_a_release_that_was_never_live_is_said_nothing_of(site: Site, stops) -> None:  # type: ignore[no-untyped-def]
    """It was not measured, and it is not known whether it works."""
    deployed(site)
    stops(site)

    found = site.verify()

    assert (code_of(found), site.code(), site.runs) == (5, "orders/2.zip", 1)
    assert found.rollback.live_release is Live.DEPLOYED
    assert FAILS_TOO not in to_do(found)
    assert "after the rollback" not in to_do(found)
    assert not found.rollback.not_rolled_back


def test_a_restore_that_failed_is_not_remembered_as_one(site: Site) -> None:
    """The next run is told that the live release failed, and not that it is good."""
    deployed(site)
    restore_fails(site)

    first, again = site.verify(), site.verify()

    gate = site.world().gate
    assert [became(f, gate) for f in (first, again)] == [Became.FAILED] * 2
    assert again.rollback.row == "B11f"
    assert "go forward" in to_do(again)


def test_the_release_from_before_fails_too_where_it_was_live(site: Site) -> None:
    site.broken = {"orders/1.zip", "orders/2.zip"}
    deployed(site)

    found = site.verify()

    assert (code_of(found), site.code(), site.runs) == (5, "orders/1.zip", 2)
    assert FAILS_TOO in to_do(found)
    assert any("neither is better" in text for text in found.rollback.reasons)


def test_a_failure_after_a_deploy_that_took_itself_back_is_not_of_it(
    site: Site,
) -> None:
    site.broken = {"orders/1.zip"}
    site.up(Readiness.GREEN)
    site.fake.script("Api", "update", "Invalid parameter")
    site.stage.deploy()

    found = site.verify()

    assert (code_of(found), site.changed()) == (1, [])
    assert f"{FAILS_TOO} it is live, and fails" in to_do(found)


def test_a_deploy_without_changes_is_not_the_cause(site: Site) -> None:
    site.up()
    site.broken = {"orders/1.zip"}

    found = site.deploy(template(1))

    assert code_of(found) == 1
    assert BEYOND in found.rollback.to_do
    assert headline(found.rollback) == "nothing was deployed"
    assert "nothing was deployed" in found.rollback.live


def test_what_was_not_rolled_back_is_told_by_name(site: Site) -> None:
    """Where a rollback was made, and only there."""
    more = {
        "Site": {"Type": "AWS::S3::Bucket"},
        "Cdn": {"Type": "AWS::CloudFront::Distribution"},
        "Jobs": {"Type": "AWS::SQS::Queue"},
        "Key": {"Type": "AWS::SecretsManager::Secret"},
    }
    migrate = {"Type": "Custom::Migration", "Properties": {"ServiceToken": "arn:f"}}
    site.stage.create(template(1, **more))
    site.stage.snapshot(Readiness.GREEN)
    site.stage.deploy(template(2, **more, Migrate=migrate))

    found = site.verify()
    told = "; ".join(found.rollback.not_rolled_back)

    assert code_of(found) == 4
    for name in ("frontend", "Site", "Cdn", "Jobs", "Key", "Orders", "Topic"):
        assert name in told
    assert "what Migrate did" in told


def test_what_a_good_deploy_did_is_nothing_that_was_not_rolled_back(site: Site) -> None:
    site.broken.clear()
    deployed(site)

    found = site.verify()

    assert code_of(found) == 0
    assert not found.rollback.not_rolled_back
    assert found.rollback.live_release is Live.DEPLOYED


def test_a_deploy_that_somebody_cancelled_is_not_told_as_failed(site: Site) -> None:
    site.up()
    site.broken.clear()
    cancelled: list[bool] = []

    def cancel(_call: object) -> None:
        moving = site.fake.stack(NAME).status == "UPDATE_IN_PROGRESS"
        if moving and not cancelled:
            cancelled.append(True)
            site.fake.do("cancel_update_stack", StackName=NAME)

    site.fake.on("describe_stack_events", 0, cancel)

    found = site.deploy(template(2))

    assert (code_of(found), site.code()) == (1, "orders/1.zip")
    assert "somebody cancelled the deploy" in found.rollback.reasons
    assert "the deploy failed" not in found.rollback.reasons


def test_a_stack_that_was_made_again_needs_a_new_snapshot(site: Site) -> None:
    deployed(site)
    site.fake.do("delete_stack", StackName=NAME)
    site.fake.settle()
    site.stage.create()

    found = site.verify()

    assert (code_of(found), site.changed()) == (3, [])
    assert "take a new snapshot" in to_do(found)


@pytest.mark.parametrize("there", [True, False])
def test_a_command_that_failed_first_has_deployed_nothing(
    site: Site, *, there: bool
) -> None:
    if there:
        site.up()
    asked = Asked(NAME, lambda: CommandResult(1, ""), lambda: None)

    found = guard(site.world(), asked)

    assert code_of(found) == 1
    assert f"it had deployed nothing to {NAME}" in found.rollback.reasons
    assert headline(found.rollback) == "nothing was deployed"
    assert found.rollback.live_release is (Live.BEFORE if there else Live.UNKNOWN)


@pytest.mark.parametrize(
    ("given", "said"),
    [("foo", "'foo' is no hash of a plan"), ("0" * 16, "the plan 0000000000000000 is")],
)
def test_an_approval_of_another_plan_is_told_as_what_it_is(
    site: Site, given: str, said: str
) -> None:
    deployed(site)
    site.mine = ""

    found = site.verify(approve=given)

    assert (code_of(found), site.changed()) == (3, [])
    assert any(text.startswith(said) for text in found.rollback.reasons)
