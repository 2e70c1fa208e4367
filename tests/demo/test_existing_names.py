"""Creating what exists fails, and what exists is left alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from demo.stacks import (
    KEYED_BY_ID,
    bucket,
    change_set,
    cloudformation,
    create,
    events,
    filled_table,
    queue,
    settled,
    status,
    table,
    template,
)

from flowguard.demo.server import EmbeddedAccount

pytestmark = pytest.mark.usefixtures("account")

ROLE = "arn:aws:iam::123456789012:role/r"
TRUST: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
CODE = "exports.main = async () => 1;"

NAMED: dict[str, tuple[str, dict[str, Any]]] = {
    "AWS::CloudWatch::Alarm": (
        "AlarmName",
        {
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "Namespace": "AWS/Lambda",
            "MetricName": "Errors",
            "Period": 60,
            "Statistic": "Sum",
            "Threshold": 1,
        },
    ),
    "AWS::DynamoDB::Table": ("TableName", KEYED_BY_ID),
    "AWS::ECR::Repository": ("RepositoryName", {}),
    "AWS::Events::Rule": ("Name", {"ScheduleExpression": "rate(1 day)"}),
    "AWS::IAM::Role": ("RoleName", {"AssumeRolePolicyDocument": TRUST}),
    "AWS::IAM::User": ("UserName", {}),
    "AWS::Kinesis::Stream": ("Name", {"ShardCount": 1}),
    "AWS::Lambda::Function": (
        "FunctionName",
        {
            "Runtime": "nodejs20.x",
            "Handler": "index.main",
            "Role": ROLE,
            "Code": {"ZipFile": CODE},
        },
    ),
    "AWS::Logs::LogGroup": ("LogGroupName", {}),
    "AWS::S3::Bucket": ("BucketName", {}),
    "AWS::SNS::Topic": ("TopicName", {}),
    "AWS::SQS::Queue": ("QueueName", {}),
    "AWS::SSM::Parameter": ("Name", {"Type": "String", "Value": "v"}),
    "AWS::SecretsManager::Secret": ("Name", {"SecretString": "s"}),
    "AWS::StepFunctions::StateMachine": (
        "StateMachineName",
        {"RoleArn": ROLE, "DefinitionString": PASS},
    ),
}


@pytest.mark.parametrize("resource_type", NAMED)
def test_second_of_a_name_fails(resource_type: str) -> None:
    prop, properties = NAMED[resource_type]
    named = {"Type": resource_type, "Properties": {prop: "taken", **properties}}
    assert create("first", template(R=named)) == "CREATE_COMPLETE"

    assert create("second", template(R=named)) == "ROLLBACK_COMPLETE"

    [reason] = [why for _, what, why in events("second") if what == "CREATE_FAILED"]
    assert (
        f"Resource of type '{resource_type}' with identifier 'taken' already exists."
        in reason
    )
    assert "HandlerErrorCode: AlreadyExists" in reason
    assert status("first") == "CREATE_COMPLETE"


CHANGES: dict[str, dict[str, Any]] = {
    "AWS::CloudWatch::Alarm": {"Threshold": 2},
    "AWS::DynamoDB::Table": {"DeletionProtectionEnabled": True},
    "AWS::ECR::Repository": {"ImageTagMutability": "IMMUTABLE"},
    "AWS::Events::Rule": {"ScheduleExpression": "rate(2 days)"},
    "AWS::IAM::Role": {"Description": "changed"},
    "AWS::IAM::User": {"Path": "/"},
    "AWS::Kinesis::Stream": {"RetentionPeriodHours": 48},
    "AWS::Lambda::Function": {"Timeout": 9},
    "AWS::Logs::LogGroup": {"RetentionInDays": 7},
    "AWS::S3::Bucket": {"VersioningConfiguration": {"Status": "Enabled"}},
    "AWS::SNS::Topic": {"DisplayName": "changed"},
    "AWS::SQS::Queue": {"VisibilityTimeout": 9},
    "AWS::SSM::Parameter": {"Value": "changed"},
    "AWS::SecretsManager::Secret": {"Description": "changed"},
    "AWS::StepFunctions::StateMachine": {"DefinitionString": PASS.replace("A", "B")},
}


@pytest.mark.parametrize("resource_type", NAMED)
def test_update_of_the_stacks_own_succeeds(resource_type: str) -> None:
    prop, properties = NAMED[resource_type]
    named = {prop: "mine", **properties}
    create("s", template(R={"Type": resource_type, "Properties": named}))
    changed = {**named, **CHANGES[resource_type]}

    cloudformation().update_stack(
        StackName="s",
        TemplateBody=template(R={"Type": resource_type, "Properties": changed}),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )

    assert settled("s") == "UPDATE_COMPLETE"


def items(name: str) -> int:
    """How many items a table holds."""
    return int(boto3.client("dynamodb").scan(TableName=name)["Count"])


def test_table_that_exists_keeps_its_items() -> None:
    filled_table("users")

    assert create("s", template(Users=table("users"))) == "ROLLBACK_COMPLETE"
    assert items("users") == 1


def test_rollback_keeps_what_is_to_be_retained() -> None:
    filled_table("users")
    orders = table("orders", DeletionPolicy="Retain")
    users = table("users", DependsOn="Orders")

    create("s", template(Orders=orders, Users=users))

    assert ("Orders", "DELETE_SKIPPED", "") in events("s")
    assert items("orders") == 0


@pytest.mark.parametrize("make", [table, queue, bucket])
def test_rename_to_a_taken_name_fails(make: Callable[[str], dict[str, Any]]) -> None:
    create("other", template(R=make("taken")))
    create("s", template(R=make("mine")))

    cloudformation().update_stack(StackName="s", TemplateBody=template(R=make("taken")))

    assert settled("s") == "UPDATE_ROLLBACK_COMPLETE"
    assert any("identifier 'taken' already exists." in why for *_, why in events("s"))


def test_rename_to_a_free_name_succeeds() -> None:
    create("s", template(R=table("old")))

    cloudformation().update_stack(StackName="s", TemplateBody=template(R=table("new")))

    assert settled("s") == "UPDATE_COMPLETE"
    assert boto3.client("dynamodb").list_tables()["TableNames"] == ["new"]


def test_update_of_what_was_deleted_by_hand_fails() -> None:
    create("s", template(Q=queue("q")))
    client = boto3.client("sqs")
    client.delete_queue(QueueUrl=client.get_queue_url(QueueName="q")["QueueUrl"])

    cloudformation().update_stack(StackName="s", TemplateBody=template(Q=queue("q", 9)))

    assert settled("s") == "UPDATE_ROLLBACK_COMPLETE"
    assert any("HandlerErrorCode: NotFound" in why for *_, why in events("s"))


def test_nested_stack_is_strict_too(account: EmbeddedAccount) -> None:
    filled_table("users")
    s3 = boto3.client("s3")
    s3.create_bucket(
        Bucket="templates",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    s3.put_object(Bucket="templates", Key="c", Body=template(U=table("users")))
    url = f"{account.url}/templates/c"
    child = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}

    assert create("s", template(Child=child)) == "ROLLBACK_COMPLETE"
    assert items("users") == 1


def test_deletion_of_a_stack_keeps_a_bucket_with_content() -> None:
    create("s", template(B=bucket("videos"), Q=queue("q")))
    boto3.client("s3").put_object(Bucket="videos", Key="k", Body=b"")

    cloudformation().delete_stack(StackName="s")

    assert settled("s") == "DELETE_FAILED"
    [left] = cloudformation().describe_stack_resources(StackName="s")["StackResources"]
    assert left["LogicalResourceId"] == "B"
    assert "The bucket you tried to delete is not empty" in left["ResourceStatusReason"]


def test_deletion_of_a_stack_keeps_a_protected_table() -> None:
    create("s", template(T=table("users")))
    boto3.client("dynamodb").update_table(
        TableName="users", DeletionProtectionEnabled=True
    )

    cloudformation().delete_stack(StackName="s")

    assert settled("s") == "DELETE_FAILED"


def test_owner_of_a_physical_id_is_found() -> None:
    create("s", template(T=table("users"), B=bucket("videos")))
    client = cloudformation()

    found = client.describe_stack_resources(PhysicalResourceId="users")
    assert {each["StackName"] for each in found["StackResources"]} == {"s"}

    with pytest.raises(ClientError, match="Stack for nobodys does not exist"):
        client.describe_stack_resources(PhysicalResourceId="nobodys")


def test_bucket_of_a_stack_says_so_by_tags() -> None:
    create("s", template(B=bucket("videos")))

    tags = boto3.client("s3").get_bucket_tagging(Bucket="videos")["TagSet"]

    assert {"Key": "aws:cloudformation:stack-name", "Value": "s"} in tags


@pytest.mark.parametrize(
    ("properties", "capability"),
    [({}, "CAPABILITY_IAM"), ({"RoleName": "r"}, "CAPABILITY_NAMED_IAM")],
)
def test_role_needs_a_capability(properties: dict[str, str], capability: str) -> None:
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": TRUST, **properties},
    }

    with pytest.raises(ClientError, match=rf"Requires capabilities : \[{capability}\]"):
        cloudformation().create_stack(StackName="s", TemplateBody=template(R=role))


IMPORTED = {
    "ResourceType": "AWS::DynamoDB::Table",
    "LogicalResourceId": "Users",
    "ResourceIdentifier": {"TableName": "users"},
}


def test_adopted_table_keeps_its_items() -> None:
    filled_table("users")
    body = template(Users=table("users", DeletionPolicy="Retain"))

    change_set("s", body, ChangeSetType="IMPORT", ResourcesToImport=[IMPORTED])
    cloudformation().execute_change_set(StackName="s", ChangeSetName="deploy")

    assert settled("s") == "IMPORT_COMPLETE"
    assert items("users") == 1
