"""Names are asked for with as few calls as their services allow."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from aws.scripted import scripted
from aws.stubbed import PLACE

from flowguard.aws import named
from flowguard.lookups import NamedResource, ResourceNamed
from flowguard.model.questions import Absent, Present, Unknown, UnknownKind
from flowguard.template import resource_types

DENIED = "AccessDeniedException"


def lookup(resource_type: str, **properties: Any) -> ResourceNamed:
    """A question as a rule makes it."""
    key = resource_types.identity(f"AWS::{resource_type}", properties)
    assert key is not None
    return ResourceNamed(PLACE, f"AWS::{resource_type}", key)


def answers(reply: Any, *lookups: ResourceNamed) -> tuple[list[Any], list[str]]:
    """The answers, in order, and the operations that were called."""
    with scripted(reply if callable(reply) else lambda *_: reply) as (aws, asks):
        found = named.fetch(aws, lookups)
    assert set(found) == set(lookups)
    return [found[lookup] for lookup in lookups], asks.operations


def by_operation(**replies: Any) -> Any:
    """A reply that depends on the operation alone."""
    return lambda operation, _parameters: replies[operation]


def tables(*names: str) -> list[ResourceNamed]:
    """Questions about tables."""
    return [lookup("DynamoDB::Table", TableName=name) for name in names]


def table(name: str) -> Present[NamedResource]:
    """The answer that there is such a table."""
    arn = f"arn:aws:dynamodb:eu-central-1:111122223333:table/{name}"
    return Present(NamedResource(name, arn))


# --- one, or many -------------------------------------------------------------


def test_few_names_are_asked_one_by_one() -> None:
    found, calls = answers(
        lambda _, asked: (
            {"Table": {"TableName": "a"}}
            if asked["TableName"] == "aaa"
            else "ResourceNotFoundException"
        ),
        *tables("aaa", "bbb", "ccc"),
    )

    assert found == [table("aaa"), Absent(), Absent()]
    assert calls == ["DescribeTable"] * 3


def test_many_names_are_asked_by_one_list() -> None:
    names = [f"table-{number}" for number in range(50)]
    found, calls = answers(
        {"TableNames": ["other", *names[:2]]}, *tables(*names, "other")
    )

    assert found == [
        table("table-0"),
        table("table-1"),
        *[Absent()] * 48,
        table("other"),
    ]
    assert calls == ["ListTables"]


def test_a_list_is_left_when_all_are_found() -> None:
    page = {"TableNames": list("abcd"), "LastEvaluatedTableName": "d"}
    found, calls = answers(page, *tables("a", "b", "c", "d"))

    assert all(isinstance(answer, Present) for answer in found)
    assert calls == ["ListTables"]


def test_an_endless_list_is_left_for_single_calls() -> None:
    def reply(operation: str, asked: Mapping[str, Any]) -> Any:
        if operation == "DescribeTable":
            return "ResourceNotFoundException"
        page = asked.get("ExclusiveStartTableName", "page") + "+"
        return {"TableNames": ["a"], "LastEvaluatedTableName": page}

    found, calls = answers(reply, *tables("a", "b", "c", "d"))

    assert found == [table("a"), Absent(), Absent(), Absent()]
    assert calls == ["ListTables"] * 4 + ["DescribeTable"] * 3


def test_single_calls_where_the_list_is_denied() -> None:
    found, calls = answers(
        by_operation(ListTables=DENIED, DescribeTable="ResourceNotFoundException"),
        *tables("a", "b", "c", "d"),
    )

    assert found == [Absent()] * 4
    assert calls == ["ListTables", *["DescribeTable"] * 4]


def test_the_list_where_single_calls_are_denied() -> None:
    found, calls = answers(
        by_operation(ListTables={"TableNames": ["aaa"]}, DescribeTable=DENIED),
        *tables("aaa", "bbb"),
    )

    assert found == [table("aaa"), Absent()]
    assert calls == ["DescribeTable", "DescribeTable", "ListTables"]


def test_denied_both_ways_names_the_permission_of_the_single_call() -> None:
    found, _ = answers(DENIED, *tables("aaa"))

    assert found == [
        Unknown(
            UnknownKind.DENIED,
            f"{DENIED}: so it is",
            "dynamodb:DescribeTable",
        )
    ]


def test_a_throttled_list_is_not_followed_by_more_calls() -> None:
    found, calls = answers("ThrottlingException", *tables("a", "b", "c", "d"))

    assert {answer.kind for answer in found} == {UnknownKind.THROTTLED}
    assert calls == ["ListTables"]


def test_types_of_one_service_share_nothing_but_the_round() -> None:
    function = lookup("Lambda::Function", FunctionName="orders")
    found, calls = answers(
        by_operation(
            DescribeTable={"Table": {"TableName": "aaa"}},
            GetFunction={"Configuration": {"FunctionArn": "arn:of:it"}},
        ),
        *tables("aaa"),
        function,
    )

    assert found == [table("aaa"), Present(NamedResource("orders", "arn:of:it"))]
    assert sorted(calls) == ["DescribeTable", "GetFunction"]


def test_names_with_different_parents_are_listed_apart() -> None:
    rules = [
        lookup("Events::Rule", Name=f"rule-{number}", EventBusName=bus)
        for bus in ("app", "audit")
        for number in range(4)
    ]
    found, calls = answers(
        lambda _, asked: (
            {"Rules": [{"Name": "rule-1"}]}
            if asked["EventBusName"] == "audit"
            else "ResourceNotFoundException"
        ),
        *rules,
    )

    assert found[:5] == [Absent()] * 5
    assert found[5].value.physical_id == "audit|rule-1"
    assert calls == ["ListRules"] * 2


def test_log_groups_are_listed_by_what_their_names_begin_with() -> None:
    groups = [
        lookup("Logs::LogGroup", LogGroupName=f"/aws/lambda/app-{name}")
        for name in ("orders", "users", "mail", "jobs")
    ]
    with scripted(lambda *_: {"logGroups": []}) as (aws, asks):
        named.fetch(aws, groups)

    assert asks.asked == [
        (
            "DescribeLogGroups",
            {"logGroupNamePrefix": "/aws/lambda/app-", "limit": 50},
        )
    ]


def test_a_log_group_is_not_another_whose_name_begins_with_its() -> None:
    group = lookup("Logs::LogGroup", LogGroupName="/app")
    found, _ = answers({"logGroups": [{"logGroupName": "/app-2"}]}, group)

    assert found == [Absent()]


def test_a_batch_takes_as_many_as_the_api_does() -> None:
    parameters = [lookup("SSM::Parameter", Name=f"/app/{n}") for n in range(25)]
    with scripted(lambda *_: {"Parameters": [{"Name": "/app/7"}]}) as (aws, asks):
        found = named.fetch(aws, parameters)

    assert [len(asked["Names"]) for _, asked in asks.asked] == [10, 10, 5]
    assert all(asked["WithDecryption"] is False for _, asked in asks.asked)
    assert [each for each in parameters if found[each] != Absent()] == [parameters[7]]


def test_a_refused_batch_is_asked_one_by_one() -> None:
    def reply(_operation: str, asked: Mapping[str, Any]) -> Any:
        if "/bad" in asked["Names"]:
            return "ValidationException"
        return {"Parameters": [{"Name": name} for name in asked["Names"]]}

    parameters = [lookup("SSM::Parameter", Name=name) for name in ("/good", "/bad")]
    found, calls = answers(reply, *parameters)

    assert found[0].value.physical_id == "/good"
    assert found[1].kind is UnknownKind.UNSUPPORTED
    assert len(calls) == 3


def test_300_names_of_12_types_need_few_calls() -> None:
    """Where a list answers many, it is one call for each page of the account."""
    kinds = {
        "DynamoDB::Table": "TableName",
        "Lambda::Function": "FunctionName",
        "IAM::Role": "RoleName",
        "SQS::Queue": "QueueName",
        "SNS::Topic": "TopicName",
        "Logs::LogGroup": "LogGroupName",
        "Events::Rule": "Name",
        "StepFunctions::StateMachine": "StateMachineName",
        "SecretsManager::Secret": "Name",
        "CloudWatch::Alarm": "AlarmName",
        "ECR::Repository": "RepositoryName",
        "Kinesis::Stream": "Name",
    }
    lookups = [
        lookup(kind, **{path: f"shop-{number}"})
        for kind, path in kinds.items()
        for number in range(25)
    ]
    found, calls = answers({}, *lookups)

    assert found == [Absent()] * 300
    assert len(calls) == len(kinds)


# --- what is special ----------------------------------------------------------


def test_a_secret_that_waits_for_its_deletion_holds_its_name() -> None:
    secret = lookup("SecretsManager::Secret", Name="db")
    said = {"ARN": "arn:of:db-AbCdEf", "Name": "db", "DeletedDate": 1735689600}
    found, _ = answers(said, secret)

    assert found == [
        Present(
            NamedResource(
                "arn:of:db-AbCdEf", "arn:of:db-AbCdEf", state="scheduled for deletion"
            )
        )
    ]


def test_an_inactive_service_does_not_hold_its_name() -> None:
    service = lookup("ECS::Service", ServiceName="web", Cluster="main")
    row = {"serviceName": "web", "serviceArn": "arn:of:web"}
    gone, _ = answers({"services": [{**row, "status": "INACTIVE"}]}, service)
    going, _ = answers({"services": [{**row, "status": "DRAINING"}]}, service)

    assert gone == [Absent()]
    assert going[0].value.state == "being deleted"


def test_a_domain_of_another_account() -> None:
    domain = lookup("Cognito::UserPoolDomain", Domain="shop", UserPoolId="eu_1")
    said = {"DomainDescription": {"Domain": "shop", "AWSAccountId": "999988887777"}}
    found, _ = answers(said, domain)

    assert found[0].value.elsewhere == "another account"
    assert answers({"DomainDescription": {}}, domain)[0] == [Absent()]


def test_a_path_part_is_one_only_below_its_parent() -> None:
    parts = [
        lookup("ApiGateway::Resource", RestApiId="api", ParentId=parent, PathPart="v1")
        for parent in ("root", "orders")
    ]
    found, calls = answers(
        {"items": [{"id": "abc", "parentId": "root", "pathPart": "v1"}]}, *parts
    )

    assert found == [Present(NamedResource("abc")), Absent()]
    assert calls == ["GetResources"]


def test_an_answer_that_is_no_answer_is_unknown() -> None:
    found, _ = answers({"Table": "what?"}, *tables("aaa"))

    assert isinstance(found[0], Unknown)


# --- S3 -----------------------------------------------------------------------


def buckets(head: Any, listed: Any, *names: str) -> tuple[list[Any], list[str]]:
    """The answers about buckets."""
    return answers(
        by_operation(ListBuckets=listed, HeadBucket=head),
        *(lookup("S3::Bucket", BucketName=name) for name in names),
    )


OURS = {
    "Buckets": [
        {"Name": "our-files", "BucketRegion": "eu-central-1"},
        {"Name": "our-backup", "BucketRegion": "us-east-1"},
    ]
}


def bucket(name: str, elsewhere: str = "", state: str = "") -> Present[NamedResource]:
    """The answer that there is such a bucket."""
    return Present(NamedResource(name, f"arn:aws:s3:::{name}", elsewhere, state))


def test_our_buckets_are_told_by_one_list() -> None:
    found, calls = buckets("404", OURS, "our-files", "our-backup", "free-name")

    assert found == [
        bucket("our-files"),
        bucket("our-backup", state="in us-east-1"),
        Absent(),
    ]
    assert calls == ["ListBuckets", "HeadBucket"]


@pytest.mark.parametrize("head", ["403", "301", {}])
def test_a_bucket_that_is_not_ours_is_of_another_account(head: Any) -> None:
    found, _ = buckets(head, OURS, "their-files")

    assert found == [bucket("their-files", elsewhere="another account")]


def test_forbidden_without_the_list_is_unknown() -> None:
    found, _ = buckets("403", "AccessDenied", "some-files")

    assert found[0].kind is UnknownKind.DENIED
    assert found[0].permission == "s3:ListAllMyBuckets"


def test_without_the_list_a_free_name_is_free_still() -> None:
    assert buckets("404", "AccessDenied", "free-name")[0] == [Absent()]
    assert buckets({}, "AccessDenied", "some-files")[0] == [bucket("some-files")]


def test_a_bucket_is_unknown_where_s3_is_throttled() -> None:
    found, _ = buckets("SlowDown", OURS, "some-files")

    assert found[0].kind is UnknownKind.THROTTLED


# --- EC2, Route 53, IAM -------------------------------------------------------


def test_security_groups_by_vpc() -> None:
    """One call for each VPC; a group without one is of the default VPC."""
    groups = [
        lookup("EC2::SecurityGroup", GroupName="web", VpcId="vpc-1"),
        lookup("EC2::SecurityGroup", GroupName="db", VpcId="vpc-1"),
        lookup("EC2::SecurityGroup", GroupName="web"),
    ]

    def reply(operation: str, asked: Mapping[str, Any]) -> Any:
        if operation == "DescribeVpcs":
            return {"Vpcs": [{"VpcId": "vpc-0"}]}
        vpc = asked["Filters"][1]["Values"][0]
        return {"SecurityGroups": [{"GroupName": "web", "GroupId": f"sg-{vpc}"}]}

    found, calls = answers(reply, *groups)

    assert found[0].value.physical_id == "sg-vpc-1"
    assert found[1] == Absent()
    assert found[2].value.physical_id == "sg-vpc-0"
    assert sorted(calls) == ["DescribeSecurityGroups"] * 2 + ["DescribeVpcs"]


@pytest.mark.parametrize(
    ("vpcs", "answer"),
    [
        ({"Vpcs": []}, Absent()),
        (
            "UnauthorizedOperation",
            Unknown(
                UnknownKind.DENIED,
                "UnauthorizedOperation: so it is",
                "ec2:DescribeVpcs",
            ),
        ),
    ],
)
def test_security_group_without_a_default_vpc(vpcs: Any, answer: Any) -> None:
    group = lookup("EC2::SecurityGroup", GroupName="web")

    assert answers(by_operation(DescribeVpcs=vpcs), group)[0] == [answer]


def test_security_groups_denied() -> None:
    groups = [
        lookup("EC2::SecurityGroup", GroupName=name, VpcId="vpc-1") for name in "ab"
    ]
    found, _ = answers("UnauthorizedOperation", *groups)

    assert {each.permission for each in found} == {"ec2:DescribeSecurityGroups"}


def record(name: str, kind: str = "A", set_id: str = "", **zone: str) -> ResourceNamed:
    """A question about a record."""
    return lookup(
        "Route53::RecordSet",
        Name=name,
        Type=kind,
        SetIdentifier=set_id,
        **zone or {"HostedZoneId": "Z1"},
    )


@pytest.mark.parametrize(
    ("asked", "row", "there"),
    [
        (record("api.shop.com"), {"Name": "api.shop.com.", "Type": "A"}, True),
        (record("API.shop.com."), {"Name": "api.shop.com.", "Type": "A"}, True),
        (record("*.shop.com"), {"Name": "\\052.shop.com.", "Type": "A"}, True),
        (record("api.shop.com"), {"Name": "api.shop.com.", "Type": "TXT"}, False),
        (record("api.shop.com"), {"Name": "www.shop.com.", "Type": "A"}, False),
        (
            record("api.shop.com"),
            {"Name": "api.shop.com.", "Type": "A", "SetIdentifier": "eu"},
            True,
        ),
        (
            record("api.shop.com", set_id="us"),
            {"Name": "api.shop.com.", "Type": "A", "SetIdentifier": "eu"},
            False,
        ),
    ],
)
def test_record_set(asked: ResourceNamed, row: Any, there: bool) -> None:
    found, calls = answers({"ResourceRecordSets": [row]}, asked)

    assert isinstance(found[0], Present) == there
    assert calls == ["ListResourceRecordSets"]


def test_records_of_a_zone_that_is_given_by_name() -> None:
    """The zone's id is asked for once."""
    found, calls = answers(
        by_operation(
            ListHostedZonesByName={
                "HostedZones": [{"Name": "shop.com.", "Id": "/hostedzone/Z1"}]
            },
            ListResourceRecordSets={"ResourceRecordSets": []},
        ),
        record("api.shop.com", HostedZoneName="shop.com."),
        record("www.shop.com", HostedZoneName="shop.com."),
    )

    assert found == [Absent(), Absent()]
    assert calls == ["ListHostedZonesByName", *["ListResourceRecordSets"] * 2]


def test_records_of_a_zone_that_is_not_there() -> None:
    by_id, _ = answers("NoSuchHostedZone", record("api.shop.com"))
    by_name, _ = answers(
        {"HostedZones": [{"Name": "shop.org.", "Id": "/hostedzone/Z2"}]},
        record("api.shop.com", HostedZoneName="shop.com."),
    )

    assert by_id == by_name == [Absent()]


@pytest.mark.parametrize(
    ("suffix", "name"),
    [
        ("", "AWSServiceRoleForAutoScaling"),
        ("web", "AWSServiceRoleForAutoScaling_web"),
        ("other", None),
    ],
)
def test_service_linked_role(suffix: str, name: str | None) -> None:
    """AWS chooses the name; a custom suffix ends it."""
    role = lookup(
        "IAM::ServiceLinkedRole",
        AWSServiceName="autoscaling.amazonaws.com",
        CustomSuffix=suffix,
    )
    said = [
        {"RoleName": f"AWSServiceRoleForAutoScaling{end}", "Arn": f"arn:{end}"}
        for end in ("_web", "")
    ]
    found, _ = answers({"Roles": said}, role)

    assert [getattr(each, "value", None) for each in found] == [
        name and NamedResource(name, f"arn:{name[28:]}")
    ]


# --- Cloud Control ------------------------------------------------------------

FLOW = {"Identifier": "sync", "Properties": json.dumps({"Arn": "arn:of:sync"})}


def test_cloud_control_reads_by_the_primary_identifier() -> None:
    flow = lookup("AppFlow::Flow", FlowName="sync")
    with scripted(lambda *_: {"ResourceDescription": FLOW}) as (aws, asks):
        found = named.fetch(aws, [flow])

    assert found == {flow: Present(NamedResource("sync", "arn:of:sync"))}
    assert asks.asked == [
        ("GetResource", {"TypeName": "AWS::AppFlow::Flow", "Identifier": "sync"})
    ]


@pytest.mark.parametrize(
    ("asked", "identifier"),
    [
        (
            lookup("EKS::AccessEntry", PrincipalArn="arn:p", ClusterName="main"),
            "arn:p|main",
        ),
        (lookup("SageMaker::Hub", HubName="hub"), '{"HubName": "hub"}'),
    ],
)
def test_cloud_control_identifiers(asked: ResourceNamed, identifier: str) -> None:
    """A compound one is joined; one that is not the primary one is JSON."""
    with scripted(lambda *_: "ResourceNotFoundException") as (aws, asks):
        found = named.fetch(aws, [asked])

    assert found == {asked: Absent()}
    assert asks.asked[0][1]["Identifier"] == identifier


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDeniedException", UnknownKind.DENIED),
        ("ThrottlingException", UnknownKind.THROTTLED),
        ("UnsupportedActionException", UnknownKind.UNSUPPORTED),
        ("TypeNotFoundException", UnknownKind.UNSUPPORTED),
        ("GeneralServiceException", UnknownKind.UNREACHABLE),
        ("HandlerInternalFailureException", UnknownKind.UNREACHABLE),
    ],
)
def test_only_not_found_is_absent_for_cloud_control(
    code: str, kind: UnknownKind
) -> None:
    found, calls = answers(code, lookup("AppFlow::Flow", FlowName="sync"))

    assert found[0].kind is kind
    assert calls == ["GetResource"]


def test_a_type_that_nobody_reads_is_not_asked_for() -> None:
    mesh = ResourceNamed(PLACE, "AWS::AppMesh::Mesh", (("MeshName", "main"),))
    found, calls = answers({}, mesh)

    assert found[0].kind is UnknownKind.UNSUPPORTED
    assert calls == []


@pytest.mark.parametrize(
    ("properties", "answer"),
    [
        (
            {"DeploymentGroupName": "x", "Name": "events", "Arn": "arn:of:it"},
            Present(
                NamedResource(
                    "arn:aws:glue:eu-central-1:111122223333:registry/events",
                    "arn:of:it",
                )
            ),
        ),
        ({"Name": "other"}, Absent()),
    ],
)
def test_cloud_control_lists_where_the_name_identifies_nothing(
    properties: Any, answer: Any
) -> None:
    registry = lookup("Glue::Registry", Name="events")
    rows = [{"Identifier": "arn:x", "Properties": json.dumps(properties)}]
    found, calls = answers({"ResourceDescriptions": rows}, registry)

    assert found == [answer]
    assert calls == ["ListResources"]


def test_a_list_that_shows_no_names_proves_nothing() -> None:
    rows = [{"Identifier": "arn:x", "Properties": '{"Arn": "arn:x"}'}]
    registry = lookup("Glue::Registry", Name="events")
    found, _ = answers({"ResourceDescriptions": rows}, registry)

    assert found[0].kind is UnknownKind.UNSUPPORTED


# --- permissions --------------------------------------------------------------


def test_permissions_are_those_of_the_types_that_are_asked_for() -> None:
    assert named.permissions(tables("a")) == {
        "dynamodb:DescribeTable",
        "dynamodb:ListTables",
    }
    assert named.permissions([]) == set()


def test_cloud_control_needs_its_handlers_permissions_too() -> None:
    flow = lookup("AppFlow::Flow", FlowName="sync")

    assert named.permissions([flow]) == {
        "cloudformation:GetResource",
        "appflow:DescribeFlow",
        "appflow:ListTagsForResource",
    }


def test_every_permission_only_reads() -> None:
    """Nothing that FlowGuard asks for could change anything, or read a secret."""
    reads = re.compile(r"[a-z0-9-]+:(BatchGet|Describe|Get|GET|List|View)[A-Za-z0-9]*")
    actions = named.permissions(None)

    assert [each for each in actions if not reads.fullmatch(each)] == []
    assert "secretsmanager:GetSecretValue" not in actions
    assert {"cloudformation:GetResource", "cloudformation:ListResources"} <= actions
