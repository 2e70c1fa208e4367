"""How much a stateful resource holds."""

from __future__ import annotations

from typing import Any

import pytest
from aws.stubbed import PLACE, account

from flowguard.aws.observe import SOURCES
from flowguard.lookups import Contents, ContentsOf
from flowguard.model.questions import Absent, Present, Unknown, UnknownKind

URL = "https://sqs.eu-central-1.amazonaws.com/111122223333/orders"


def objects(count: int, *, latest: bool = True) -> list[dict[str, Any]]:
    """Versions of objects as ListObjectVersions has them."""
    return [{"Key": str(number), "IsLatest": latest} for number in range(count)]


@pytest.mark.parametrize(
    ("resource_type", "service", "operation", "answer", "contents"),
    [
        (
            "AWS::Cognito::UserPool",
            "cognito-idp",
            "describe_user_pool",
            {"UserPool": {"EstimatedNumberOfUsers": 9}},
            Contents(9, "users"),
        ),
        (
            "AWS::DynamoDB::Table",
            "dynamodb",
            "describe_table",
            {"Table": {"ItemCount": 17}},
            Contents(17, "items"),
        ),
        (
            "AWS::DynamoDB::GlobalTable",
            "dynamodb",
            "describe_table",
            {"Table": {"ItemCount": 0}},
            # DynamoDB counts about every six hours.
            Contents(0, "items", at_least=True),
        ),
        (
            "AWS::ECR::Repository",
            "ecr",
            "list_images",
            {"imageIds": [{"imageTag": "a"}, {"imageTag": "b"}]},
            Contents(2, "images"),
        ),
        (
            "AWS::ECR::Repository",
            "ecr",
            "list_images",
            {"imageIds": [{"imageTag": "a"}], "nextToken": "more"},
            Contents(1, "images", at_least=True),
        ),
        (
            "AWS::Logs::LogGroup",
            "logs",
            "describe_log_groups",
            {
                "logGroups": [
                    {"logGroupName": "orders", "storedBytes": 5},
                    {"logGroupName": "orders-old", "storedBytes": 7},
                ]
            },
            Contents(5, "bytes"),
        ),
        (
            "AWS::S3::Bucket",
            "s3",
            "list_object_versions",
            {},
            Contents(0, "objects"),
        ),
        (
            "AWS::S3::Bucket",
            "s3",
            "list_object_versions",
            {"Versions": objects(3)},
            Contents(3, "objects"),
        ),
        (
            "AWS::S3::Bucket",
            "s3",
            "list_object_versions",
            {"Versions": objects(2, latest=False), "DeleteMarkers": [{"Key": "a"}]},
            Contents(3, "object versions"),
        ),
        (
            "AWS::S3::Bucket",
            "s3",
            "list_object_versions",
            {"Versions": objects(1000), "IsTruncated": True},
            Contents(1000, "objects", at_least=True),
        ),
        (
            "AWS::SQS::Queue",
            "sqs",
            "get_queue_attributes",
            {
                "Attributes": {
                    "ApproximateNumberOfMessages": "1",
                    "ApproximateNumberOfMessagesDelayed": "2",
                    "ApproximateNumberOfMessagesNotVisible": "3",
                }
            },
            Contents(6, "messages"),
        ),
    ],
)
def test_contents(
    resource_type: str,
    service: str,
    operation: str,
    answer: dict[str, Any],
    contents: Contents,
) -> None:
    holder = URL if service == "sqs" else "orders"
    with account() as aws:
        aws.answers(service, operation, answer)

        assert aws.answer(ContentsOf(PLACE, resource_type, holder)) == Present(contents)


def test_bytes_of_a_file_system() -> None:
    system = {
        "OwnerId": "111122223333",
        "CreationToken": "t",
        "FileSystemId": "fs-12345678",
        "CreationTime": "2026-01-18T12:00:00Z",
        "LifeCycleState": "available",
        "NumberOfMountTargets": 0,
        "SizeInBytes": {"Value": 6144},
        "PerformanceMode": "generalPurpose",
        "Tags": [],
    }
    with account() as aws:
        aws.answers("efs", "describe_file_systems", {"FileSystems": [system]})
        lookup = ContentsOf(PLACE, "AWS::EFS::FileSystem", "fs-12345678")

        assert aws.answer(lookup) == Present(Contents(6144, "bytes"))


@pytest.mark.parametrize(
    ("resource_type", "service", "operation", "code"),
    [
        (
            "AWS::Cognito::UserPool",
            "cognito-idp",
            "describe_user_pool",
            "ResourceNotFoundException",
        ),
        (
            "AWS::DynamoDB::Table",
            "dynamodb",
            "describe_table",
            "ResourceNotFoundException",
        ),
        ("AWS::ECR::Repository", "ecr", "list_images", "RepositoryNotFoundException"),
        ("AWS::EFS::FileSystem", "efs", "describe_file_systems", "FileSystemNotFound"),
        ("AWS::S3::Bucket", "s3", "list_object_versions", "NoSuchBucket"),
        (
            "AWS::SQS::Queue",
            "sqs",
            "get_queue_attributes",
            "AWS.SimpleQueueService.NonExistentQueue",
        ),
    ],
)
def test_what_is_not_there_holds_nothing_to_count(
    resource_type: str, service: str, operation: str, code: str
) -> None:
    holder = URL if service == "sqs" else "orders"
    with account() as aws:
        aws.refuses(service, operation, code)

        assert aws.answer(ContentsOf(PLACE, resource_type, holder)) == Absent()


def test_a_log_group_whose_name_only_begins_alike_is_another() -> None:
    with account() as aws:
        groups = [{"logGroupName": "orders-old", "storedBytes": 7}]
        aws.answers("logs", "describe_log_groups", {"logGroups": groups})

        assert aws.answer(ContentsOf(PLACE, "AWS::Logs::LogGroup", "orders")) == (
            Absent()
        )


def test_a_type_without_a_count() -> None:
    with account() as aws:
        answer = aws.answer(ContentsOf(PLACE, "AWS::Kinesis::Stream", "orders"))

    assert isinstance(answer, Unknown)
    assert answer.kind is UnknownKind.UNSUPPORTED


def test_only_the_permissions_of_the_types_that_are_asked_of() -> None:
    asked = [
        ContentsOf(PLACE, "AWS::SQS::Queue", URL),
        ContentsOf(PLACE, "AWS::Kinesis::Stream", "orders"),
    ]

    assert SOURCES[ContentsOf].permissions(asked) == {"sqs:GetQueueAttributes"}
