"""What must not happen, however a deploy, its service and others go about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cloudformation import Call
from guard.service import NAME, Site, code_of, serving_site, template
from rollback.scenarios import WINDOW

from flowguard.errors import FlowGuardError
from flowguard.guard.command import Asked, guard
from flowguard.model.readiness import Readiness
from flowguard.rollback.ownership import Deploy
from flowguard.smoke.world import CommandResult


@pytest.fixture
def site() -> Iterator[Site]:
    with serving_site() as site:
        yield site


def test_an_approval_does_not_cover_what_is_replaced_since(site: Site) -> None:
    """The change set has the same changes; now one of them loses a table."""
    site.up()
    body = json.loads(template(3))
    body["Resources"]["Topic"]["Properties"]["DisplayName"] = "other"
    orders = body["Resources"]["Orders"]["Properties"]
    orders["BillingMode"] = "PAY_PER_REQUEST"
    body["Resources"]["Extra"] = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {"KeySchema": orders["KeySchema"]},
    }
    site.stage.deploy(json.dumps(body))
    body["Resources"].pop("Extra")
    orders["BillingMode"] = "PROVISIONED"
    text = json.dumps(body)
    held = site.deploy(text)
    site.fake.lifecycle.replaced.add("Orders")

    outcome = site.deploy(text, approve=held.rollback.plan_hash)

    assert code_of(outcome) == 3
    assert outcome.rollback.needs_approval
    assert site.changed() == ["create_change_set", "delete_change_set"]


def test_a_deploy_that_comes_before_the_change_set_is_not_built_upon(
    site: Site,
) -> None:
    site.up()

    def deploy(_call: Call) -> None:
        site.stage.begin("update_stack", template(2))
        site.fake.settle()

    site.fake.on("create_change_set", 1, deploy)

    with pytest.raises(FlowGuardError, match="somebody deployed"):
        site.deploy(template(3))

    assert site.changed() == ["create_change_set", "delete_change_set"]
    assert site.code() == "orders/2.zip"


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_FAILED", "DELETE_FAILED"])
def test_a_command_that_deploys_nothing_makes_no_stuck_stack_a_success(
    site: Site, status: str
) -> None:
    site.fake.seed(NAME, status, template(1))

    outcome = guarded(site, lambda: CommandResult(0, ""))

    assert code_of(outcome) == 3


def test_a_command_that_deploys_elsewhere_is_no_success(site: Site) -> None:
    site.broken = set()
    site.answer = lambda: 200  # type: ignore[method-assign] # of another stack

    outcome = guarded(site, lambda: CommandResult(0, ""))

    assert code_of(outcome) == 3
    assert any("no stack" in reason for reason in outcome.rollback.reasons)


def guarded(site: Site, run: Any) -> Any:
    return guard(site.world(), Asked(NAME, run, lambda: None))


def test_a_stack_that_moves_is_tested_once_it_has_settled(site: Site) -> None:
    """Half an update may fail what the whole of it passes."""
    site.up(Readiness.GREEN)
    site.broken = set()
    site.stage.begin("update_stack", template(3))
    states: list[str] = []
    site.before_measuring = lambda: states.append(site.status)

    outcome = site.verify()

    assert code_of(outcome) == 0
    assert states == ["UPDATE_COMPLETE"]


def test_a_window_is_not_slept_through(site: Site) -> None:
    site.up(Readiness.GREEN)
    site.mine = template(2)
    site.stage.begin("update_stack", template(2), RollbackConfiguration=WINDOW)

    outcome = site.verify()

    assert outcome.rollback.row == "B1"
    assert code_of(outcome) == 4


def test_a_snapshot_from_before_somebody_elses_deploy_is_not_restored(
    site: Site,
) -> None:
    """The deploy that is meant is the last one; the snapshot is older than it."""
    site.up(Readiness.GREEN)
    site.stage.deploy(template(3))
    site.stage.deploy(template(2))
    last = site.fake.stack(NAME).token

    outcome = site.verify(deploy=Deploy(token=last))

    assert code_of(outcome) == 3
    assert outcome.rollback.row == "B10e"
    assert site.changed() == []
    assert site.code() == "orders/2.zip"
