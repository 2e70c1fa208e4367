"""Every call of a command that reads is a read: the whole list is written down."""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from calls.recording import Recorded, recording
from demo.stacks import KEYED_BY_ID

from flowguard.cli import main
from flowguard.demo.server import EmbeddedAccount

TEMPLATE = {
    "Resources": {
        "Users": {
            "Type": "AWS::DynamoDB::Table",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {"TableName": "users", **KEYED_BY_ID},
        },
        "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}},
    },
    "Outputs": {"Table": {"Value": "users", "Export": {"Name": "users-table"}}},
}
NEXT: dict[str, Any] = {
    "Parameters": {
        "Key": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/stage"}
    },
    "Resources": TEMPLATE["Resources"]
    | {
        "Videos": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "videos-1"}},
        "News": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}},
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "worker",
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
            },
        },
        "Secretive": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": "{{resolve:secretsmanager:key:SecretString:name}}"
            },
        },
    },
}
SMOKE = """\
base: {url}
gate: {{samples: {{pass: 1}}, spread: 50ms}}
checks:
  table: {{table: Users}}
  queue: {{queue: Jobs}}
  secret: {{secret: key}}
"""
READ = re.compile(r"\w+\.(Batch)?(Get|List|Describe)[A-Z]\w+|\w+\.(GET|HEAD) .*")
"""What AWS calls a call that changes nothing."""
NO_SECRET = frozenset({"kms.Decrypt", "secretsmanager.GetSecretValue"})
ALWAYS = {"sts.GetCallerIdentity"}
STACK = {"cloudformation.DescribeStacks", "cloudformation.ListStackResources"}
SMOKE_ASKS = {
    "cloudformation.ListStackResources",
    "dynamodb.DescribeTable",
    "dynamodb.Scan",
    "secretsmanager.DescribeSecret",
    "sqs.GetQueueAttributes",
}
"""`Scan` counts one item, so that it is proven that the table can be read."""


def assert_reads(recorded: Recorded, expected: set[str]) -> None:
    """Nothing but reads came, the expected ones among them, and no secret's value."""
    came = set(recorded.operations)
    assert [c for c in sorted(came - {"dynamodb.Scan"}) if not READ.fullmatch(c)] == []
    assert ALWAYS | expected <= came
    assert not NO_SECRET & came
    assert '"WithDecryption": true' not in recorded.bodies
    assert "canary-9d" not in recorded.bodies


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedAccount]:
    with EmbeddedAccount() as account:
        with account.applied():
            cloudformation: Any = boto3.client("cloudformation")
            cloudformation.create_stack(
                StackName="app", TemplateBody=json.dumps(TEMPLATE)
            )
            cloudformation.get_waiter("stack_create_complete").wait(
                StackName="app", WaiterConfig={"Delay": 1}
            )
            ssm: Any = boto3.client("ssm")
            ssm.put_parameter(Name="/stage", Value="dev", Type="String")
            secrets: Any = boto3.client("secretsmanager")
            secrets.create_secret(Name="key", SecretString='{"name": "canary-9d"}')
        yield account


@pytest.fixture
def recorded(
    running: EmbeddedAccount, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Recorded]:
    """A project, and what its commands ask of the account."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "next.json").write_text(json.dumps(NEXT))
    (tmp_path / "smoke.yml").write_text(SMOKE.format(url=running.url))
    with running.applied(), recording(running.url) as found:
        monkeypatch.setenv("AWS_ENDPOINT_URL", found.url)
        yield found


def test_preflight(recorded: Recorded) -> None:
    main(["preflight", "--template", "next.json", "--stack-name", "app", "--quiet"])

    expected = {
        "cloudformation.GetTemplate",
        "iam.GetRole",
        "secretsmanager.DescribeSecret",
        "ssm.GetParameters",
    }
    assert_reads(recorded, STACK | expected)


def test_snapshot(recorded: Recorded) -> None:
    code = main(
        ["snapshot", "--stack-name", "app", "--output", "before.json", "--no-templates"]
    )

    assert code == 0
    assert_reads(recorded, STACK | {"cloudformation.GetTemplate"})


@pytest.mark.parametrize(
    "command",
    [
        ["smoke"],
        ["smoke", "--baseline", "now.json"],
        ["verify", "--no-rollback"],
    ],
)
def test_smoke_tests(command: list[str], recorded: Recorded) -> None:
    assert main([*command, "--stack-name", "app", "--quiet"]) == 0

    assert set(recorded.operations) == ALWAYS | SMOKE_ASKS
    assert_reads(recorded, set())


@pytest.mark.parametrize("command", ["verify", "rollback"])
def test_a_plan_that_is_printed(command: str, recorded: Recorded) -> None:
    main([command, "--stack-name", "app", "--dry-run", "--quiet"])

    assert_reads(recorded, STACK | {"cloudformation.DescribeStackEvents"})


@pytest.mark.parametrize(
    "command",
    [
        ["preflight", "--offline", "--template", "next.json", "--stack-name", "app"],
        ["permissions"],
        ["permissions", "--smoke"],
        ["rules"],
        ["explain", "name-taken"],
        ["schema"],
        ["targets"],
        ["smoke", "init"],
    ],
)
def test_commands_that_ask_nothing(command: list[str], recorded: Recorded) -> None:
    main(command)

    assert recorded.calls == []
