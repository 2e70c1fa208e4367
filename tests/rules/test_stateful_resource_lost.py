"""The rule `stateful-resource-lost`."""

from __future__ import annotations

import pytest
from kit import PLACE, Answers, check, deployed, no_stack, planner, stack

from flowguard.lookups import Contents, ContentsOf, RecoveryOf, StackResource
from flowguard.model import (
    Absent,
    Observed,
    Outcome,
    Present,
    Severity,
    Unknown,
    UnknownKind,
)
from flowguard.rules.stateful_resource_lost import StatefulResourceLost

KIND = "AWS::DynamoDB::Table"
ID = "app-Notes-1A2B"
TABLE = """\
    Resources:
      Notes:
        Type: AWS::DynamoDB::Table
        {policy}
        Properties:
          KeySchema: [{{AttributeName: {key}, KeyType: HASH}}]
      Topic: {{Type: AWS::SNS::Topic}}
    """
EMPTY = "    Resources: {Topic: {Type: AWS::SNS::Topic}}\n"
FULL = Present(Contents(25, "items"))


def answers(text: str, contents: Observed[Contents] = FULL) -> Answers:
    row = StackResource("Notes", ID, KIND, "CREATE_COMPLETE")
    return {
        **deployed(stack(), text, [row]),
        ContentsOf(PLACE, KIND, ID): contents,
        RecoveryOf(PLACE, ID): Present(value=False),
    }


def table(key: str, policy: str = "") -> str:
    return TABLE.format(key=key, policy=policy and f"{policy}: Retain")


@pytest.mark.parametrize(
    ("policy", "severity", "said"),
    [
        ("", Severity.ERROR, "its data is deleted, and no rollback brings it back"),
        ("DeletionPolicy", Severity.ERROR, "its data is deleted"),
        ("UpdateReplacePolicy", Severity.WARNING, "the new one begins empty"),
    ],
)
def test_what_is_replaced_is_kept_by_its_own_policy_alone(
    policy: str, severity: Severity, said: str
) -> None:
    plans = planner(table("postedAt", policy))

    (finding,) = check(StatefulResourceLost(), plans, answers(table("id"))).findings

    assert finding.severity is severity
    assert "is replaced by a change of KeySchema" in finding.message
    assert said in finding.message
    assert (finding.logical_id, finding.location.line) == ("Notes", 6)
    assert ("holds", "25 items") in finding.evidence
    assert ("point-in-time recovery", "off") in finding.evidence


@pytest.mark.parametrize(
    ("policy", "severity"),
    [
        ("", Severity.ERROR),
        ("UpdateReplacePolicy", Severity.ERROR),
        ("DeletionPolicy", Severity.INFO),
    ],
)
def test_what_leaves_is_kept_by_the_deployed_policy(
    policy: str, severity: Severity
) -> None:
    before = answers(table("id", policy))

    (finding,) = check(StatefulResourceLost(), planner(EMPTY), before).findings

    assert finding.severity is severity
    assert "leaves the stack" in finding.message


@pytest.mark.parametrize(
    ("contents", "outcome"),
    [
        (FULL, Outcome.FAILED),
        (Present(Contents(0, "items", at_least=True)), Outcome.FAILED),
        (Present(Contents(0, "items")), Outcome.PASSED),
        (Absent(), Outcome.PASSED),
        (Unknown(UnknownKind.DENIED, "No."), Outcome.FAILED),
    ],
)
def test_what_holds_nothing_loses_nothing(
    contents: Observed[Contents], outcome: Outcome
) -> None:
    before = answers(table("id"), contents)

    result = check(StatefulResourceLost(), planner(table("postedAt")), before)

    assert result.outcome is outcome


def test_a_bucket_is_left_behind_rather_than_lost() -> None:
    text = (
        "    Resources: {Notes: {Type: AWS::S3::Bucket}, T: {Type: AWS::SNS::Topic}}\n"
    )
    row = StackResource("Notes", "notes-1", "AWS::S3::Bucket", "CREATE_COMPLETE")
    given = {
        **deployed(stack(), text, [row]),
        ContentsOf(PLACE, "AWS::S3::Bucket", "notes-1"): Present(
            Contents(3, "objects")
        ),
    }

    (finding,) = check(StatefulResourceLost(), planner(EMPTY), given).findings

    assert finding.severity is Severity.WARNING
    assert "stays behind" in finding.message


def test_a_new_table_and_a_table_that_stays_are_fine() -> None:
    first = check(StatefulResourceLost(), planner(table("id")), no_stack())
    again = check(StatefulResourceLost(), planner(table("id")), answers(table("id")))

    assert (first.outcome, again.outcome) == (Outcome.PASSED, Outcome.PASSED)


def test_what_cloudformation_refuses_is_another_rules() -> None:
    """A table that keeps a name of its own cannot be replaced; nothing is lost."""
    named = table("id") + "      # same\n"
    named = named.replace("Properties:", "Properties:\n          TableName: notes")

    result = check(
        StatefulResourceLost(),
        planner(named.replace("AttributeName: id", "AttributeName: postedAt")),
        answers(named),
    )

    assert result.outcome is Outcome.PASSED
