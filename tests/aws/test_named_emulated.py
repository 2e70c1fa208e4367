"""Names of real resources, in an account that others emulate (moto)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from aws.stubbed import SESSION
from moto.server import ThreadedMotoServer

from flowguard.aws import named
from flowguard.aws.clients import Clients
from flowguard.aws.session import Aws
from flowguard.lookups import ResourceNamed
from flowguard.model.places import Place
from flowguard.model.questions import Absent, Present
from flowguard.template import resource_types

PLACE = Place("123456789012", "eu-central-1")
NAME = "here"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
ROLE = f"arn:aws:iam::{PLACE.account_id}:role/app/{NAME}"
QUEUE = f"arn:aws:sqs:{PLACE.region}:{PLACE.account_id}:{NAME}"
STATES = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})

Make = tuple[str, str, dict[str, Any]]

# Type and name property; service, operation and parameters that make one.
MADE: dict[tuple[str, str], Make] = {
    ("S3::Bucket", "BucketName"): (
        "s3",
        "create_bucket",
        {
            "Bucket": NAME,
            "CreateBucketConfiguration": {"LocationConstraint": PLACE.region},
        },
    ),
    ("Logs::LogGroup", "LogGroupName"): (
        "logs",
        "create_log_group",
        {"logGroupName": NAME},
    ),
    ("IAM::Role", "RoleName"): (
        "iam",
        "create_role",
        {"RoleName": NAME, "Path": "/app/", "AssumeRolePolicyDocument": POLICY},
    ),
    ("IAM::User", "UserName"): ("iam", "create_user", {"UserName": NAME}),
    ("SQS::Queue", "QueueName"): ("sqs", "create_queue", {"QueueName": NAME}),
    ("SNS::Topic", "TopicName"): ("sns", "create_topic", {"Name": NAME}),
    ("DynamoDB::Table", "TableName"): (
        "dynamodb",
        "create_table",
        {
            "TableName": NAME,
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    ),
    ("Events::EventBus", "Name"): ("events", "create_event_bus", {"Name": NAME}),
    ("Events::Rule", "Name"): (
        "events",
        "put_rule",
        {"Name": NAME, "ScheduleExpression": "rate(1 day)"},
    ),
    ("StepFunctions::StateMachine", "StateMachineName"): (
        "stepfunctions",
        "create_state_machine",
        {"name": NAME, "definition": STATES, "roleArn": ROLE},
    ),
    ("SecretsManager::Secret", "Name"): (
        "secretsmanager",
        "create_secret",
        {"Name": NAME, "SecretString": "nobody's"},
    ),
    ("SSM::Parameter", "Name"): (
        "ssm",
        "put_parameter",
        {"Name": NAME, "Value": "x", "Type": "SecureString"},
    ),
    ("Kinesis::Stream", "Name"): (
        "kinesis",
        "create_stream",
        {"StreamName": NAME, "ShardCount": 1},
    ),
    ("ECS::Cluster", "ClusterName"): ("ecs", "create_cluster", {"clusterName": NAME}),
    ("ECR::Repository", "RepositoryName"): (
        "ecr",
        "create_repository",
        {"repositoryName": NAME},
    ),
    ("CloudWatch::Alarm", "AlarmName"): (
        "cloudwatch",
        "put_metric_alarm",
        {
            "AlarmName": NAME,
            "MetricName": "Errors",
            "Namespace": "App",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "Statistic": "Sum",
            "ComparisonOperator": "GreaterThanThreshold",
        },
    ),
    ("EC2::KeyPair", "KeyName"): ("ec2", "create_key_pair", {"KeyName": NAME}),
    ("Pipes::Pipe", "Name"): (
        "pipes",
        "create_pipe",
        {"Name": NAME, "RoleArn": ROLE, "Source": QUEUE, "Target": QUEUE},
    ),
    ("Scheduler::ScheduleGroup", "Name"): (
        "scheduler",
        "create_schedule_group",
        {"Name": NAME},
    ),
}


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """An account with one resource of each type."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        account = Aws(Clients(SESSION, endpoint_url=f"http://{host}:{port}"), PLACE)
        for service, operation, parameters in MADE.values():
            account.call(service, operation, **parameters)
        yield account
    finally:
        server.stop()


def lookup(resource_type: str, path: str, name: str) -> ResourceNamed:
    """A question as a rule makes it."""
    key = resource_types.identity(f"AWS::{resource_type}", {path: name})
    assert key is not None
    return ResourceNamed(PLACE, f"AWS::{resource_type}", key)


@pytest.mark.parametrize("others", [1, 6])
def test_what_is_there_is_told_from_what_is_not(aws: Aws, others: int) -> None:
    """Whether few names of a type are asked for, or so many that a list is read."""
    there = [lookup(kind, path, NAME) for kind, path in MADE]
    free = [
        lookup(kind, path, f"not-there-{number}")
        for kind, path in MADE
        for number in range(others)
    ]
    found = named.fetch(aws, [*there, *free])

    assert [each for each in there if not isinstance(found[each], Present)] == []
    assert [each for each in free if found[each] != Absent()] == []


def test_physical_ids_are_those_that_cloudformation_records(aws: Aws) -> None:
    """A queue's URL, a topic's ARN, a role's name."""
    asked = [
        lookup("SQS::Queue", "QueueName", NAME),
        lookup("SNS::Topic", "TopicName", NAME),
        lookup("IAM::Role", "RoleName", NAME),
    ]
    found: Mapping[Any, Any] = named.fetch(aws, asked)
    queue, topic, role = (found[each].value for each in asked)

    assert queue.physical_id.startswith("http")
    assert queue.physical_id.endswith(f"/{PLACE.account_id}/{NAME}")
    assert topic.physical_id == f"arn:aws:sns:eu-central-1:{PLACE.account_id}:{NAME}"
    assert (role.physical_id, role.arn) == (NAME, ROLE)
