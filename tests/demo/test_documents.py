"""Templates are read from S3 as CloudFormation reads them."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from demo.stacks import change_set, cloudformation, create, queue, settled, template

from flowguard.demo.server import EmbeddedAccount

BUCKET = "flowlogic-templates"
FIRST = template(First=queue("first"))
SECOND = template(Second=queue("second"))

pytestmark = pytest.mark.usefixtures("account")


def kept(*bodies: str) -> list[str]:
    """Put each body under the same key; the versions."""
    s3: Any = boto3.client("s3")
    s3.create_bucket(
        Bucket=BUCKET,
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    s3.put_bucket_versioning(
        Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
    )
    return [
        s3.put_object(Bucket=BUCKET, Key="qa/a b", Body=body.encode())["VersionId"]
        for body in bodies
    ]


def made(url: str) -> list[str]:
    """The resources of a stack that is made of a template at a URL."""
    client = cloudformation()
    client.create_stack(StackName="s", TemplateURL=url)
    assert settled("s") == "CREATE_COMPLETE"
    rows = client.list_stack_resources(StackName="s")["StackResourceSummaries"]
    return [row["LogicalResourceId"] for row in rows]


@pytest.mark.parametrize(
    "host",
    ["s3.eu-central-1.amazonaws.com", "s3.amazonaws.com", "s3-eu-west-1.amazonaws.com"],
)
def test_bucket_may_stand_in_the_host(host: str) -> None:
    kept(FIRST)

    assert made(f"https://{BUCKET}.{host}/qa/a%20b") == ["First"]


def test_bucket_may_stand_in_the_path(account: EmbeddedAccount) -> None:
    kept(FIRST)

    assert made(f"{account.url}/{BUCKET}/qa/a b") == ["First"]


def test_version_is_the_one_that_is_asked_for() -> None:
    first, _ = kept(FIRST, SECOND)
    url = f"https://{BUCKET}.s3.eu-central-1.amazonaws.com/qa/a%20b"

    assert made(f"{url}?versionId={first}") == ["First"]


@pytest.mark.parametrize("url", ["qa/other", "qa/a%20b?versionId=other"])
def test_template_that_is_gone_is_told(url: str) -> None:
    kept(FIRST)

    with pytest.raises(ClientError, match="The specified key does not exist"):
        made(f"https://{BUCKET}.s3.eu-central-1.amazonaws.com/{url}")


def test_change_set_is_found_by_its_name_and_the_id_of_its_stack() -> None:
    create("s", FIRST)
    change_set("s", SECOND)
    client = cloudformation()
    stack_id = client.describe_stacks(StackName="s")["Stacks"][0]["StackId"]
    named = {"StackName": stack_id, "ChangeSetName": "deploy"}

    listed = client.list_change_sets(StackName=stack_id)["Summaries"]
    assert [row["ChangeSetName"] for row in listed] == ["deploy"]
    assert client.describe_change_set(**named)["Status"] == "CREATE_COMPLETE"
    client.execute_change_set(**named)

    assert settled("s") == "UPDATE_COMPLETE"


@pytest.mark.parametrize("operation", ["head_bucket", "list_objects_v2"])
def test_bucket_of_another_owner_is_refused(operation: str) -> None:
    client: Any = boto3.client("s3")
    client.create_bucket(
        Bucket="documents",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    asked = {"Bucket": "documents"}

    getattr(client, operation)(**asked, ExpectedBucketOwner="123456789012")
    with pytest.raises(ClientError) as refused:
        getattr(client, operation)(**asked, ExpectedBucketOwner="210987654321")

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
