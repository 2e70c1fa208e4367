"""The policy that is printed for a suite is what its run calls, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aws.stubbed import account as stubbed
from smoke_servers.cognito import UserPool
from smoke_servers.serving import serving
from smoke_servers.worlds import a_world

from flowguard.aws.smoke.asks import KINDS
from flowguard.aws.smoke.permissions import actions, policy
from flowguard.smoke.request import RequestSpec, Step
from flowguard.smoke.sign_in import Signed, begin
from flowguard.smoke.sign_ins import ApiKey, Cognito, SigV4
from flowguard.smoke.suite import Ask, Check, Http, Release, Soak, Suite

PAGE = Check("page", Http((Step(RequestSpec("GET", "https://example.org/")),)))


def test_a_suite_without_aws_needs_nothing() -> None:
    suite = Suite((PAGE,), sign_ins={"ops": ApiKey("${env.KEY}"), "run": SigV4()})

    assert policy(suite) == {"Version": "2012-10-17", "Statement": []}


@pytest.mark.parametrize(
    ("suite", "needed"),
    [
        (Suite((), base="${ssm./app/url}"), {"ssm:GetParameter"}),
        (
            Suite((), sign_ins={"ops": ApiKey("${secret.key}")}),
            {"secretsmanager:GetSecretValue"},
        ),
        (
            Suite((Check("table", Ask("table", "Users")),)),
            {
                "cloudformation:ListStackResources",
                "dynamodb:DescribeTable",
                "dynamodb:Scan",
            },
        ),
        (
            Suite((), release=Release(functions=("Users",))),
            {"cloudformation:ListStackResources", "lambda:GetFunctionConfiguration"},
        ),
        (
            Suite((), soak=Soak(60, alarms=("a",))),
            {
                "cloudwatch:DescribeAlarms",
                "cloudformation:DescribeStacks",
                "cloudformation:DescribeStackEvents",
            },
        ),
        (
            Suite((), base="${stack.ApiUrl}"),
            {"cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents"},
        ),
    ],
)
def test_it_needs_what_it_asks(suite: Suite, needed: set[str]) -> None:
    assert actions(suite) == needed


@pytest.mark.parametrize("flow", ["admin", "password", "srp"])
def test_an_ephemeral_user_needs_what_is_called_as_an_administrator(flow: str) -> None:
    pool = UserPool(groups={"admins"})
    allowed = {"ADMIN_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH", "USER_SRP_AUTH"}
    pool.clients["web"].flows = frozenset(f"ALLOW_{name}" for name in allowed)
    definition = Cognito(pool.id, "web", flow=flow, groups=("admins",))
    with serving(pool) as url, a_world() as world:
        at_home = Cognito(pool.id, "web", flow=flow, groups=("admins",), endpoint=url)
        signed = begin("user", at_home, world)
        assert isinstance(signed, Signed)
        signed.release()

    called = {name for name, _ in pool.called if name.startswith("Admin")}
    needed = actions(Suite((), sign_ins={"user": definition}))
    assert needed == {f"cognito-idp:{name}" for name in called}


def calls(kind: str) -> Iterator[str]:
    """What an ask of a kind calls, as IAM names it; all of it is answered."""
    options = {"key": {"id": "1"}} if kind == "migration" else {}
    with stubbed() as aws, a_world(lambda: aws.aws) as world:
        made: list[str] = []
        aws.aws.on_call = lambda service, operation, _: made.append(
            f"{service}:{operation}"
        )
        for service, operation, answer in ANSWERS[kind]:
            aws.answers(service, operation, answer)
        world.ask(Ask(kind, "a-1", options=options))
    yield from made


ANSWERS: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "alarm": [("cloudwatch", "describe_alarms", {})],
    "bucket": [("s3", "head_bucket", {}), ("s3", "list_objects_v2", {})],
    "metrics": [("cloudwatch", "get_metric_data", {"MetricDataResults": []})],
    "migration": [("dynamodb", "get_item", {})],
    "parameter": [
        ("ssm", "get_parameter", {"Parameter": {"Name": "/a", "Type": "String"}})
    ],
    "queue": [
        ("sqs", "get_queue_url", {"QueueUrl": "https://example.org/q"}),
        ("sqs", "get_queue_attributes", {"Attributes": {}}),
    ],
    "secret": [("secretsmanager", "describe_secret", {"Name": "a"})],
    "table": [
        ("dynamodb", "describe_table", {"Table": {"TableStatus": "ACTIVE"}}),
        ("dynamodb", "scan", {"Count": 0}),
    ],
    "user-pool": [("cognito-idp", "describe_user_pool", {"UserPool": {}})],
}
ELSEWHERE = {"s3:HeadBucket": "s3:ListBucket", "s3:ListObjectsV2": "s3:ListBucket"}
"""Operations that IAM has under another name."""


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_ask_needs_what_it_calls(kind: str) -> None:
    called = {ELSEWHERE.get(name, name) for name in calls(kind)}

    assert called == {*KINDS[kind].permissions}


def test_every_kind_is_held_to_it() -> None:
    assert {*ANSWERS, "function"} == {*KINDS}
