"""The rule `stateful-resource-lost`."""

from __future__ import annotations

import re

import pytest
from kit import PLACE, Answers, check, deployed, no_stack, planner, stack

from flowguard.lookups import Contents, ContentsOf, RecoveryOf, StackResource
from flowguard.model.places import Severity
from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind
from flowguard.model.results import Outcome
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


# --- what a custom resource empties ---------------------------------------------------

TAG = "Tags: [{Key: aws-cdk:auto-delete-objects, Value: 'true'}]"


def bucket(
    name: str = "", tags: str = "", cleaner: str = "Custom::S3AutoDeleteObjects"
) -> str:
    named = f"BucketName: {name}" if name else "AccessControl: Private"
    lines = [
        "    Resources:",
        "      Photos:",
        "        Type: AWS::S3::Bucket",
        "        DeletionPolicy: Retain",
        "        UpdateReplacePolicy: Delete",
        "        Properties:",
        f"          {named}",
        f"          {tags}",
        "      Topic: {Type: AWS::SNS::Topic}",
    ]
    if cleaner:
        lines += [
            "      Emptier:",
            f"        Type: {cleaner}",
            "        Properties: {ServiceToken: 'arn:f', BucketName: !Ref Photos}",
        ]
    return "\n".join(lines) + "\n"


def holding(text: str, kind: str = "AWS::S3::Bucket", name: str = "old") -> Answers:
    (emptier,) = re.findall(r"Custom::\w+", text) or [""]
    rows = [
        StackResource("Photos", name, kind, "CREATE_COMPLETE"),
        StackResource("Emptier", "x", emptier, "CREATE_COMPLETE"),
    ]
    return {
        **deployed(stack(), text, rows),
        ContentsOf(PLACE, kind, name): Present(Contents(25, "objects")),
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (bucket("old"), bucket("new")),  # renamed: the old one is emptied
        (bucket(), EMPTY),  # both leave; the policy keeps an empty bucket
        (bucket(tags=TAG), bucket(tags=TAG, cleaner="")),  # only the emptier leaves
        (bucket(cleaner="Custom::EmptyS3Bucket"), bucket(cleaner="")),
        (bucket(cleaner="Custom::S3BucketCleaner"), EMPTY),
    ],
)
def test_what_a_custom_resource_empties_is_lost(before: str, after: str) -> None:
    given = holding(before)

    (finding,) = check(StatefulResourceLost(), planner(after), given).findings

    assert finding.severity is Severity.ERROR
    assert finding.logical_id == "Photos"
    assert "all that it holds is deleted by Emptier (Custom::" in finding.message
    assert "stays behind" not in finding.message
    assert ("holds", "25 objects") in finding.evidence


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (bucket(tags=TAG), bucket(tags=TAG)),
        (bucket(tags=TAG), bucket(cleaner="")),  # the CDK's way to switch it off
        (bucket(), bucket(tags=TAG)),
        (bucket(cleaner="Custom::Seed"), bucket(cleaner="")),
    ],
)
def test_a_bucket_that_nobody_empties_is_fine(before: str, after: str) -> None:
    result = check(StatefulResourceLost(), planner(after), holding(before))

    assert result.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("policy", "severity"), [("Delete", Severity.ERROR), ("Retain", Severity.INFO)]
)
def test_a_repository_that_is_emptied_on_deletion(
    policy: str, severity: Severity
) -> None:
    kind = "AWS::ECR::Repository"
    text = (
        f"    Resources:\n      Photos:\n        Type: {kind}\n"
        f"        DeletionPolicy: {policy}\n"
        "        Properties: {EmptyOnDelete: true}\n"
        "      Topic: {Type: AWS::SNS::Topic}\n"
    )
    given = holding(text, kind)

    (finding,) = check(StatefulResourceLost(), planner(EMPTY), given).findings

    assert finding.severity is severity
    assert ("is deleted by EmptyOnDelete" in finding.message) is (policy == "Delete")
