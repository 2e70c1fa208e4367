"""What is known of resource types, held against AWS's own schemas."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from flowguard.model.places import Location, Place
from flowguard.model.questions import Unknown, UnknownKind, Unresolved
from flowguard.template import resource_types as types
from flowguard.template.resource_names import NAMES, NOT_UNIQUE
from flowguard.template.stateful import STATEFUL, Holds

PLACE = Place("111122223333", "eu-west-1")
SCHEMAS = pathlib.Path(str(files("cfnlint"))) / "data" / "schemas"
UNKNOWN = Unresolved(
    "!Ref Other",
    Location("template.yaml", 3),
    Unknown(UnknownKind.KNOWN_AFTER_DEPLOY, "known after deploy"),
)


@pytest.fixture(scope="module")
def schemas() -> dict[str, dict[str, Any]]:
    """Every schema of cfn-lint's wheel, by type."""
    hashes: dict[str, str] = {}
    for region in (SCHEMAS / "providers").glob("*-*.json"):
        hashes |= json.loads(region.read_text())
    wanted = {*NAMES, *NOT_UNIQUE, *STATEFUL}
    return {
        resource_type: json.loads((SCHEMAS / f"resources/{digest}.json").read_text())
        for resource_type, digest in hashes.items()
        if resource_type in wanted
    }


def has_property(schema: dict[str, Any], path: str) -> bool:
    """Whether `schema` has a property at `path`."""

    def steps(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if ref := node.get("$ref"):
            node = schema["definitions"][ref.rpartition("/")[2]]
        yield node
        for kind in ("anyOf", "oneOf", "allOf"):
            for choice in node.get(kind, ()):
                yield from steps(choice)

    nodes = [schema]
    for name in path.split("/"):
        nodes = [
            inner["properties"][name]
            for node in nodes
            for inner in steps(node)
            if name in inner.get("properties", {})
        ]
    return bool(nodes)


def test_data_is_what_the_script_makes() -> None:
    """The committed file is the script's output for the locked cfn-lint."""
    script = pathlib.Path(__file__).parents[2] / "scripts" / "resource_types.py"

    result = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )

    assert (result.returncode, result.stdout) == (0, "")


def test_every_named_property_exists(schemas: dict[str, dict[str, Any]]) -> None:
    """No property in the table of names is misspelt."""
    wrong = [
        (resource_type, path)
        for resource_type, naming in NAMES.items()
        for part in naming.key
        for path in filter(None, (part.path, part.instead))
        if not has_property(schemas[resource_type], path)
    ]
    wrong += [
        (resource_type, path)
        for resource_type, path in NOT_UNIQUE.items()
        if not has_property(schemas[resource_type], path)
    ]

    assert wrong == []


def test_every_stateful_type_exists(schemas: dict[str, dict[str, Any]]) -> None:
    """No type in the table of stateful types is misspelt or gone."""
    assert sorted(set(STATEFUL) - set(schemas)) == []


def test_every_template_can_be_filled() -> None:
    """An ARN and a physical id are made of the key and the place alone."""
    for resource_type, naming in NAMES.items():
        key = tuple((part.path, "x") for part in naming.key)
        made = types.physical_ids(resource_type, key, PLACE, {})

        assert len(made) == len(naming.ids), resource_type
        assert bool(types.arn(resource_type, key, PLACE, {})) == bool(naming.arn)
        assert naming.ref in {None, *(part.path for part in naming.key)}


def test_tables_do_not_contradict_each_other() -> None:
    """A type has a unique name or it has none."""
    assert not NAMES.keys() & NOT_UNIQUE.keys()


@pytest.mark.parametrize(
    ("resource_type", "properties", "key"),
    [
        (
            "AWS::DynamoDB::Table",
            {"TableName": "orders"},
            (("TableName", "orders"),),
        ),
        ("AWS::DynamoDB::Table", {}, None),
        ("AWS::DynamoDB::Table", {"TableName": ""}, None),
        ("AWS::DynamoDB::Table", {"TableName": ["no", "name"]}, None),
        ("AWS::DynamoDB::Table", {"TableName": 12}, (("TableName", "12"),)),
        ("AWS::DynamoDB::Table", {"TableName": UNKNOWN}, (("TableName", UNKNOWN),)),
        (
            "AWS::RDS::DBInstance",
            {"DBInstanceIdentifier": "Orders-DB"},
            (("DBInstanceIdentifier", "orders-db"),),
        ),
        (
            "AWS::Events::Rule",
            {"Name": "nightly"},
            (("Name", "nightly"), ("EventBusName", "default")),
        ),
        (
            "AWS::Events::Rule",
            {
                "Name": "nightly",
                "EventBusName": "arn:aws:events:eu-west-1:111122223333:event-bus/app",
            },
            (("Name", "nightly"), ("EventBusName", "app")),
        ),
        (
            "AWS::CloudFront::OriginAccessControl",
            {"OriginAccessControlConfig": {"Name": "site"}},
            (("OriginAccessControlConfig/Name", "site"),),
        ),
        (
            "AWS::CloudFront::OriginAccessControl",
            {"OriginAccessControlConfig": UNKNOWN},
            (("OriginAccessControlConfig/Name", UNKNOWN),),
        ),
        (
            "AWS::Route53::RecordSet",
            {"Name": "API.Example.com.", "HostedZoneName": "example.com.", "Type": "A"},
            (
                ("Name", "api.example.com"),
                ("HostedZoneId", "example.com."),
                ("Type", "A"),
                ("SetIdentifier", ""),
            ),
        ),
        (
            "AWS::Lambda::EventSourceMapping",
            {
                "EventSourceArn": "arn:aws:sqs:eu-west-1:111122223333:q",
                "FunctionName": "arn:aws:lambda:eu-west-1:111122223333:function:f:live",
            },
            (
                ("EventSourceArn", "arn:aws:sqs:eu-west-1:111122223333:q"),
                ("FunctionName", "f:live"),
            ),
        ),
        # Not in the table of names: the schema's primary identifier …
        ("AWS::AppFlow::Flow", {"FlowName": "sync"}, (("FlowName", "sync"),)),
        # … or, where that is generated, another identifier …
        ("AWS::SageMaker::Hub", {"HubName": "hub"}, (("HubName", "hub"),)),
        # … or nothing.
        ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}, None),
        ("AWS::Cognito::UserPool", {"UserPoolName": "customers"}, None),
        ("AWS::Nobody::Knows", {"Name": "x"}, None),
        ("Custom::Thing", {"Name": "x"}, None),
    ],
)
def test_identity(
    resource_type: str, properties: dict[str, Any], key: types.Key | None
) -> None:
    """The identity is what AWS would refuse to have twice."""
    assert types.identity(resource_type, properties) == key


@pytest.mark.parametrize(
    ("resource_type", "properties", "arn", "ids"),
    [
        (
            "AWS::S3::Bucket",
            {"BucketName": "files"},
            "arn:aws:s3:::files",
            ("files",),
        ),
        (
            "AWS::SQS::Queue",
            {"QueueName": "jobs"},
            "arn:aws:sqs:eu-west-1:111122223333:jobs",
            ("https://sqs.eu-west-1.amazonaws.com/111122223333/jobs",),
        ),
        (
            "AWS::SNS::Topic",
            {"TopicName": "news"},
            "arn:aws:sns:eu-west-1:111122223333:news",
            ("arn:aws:sns:eu-west-1:111122223333:news",),
        ),
        (
            "AWS::Events::Rule",
            {"Name": "nightly"},
            "arn:aws:events:eu-west-1:111122223333:rule/nightly",
            ("nightly",),
        ),
        (
            "AWS::Events::Rule",
            {"Name": "nightly", "EventBusName": "app"},
            "arn:aws:events:eu-west-1:111122223333:rule/app/nightly",
            ("app|nightly",),
        ),
        (
            "AWS::IAM::Role",
            {"RoleName": "runner", "Path": "/ci/"},
            "arn:aws:iam::111122223333:role/ci/runner",
            ("runner",),
        ),
        (
            "AWS::SSM::Parameter",
            {"Name": "/app/url"},
            "arn:aws:ssm:eu-west-1:111122223333:parameter/app/url",
            ("/app/url",),
        ),
        (
            "AWS::Cognito::UserPoolUser",
            {"UserPoolId": "eu-west-1_a", "Username": "ann"},
            "",
            ("eu-west-1_a|ann",),
        ),
        ("AWS::SecretsManager::Secret", {"Name": "db"}, "", ()),
        ("AWS::SageMaker::Hub", {"HubName": "hub"}, "", ()),
        ("AWS::SQS::Queue", {"QueueName": UNKNOWN}, "", ()),
        ("AWS::AppFlow::Flow", {"FlowName": UNKNOWN}, "", ()),
        ("AWS::IAM::Role", {"RoleName": "runner", "Path": UNKNOWN}, "", ("runner",)),
    ],
)
def test_arn_and_physical_id(
    resource_type: str, properties: dict[str, Any], arn: str, ids: tuple[str, ...]
) -> None:
    """They follow from the identity as CloudFormation would record them."""
    key = types.identity(resource_type, properties)

    assert key is not None
    assert types.arn(resource_type, key, PLACE, properties) == arn
    assert types.physical_ids(resource_type, key, PLACE, properties) == ids


def test_no_arn_without_an_account() -> None:
    """Offline, an ARN with an account in it is not known; a bucket's is."""
    offline = Place(None, "eu-west-1")

    assert types.arn("AWS::SQS::Queue", (("QueueName", "jobs"),), offline) == ""
    assert types.arn("AWS::S3::Bucket", (("BucketName", "files"),), offline) != ""


def test_queue_url_in_china() -> None:
    """A partition has its own domain."""
    place = Place("111122223333", "cn-north-1")

    assert types.physical_ids("AWS::SQS::Queue", (("QueueName", "q"),), place) == (
        "https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q",
    )


@pytest.mark.parametrize(
    ("resource_type", "path", "ref"),
    [
        ("AWS::DynamoDB::Table", ("TableName",), "TableName"),
        ("AWS::SQS::Queue", ("QueueName",), None),
        ("AWS::ApiGateway::Stage", ("StageName",), "StageName"),
        ("AWS::ApiGateway::RestApi", ("Name",), None),
        ("AWS::CloudFront::CachePolicy", ("CachePolicyConfig", "Name"), None),
        ("AWS::AppFlow::Flow", ("FlowName",), "FlowName"),
        ("AWS::ApiGateway::Model", ("Name",), None),
        ("AWS::AutoScaling::LifecycleHook", ("LifecycleHookName",), None),
        ("AWS::EKS::Addon", ("AddonName",), None),
        ("AWS::EC2::VPC", (), None),
        ("AWS::Nobody::Knows", (), None),
    ],
)
def test_name_path_and_ref(
    resource_type: str, path: tuple[str, ...], ref: str | None
) -> None:
    """A finding points at the name; Ref returns it where AWS makes no other."""
    assert types.name_path(resource_type) == path
    assert types.ref_property(resource_type) == ref


@pytest.mark.parametrize(
    ("resource_type", "properties", "name"),
    [
        ("AWS::Events::Rule", {"Name": "nightly", "EventBusName": "app"}, "nightly"),
        ("AWS::EKS::Addon", {"ClusterName": "main", "AddonName": "dns"}, "dns"),
        ("AWS::SQS::Queue", {"QueueName": UNKNOWN}, UNKNOWN),
    ],
)
def test_own_name(resource_type: str, properties: dict[str, Any], name: Any) -> None:
    """Of an identity with a parent in it, the name is the resource's own."""
    key = types.identity(resource_type, properties)

    assert key is not None
    assert types.own_name(resource_type, key) == name


def test_create_only() -> None:
    """A property is create-only, in part or sometimes, or not at all."""
    assert "TableName" in types.create_only("AWS::DynamoDB::Table")
    assert "BillingMode" not in types.create_only("AWS::DynamoDB::Table")
    assert "EventBusName" in types.can_change_by_replacement("AWS::Events::Rule")
    assert "BrokerNodeGroupInfo" in types.can_change_by_replacement("AWS::MSK::Cluster")
    assert types.create_only("AWS::Nobody::Knows") == frozenset()


def test_scopes() -> None:
    """IAM's names are one per account, a bucket's one for all accounts."""
    assert types.scope("AWS::IAM::Role") is types.Scope.ACCOUNT
    assert types.scope("AWS::CloudFront::AnycastIpList") is types.Scope.ACCOUNT
    assert types.scope("AWS::S3::Bucket") is types.Scope.EVERYBODY
    assert types.scope("AWS::ApiGateway::DomainName") is types.Scope.EVERYBODY_IN_REGION
    assert types.scope("AWS::AppFlow::Flow") is types.Scope.REGION


@pytest.mark.parametrize(
    ("resource_type", "properties"),
    [
        ("AWS::SSM::ServiceSetting", {"SettingId": "/ssm/x", "SettingValue": "y"}),
        (
            "AWS::RDS::DBProxyTargetGroup",
            {"DBProxyName": "p", "TargetGroupName": "default"},
        ),
        ("AWS::CloudFormation::ResourceDefaultVersion", {"TypeName": "A::B::C"}),
        ("AWS::IoT::Logging", {"AccountId": "1"}),
        ("AWS::Events::EventBusPolicy", {"EventBusName": "b", "StatementId": "s"}),
    ],
)
def test_a_setting_is_never_taken(
    resource_type: str, properties: dict[str, str]
) -> None:
    """What it is of has it always: to create it is to set it."""
    assert types.identity(resource_type, properties) is None


def test_stateful() -> None:
    """Tables, buckets and user pools hold data; a queue's messages pass through."""
    assert types.is_stateful("AWS::DynamoDB::Table")
    assert types.is_stateful("AWS::S3::Bucket")
    assert not types.is_stateful("AWS::SQS::Queue")
    assert types.holds("AWS::SQS::Queue") is Holds.PASSING
    assert not types.is_stateful("AWS::Lambda::Function")


def test_import() -> None:
    """What has the handlers can be imported, by its primary identifier."""
    assert types.importable("AWS::DynamoDB::Table") is True
    assert types.importable("AWS::CodeBuild::Project") is False
    assert types.importable("AWS::Nobody::Knows") is None
    assert types.import_identifier("AWS::SQS::Queue") == ("QueueUrl",)


@pytest.mark.parametrize(
    ("resource_type", "name", "service"),
    [
        ("AWS::Logs::LogGroup", "/aws/lambda/orders", "Lambda"),
        ("AWS::Logs::LogGroup", "/app/lambda/orders", None),
        ("AWS::Events::EventBus", "default", "EventBridge"),
        ("AWS::Events::EventBus", "default-orders", None),
        ("AWS::SQS::Queue", "/aws/lambda/orders", None),
    ],
)
def test_service_made(resource_type: str, name: str, service: str | None) -> None:
    """A name tells which service makes such a resource by itself."""
    assert types.service_made(resource_type, name) == service
