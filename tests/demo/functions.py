"""Functions of the tests: inline or from an archive in S3, versions, aliases."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import boto3

ROLE = "arn:aws:iam::123456789012:role/any"


def function(code: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """The function `f`, in Python."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "f",
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Role": ROLE,
            "Code": code,
            **properties,
        },
    }


def inline(answer: str) -> dict[str, Any]:
    """Code that answers this, in the template."""
    return {"ZipFile": f"def handler(event, context):\n    return {answer!r}\n"}


def version(**attributes: Any) -> dict[str, Any]:
    """A version of `F`."""
    properties = {"FunctionName": {"Ref": "F"}}
    return {
        "Type": "AWS::Lambda::Version",
        "Properties": properties,
        **attributes,
    }


def alias(logical_id: str) -> dict[str, Any]:
    """The alias `live` of `F`, on the version with that logical id."""
    return {
        "Type": "AWS::Lambda::Alias",
        "Properties": {
            "FunctionName": {"Ref": "F"},
            "FunctionVersion": {"Fn::GetAtt": [logical_id, "Version"]},
            "Name": "live",
        },
    }


def uploaded(key: str, answer: str) -> dict[str, Any]:
    """Code that answers this, in a bucket that keeps versions."""
    client: Any = boto3.client("s3")
    if "code" not in [each["Name"] for each in client.list_buckets()["Buckets"]]:
        client.create_bucket(
            Bucket="code",
            CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        )
        client.put_bucket_versioning(
            Bucket="code", VersioningConfiguration={"Status": "Enabled"}
        )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("index.py", inline(answer)["ZipFile"])
    kept = client.put_object(Bucket="code", Key=key, Body=archive.getvalue())
    return {"S3Bucket": "code", "S3Key": key, "S3ObjectVersion": kept["VersionId"]}


def invoked(qualifier: str = "$LATEST") -> str:
    """What `f` answers."""
    client: Any = boto3.client("lambda")
    answer = client.invoke(FunctionName="f", Qualifier=qualifier)
    return str(answer["Payload"].read().decode().strip('"'))


def versions() -> list[str]:
    """The numbers of the versions of `f`."""
    client: Any = boto3.client("lambda")
    found = client.list_versions_by_function(FunctionName="f")["Versions"]
    return [each["Version"] for each in found if each["Version"] != "$LATEST"]


def digest() -> str:
    """The digest of the code of `f`."""
    client: Any = boto3.client("lambda")
    found = client.get_function_configuration(FunctionName="f")
    return str(found["CodeSha256"])
