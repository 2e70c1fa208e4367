"""Seeding makes exactly the scenario."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import yaml
from demo.stacks import cloudformation, events

from flowguard.demo.seed import FLOWLOGIC, seed
from flowguard.demo.server import EmbeddedAccount

pytestmark = pytest.mark.usefixtures("seeded")

FILE: dict[str, Any] = yaml.safe_load(FLOWLOGIC.account.read_text())
STACKS: list[dict[str, Any]] = FILE["cloudformation"]["stacks"]


@pytest.fixture(scope="module")
def seeded(running: EmbeddedAccount) -> Iterator[EmbeddedAccount]:
    """The FlowLogic account; its tests only read."""
    running.reset()
    seed(running)
    with running.applied():
        yield running


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack["name"])
def test_stack_is_as_described(stack: dict[str, Any]) -> None:
    client = cloudformation()
    [found] = client.describe_stacks(StackName=stack["name"])["Stacks"]
    resources = client.describe_stack_resources(StackName=stack["name"])

    assert found["StackStatus"] == stack["status"]
    assert {
        (r["LogicalResourceId"], r["ResourceType"], r["PhysicalResourceId"])
        for r in resources["StackResources"]
    } == {(r["logical_id"], r["type"], r["physical_id"]) for r in stack["resources"]}


def test_there_is_no_other_stack() -> None:
    found = cloudformation().describe_stacks()["Stacks"]

    assert {s["StackName"] for s in found} == {s["name"] for s in STACKS}


def test_tables_hold_their_items() -> None:
    client: Any = boto3.client("dynamodb")
    names = client.list_tables()["TableNames"]

    assert {
        name: client.describe_table(TableName=name)["Table"]["ItemCount"]
        for name in names
    } == {table["name"]: table["items"] for table in FILE["dynamodb"]["tables"]}


def test_buckets_hold_their_objects() -> None:
    client: Any = boto3.client("s3")
    buckets = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]

    assert {
        name: client.list_objects_v2(Bucket=name)["KeyCount"] for name in buckets
    } == {bucket["name"]: bucket["objects"] for bucket in FILE["s3"]["buckets"]}


def test_functions_and_apis_are_there() -> None:
    functions = boto3.client("lambda").list_functions()["Functions"]
    apis = boto3.client("apigateway").get_rest_apis()["items"]

    assert sorted(each["FunctionName"] for each in functions) == sorted(
        each["name"] for each in FILE["lambda"]["functions"]
    )
    assert [
        (each["id"], each["name"])
        for each in sorted(apis, key=lambda api: str(api["name"]))
    ] == sorted(
        ((each["id"], each["name"]) for each in FILE["apigateway"]["rest_apis"]),
        key=lambda api: api[1],
    )


@pytest.mark.parametrize("described", FILE["ssm"]["parameters"])
def test_parameter_is_there(described: dict[str, str]) -> None:
    found = boto3.client("ssm").get_parameter(
        Name=described["name"], WithDecryption=True
    )["Parameter"]

    assert found["Value"] == described["value"]
    assert found["Type"] == described.get("type", "String")


@pytest.mark.parametrize("metric", FILE["cloudwatch"]["metrics"])
def test_metric_adds_up_over_seven_days(metric: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    points = boto3.client("cloudwatch").get_metric_statistics(
        Namespace=metric["namespace"],
        MetricName=metric["name"],
        Dimensions=[
            {"Name": name, "Value": value}
            for name, value in metric["dimensions"].items()
        ],
        StartTime=now - timedelta(days=7),
        EndTime=now,
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]

    assert sum(point["Sum"] for point in points) == metric["sum_7d"]


def test_deletion_really_failed() -> None:
    told = [(where, what) for where, what, _ in events("flowlogic-backend-staging")]

    assert told[-3:] == [
        ("VideosUploadBucket", "DELETE_IN_PROGRESS"),
        ("VideosUploadBucket", "DELETE_FAILED"),
        ("flowlogic-backend-staging", "DELETE_FAILED"),
    ]


def test_template_has_the_properties_of_the_project() -> None:
    template = cloudformation().get_template(StackName="flowlogic-backend-prod")

    table = template["TemplateBody"]["Resources"]["UsersTable"]["Properties"]
    assert table["TableName"] == "flowlogic-prod-users"
    assert table["GlobalSecondaryIndexes"][0]["IndexName"] == "email-index"


def test_template_leaves_to_aws_the_names_that_aws_chose() -> None:
    template = cloudformation().get_template(StackName="flowlogic-backend-prod")

    bucket = template["TemplateBody"]["Resources"]["ServerlessDeploymentBucket"]
    assert bucket["Properties"] == {}
