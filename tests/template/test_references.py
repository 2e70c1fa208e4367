"""What names stand for, and the questions that they raise."""

from __future__ import annotations

import pytest
from template.templates import PLACE, at, reason, resolve, start, value

from flowguard.lookups import (
    ExportNamed,
    Parameter,
    ParameterNamed,
    SecretNamed,
    ZonesIn,
)
from flowguard.model.places import Place
from flowguard.model.questions import (
    Absent,
    Pending,
    Present,
    Unknown,
    UnknownKind,
    Unresolved,
)

DENIED = Unknown(UnknownKind.DENIED, "AccessDenied")


@pytest.mark.parametrize(
    ("region", "name", "expected"),
    [
        ("eu-central-1", "AWS::Region", "eu-central-1"),
        ("eu-central-1", "AWS::AccountId", "123456789012"),
        ("eu-central-1", "AWS::StackName", "app"),
        ("eu-central-1", "AWS::Partition", "aws"),
        ("cn-north-1", "AWS::Partition", "aws-cn"),
        ("us-gov-west-1", "AWS::Partition", "aws-us-gov"),
        ("eu-central-1", "AWS::URLSuffix", "amazonaws.com"),
        ("cn-north-1", "AWS::URLSuffix", "amazonaws.com.cn"),
    ],
)
def test_pseudo_parameters(region: str, name: str, expected: str) -> None:
    """AWS's own parameters have the values of the account and the region."""
    assert value({"Ref": name}, place=Place("123456789012", region)) == expected


def test_without_an_account() -> None:
    """The account id of nobody is not invented."""
    found = value({"Ref": "AWS::AccountId"}, place=Place(None, "eu-central-1"))

    assert reason(found) == "AWS was not asked which account this is"
    assert found.cause.kind is UnknownKind.UNSUPPORTED


def test_without_a_stack_name() -> None:
    """Nor is the name of the stack."""
    assert "nobody said" in reason(value({"Ref": "AWS::StackName"}, stack_name=None))
    assert "only the deploy" in reason(value({"Ref": "AWS::StackId"}))


RESOURCES = """
Resources:
  Table: {Type: 'AWS::DynamoDB::Table', Properties: {TableName: !Sub '${AWS::StackName}-t'}}
  Queue: {Type: 'AWS::SQS::Queue', Properties: {QueueName: jobs}}
  Topic: {Type: 'AWS::SNS::Topic', Properties: {TopicName: news}}
  Role: {Type: 'AWS::IAM::Role', Properties: {RoleName: r, Path: /team/}}
  Logs: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: /app}}
  Bucket: {Type: 'AWS::S3::Bucket', Properties: {BucketName: files}}
  Machine: {Type: 'AWS::StepFunctions::StateMachine', Properties: {StateMachineName: m}}
  Custom: {Type: 'Custom::Thing', Properties: {Name: given}}
  Nameless: {Type: 'AWS::DynamoDB::Table'}
  Given: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Sub '${Open}-q'}}
  Circle: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Ref Circle}}
  Left: {Type: 'AWS::SQS::Queue', Condition: Never, Properties: {QueueName: gone}}
  It: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: EXPRESSION}}
Parameters: {Open: {Type: String}}
Conditions: {Never: !Equals [a, b]}
"""


def named(expression: str) -> object:
    """What an expression about the resources above comes to."""
    found = resolve(RESOURCES.replace("EXPRESSION", expression))
    return found.resources["It"].properties["DisplayName"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!Ref Table", "app-t"),
        ("!GetAtt Table.Arn", "arn:aws:dynamodb:eu-central-1:123456789012:table/app-t"),
        ("!Ref Queue", "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs"),
        ("!GetAtt Queue.QueueName", "jobs"),
        ("!GetAtt Queue.Arn", "arn:aws:sqs:eu-central-1:123456789012:jobs"),
        ("!Ref Topic", "arn:aws:sns:eu-central-1:123456789012:news"),
        ("!GetAtt Topic.TopicArn", "arn:aws:sns:eu-central-1:123456789012:news"),
        ("!GetAtt Role.Arn", "arn:aws:iam::123456789012:role/team/r"),
        ("!Ref Role", "r"),
        ("!GetAtt Logs.Arn", "arn:aws:logs:eu-central-1:123456789012:log-group:/app:*"),
        ("!Sub '${Bucket.Arn}/*'", "arn:aws:s3:::files/*"),
        (
            "!Ref Machine",
            "arn:aws:states:eu-central-1:123456789012:stateMachine:m",
        ),
        ("{'Fn::GetAtt': Queue.QueueName}", "jobs"),
    ],
)
def test_what_follows_from_a_name(expression: str, expected: str) -> None:
    """Where the name is written, what CloudFormation will make of it is known."""
    assert named(expression) == expected


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("!Ref Nameless", "only the deploy knows what Nameless is called"),
        ("!GetAtt Nameless.Arn", "only the deploy knows the Arn of Nameless"),
        ("!GetAtt Table.StreamArn", "only the deploy knows the StreamArn of Table"),
        ("!GetAtt Custom.Name", "only the deploy knows the Name of Custom"),
        ("!Ref Given", "parameter Open has no value"),
        ("!GetAtt Given.Arn", "parameter Open has no value"),
        ("!Ref Circle", "Circle is named after itself"),
        ("!Ref Left", "Left is left out by its condition"),
    ],
)
def test_what_only_the_deploy_knows(expression: str, why: str) -> None:
    """Nothing is guessed: what does not follow from the template is not known."""
    assert reason(named(expression)) == why


# --- questions --------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Present("vpc-1"), "vpc-1"),
        (Absent(), "there is no export 'net-vpc'"),
        (DENIED, "AccessDenied"),
    ],
)
def test_import(answer: Present[str] | Absent | Unknown, expected: str) -> None:
    """An import is what another stack exports, or says why it is not known."""
    lookup = ExportNamed(PLACE, "net-vpc")
    found = value({"Fn::ImportValue": "net-vpc"}, {lookup: answer})

    assert (reason(found) if isinstance(found, Unresolved) else found) == expected


def test_questions_are_told_with_their_place() -> None:
    """Each question of a template names itself, its place and its resource."""
    found = resolve("""
        Parameters:
          Image:
            Type: AWS::SSM::Parameter::Value<String>
            Default: /ami
        Resources:
          Q:
            Type: AWS::SQS::Queue
            Properties:
              QueueName: !Sub ['${v}-q', {v: !ImportValue net}]
              KmsMasterKeyId: '{{resolve:ssm:/key:3}}'
        """)

    told = {
        r.expression: (r.lookup, start(r.location), r.logical_id)
        for r in found.references
    }

    assert told == {
        "parameter Image": (ParameterNamed(PLACE, "/ami"), at(5, 14), ""),
        "!ImportValue net": (ExportNamed(PLACE, "net"), at(10, 38), "Q"),
        "{{resolve:ssm:/key:3}}": (ParameterNamed(PLACE, "/key:3"), at(11, 23), "Q"),
    }
    assert [(name, start(place)) for name, place in found.imports] == [
        ("net", at(10, 38))
    ]


def test_until_the_answer_is_there() -> None:
    """A value that was asked for is pending, and so is what is built on it."""
    found = value({"Fn::Sub": ["${v}-q", {"v": {"Fn::ImportValue": "net"}}]})

    assert isinstance(found, Unresolved)
    assert found.cause == Pending()


def test_an_import_of_what_is_not_known() -> None:
    """A question that rests on what only the deploy knows is not asked in vain."""
    found = value({"Fn::ImportValue": {"Fn::Sub": "${Open}-vpc"}})

    assert reason(found) == "parameter Open has no value"


def test_zones() -> None:
    """The zones of a region are asked for."""
    here, there = ZonesIn(PLACE), ZonesIn(Place(PLACE.account_id, "us-east-1"))
    answers = {here: Present(("a", "b")), there: Present(("x",))}

    assert value({"Fn::GetAZs": ""}, answers) == ["a", "b"]
    assert value({"Fn::GetAZs": {"Ref": "AWS::Region"}}, answers) == ["a", "b"]
    assert value({"Fn::Select": [0, {"Fn::GetAZs": "us-east-1"}]}, answers) == "x"


@pytest.mark.parametrize(
    ("answer", "why"),
    [(Absent(), "there is no region 'xx-1'"), (DENIED, "AccessDenied")],
)
def test_zones_that_are_not_known(answer: Absent | Unknown, why: str) -> None:
    """A region that is not there has no zones."""
    lookup = ZonesIn(Place(PLACE.account_id, "xx-1"))

    assert reason(value({"Fn::GetAZs": "xx-1"}, {lookup: answer})) == why


# --- dynamic references -------------------------------------------------------

NAME = ParameterNamed(PLACE, "/name")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("{{resolve:ssm:/name}}", "users"),
        ("a-{{resolve:ssm:/name}}-{{resolve:ssm:/name}}", "a-users-users"),
        ({"Fn::Sub": "{{resolve:ssm:/name}}-${Stage}"}, "users-dev"),
        ({"Fn::Join": ["", ["{{resolve:ssm:", "/name", "}}"]]}, "users"),
        # The functions see the reference, not its value.
        ({"Fn::Select": [0, {"Fn::Split": ["s", "{{resolve:ssm:/name}}"]}]}, "{{re"),
    ],
)
def test_dynamic_reference(expression: object, expected: str) -> None:
    """Dynamic references are put in last, as CloudFormation does."""
    answers = {NAME: Present(Parameter("String", "users"))}

    assert value(expression, answers) == expected


SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-Ab1"


@pytest.mark.parametrize(
    ("expression", "lookup", "answer", "why"),
    [
        (
            "{{resolve:ssm:/name}}",
            NAME,
            Absent(),
            "there is no SSM parameter '/name'",
        ),
        (
            "{{resolve:ssm:/name}}",
            NAME,
            Present(Parameter("SecureString", None)),
            "the value of a SecureString is never read",
        ),
        (
            "{{resolve:ssm-secure:/name}}",
            NAME,
            Present(Parameter("SecureString", None)),
            "the value of a SecureString is never read",
        ),
        (
            "{{resolve:secretsmanager:db:SecretString:password}}",
            SecretNamed(PLACE, "db"),
            Present("arn"),
            "the value of a secret is never read",
        ),
        (
            f"{{{{resolve:secretsmanager:{SECRET_ARN}:SecretString:password::}}}}",
            SecretNamed(PLACE, SECRET_ARN),
            Absent(),
            f"there is no secret {SECRET_ARN!r}",
        ),
    ],
)
def test_dynamic_reference_without_a_value(
    expression: str,
    lookup: ParameterNamed | SecretNamed,
    answer: Present[object] | Absent,
    why: str,
) -> None:
    """A secret is asked for by its name; its value is never known."""
    found = value(expression, {lookup: answer})

    assert reason(found) == why
    assert found.expression == expression
