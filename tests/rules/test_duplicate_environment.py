"""The rule `duplicate-environment`."""

from __future__ import annotations

from typing import Any

from kit import PLACE, Answers, check, deployed, no_stack, planner, stack, stack_id

from flowguard.lookups import (
    StackResource,
    StackResources,
    StacksIn,
    StackSummary,
)
from flowguard.model.places import Severity
from flowguard.model.questions import Present, Unknown, UnknownKind
from flowguard.model.results import Finding, Outcome
from flowguard.rules.duplicate_environment import DuplicateEnvironment

TEMPLATE = """\
    Resources:
      Users:
        Type: AWS::DynamoDB::Table
    """
KIN = (StackResource("Users", "u", "AWS::DynamoDB::Table", "CREATE_COMPLETE"),)
STRANGER = (StackResource("Web", "w", "AWS::S3::Bucket", "CREATE_COMPLETE"),)


def account(
    *others: str, resources: Any = KIN, status: str = "UPDATE_COMPLETE"
) -> Answers:
    rows = tuple(StackSummary(name, stack_id(name), status) for name in others)
    return {
        StacksIn(PLACE): Present(rows),
        **{StackResources(PLACE, name): Present(resources) for name in others},
    }


def finding_for(name: str, answers: Answers) -> Finding | None:
    plans = planner(TEMPLATE, stack_name=name)
    findings = check(DuplicateEnvironment(), plans, answers).findings
    assert len(findings) <= 1
    return findings[0] if findings else None


def test_a_further_copy_is_an_error() -> None:
    given = account("shop-prod", "shop-production", "shop-staging", "mail-prod")

    finding = finding_for(
        "shop-staging-v2-prod", {**no_stack("shop-staging-v2-prod"), **given}
    )

    assert finding
    assert finding.severity is Severity.ERROR
    assert finding.message == (
        "stack 'shop-staging-v2-prod' would be a third production of shop, "
        "beside 'shop-prod' and 'shop-production'"
    )


def test_one_of_two_copies_is_a_warning() -> None:
    given = {**deployed(stack("shop-prod")), **account("shop-production")}

    finding = finding_for("shop-prod", given)

    assert finding
    assert finding.severity is Severity.WARNING
    assert "exists 2 times" in finding.message


def test_taking_the_plain_name_back_is_only_warned_of() -> None:
    given = {**no_stack("shop-staging"), **account("shop-staging-v2-staging")}

    finding = finding_for("shop-staging", given)

    assert finding
    assert finding.severity is Severity.WARNING


def test_a_stack_that_shares_no_resource_is_another_thing() -> None:
    given = {**no_stack("shop-prod"), **account("shop-production", resources=STRANGER)}

    assert finding_for("shop-prod", given) is None


def test_what_a_tool_puts_into_every_stack_is_no_kinship() -> None:
    bucket = "ServerlessDeploymentBucket"
    text = TEMPLATE + f"  {bucket}: {{Type: AWS::S3::Bucket}}\n"
    shared = StackResource(bucket, "b", "AWS::S3::Bucket", "CREATE_COMPLETE")
    given = account("shop-production", resources=(*STRANGER, shared))
    plans = planner(text, stack_name="shop-prod")

    result = check(DuplicateEnvironment(), plans, {**no_stack("shop-prod"), **given})

    assert result.outcome is Outcome.PASSED


def test_a_state_that_nobody_knows_yet_counts() -> None:
    given = {
        **no_stack("shop-prod"),
        **account("shop-production", status="EXPRESS_COMPLETE"),
    }

    assert finding_for("shop-prod", given)


def test_a_wreck_counts_whatever_it_still_has() -> None:
    given = {
        **no_stack("shop-prod"),
        **account("shop-production", resources=STRANGER, status="DELETE_FAILED"),
    }

    assert finding_for("shop-prod", given)


def test_other_stages_pass() -> None:
    given = {**no_stack("shop-dev"), **account("shop-prod", "shop-staging")}

    assert finding_for("shop-dev", given) is None


def test_a_denied_list_is_inconclusive() -> None:
    denied: Answers = {StacksIn(PLACE): Unknown(UnknownKind.DENIED, "AccessDenied")}
    plans = planner(TEMPLATE, stack_name="shop-prod")

    result = check(DuplicateEnvironment(), plans, {**no_stack("shop-prod"), **denied})

    assert result.outcome is Outcome.INCONCLUSIVE
