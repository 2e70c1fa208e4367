"""Why a rollback failed, by CloudFormation's own words."""

from __future__ import annotations

import pytest
from rollback.history import FUNCTION, ID, TABLE, of, of_stack

from flowguard.rollback.causes import Cause, Failure, failures, worst
from flowguard.rollback.journal import operations

REASONS = [
    ("Error occurred while GetObject. S3 Error Code: NoSuchKey.", Cause.ARTIFACT),
    ("S3 Error Message: The specified key does not exist.", Cause.ARTIFACT),
    ("Source image 1.dkr.ecr.x/y:z does not exist.", Cause.ARTIFACT),
    ("Role arn:aws:iam::1:role/x is invalid or cannot be assumed", Cause.ACCESS),
    ("User: x is not authorized to perform: lambda:GetFunction", Cause.ACCESS),
    ("The security token included in the request is expired", Cause.ACCESS),
    ("Existing schema attributes cannot be modified or deleted.", Cause.IRREVERSIBLE),
    (
        "Cannot perform more than one GSI creation or deletion in a single update",
        Cause.IRREVERSIBLE,
    ),
    ("Rate exceeded", Cause.BUSY),
    ("Resource of type 'AWS::ECS::Service' did not stabilize.", Cause.BUSY),
    ("Version 7 is already included in routing configuration", Cause.BUSY),
    ("Topic does not exist", Cause.GONE),
    ('Resource handler returned message: "Function not found"', Cause.GONE),
    ("Something that nobody has ever seen", Cause.UNKNOWN),
]


def failure(reason: str, kind: str = FUNCTION) -> Failure:
    return Failure("X", kind, "x", reason)


@pytest.mark.parametrize(("reason", "cause"), REASONS)
def test_a_reason_has_a_cause(reason: str, cause: Cause) -> None:
    assert failure(reason).cause is cause


def test_data_that_is_gone_is_another_matter() -> None:
    assert failure("Table not found", TABLE).cause is Cause.DATA_GONE


@pytest.mark.parametrize(
    ("reasons", "cause"),
    [
        (["Rate exceeded", "NoSuchKey"], Cause.ARTIFACT),
        (["NoSuchKey", "Something odd"], Cause.UNKNOWN),
        (["Something odd", "Rate exceeded"], Cause.UNKNOWN),
        ([], Cause.UNKNOWN),
    ],
)
def test_what_it_takes_most_to_clear_decides(reasons: list[str], cause: Cause) -> None:
    assert worst(failure(reason) for reason in reasons) is cause


def test_only_what_failed_in_the_rollback_counts() -> None:
    events = (
        of_stack(1, "UPDATE_IN_PROGRESS", "User Initiated"),
        of("Topic", 2, "UPDATE_FAILED", "Invalid parameter"),
        of("Api", 2, "UPDATE_FAILED", "Resource update cancelled"),
        of_stack(3, "UPDATE_ROLLBACK_IN_PROGRESS", "it failed"),
        of("Api", 4, "UPDATE_FAILED", "NoSuchKey"),
        of("Queue", 4, "UPDATE_FAILED", "Rate exceeded"),
        of("Queue", 5, "UPDATE_COMPLETE"),
        of_stack(6, "UPDATE_ROLLBACK_FAILED", "it failed"),
    )

    found = failures(operations(events, ID)[-1])

    assert [f.logical_id for f in found] == ["Api"]


def test_a_nested_resource_is_skipped_by_its_stack() -> None:
    nested = Failure("Pool", FUNCTION, "x", "", stack="orders-Users")

    assert (nested.skip, failure("").skip) == ("orders-Users.Pool", "X")
