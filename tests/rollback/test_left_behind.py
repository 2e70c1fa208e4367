"""What a rollback leaves behind: a task for some time, or one for now."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rollback.history import ID, SNAPSHOT, TABLE, of

from flowguard.rollback.left_behind import Left, left, may_hold, task, to_do

BUCKET = "AWS::S3::Bucket"
REPLICATED = (
    "Lambda was unable to delete arn:aws:lambda:us-east-1:1:function:edge:2 because it "
    "is a replicated function. Please see our documentation for Deleting Lambda@Edge "
    "Functions and Replicas."
)


@pytest.mark.parametrize(
    ("kind", "harmless"),
    [
        ("AWS::Lambda::Version", True),
        ("AWS::Lambda::LayerVersion", True),
        ("AWS::ApiGateway::Deployment", True),
        ("AWS::Logs::LogGroup", True),
        ("AWS::IAM::Role", True),
        ("AWS::SNS::Topic", True),
        # These work by themselves, or hold what nobody asked for.
        ("AWS::Lambda::EventSourceMapping", False),
        ("AWS::Events::Rule", False),
        ("AWS::SNS::Subscription", False),
        ("AWS::Route53::RecordSet", False),
        ("Custom::Migration", False),
        (TABLE, False),
        (BUCKET, False),
    ],
)
def test_it_does_no_harm_where_nothing_uses_it(kind: str, harmless: bool) -> None:
    found = task(Left(kind, "New-1"), SNAPSHOT, {})

    assert bool(found) is harmless


@pytest.mark.parametrize("empty", [True, False])
def test_what_may_hold_something_does_none_once_it_is_known_to_be_empty(
    empty: bool,
) -> None:
    bucket = Left(BUCKET, "new-bucket")

    assert may_hold(bucket)
    assert bool(task(bucket, SNAPSHOT, {bucket: empty})) is empty


def test_a_replica_at_the_edge_goes_by_itself() -> None:
    found = task(Left("AWS::Lambda::Function", "edge", REPLICATED), SNAPSHOT, {})

    assert "in some hours" in found


def test_what_was_there_before_is_lost_to_the_stack() -> None:
    before = replace(SNAPSHOT, resources=(("T", "AWS::SNS::Topic", "topic-1"),))

    assert not task(Left("AWS::SNS::Topic", "topic-1"), before, {})


def test_many_of_a_kind_are_one_task() -> None:
    versions = [Left("AWS::Lambda::Version", f"f:{n}") for n in range(1, 9)]

    (line,) = to_do([*versions, Left(TABLE, "carts")], SNAPSHOT, {})

    assert line.endswith("AWS::Lambda::Version f:5, and 3 more")


def test_what_is_deleted_in_the_end_is_not_left() -> None:
    events = (
        of("Old", 2, "DELETE_FAILED"),
        of("Old", 3, "DELETE_COMPLETE"),
        of("Kept", 3, "DELETE_SKIPPED", kind=TABLE),
    )

    assert left(events, ID) == (Left(TABLE, "Kept-1"),)
