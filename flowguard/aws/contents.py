"""Source: how much a stateful resource holds, as far as that is cheap to know.

Only descriptions are read and keys counted, never what users have stored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowguard.aws.answers import observed
from flowguard.aws.session import Aws
from flowguard.aws.source import Source, each
from flowguard.lookups import Contents, ContentsOf
from flowguard.model.questions import Lookup, Observed, Unknown, UnknownKind

PAGE = 1000
"""Where counting stops: one page of a list."""


@dataclass(frozen=True, slots=True)
class Count:
    """How the contents of one resource type are counted."""

    count: Callable[[Aws, str, str], Contents | None]
    """From the account, the region and the physical id."""
    permission: str
    absent: Collection[str]


def _table_items(aws: Aws, region: str, name: str) -> Contents:
    """DynamoDB counts about every six hours: what was just written is not in it."""
    table = aws.call("dynamodb", "describe_table", region=region, TableName=name)
    count = table["Table"].get("ItemCount", 0)
    return Contents(count, "items", at_least=count == 0)


def _bucket_objects(aws: Aws, region: str, name: str) -> Contents:
    """Old versions and delete markers count: they too keep a bucket from going."""
    listed = aws.call(
        "s3", "list_object_versions", region=region, Bucket=name, MaxKeys=PAGE
    )
    markers = listed.get("DeleteMarkers", ())
    versions = listed.get("Versions", ())
    plain = not markers and all(row.get("IsLatest", True) for row in versions)
    return Contents(
        len(versions) + len(markers),
        "objects" if plain else "object versions",
        at_least=bool(listed.get("IsTruncated")),
    )


def _queue_messages(aws: Aws, region: str, url: str) -> Contents:
    names = (
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
    )
    answer = aws.call(
        "sqs",
        "get_queue_attributes",
        region=region,
        QueueUrl=url,
        AttributeNames=list(names),
    )
    numbers = answer.get("Attributes", {})
    return Contents(sum(int(numbers.get(name, 0)) for name in names), "messages")


def _log_bytes(aws: Aws, region: str, name: str) -> Contents | None:
    groups = aws.pages(
        "logs",
        "describe_log_groups",
        "logGroups",
        region=region,
        logGroupNamePrefix=name,
    )
    group = next((row for row in groups if row["logGroupName"] == name), None)
    return Contents(group.get("storedBytes", 0), "bytes") if group else None


def _repository_images(aws: Aws, region: str, name: str) -> Contents:
    listed = aws.call(
        "ecr", "list_images", region=region, repositoryName=name, maxResults=PAGE
    )
    more = bool(listed.get("nextToken"))
    return Contents(len(listed.get("imageIds", ())), "images", at_least=more)


def _pool_users(aws: Aws, region: str, pool_id: str) -> Contents:
    answer = aws.call(
        "cognito-idp", "describe_user_pool", region=region, UserPoolId=pool_id
    )
    return Contents(answer["UserPool"].get("EstimatedNumberOfUsers", 0), "users")


def _file_system_bytes(aws: Aws, region: str, system_id: str) -> Contents:
    answer = aws.call(
        "efs", "describe_file_systems", region=region, FileSystemId=system_id
    )
    size = answer["FileSystems"][0].get("SizeInBytes", {})
    return Contents(size.get("Value", 0), "bytes")


_TABLE = Count(
    _table_items, "dynamodb:DescribeTable", absent={"ResourceNotFoundException"}
)
COUNTS: Mapping[str, Count] = {
    "AWS::Cognito::UserPool": Count(
        _pool_users,
        "cognito-idp:DescribeUserPool",
        absent={"ResourceNotFoundException"},
    ),
    "AWS::DynamoDB::GlobalTable": _TABLE,
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::ECR::Repository": Count(
        _repository_images,
        "ecr:ListImages",
        absent={"RepositoryNotFoundException"},
    ),
    "AWS::EFS::FileSystem": Count(
        _file_system_bytes,
        "elasticfilesystem:DescribeFileSystems",
        absent={"FileSystemNotFound"},
    ),
    "AWS::Logs::LogGroup": Count(
        _log_bytes, "logs:DescribeLogGroups", absent={"ResourceNotFoundException"}
    ),
    "AWS::S3::Bucket": Count(
        _bucket_objects, "s3:ListBucketVersions", absent={"NoSuchBucket", "404"}
    ),
    "AWS::SQS::Queue": Count(
        _queue_messages,
        "sqs:GetQueueAttributes",
        absent={"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"},
    ),
}
"""The types whose contents can be counted. The others have no cheap count: a
stream's records, a database's rows."""


def contents_of(aws: Aws, lookup: ContentsOf) -> Observed[Contents]:
    """How much the resource holds."""
    how = COUNTS.get(lookup.resource_type)
    if how is None:
        return Unknown(
            UnknownKind.UNSUPPORTED,
            f"AWS does not count what a {lookup.resource_type} holds",
        )
    return observed(
        lambda: how.count(aws, lookup.place.region, lookup.physical_id),
        absent=how.absent,
        permission=how.permission,
    )


def permissions(lookups: Iterable[Lookup[Any]] | None) -> set[str]:
    """The actions for the types that are asked of, or for all."""
    if lookups is None:
        return {how.permission for how in COUNTS.values()}
    asked = (lookup for lookup in lookups if isinstance(lookup, ContentsOf))
    counts = (COUNTS.get(lookup.resource_type) for lookup in asked)
    return {how.permission for how in counts if how}


CONTENTS_OF = Source(each(contents_of), permissions)
