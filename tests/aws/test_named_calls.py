"""Every row of the table of calls, held against botocore's models of the APIs."""

from __future__ import annotations

import re
from typing import Any

import jmespath
import pytest
from aws.scripted import scripted
from aws.stubbed import PLACE, SESSION
from botocore.model import ListShape, OperationModel, Shape, StructureShape
from botocore.validate import ParamValidator

from flowguard.aws import named, named_odd
from flowguard.aws.named_call import (
    Call,
    Native,
    own_name,
    parameters,
    region,
    row_name,
    rows,
)
from flowguard.aws.named_calls import CALLS
from flowguard.lookups import NamedResource, ResourceNamed
from flowguard.model.questions import Absent, Present, Unknown, UnknownKind
from flowguard.template import resource_types
from flowguard.template.resource_names import NAMES

NAME = "abcdefghijklmnopqrst"
"""A name that every API takes."""
SAID_NOWHERE = {
    # S3 models few of its errors; SQS sends its old code to old clients.
    "NoSuchAccessPoint",
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "AWS.SimpleQueueService.NonExistentQueue",
}
PAGING = re.compile(
    "next|marker|token|position|lastevaluated|paginationtoken", re.IGNORECASE
)

EACH_TYPE = pytest.mark.parametrize("resource_type", sorted(CALLS))
EACH_CALL = pytest.mark.parametrize(
    "call",
    [
        pytest.param(call, id=f"{resource_type}-{call.operation}-{index}")
        for resource_type, native in sorted(CALLS.items())
        for index, call in enumerate(native.calls)
    ],
)


def lookup(resource_type: str) -> ResourceNamed:
    """A question about the type, with a name in every part of its identity."""
    properties: dict[str, Any] = {}
    parts = (
        [part.path for part in NAMES[resource_type].key]
        if resource_type in NAMES
        else resource_types.import_identifier(resource_type)
    )
    for path in parts:
        inner = properties
        *outer, last = path.split("/")
        for step in outer:
            inner = inner.setdefault(step, {})
        inner[last] = SPECIAL.get(path, NAME)
    key = resource_types.identity(resource_type, properties)
    assert key is not None
    return ResourceNamed(PLACE, resource_type, key)


SPECIAL = {
    "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
    "ServiceNamespace": "dynamodb",
    "Scope": "REGIONAL",
}


def type_of(call: Call) -> str:
    """The first type that the call is made for."""
    return next(each for each, native in CALLS.items() if call in native.calls)


def model(call: Call) -> OperationModel:
    """botocore's model of the operation."""
    service = SESSION.get_service_model(call.service)
    return service.operation_model(call.operation)


def output(call: Call) -> StructureShape:
    """botocore's model of the answer."""
    shape = model(call).output_shape
    assert isinstance(shape, StructureShape)
    return shape


def sample(shape: Shape | None, depth: int = 7) -> Any:
    """An answer of the right shape, in which every text is the name."""
    if isinstance(shape, StructureShape):
        return {
            name: sample(member, depth - 1)
            for name, member in shape.members.items()
            if depth > 0 and not PAGING.match(name)
        }
    if isinstance(shape, ListShape):
        return [sample(shape.member, depth - 1)]
    return {"string": NAME, "boolean": False}.get(shape.type_name if shape else "", 1)


def answer(call: Call) -> dict[str, Any]:
    """What AWS would say where the name is taken."""
    made: dict[str, Any] = sample(output(call))
    if call.operation == "GetTopicAttributes":
        made["Attributes"] = {"TopicArn": NAME}
    return made


@EACH_CALL
def test_operation_and_parameters_are_right(call: Call) -> None:
    """botocore would send the call as it stands."""
    asked = parameters(call, [lookup(type_of(call))])

    shape = model(call).input_shape
    assert shape is not None
    report = ParamValidator().validate(asked, shape)

    assert not report.has_errors(), report.generate_report()


@EACH_CALL
def test_answer_is_read_where_it_is(call: Call) -> None:
    """The rows, and each of their parts, are in the API's answer."""
    asked = lookup(type_of(call))
    found = rows(answer(call), call)

    assert len(found) >= 1
    if call.name:
        assert row_name(found[0], call) == own_name(asked)
    for path in filter(None, (call.id, call.arn, call.account)):
        inner = found[0]
        if isinstance(inner, dict):
            inner = dict(asked.key) | inner
        assert NAME in jmespath.search(path, inner), path
    for member in re.findall(r"\b([A-Za-z]+) (?:==|&&)", call.state):
        assert member in found[0], member


@EACH_CALL
def test_error_codes_are_the_apis_own(call: Call) -> None:
    """What counts as absent is what the API says of what is not there."""
    shapes = model(call).error_shapes
    said = {shape.metadata.get("error", {}).get("code") for shape in shapes}
    said |= {shape.name for shape in shapes}

    assert set(call.absent) - said - SAID_NOWHERE == set()


@EACH_CALL
def test_a_list_is_read_to_its_end(call: Call) -> None:
    """An answer that has a next page is paged by botocore or by the row."""
    members = [name for name in output(call).members if PAGING.match(name)]
    client = SESSION.create_client(call.service, region_name="us-east-1")
    is_one = any(native.one is call for native in CALLS.values())
    if call.next_page:
        parameter, _, following = call.next_page.partition("=")

        input_shape = model(call).input_shape
        assert input_shape is not None
        assert parameter in input_shape.members
        assert jmespath.search(following or parameter, paged(output(call)))
    else:
        assert is_one or not members or client.can_paginate(call.method)


def paged(shape: Shape) -> Any:
    """An answer with every text in it, those of the next page too."""
    if not isinstance(shape, StructureShape):
        return "more"
    return {name: paged(member) for name, member in shape.members.items()}


@EACH_TYPE
def test_permissions(resource_type: str) -> None:
    """Every call's permission is an IAM action, and is declared."""
    actions = named.permissions([lookup(resource_type)])

    assert actions
    assert actions <= named.permissions(None)
    assert all(re.fullmatch(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]+", each) for each in actions)


@EACH_TYPE
def test_present(resource_type: str) -> None:
    """What is there is found, with its physical id."""
    call, asked = first_call(CALLS[resource_type]), lookup(resource_type)
    with scripted(lambda _operation, _parameters: answer(call)) as (aws, asks):
        result = named.fetch(aws, [asked])[asked]

    assert isinstance(result, Present)
    assert isinstance(result.value, NamedResource)
    assert result.value.physical_id
    assert asks.operations == [call.operation]
    assert asks.regions == {region(call, asked)}


@EACH_TYPE
def test_absent(resource_type: str) -> None:
    """What is not there is absent: the API says so, or has no such row."""
    call, asked = first_call(CALLS[resource_type]), lookup(resource_type)
    said = call.absent[0] if call.absent else nothing(output(call))
    with scripted(lambda _operation, _parameters: said) as (aws, _):
        result = named.fetch(aws, [asked])[asked]

    assert result == Absent()


def nothing(shape: StructureShape) -> dict[str, Any]:
    """An answer whose lists are empty."""
    return {
        name: nothing(member) if isinstance(member, StructureShape) else []
        for name, member in shape.members.items()
        if isinstance(member, ListShape | StructureShape)
    }


@EACH_TYPE
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDeniedException", UnknownKind.DENIED),
        ("ThrottlingException", UnknownKind.THROTTLED),
    ],
)
def test_no_answer(resource_type: str, code: str, kind: UnknownKind) -> None:
    """Denied or throttled is unknown, never absent; denied says what is missing."""
    call, asked = first_call(CALLS[resource_type]), lookup(resource_type)
    with scripted(lambda _operation, _parameters: code) as (aws, _):
        result = named.fetch(aws, [asked])[asked]

    assert isinstance(result, Unknown)
    assert result.kind is kind
    assert result.permission == (call.action if kind is UnknownKind.DENIED else "")


def first_call(native: Native) -> Call:
    """The call that is made for one name."""
    call = native.one or native.many
    assert call is not None
    return call


def test_the_types_that_templates_name_most_are_native() -> None:
    """Of the 40 types named most, those with a unique name have their own call."""
    most = """
    S3::Bucket Logs::LogGroup IAM::Role SQS::Queue DynamoDB::Table Events::EventBus
    Lambda::Function EC2::SecurityGroup SecretsManager::Secret Events::Rule
    ElasticLoadBalancingV2::TargetGroup Config::ConfigRule ApiGateway::Stage
    Route53::RecordSet CloudWatch::Alarm Pipes::Pipe SNS::Topic IAM::InstanceProfile
    Kinesis::Stream ECS::Service ElasticLoadBalancingV2::LoadBalancer MSK::Cluster
    ECS::Cluster KMS::Alias SSM::Parameter Cognito::UserPoolDomain
    CloudWatch::Dashboard StepFunctions::StateMachine
    """

    assert {f"AWS::{each}" for each in most.split()} <= {*CALLS, *named_odd.ASKS}
    assert len(CALLS) + len(named_odd.ASKS) >= 55


def test_a_type_is_asked_in_one_way() -> None:
    """No type is both in the table and odd, and each has a name."""
    assert not CALLS.keys() & named_odd.ASKS.keys()
    assert all(resource_types.name_path(each) for each in CALLS)
