"""What holds for every source: a refusal is never an absence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from aws.stubbed import PLACE, Account, account

from flowguard import lookups
from flowguard.aws.observe import SOURCES
from flowguard.lookups import (
    AlarmState,
    ArtifactAt,
    ChangeSetsOf,
    ContentsOf,
    DeployedTemplate,
    ExportNamed,
    ImportersOf,
    LastOperation,
    OwnerOf,
    ParameterNamed,
    RecoveryOf,
    ResourceNamed,
    SecretNamed,
    StackNamed,
    StackPolicyOf,
    StackResources,
    StacksIn,
    TagsOf,
    ZonesIn,
)
from flowguard.model.questions import Lookup, Observed, Unknown, UnknownKind

IAM = "arn:aws:iam::111122223333"
TABLE = "arn:aws:dynamodb:eu-central-1:111122223333:table/orders"
IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/api:42"
URL = "https://sqs.eu-central-1.amazonaws.com/111122223333/orders"


@dataclass(frozen=True)
class Call:
    """A call that a lookup makes, and the permission it needs."""

    lookup: Lookup[Any]
    service: str
    operation: str
    permission: str
    before: tuple[tuple[str, str, Mapping[str, Any]], ...] = ()
    """The calls that were answered before it."""


def stacks(lookup: Lookup[Any], operation: str) -> Call:
    """A call of CloudFormation, whose permissions are named like its operations."""
    action = "".join(word.capitalize() for word in operation.split("_"))
    return Call(lookup, "cloudformation", operation, f"cloudformation:{action}")


def contents(of_type: str, service: str, operation: str, permission: str) -> Call:
    """A call that counts what a resource holds."""
    holder = URL if service == "sqs" else "orders"
    return Call(ContentsOf(PLACE, of_type, holder), service, operation, permission)


ZONES = {"AvailabilityZones": [{"ZoneName": "eu-central-1a"}]}

CALLS = [
    stacks(ChangeSetsOf(PLACE, "app"), "list_change_sets"),
    stacks(DeployedTemplate(PLACE, "app"), "get_template"),
    stacks(ExportNamed(PLACE, "vpc"), "list_exports"),
    stacks(ImportersOf(PLACE, "vpc"), "list_imports"),
    stacks(LastOperation(PLACE, "app"), "describe_stack_events"),
    stacks(OwnerOf(PLACE, "orders"), "describe_stack_resources"),
    stacks(StackNamed(PLACE, "app"), "describe_stacks"),
    stacks(StackPolicyOf(PLACE, "app"), "get_stack_policy"),
    stacks(StackResources(PLACE, "app"), "list_stack_resources"),
    stacks(StacksIn(PLACE), "list_stacks"),
    contents(
        "AWS::Cognito::UserPool",
        "cognito-idp",
        "describe_user_pool",
        "cognito-idp:DescribeUserPool",
    ),
    contents(
        "AWS::DynamoDB::Table", "dynamodb", "describe_table", "dynamodb:DescribeTable"
    ),
    contents("AWS::ECR::Repository", "ecr", "list_images", "ecr:ListImages"),
    contents(
        "AWS::EFS::FileSystem",
        "efs",
        "describe_file_systems",
        "elasticfilesystem:DescribeFileSystems",
    ),
    contents(
        "AWS::Logs::LogGroup", "logs", "describe_log_groups", "logs:DescribeLogGroups"
    ),
    contents("AWS::S3::Bucket", "s3", "list_object_versions", "s3:ListBucketVersions"),
    contents(
        "AWS::SQS::Queue", "sqs", "get_queue_attributes", "sqs:GetQueueAttributes"
    ),
    Call(
        AlarmState(PLACE, "errors"),
        "cloudwatch",
        "describe_alarms",
        "cloudwatch:DescribeAlarms",
    ),
    Call(
        ArtifactAt(PLACE, "s3://deploys/api.zip"),
        "s3",
        "list_object_versions",
        "s3:ListBucketVersions",
    ),
    Call(ArtifactAt(PLACE, IMAGE), "ecr", "describe_images", "ecr:DescribeImages"),
    Call(
        RecoveryOf(PLACE, "orders"),
        "dynamodb",
        "describe_continuous_backups",
        "dynamodb:DescribeContinuousBackups",
    ),
    Call(ParameterNamed(PLACE, "/a"), "ssm", "get_parameters", "ssm:GetParameters"),
    Call(
        SecretNamed(PLACE, "key"),
        "secretsmanager",
        "describe_secret",
        "secretsmanager:DescribeSecret",
    ),
    Call(
        TagsOf(PLACE, TABLE),
        "resourcegroupstaggingapi",
        "get_resources",
        "tag:GetResources",
    ),
    Call(
        TagsOf(PLACE, f"{IAM}:role/deploy"),
        "iam",
        "list_role_tags",
        "iam:ListRoleTags",
    ),
    Call(TagsOf(PLACE, f"{IAM}:user/ann"), "iam", "list_user_tags", "iam:ListUserTags"),
    Call(
        TagsOf(PLACE, f"{IAM}:policy/read"),
        "iam",
        "list_policy_tags",
        "iam:ListPolicyTags",
    ),
    Call(
        TagsOf(PLACE, f"{IAM}:instance-profile/web"),
        "iam",
        "list_instance_profile_tags",
        "iam:ListInstanceProfileTags",
    ),
    Call(
        ZonesIn(PLACE),
        "ec2",
        "describe_availability_zones",
        "ec2:DescribeAvailabilityZones",
    ),
    Call(
        ZonesIn(PLACE),
        "ec2",
        "describe_subnets",
        "ec2:DescribeSubnets",
        before=(("ec2", "describe_availability_zones", ZONES),),
    ),
]
every_call = pytest.mark.parametrize(
    "call", CALLS, ids=lambda c: f"{type(c.lookup).__name__}-{c.operation}-{c.service}"
)


def after_refusal(aws: Account, call: Call, code: str, said: str) -> Observed[Any]:
    """The answer to a lookup one of whose calls ends with an error."""
    for service, operation, answer in call.before:
        aws.answers(service, operation, answer)
    aws.refuses(call.service, call.operation, code, said)
    return aws.answer(call.lookup)


def test_every_lookup_has_a_source() -> None:
    types = {
        value
        for value in vars(lookups).values()
        if isinstance(value, type) and issubclass(value, Lookup) and value is not Lookup
    }

    assert set(SOURCES) == types


def test_every_source_is_tried_here() -> None:
    # The names of resources have tests of their own.
    assert {type(call.lookup) for call in CALLS} == set(SOURCES) - {ResourceNamed}


@pytest.mark.parametrize("lookup_type", SOURCES)
def test_every_source_names_permissions(lookup_type: type[Lookup[Any]]) -> None:
    permissions = SOURCES[lookup_type].permissions(None)

    assert permissions
    assert all(action.count(":") == 1 for action in permissions)


@every_call
def test_the_permission_of_every_call_is_declared(call: Call) -> None:
    source = SOURCES[type(call.lookup)]

    assert call.permission in source.permissions([call.lookup])
    assert call.permission in source.permissions(None)


@every_call
def test_denied_is_unknown_and_names_the_permission(call: Call) -> None:
    with account() as aws:
        answer = after_refusal(aws, call, "AccessDeniedException", "No.")

    assert answer == Unknown(
        UnknownKind.DENIED, "AccessDeniedException: No.", call.permission
    )


@every_call
def test_throttled_is_unknown(call: Call) -> None:
    with account() as aws:
        answer = after_refusal(aws, call, "ThrottlingException", "Rate exceeded")

    assert answer == Unknown(
        UnknownKind.THROTTLED, "ThrottlingException: Rate exceeded"
    )


@every_call
def test_an_error_nobody_foresaw_is_unknown(call: Call) -> None:
    with account() as aws:
        answer = after_refusal(aws, call, "NeverHeardOf", "It does not exist")

    assert answer == Unknown(UnknownKind.UNREACHABLE, "NeverHeardOf: It does not exist")


@pytest.mark.parametrize(
    "call",
    [call for call in CALLS if call.service == "cloudformation"],
    ids=lambda c: c.operation,
)
@pytest.mark.parametrize(
    "said",
    [
        "1 validation error detected: Value 'app' at 'stackName' failed",
        "The role arn:aws:iam::1:role/x of the stack does not exist or is not yours",
        "Stack with id app does not exist in this form: Rate exceeded",
    ],
)
def test_a_validation_error_of_another_meaning_is_unknown(
    call: Call, said: str
) -> None:
    with account() as aws:
        answer = after_refusal(aws, call, "ValidationError", said)

    assert isinstance(answer, Unknown)
