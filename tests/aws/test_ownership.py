"""Whose a resource is."""

from __future__ import annotations

from typing import Any

import pytest
from aws.stubbed import PLACE, account

from flowguard.lookups import Owner, OwnerOf, TagsOf
from flowguard.model.questions import Absent, Present, Unknown, UnknownKind

CFN = "cloudformation"
TAGGING = "resourcegroupstaggingapi"
ID = "arn:aws:cloudformation:eu-central-1:111122223333:stack/shop/1-2-3"
TABLE = "arn:aws:dynamodb:eu-central-1:111122223333:table/orders"


def resource(
    physical_id: str = "orders", status: str = "CREATE_COMPLETE", reason: str = ""
) -> dict[str, Any]:
    """A resource of the stack `shop` as DescribeStackResources has it."""
    return {
        "StackName": "shop",
        "StackId": ID,
        "LogicalResourceId": "Orders",
        "PhysicalResourceId": physical_id,
        "ResourceType": "AWS::DynamoDB::Table",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "Timestamp": "2026-01-18T12:00:00Z",
    }


OWNER = Owner("shop", ID, "Orders", "AWS::DynamoDB::Table")


def test_the_owner_among_the_resources_of_its_stack() -> None:
    with account() as aws:
        aws.answers(
            CFN,
            "describe_stack_resources",
            {"StackResources": [resource("users"), resource()]},
            asked={"PhysicalResourceId": "orders"},
        )

        assert aws.answer(OwnerOf(PLACE, "orders")) == Present((OWNER,))


def test_nobody_owns_it() -> None:
    with account() as aws:
        aws.refuses(
            CFN,
            "describe_stack_resources",
            "ValidationError",
            "Stack for orders does not exist",
        )

        assert aws.answer(OwnerOf(PLACE, "orders")) == Absent()


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("DELETE_COMPLETE", ""),
        ("DELETE_SKIPPED", ""),
        ("CREATE_FAILED", "orders already exists in stack arn:…"),
    ],
)
def test_a_stack_does_not_own_what_it_kept_or_never_made(
    status: str, reason: str
) -> None:
    with account() as aws:
        aws.answers(
            CFN,
            "describe_stack_resources",
            {"StackResources": [resource(status=status, reason=reason)]},
        )

        assert aws.answer(OwnerOf(PLACE, "orders")) == Absent()


@pytest.mark.parametrize("status", ["DELETE_FAILED", "CREATE_FAILED", "UPDATE_FAILED"])
def test_a_stack_owns_what_it_failed_with(status: str) -> None:
    with account() as aws:
        aws.answers(
            CFN,
            "describe_stack_resources",
            {"StackResources": [resource(status=status, reason="not stable")]},
        )

        assert aws.answer(OwnerOf(PLACE, "orders")) == Present((OWNER,))


def test_an_owner_beyond_the_first_hundred_resources() -> None:
    summary = {
        key: value
        for key, value in resource().items()
        if key not in {"StackName", "StackId", "Timestamp"}
    } | {"LastUpdatedTimestamp": "2026-01-18T12:00:00Z"}
    with account() as aws:
        aws.answers(
            CFN, "describe_stack_resources", {"StackResources": [resource("users")]}
        )
        aws.answers(
            CFN,
            "list_stack_resources",
            {"StackResourceSummaries": [summary]},
            asked={"StackName": ID},
        )

        assert aws.answer(OwnerOf(PLACE, "orders")) == Present((OWNER,))


def test_an_owner_that_does_not_list_it_is_not_nobody() -> None:
    with account() as aws:
        aws.answers(
            CFN, "describe_stack_resources", {"StackResources": [resource("users")]}
        )
        aws.answers(CFN, "list_stack_resources", {"StackResourceSummaries": []})

        answer = aws.answer(OwnerOf(PLACE, "orders"))

    assert isinstance(answer, Unknown)
    assert "shop" in answer.reason


def many(count: int) -> list[str]:
    return [f"table-{number:03}" for number in range(count)]


def test_what_one_stack_owns_takes_one_call() -> None:
    ids = many(40)
    rows = [resource(name) for name in ids]

    with account() as aws:
        aws.answers(CFN, "describe_stack_resources", {"StackResources": rows})
        answers = aws.all(*(OwnerOf(PLACE, name) for name in ids))

    assert list(answers.values()) == [Present((OWNER,))] * 40


def test_a_large_stack_is_listed_once() -> None:
    rows = [resource(name) for name in many(300)]
    keep = {"LogicalResourceId", "PhysicalResourceId", "ResourceType", "ResourceStatus"}
    summaries = [
        {key: value for key, value in row.items() if key in keep}
        | {"LastUpdatedTimestamp": "2026-01-18T12:00:00Z"}
        for row in rows
    ]

    with account() as aws:
        aws.answers(CFN, "describe_stack_resources", {"StackResources": rows[:100]})
        aws.answers(CFN, "list_stack_resources", {"StackResourceSummaries": summaries})
        answers = aws.all(*(OwnerOf(PLACE, name) for name in many(300)))

    assert list(answers.values()) == [Present((OWNER,))] * 300


def test_a_list_that_is_denied_takes_nothing_from_what_is_known() -> None:
    rows = [resource(name) for name in many(100)]

    with account() as aws:
        aws.answers(CFN, "describe_stack_resources", {"StackResources": rows})
        aws.refuses(CFN, "list_stack_resources", "AccessDenied")
        aws.refuses(
            CFN,
            "describe_stack_resources",
            "ValidationError",
            "Stack for x does not exist",
        )
        known, other = OwnerOf(PLACE, "table-000"), OwnerOf(PLACE, "x")
        answers = aws.all(known, other)

    assert answers == {known: Present((OWNER,)), other: Absent()}


def test_each_that_nobody_owns_is_asked_for() -> None:
    lookups = [OwnerOf(PLACE, name) for name in many(5)]

    with account() as aws:
        for lookup in lookups:
            message = f"Stack for {lookup.physical_id} does not exist"
            aws.refuses(CFN, "describe_stack_resources", "ValidationError", message)

        assert aws.all(*lookups) == dict.fromkeys(lookups, Absent())


def test_what_a_stack_has_given_up_may_be_another_stacks() -> None:
    given_up = resource("users", "DELETE_SKIPPED")
    owner = resource("users") | {"StackName": "other"}

    with account() as aws:
        rows = {"StackResources": [resource(), given_up]}
        aws.answers(CFN, "describe_stack_resources", rows)
        aws.answers(CFN, "describe_stack_resources", {"StackResources": [owner]})
        answers = aws.all(OwnerOf(PLACE, "orders"), OwnerOf(PLACE, "users"))

    assert [
        a.value[0].stack_name for a in answers.values() if isinstance(a, Present)
    ] == [
        "shop",
        "other",
    ]


# --- tags -------------------------------------------------------------------


def tagged(*arns: str) -> dict[str, Any]:
    """What the tagging API answers where each ARN has one tag."""
    tags = [{"Key": "team", "Value": "a"}]
    rows = [{"ResourceARN": arn, "Tags": tags} for arn in arns]
    return {"ResourceTagMappingList": rows}


TEAM = Present((("team", "a"),))


def test_tags_of_many_by_one_call() -> None:
    asked = [TagsOf(PLACE, f"{TABLE}-{number:03}") for number in range(100)]
    with account() as aws:
        aws.answers(
            TAGGING,
            "get_resources",
            tagged(asked[7].arn),
            asked={"ResourceARNList": [lookup.arn for lookup in asked]},
        )

        answers = aws.all(*asked)

    assert answers[asked[7]] == TEAM
    assert set(map(type, answers.values())) == {Present, Absent}


def test_the_hundred_and_first_needs_a_second_call() -> None:
    asked = [TagsOf(PLACE, f"{TABLE}-{number:03}") for number in range(101)]
    with account() as aws:
        aws.answers(TAGGING, "get_resources", tagged(asked[0].arn))
        aws.answers(
            TAGGING,
            "get_resources",
            tagged(asked[100].arn),
            asked={"ResourceARNList": [asked[100].arn]},
        )

        answers = aws.all(*asked)

    assert answers[asked[0]] == answers[asked[100]] == TEAM


def test_one_arn_that_aws_does_not_take_spoils_no_other() -> None:
    good, bad = TagsOf(PLACE, TABLE), TagsOf(PLACE, "arn:aws:x:eu-central-1:1:y")
    with account() as aws:
        aws.refuses(TAGGING, "get_resources", "InvalidParameterException", "bad")
        aws.answers(TAGGING, "get_resources", tagged(TABLE))
        aws.refuses(TAGGING, "get_resources", "InvalidParameterException", "bad")

        answers = aws.all(good, bad)

    assert answers == {
        good: TEAM,
        bad: Unknown(UnknownKind.UNSUPPORTED, "InvalidParameterException: bad"),
    }


def test_no_tags() -> None:
    with account() as aws:
        aws.answers(TAGGING, "get_resources", tagged())

        assert aws.answer(TagsOf(PLACE, TABLE)) == Absent()


def test_a_log_group_is_asked_for_without_its_streams() -> None:
    arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/f"
    lookup = TagsOf(PLACE, f"{arn}:*")
    with account() as aws:
        aws.answers(
            TAGGING, "get_resources", tagged(arn), asked={"ResourceARNList": [arn]}
        )

        assert aws.answer(lookup) == TEAM


def test_tags_are_asked_for_where_they_are_kept() -> None:
    there = TABLE.replace("eu-central-1", "eu-west-1")
    cdn = "arn:aws:cloudfront::111122223333:distribution/E1"
    with account() as aws:
        aws.answers(TAGGING, "get_resources", tagged(there), region="eu-west-1")
        aws.answers(TAGGING, "get_resources", tagged(cdn), region="us-east-1")

        answers = aws.all(TagsOf(PLACE, there), TagsOf(PLACE, cdn))

    assert set(answers.values()) == {TEAM}


@pytest.mark.parametrize(
    ("arn", "operation", "asked"),
    [
        ("role/path/deploy", "list_role_tags", {"RoleName": "deploy"}),
        ("user/ann", "list_user_tags", {"UserName": "ann"}),
        (
            "policy/read",
            "list_policy_tags",
            {"PolicyArn": "arn:aws:iam::111122223333:policy/read"},
        ),
        (
            "instance-profile/web",
            "list_instance_profile_tags",
            {"InstanceProfileName": "web"},
        ),
    ],
)
def test_iam_is_asked_itself(arn: str, operation: str, asked: dict[str, str]) -> None:
    lookup = TagsOf(PLACE, f"arn:aws:iam::111122223333:{arn}")
    with account() as aws:
        tags = {"Tags": [{"Key": "team", "Value": "a"}]}
        aws.answers("iam", operation, tags, asked=asked)
        aws.refuses("iam", operation, "NoSuchEntity", "gone")

        assert aws.answer(lookup) == TEAM
        assert aws.answer(lookup) == Absent()


def test_an_iam_resource_without_tags_to_ask_for() -> None:
    with account() as aws:
        answer = aws.answer(TagsOf(PLACE, "arn:aws:iam::111122223333:group/devs"))

    assert isinstance(answer, Unknown)
    assert answer.kind is UnknownKind.UNSUPPORTED
