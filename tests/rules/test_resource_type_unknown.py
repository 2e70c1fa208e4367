"""The rule `resource-type-unknown`."""

from __future__ import annotations

import pytest
from kit import check, no_stack, planner

from flowguard.rules.resource_type_unknown import ResourceTypeUnknown


def messages(kind: str, head: str = "") -> list[str]:
    text = f"""\
    {head}
    Resources:
      It: {{Type: '{kind}'}}
      Topic: {{Type: AWS::SNS::Topic}}
    """
    found = check(ResourceTypeUnknown(), planner(text), no_stack()).findings
    assert all(f.location.line == 3 for f in found)
    return [f.message for f in found]


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("AWS::SQS::Queu", "did you mean 'AWS::SQS::Queue'?"),
        ("AWS::Dynamodb::Table", "did you mean 'AWS::DynamoDB::Table'?"),
        ("AWS::Serverless::Function", "`Transform: AWS::Serverless-2016-10-31`"),
        ("AWS::Xyzzy::Plugh", "publishes no schema of"),
    ],
)
def test_a_type_that_nobody_knows(kind: str, hint: str) -> None:
    (message,) = messages(kind)

    assert hint in message


@pytest.mark.parametrize(
    "kind",
    [
        "Custom::Anything",
        "AWS::CloudFormation::CustomResource",
        "AWS::CDK::Metadata",
        "Alexa::ASK::Skill",
        "Acme::Data::Store",
        "Acme::Data::Store::MODULE",
    ],
)
def test_a_type_that_is_known_or_not_of_aws(kind: str) -> None:
    assert messages(kind) == []


def test_a_macro_may_make_another_type_of_it() -> None:
    assert messages("AWS::My::Shorthand", "Transform: Expander") == []


def test_sam_makes_known_types_of_its_own() -> None:
    sam = "Transform: AWS::Serverless-2016-10-31"

    assert messages("AWS::Serverless::SimpleTable", sam) == []
