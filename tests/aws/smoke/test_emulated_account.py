"""An emulated account over HTTP: what smoke tests ask of AWS, and how it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.server import ThreadedMotoServer
from smoke_servers.worlds import a_world, account

from flowguard.aws.session import Aws
from flowguard.errors import ConfigError
from flowguard.model.exchange import Request
from flowguard.model.questions import Absent, Present, Unknown
from flowguard.smoke.sign_in import Signed, begin
from flowguard.smoke.sign_in.claims import of
from flowguard.smoke.sign_ins import Cognito
from flowguard.smoke.suite import Ask
from flowguard.smoke.world import Value, World

TEMPLATE = {
    "Resources": {
        "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "app-jobs"}},
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": "app-migrations",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        },
    },
    "Outputs": {"ApiUrl": {"Value": "https://api.example.org"}},
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """An emulated AWS account on a free port of the loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def aws(endpoint: str) -> Aws:
    """The account, with a stack and what stands beside it."""
    aws = account(endpoint)
    text = json.dumps(TEMPLATE)
    aws.call("cloudformation", "create_stack", StackName="app", TemplateBody=text)
    aws.call("ssm", "put_parameter", Name="/app/mode", Value="live", Type="String")
    aws.call("ssm", "put_parameter", Name="/app/key", Value="k3y", Type="SecureString")
    secret = json.dumps({"password": "p4ss", "port": 5432})
    aws.call("secretsmanager", "create_secret", Name="app/db", SecretString=secret)
    aws.call("secretsmanager", "create_secret", Name="a.b", SecretString="dotted")
    where = {"LocationConstraint": "eu-central-1"}
    aws.call(
        "s3", "create_bucket", Bucket="app-videos", CreateBucketConfiguration=where
    )
    item = {"id": {"S": "latest"}, "version": {"N": "7"}, "ratio": {"N": "0.5"}}
    aws.call("dynamodb", "put_item", TableName="app-migrations", Item=item)
    return aws


@pytest.fixture
def world(aws: Aws) -> Iterator[World]:
    """The world of a run against the stack."""
    with a_world(lambda: aws, stack_name="app", environment=ENVIRONMENT) as made:
        yield made


ENVIRONMENT = {"STAGE": "dev", "API_TOKEN": "t0ken"}

# -- what stands behind a name ---------------------------------------------------


@pytest.mark.parametrize(
    ("source", "name", "text", "secret"),
    [
        ("stack", "ApiUrl", "https://api.example.org", False),
        ("stack", "resources.Table", "app-migrations", False),
        ("ssm", "/app/mode", "live", False),
        ("ssm", "/app/key", "k3y", True),
        ("secret", "app/db.password", "p4ss", True),
        ("secret", "app/db.port", "5432", True),
        ("secret", "a.b", "dotted", True),
        ("env", "STAGE", "dev", False),
        ("env", "API_TOKEN", "t0ken", True),
        ("git", "sha", "0123456789abcdef", False),
        ("run", "id", "run-77", False),
    ],
)
def test_what_stands_behind_a_name(
    world: World, source: str, name: str, text: str, *, secret: bool
) -> None:
    assert world.values(source, name) == Value(text, secret=secret)


@pytest.mark.parametrize(
    ("source", "name", "said", "next_step"),
    [
        ("stack", "ApiUrI", "did you mean 'ApiUrl'?", "Outputs"),
        ("stack", "resources.Gone", "no resource 'Gone'", "logical id"),
        ("ssm", "/app/gone", "no parameter '/app/gone'", "put-parameter"),
        ("secret", "app/gone", "no secret 'app/gone'", "make it"),
        ("secret", "app/db.pasword", "did you mean 'password'?", "keys"),
        ("secret", "app/gone.key", "no secret 'app/gone'", "make it"),
        ("env", "STAGES", "did you mean 'STAGE'?", "env: {STAGES"),
        ("git", "tag", "${git.tag}", "git.branch"),
        ("run", "number", "${run.number}", "run.id"),
        ("stacks", "ApiUrl", "did you mean 'stack'?", "name one of"),
    ],
)
def test_what_is_not_there_is_the_specs_fault(
    world: World, source: str, name: str, said: str, next_step: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        world.values(source, name)

    assert said in caught.value.message
    assert next_step in caught.value.help
    assert "p4ss" not in str(caught.value)


def test_what_nobody_knows_is_unknown(world: World) -> None:
    assert isinstance(world.values("git", "branch"), Unknown)


def test_without_a_stack_its_outputs_are_the_command_lines_fault(aws: Aws) -> None:
    with a_world(lambda: aws) as world, pytest.raises(ConfigError) as caught:
        world.values("stack", "ApiUrl")

    assert caught.value.help == "give --stack-name NAME"


def test_a_stack_that_is_not_there(aws: Aws) -> None:
    with (
        a_world(lambda: aws, stack_name="gone") as world,
        pytest.raises(ConfigError, match="no stack called 'gone'"),
    ):
        world.values("stack", "ApiUrl")


# -- dependencies ----------------------------------------------------------------


def migration(key: str) -> Ask:
    """A question for an item of the table of migrations."""
    return Ask("migration", "Table", options={"key": {"id": key}})


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (Ask("table", "app-migrations"), {"status": "ACTIVE", "readable": True}),
        (Ask("table", "Table"), {"status": "ACTIVE", "readable": True}),
        (Ask("bucket", "app-videos"), {"empty": True, "readable": True}),
        (Ask("parameter", "/app/key"), {"type": "SecureString", "version": 1}),
        (Ask("secret", "app/db"), {"name": "app/db", "rotation": False}),
        (Ask("queue", "app-jobs"), {"depth": 0, "in_flight": 0, "delayed": 0}),
        (Ask("queue", "Jobs"), {"depth": 0}),
        (migration("latest"), {"id": "latest", "version": 7, "ratio": 0.5}),
        (
            Ask("metrics", "app-users"),
            {"errors": None, "throttles": None, "invocations": None, "p95": None},
        ),
    ],
)
def test_what_is_there_is_told(world: World, ask: Ask, answer: dict[str, Any]) -> None:
    came = world.ask(ask)

    assert isinstance(came, Present)
    assert {key: came.value[key] for key in answer} == answer


@pytest.mark.parametrize(
    "ask",
    [
        Ask("table", "gone-table"),
        Ask("table", "Gone"),
        Ask("bucket", "flowguard-nowhere"),
        Ask("user-pool", "eu-central-1_Nowhere12"),
        Ask("parameter", "/gone"),
        Ask("secret", "gone"),
        Ask("queue", "gone"),
        Ask("alarm", "gone"),
        migration("gone"),
    ],
)
def test_what_is_not_there_is_absent(world: World, ask: Ask) -> None:
    assert world.ask(ask) == Absent()


def test_a_kind_that_nobody_knows(world: World) -> None:
    assert isinstance(world.ask(Ask("cluster", "a")), Unknown)


def test_no_value_of_a_secret_is_told(world: World) -> None:
    asks = [Ask("parameter", "/app/key"), Ask("secret", "app/db")]
    came = repr([world.ask(ask) for ask in asks])

    assert "k3y" not in came
    assert "p4ss" not in came


def test_an_alarm_says_how_it_stands(aws: Aws, world: World) -> None:
    aws.call(
        "cloudwatch",
        "put_metric_alarm",
        AlarmName="errors",
        MetricName="Errors",
        Namespace="AWS/Lambda",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    states = {}
    for state in ("OK", "ALARM", "INSUFFICIENT_DATA"):
        aws.call(
            "cloudwatch",
            "set_alarm_state",
            AlarmName="errors",
            StateValue=state,
            StateReason="because",
        )
        states[state] = world.ask(Ask("alarm", "errors"))

    for state in ("OK", "ALARM"):
        came = states[state]
        assert isinstance(came, Present)
        assert (came.value["state"], came.value["reason"]) == (state, "because")
    assert isinstance(states["INSUFFICIENT_DATA"], Unknown)


def test_metrics_of_what_happened_are_told(aws: Aws, world: World) -> None:
    earlier = datetime.now(UTC) - timedelta(seconds=90)
    rows = [
        {
            "MetricName": "Errors",
            "Dimensions": [{"Name": "FunctionName", "Value": "app-busy"}],
            "Timestamp": earlier,
            "Value": value,
        }
        for value in (3, 4)
    ]
    aws.call("cloudwatch", "put_metric_data", Namespace="AWS/Lambda", MetricData=rows)

    came = world.ask(Ask("metrics", "app-busy", options={"seconds": 300}))

    assert isinstance(came, Present)
    assert came.value["errors"] == 7
    assert came.value["throttles"] is None


# -- signing in ------------------------------------------------------------------


@pytest.mark.parametrize("flow", ["admin", "password", "srp"])
def test_cognito_as_moto_has_it(aws: Aws, endpoint: str, flow: str) -> None:
    pool = aws.call("cognito-idp", "create_user_pool", PoolName="users")["UserPool"]
    client = aws.call(
        "cognito-idp",
        "create_user_pool_client",
        UserPoolId=pool["Id"],
        ClientName="web",
        ExplicitAuthFlows=[
            "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_USER_SRP_AUTH",
        ],
    )["UserPoolClient"]
    definition = Cognito(
        pool["Id"], client["ClientId"], flow=flow, endpoint=endpoint, use="access"
    )
    with a_world(lambda: aws) as world:
        signed = begin("user", definition, world)
        assert isinstance(signed, Signed)
        sent = signed.authorize(Request("GET", "/")).headers[0][1]
        users = aws.call("cognito-idp", "list_users", UserPoolId=pool["Id"])["Users"]
        left = signed.release()
        after = aws.call("cognito-idp", "list_users", UserPoolId=pool["Id"])["Users"]

    assert of(sent.removeprefix("Bearer "))["client_id"] == client["ClientId"]
    assert [user["Username"] for user in users] == [signed.user_name]
    assert (left, after) == ("", [])


def test_a_user_pool_is_told_of(aws: Aws, world: World) -> None:
    pool = aws.call("cognito-idp", "create_user_pool", PoolName="known")["UserPool"]

    came = world.ask(Ask("user-pool", pool["Id"]))

    assert isinstance(came, Present)
    assert came.value["name"] == "known"
