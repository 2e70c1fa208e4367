"""Two texts of a template that mean the same, and two that do not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flowguard.rollback import likeness


def serverless(stamp: str, time: str, memory: int = 128, pinned: str = "a") -> Any:
    """As the Serverless Framework compiles a function behind a REST API."""
    version = f"HelloLambdaVersion{stamp}"
    return {
        "Resources": {
            "HelloLambdaFunction": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"MemorySize": memory, "Code": {"S3Key": "a.zip"}},
            },
            version: {
                "Type": "AWS::Lambda::Version",
                "DeletionPolicy": "Retain",
                "Properties": {
                    "FunctionName": {"Ref": "HelloLambdaFunction"},
                    "CodeSha256": pinned,
                },
            },
            f"ApiGatewayDeployment{time}": {
                "Type": "AWS::ApiGateway::Deployment",
                "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "dev"},
            },
        },
        "Outputs": {
            "HelloLambdaFunctionQualifiedArn": {
                "Value": {"Ref": version},
                "Export": {"Name": "sls-x-dev-Hello"},
            },
            "Text": {"Value": {"Fn::Sub": f"${{{version}}}!"}},
        },
    }


def is_same(before: Any, now: Any) -> bool:
    read = [likeness.read(json.dumps(document)) for document in (before, now)]
    assert read[0] is not None
    assert read[1] is not None
    return likeness.same(read[0], read[1])


def test_another_stamp_is_no_other_release() -> None:
    assert is_same(serverless("Ab1", "1700"), serverless("Xy9", "1800"))


@pytest.mark.parametrize("changed", [{"memory": 256}, {"pinned": "b"}])
def test_another_release_is_one_whatever_its_stamp(changed: Any) -> None:
    assert not is_same(serverless("Ab1", "1"), serverless("Ab1", "1", **changed))


def test_two_versions_are_not_one() -> None:
    before = serverless("Ab1", "1")
    now = serverless("Ab1", "1")
    resources = now["Resources"]
    resources["HelloLambdaVersionZz"] = resources["HelloLambdaVersionAb1"]

    assert not is_same(before, now)


def test_layout_and_order_say_nothing() -> None:
    text = "Resources:\n  T: {Type: 'AWS::SNS::Topic', Properties: {A: 1, B: !Ref X}}\n"
    other = {
        "Resources": {
            "T": {
                "Properties": {"B": {"Ref": "X"}, "A": 1},
                "Type": "AWS::SNS::Topic",
            }
        }
    }
    before, now = likeness.read(text), likeness.read(json.dumps(other))

    assert before is not None
    assert now is not None
    assert likeness.same(before, now)


@pytest.mark.parametrize("text", ["", "- 1", "{", "Resources: []"])
def test_what_is_no_template_says_nothing(text: str) -> None:
    found = likeness.read(text)

    assert found is None or likeness.code_of(found, "Api") is None
