"""What of a template CloudFormation could not read."""

from __future__ import annotations

from typing import Any

import pytest

from flowguard.guard.packaged import local_artifacts
from flowguard.template.text import parse


def found(text: str) -> list[tuple[str, str, str]]:
    """The local files of a template."""
    root: Any = parse(text, "template.yaml").plain()
    return list(local_artifacts(root))


@pytest.mark.parametrize(
    ("resource_type", "name", "value"),
    [
        ("AWS::Serverless::Function", "CodeUri", "./src"),
        ("AWS::Serverless::Function", "CodeUri", "src/"),
        ("AWS::Lambda::Function", "Code", "build/app.zip"),
        ("AWS::CloudFormation::Stack", "TemplateURL", "nested.yaml"),
        ("AWS::Serverless::LayerVersion", "ContentUri", "layer"),
    ],
)
def test_a_local_path_is_found(resource_type: str, name: str, value: str) -> None:
    text = (
        f"Resources: {{It: {{Type: {resource_type}, Properties: {{{name}: {value}}}}}}}"
    )

    assert found(text) == [("It", name, value)]


@pytest.mark.parametrize(
    "properties",
    [
        "{CodeUri: 's3://bucket/key'}",
        "{CodeUri: {Bucket: b, Key: k}}",
        "{CodeUri: !Sub 's3://${Bucket}/key'}",
        "{ImageUri: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/api:1'}",
        "{InlineCode: 'def main(): pass'}",
        "[]",
    ],
)
def test_what_is_packaged_is_let_pass(properties: str) -> None:
    text = f"Resources: {{It: {{Type: AWS::Serverless::Function, Properties: {properties}}}}}"

    assert found(text) == []


@pytest.mark.parametrize("text", ["Resources: []", "{}", "Resources: {It: text}"])
def test_what_is_no_template_has_none(text: str) -> None:
    assert found(text) == []
