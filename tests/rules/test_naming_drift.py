"""The rule `naming-drift`."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
from kit import PLACE, Answers, check, no_stack, planner, project, stack_id

from flowguard.lookups import StacksIn, StackSummary
from flowguard.model.questions import Present, Unknown, UnknownKind
from flowguard.model.results import Finding, Outcome
from flowguard.naming import Convention
from flowguard.rules.naming_drift import NamingDrift

EMPTY = "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}"


def account(**others: str) -> Answers:
    """The stacks of the account with their statuses; `_` stands for `-`."""
    rows = [(name.replace("_", "-"), status) for name, status in others.items()]
    return {
        StacksIn(PLACE): Present(
            tuple(StackSummary(n, stack_id(n), status) for n, status in rows)
        )
    }


def findings_for(
    name: str, text: str = EMPTY, others: Answers | None = None, **inputs: Any
) -> tuple[Finding, ...]:
    plans = planner(text, stack_name=name, **inputs)
    return check(
        NamingDrift(), plans, {**no_stack(name), **(others or account())}
    ).findings


def test_the_service_line_is_where_a_stack_gets_its_name(
    tmp_path: pathlib.Path,
) -> None:
    files = {
        "serverless.yml": "# today\nservice: shop-staging-v2\nprovider: {name: aws}\n"
    }
    others = account(shop_staging="DELETE_FAILED")

    (finding,) = check(
        NamingDrift(),
        project(tmp_path, files, stage="staging"),
        {**no_stack("shop-staging-v2-staging"), **others},
    ).findings

    assert (finding.location.path, finding.location.line) == ("serverless.yml", 2)
    assert finding.message == (
        "stack name 'shop-staging-v2-staging': 'v2' is a temporary suffix, and the "
        "stage 'staging' stands inside the service name, and so twice; by convention it is 'shop-staging', "
        "which is DELETE_FAILED"
    )


def test_a_conventional_name_passes() -> None:
    assert findings_for("shop-staging") == ()


def test_the_accounts_spelling_is_learnt() -> None:
    others = account(a_production="OK", b_production="OK", c_production="OK")

    (finding,) = findings_for("shop-prod", others=others)

    assert "spell the stage 'production'" in finding.message
    assert "'shop-production', which is free" in finding.message


def test_the_configurations_spelling_stands_before_the_learnt_one() -> None:
    others = account(a_production="OK", b_production="OK", c_production="OK")
    convention = Convention(stages=(("prod", ("production",)),))

    assert findings_for("shop-prod", others=others, convention=convention) == ()
    assert findings_for("shop-production", convention=convention)


def test_a_stack_of_another_stage_than_the_deploys(tmp_path: pathlib.Path) -> None:
    text = """\
        service: shop
        provider: {name: aws, stackName: shop-staging}
        """

    (finding,) = check(
        NamingDrift(),
        project(tmp_path, {"serverless.yml": text}, stage="prod"),
        {**no_stack("shop-staging"), **account()},
    ).findings

    assert "the stage of this deploy is 'prod'" in finding.message


def test_resources_that_carry_another_stage_are_one_finding() -> None:
    text = """\
    Resources:
      Users:
        Type: AWS::DynamoDB::Table
        Properties: {TableName: shop-prod-users}
      Jobs:
        Type: AWS::SQS::Queue
        Properties: {QueueName: shop-prod-jobs}
      Fine:
        Type: AWS::SQS::Queue
        Properties: {QueueName: shop-staging-jobs}
    """

    (finding,) = findings_for("shop-staging", text)

    assert finding.logical_id == "Users"
    assert finding.location.line == 4
    assert [place.line for _, place in finding.related_locations] == [7]


def test_a_denied_list_is_inconclusive() -> None:
    denied: Answers = {StacksIn(PLACE): Unknown(UnknownKind.DENIED, "AccessDenied")}
    plans = planner(EMPTY, stack_name="shop-dev")

    result = check(NamingDrift(), plans, {**no_stack("shop-dev"), **denied})

    assert result.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    "name",
    [
        "order-stage-processor-dev",
        "load-test-prod",
        "int-gateway-prod",
        "db-backup-dev",
    ],
)
def test_ordinary_words_inside_a_name_are_no_drift(name: str) -> None:
    assert findings_for(name) == ()
