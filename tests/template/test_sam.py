"""SAM templates: what the deploy makes of them, and where the user wrote it."""

from __future__ import annotations

import pathlib
import re
import socket
from typing import Never

import pytest
from kit import PLACE, planner
from samtranslator.translator.translator import Translator
from template.templates import at, reason, resolve, start

from flowguard.errors import InternalError, TemplateError
from flowguard.model.questions import AccountState
from flowguard.template import Inputs, find, open_template

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
Globals:
  Function: {Runtime: python3.12, Handler: app.handler, CodeUri: src/}
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub 'orders-${Stage}'
      Policies: [{DynamoDBReadPolicy: {TableName: !Ref Users}}]
      Events:
        Get: {Type: Api, Properties: {Path: /orders, Method: get}}
  Users:
    Type: AWS::Serverless::SimpleTable
    Properties:
      TableName: !Sub 'users-${Stage}'
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: flow
      DefinitionUri: flow.asl.json
      Role: !GetAtt ApiRole.Arn
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub 'jobs-${Stage}'}
Outputs:
  Url: {Value: !Sub 'https://${ServerlessRestApi}.example', Export: {Name: url}}
"""


@pytest.fixture(autouse=True)
def no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine that a test runs on says nothing about AWS."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


def test_resources() -> None:
    """SAM's resources become what CloudFormation deploys."""
    found = resolve(TEMPLATE)
    types = {i: r.resource_type for i, r in found.resources.items()}

    assert found.dialect == "sam"
    assert types["Api"] == "AWS::Lambda::Function"
    assert types["ApiRole"] == "AWS::IAM::Role"
    assert types["Users"] == "AWS::DynamoDB::Table"
    assert types["ServerlessRestApi"] == "AWS::ApiGateway::RestApi"
    assert found.resources["Api"].properties["FunctionName"] == "orders-dev"
    assert found.resources["Users"].properties["TableName"] == "users-dev"
    assert found.resources["Flow"].properties["StateMachineName"] == "flow"
    assert [export.name for export in found.exports] == ["url"]


def test_places() -> None:
    """What SAM makes stands where the user wrote what it is made from."""
    resources = resolve(TEMPLATE).resources

    assert start(resources["Api"].at("Properties", "FunctionName")) == at(10, 21)
    assert start(resources["Users"].at("Properties", "TableName")) == at(17, 18)
    assert start(resources["Flow"].at("Properties", "StateMachineName")) == at(21, 13)
    assert start(resources["Queue"].at("Properties", "QueueName")) == at(26, 29)
    assert start(resources["ApiRole"].at()) == at(7, 3)
    assert start(resources["ServerlessRestApi"].at("Type")) == at(6, 1)


def test_what_the_user_never_wrote() -> None:
    """Resources of SAM's own making are told apart."""
    made = resolve(TEMPLATE).made_by_tool

    assert {"ApiRole", "ServerlessRestApi"} <= made
    assert not {"Api", "Users", "Flow", "Queue"} & made


def test_code_on_disk() -> None:
    """Code that the deploy uploads is not known, and nothing is invented for it."""
    found = resolve(TEMPLATE)

    code = found.resources["Api"].properties["Code"]

    assert reason(code["S3Bucket"]) == "the deploy uploads it"
    assert "flowguard-uploaded" not in repr((found.resources, found.exports))


def test_loops_are_unrolled_first() -> None:
    """AWS::LanguageExtensions comes before SAM's transform."""
    found = resolve("""
        Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
        Resources:
          Fn::ForEach::T:
            - N
            - [a, b]
            - ${N}Table:
                Type: AWS::Serverless::SimpleTable
                Properties: {TableName: !Sub 't-${N}'}
        """)

    names = [r.properties["TableName"] for r in found.resources.values()]

    assert sorted(names) == ["t-a", "t-b"]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ("{CodeUri: ., Runtime: python3.12}", "Runtime and Handler needs"),
        ("{Handler: a, Runtime: x, CodeUri: ., Events: [1]}", "'Events' is invalid"),
        ("{Handler: a, Runtime: x, CodeUri: ., Events: {E: 1}}", "SAM's transform"),
    ],
)
def test_refused(
    properties: str, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What SAM's transform refuses is an error at the resource, and no noise."""
    with pytest.raises(TemplateError) as caught:
        resolve(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n"
            f"  Api: {{Type: 'AWS::Serverless::Function', Properties: {properties}}}"
        )

    assert message in caught.value.message
    assert start(caught.value.location) == at(3, 3)
    assert not [record for record in caplog.records if "metrics" in record.message]


APPLICATION = """\
Transform: AWS::Serverless-2016-10-31
Parameters: {Version: {Type: String, Default: 1.0.0}}
Resources:
  App:
    Type: AWS::Serverless::Application
    Properties:
      Location:
        ApplicationId: arn:aws:serverlessrepo:us-east-1:123456789012:applications/some-app
        SemanticVersion: !Ref Version
  Q:
    Type: AWS::SQS::Queue
"""


def test_an_application_of_the_repository_is_asked_of_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The translator would have AWS make a template: a write, also offline."""

    def opened(*_given: object) -> Never:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "getaddrinfo", opened)
    monkeypatch.setattr(socket.socket, "connect", opened)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    plan = planner(APPLICATION).build(AccountState({}))

    nested = plan.template.resources["App"]
    assert nested.resource_type == "AWS::CloudFormation::Stack"
    assert reason(nested.properties["TemplateURL"]) == "the deploy uploads it"
    assert "Q" in plan.template.resources
    (part,) = plan.not_looked_into
    assert part.what == "the nested stack App"
    assert part.location.line == 4


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("{ApplicationId: a}", "[SemanticVersion]"),
        ("{SemanticVersion: 1.0.0}", "[ApplicationId]"),
        ("{ApplicationId: null, SemanticVersion: 1.0.0}", "ApplicationId"),
        ("[a]", "Location"),
    ],
)
def test_an_application_that_sam_refuses(location: str, message: str) -> None:
    """What SAM says of the template by itself is said still."""
    with pytest.raises(TemplateError, match=re.escape(message)):
        resolve(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n"
            "  App: {Type: 'AWS::Serverless::Application', "
            f"Properties: {{Location: {location}}}}}"
        )


def test_a_translator_that_breaks_blames_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An exception that is no verdict on the template is FlowGuard's own."""

    def broken(*_given: object, **_named: object) -> Never:
        raise KeyError("ours")

    monkeypatch.setattr(Translator, "translate", broken)

    with pytest.raises(InternalError) as caught:
        resolve(APPLICATION)

    assert "aws-sam-translator broke: KeyError: 'ours'" in caught.value.message
    assert "refuses" not in str(caught.value)


def test_a_template_of_dotnet_is_the_sam_template_that_it_is(
    tmp_path: pathlib.Path,
) -> None:
    """AWS's .NET tools call it `serverless.template`; it is no program."""
    function = "Handler: 'A::B', Runtime: dotnet8, CodeUri: '.'"
    (tmp_path / "serverless.template").write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Resources:\n"
        f"  Get: {{Type: AWS::Serverless::Function, Properties: {{{function}}}}}\n"
    )

    source = open_template(find(tmp_path), tmp_path)
    found = source.resolve(Inputs(place=PLACE), AccountState({}))

    assert found.dialect == "sam"
    assert found.resources["Get"].resource_type == "AWS::Lambda::Function"
