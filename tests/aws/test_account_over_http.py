"""A whole account, observed over HTTP: only reads, and none of them twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.backends import get_backend
from moto.server import ThreadedMotoServer

from flowguard.aws.observe import Observer
from flowguard.aws.session import Aws, connect
from flowguard.lookups import (
    ChangeSetsOf,
    Contents,
    ContentsOf,
    DeployedTemplate,
    ExportNamed,
    LastOperation,
    Parameter,
    ParameterNamed,
    SecretNamed,
    StackNamed,
    StackResources,
    StacksIn,
    ZonesIn,
)
from flowguard.model.questions import Absent, Lookup, Present

READS = ("Describe", "Get", "List")

TEMPLATE = {
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}}
    },
    "Outputs": {"Out": {"Value": "v-1", "Export": {"Name": "vpc"}}},
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """An emulated AWS account on a free port of the loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # Every server of a process has the same account: others left things in it.
    for name in ("cloudformation", "ssm", "secretsmanager", "s3"):
        get_backend(name).reset()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def aws(endpoint: str) -> Aws:
    """The account, with a stack, a bucket, a parameter and a secret in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "key")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        aws = connect(region="eu-central-1", endpoint_url=endpoint)
        # What is read from the environment is read now.
        aws.client("sts")
    text = json.dumps(TEMPLATE)
    # The first call makes moto import all that a stack may hold: it takes its time,
    # and must not be made twice.
    patient = Config(read_timeout=100, retries={"total_max_attempts": 1})
    boto3.client(
        "cloudformation",
        "eu-central-1",
        endpoint_url=endpoint,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=patient,
    ).create_stack(StackName="app", TemplateBody=text)
    aws.call("ssm", "put_parameter", Name="/stage", Value="dev", Type="String")
    aws.call("ssm", "put_parameter", Name="/key", Value="s", Type="SecureString")
    aws.call("secretsmanager", "create_secret", Name="key", SecretString="s")
    aws.call(
        "s3",
        "create_bucket",
        Bucket="flowguard-videos",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    aws.call("s3", "put_object", Bucket="flowguard-videos", Key="a", Body=b"x")
    return aws


def test_an_account_is_observed(aws: Aws) -> None:
    calls: list[tuple[str, str, Mapping[str, Any]]] = []
    aws.on_call = lambda service, operation, asked: calls.append(
        (service, operation, dict(asked))
    )
    place = aws.place
    observer = Observer(aws)
    (stack,) = observer([StackNamed(place, "app")]).values()
    assert isinstance(stack, Present)
    expected: dict[Lookup[Any], Any] = {
        ChangeSetsOf(place, "app"): Present(()),
        ContentsOf(place, "AWS::S3::Bucket", "flowguard-videos"): Present(
            Contents(1, "objects")
        ),
        ContentsOf(place, "AWS::S3::Bucket", "flowguard-nowhere"): Absent(),
        DeployedTemplate(place, "gone"): Absent(),
        ExportNamed(place, "vpc"): Present("v-1"),
        ExportNamed(place, "subnet"): Absent(),
        ParameterNamed(place, "/stage"): Present(Parameter("String", "dev")),
        ParameterNamed(place, "/key"): Present(Parameter("SecureString", None)),
        ParameterNamed(place, "/gone"): Absent(),
        SecretNamed(place, "gone"): Absent(),
        StackNamed(place, stack.value.stack_id): stack,
        StackNamed(place, "gone"): Absent(),
        StackResources(place, "gone"): Absent(),
    }
    present = [
        DeployedTemplate(place, "app"),
        LastOperation(place, stack.value.stack_id),
        SecretNamed(place, "key"),
        StackResources(place, "app"),
        StacksIn(place),
        ZonesIn(place),
    ]

    answers = observer([*expected, *present])

    assert {lookup: answers[lookup] for lookup in expected} == expected
    assert {type(answers[lookup]) for lookup in present} == {Present}
    assert {name for _, name, _ in calls if not name.startswith(READS)} == set()
    assert len({json.dumps(call, sort_keys=True) for call in calls}) == len(calls)


def test_a_stack_is_as_it_was_made(aws: Aws) -> None:
    place = aws.place

    answers = Observer(aws)([StackResources(place, "app"), LastOperation(place, "app")])

    resources, events = answers.values()
    assert isinstance(resources, Present)
    assert isinstance(events, Present)
    assert [row.logical_id for row in resources.value] == ["Queue"]
    assert events.value[0].status == "CREATE_IN_PROGRESS"
