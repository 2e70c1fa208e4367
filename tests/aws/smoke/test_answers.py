"""What AWS answers, denies and leaves open, and what smoke tests make of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws.stubbed import ANY, Account
from aws.stubbed import account as stubbed
from smoke_servers.serving import Answer, Asked, serving
from smoke_servers.worlds import a_world, account

from flowguard.aws.session import Aws
from flowguard.aws.smoke import metrics
from flowguard.aws.smoke.connection import Connection
from flowguard.aws.smoke.stack import DeployedStack
from flowguard.errors import AccountError
from flowguard.model.questions import Absent, Present, Unknown, UnknownKind
from flowguard.smoke.suite import Ask
from flowguard.smoke.world import World

NOON = datetime(2026, 1, 18, 12, tzinfo=UTC)
ID = "arn:aws:cloudformation:eu-central-1:111122223333:stack/app/1-2-3"
CFN = "cloudformation"
DENIED = "AccessDeniedException"
FUNCTION = "AWS::Lambda::Function"


@contextmanager
def asked(stack_name: str = "") -> Iterator[tuple[Account, World]]:
    """An account whose answers a test writes down, and the world on it."""
    with stubbed() as made, a_world(lambda: made.aws, stack_name=stack_name) as world:
        yield made, world


def lists(aws: Account, *rows: tuple[str, str, str]) -> None:
    """Let the stack list its resources: logical ids, physical ids and types."""
    summaries = [
        {
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id,
            "ResourceType": kind,
            "ResourceStatus": "CREATE_COMPLETE",
            "LastUpdatedTimestamp": NOON,
        }
        for logical_id, physical_id, kind in rows
    ]
    aws.answers(CFN, "list_stack_resources", {"StackResourceSummaries": summaries})


# -- what nobody may read is unknown ---------------------------------------------


@pytest.mark.parametrize(
    ("ask", "service", "operation", "permission"),
    [
        (Ask("table", "t-1"), "dynamodb", "describe_table", "dynamodb:DescribeTable"),
        (Ask("bucket", "b-1"), "s3", "head_bucket", "s3:ListBucket"),
        (
            Ask("user-pool", "p_1"),
            "cognito-idp",
            "describe_user_pool",
            "cognito-idp:DescribeUserPool",
        ),
        (Ask("parameter", "/p"), "ssm", "get_parameter", "ssm:GetParameter"),
        (
            Ask("secret", "s-1"),
            "secretsmanager",
            "describe_secret",
            "secretsmanager:DescribeSecret",
        ),
        (Ask("queue", "q-1"), "sqs", "get_queue_url", "sqs:GetQueueUrl"),
        (
            Ask("migration", "t-1", options={"key": {"id": "1"}}),
            "dynamodb",
            "get_item",
            "dynamodb:GetItem",
        ),
        (
            Ask("alarm", "a-1"),
            "cloudwatch",
            "describe_alarms",
            "cloudwatch:DescribeAlarms",
        ),
    ],
)
def test_what_is_denied_names_its_permission(
    ask: Ask, service: str, operation: str, permission: str
) -> None:
    with asked() as (aws, world):
        aws.refuses(service, operation, DENIED)
        came = world.ask(ask)

    assert isinstance(came, Unknown)
    assert (came.kind, came.permission) == (UnknownKind.DENIED, permission)


def test_a_table_that_cannot_be_read_is_not_told_to_work() -> None:
    denied = "User: x is not authorized to perform: dynamodb:Scan on resource: y"
    with asked() as (aws, world):
        row = {"Table": {"TableStatus": "ACTIVE"}}
        aws.answers("dynamodb", "describe_table", row)
        aws.refuses("dynamodb", "scan", DENIED, denied)
        came = world.ask(Ask("table", "t-1"))

    assert isinstance(came, Unknown)
    assert came.permission == "dynamodb:Scan"


def test_what_is_throttled_is_unknown() -> None:
    with asked() as (aws, world):
        aws.refuses("ssm", "get_parameter", "ThrottlingException")
        came = world.ask(Ask("parameter", "/p"))

    assert isinstance(came, Unknown)
    assert came.kind is UnknownKind.THROTTLED


@pytest.mark.parametrize(
    ("source", "name", "service", "operation", "permission"),
    [
        ("stack", "ApiUrl", CFN, "describe_stacks", "cloudformation:DescribeStacks"),
        ("ssm", "/p", "ssm", "get_parameter", "ssm:GetParameter"),
        (
            "secret",
            "s",
            "secretsmanager",
            "get_secret_value",
            "secretsmanager:GetSecretValue",
        ),
    ],
)
def test_a_value_that_is_denied_is_unknown(
    source: str, name: str, service: str, operation: str, permission: str
) -> None:
    with asked("app") as (aws, world):
        aws.refuses(service, operation, DENIED)
        came = world.values(source, name)

    assert isinstance(came, Unknown)
    assert came.permission == permission


def test_without_credentials_nothing_is_known() -> None:
    def connect() -> Aws:
        raise AccountError("no AWS credentials were found")

    with a_world(connect, stack_name="app") as world:
        came = [
            world.ask(Ask("table", "t-1")),
            world.values("ssm", "/p"),
            world.code_sha256("app-users"),
        ]
        changed = world.changed()

    assert [type(each) for each in came] == [Unknown] * 3
    assert changed is None


def test_an_answer_is_asked_for_once() -> None:
    with asked("app") as (aws, world):
        row = {"Parameter": {"Name": "/p", "Type": "String", "Value": "v"}}
        aws.answers("ssm", "get_parameter", row)
        twice = [world.values("ssm", "/p") for _ in range(2)]

    assert twice[0] == twice[1]


# -- logical ids -----------------------------------------------------------------


def test_a_logical_id_is_asked_for_by_its_name_in_aws() -> None:
    with asked("app") as (aws, world):
        lists(aws, ("Users", "app-users-1X", FUNCTION))
        aws.answers(
            "lambda",
            "get_function_configuration",
            {"CodeSha256": "abc="},
            asked={"FunctionName": "app-users-1X"},
        )
        came = world.code_sha256("Users")

    assert came == Present("abc=")


def test_what_may_be_a_logical_id_is_not_told_to_be_missing() -> None:
    with asked("app") as (aws, world):
        aws.refuses(CFN, "list_stack_resources", DENIED)
        aws.refuses("lambda", "get_function_configuration", "ResourceNotFoundException")
        came = world.code_sha256("Users")

    assert isinstance(came, Unknown)
    assert came.permission == "cloudformation:ListStackResources"


def test_a_function_that_is_not_there_is_absent() -> None:
    with asked() as (aws, world):
        aws.refuses("lambda", "get_function_configuration", "ResourceNotFoundException")
        came = world.code_sha256("app-gone")

    assert came == Absent()


# -- what changed ----------------------------------------------------------------


def event(logical_id: str, status: str, minutes: float = 0.0) -> dict[str, Any]:
    """A row of DescribeStackEvents; the stack's own has its name."""
    physical_id = ID if logical_id == "app" else f"app-{logical_id.lower()}"
    return {
        "StackId": ID,
        "StackName": "app",
        "EventId": f"{logical_id}-{status}-{minutes}",
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": physical_id,
        "ResourceStatus": status,
        "Timestamp": NOON + timedelta(minutes=minutes),
    }


NEWEST_FIRST = [
    event("app", "UPDATE_COMPLETE", 3),
    event("Users", "UPDATE_COMPLETE", 2),
    event("Old", "DELETE_COMPLETE", 2),
    event("New", "CREATE_COMPLETE", 1),
    event("Broken", "UPDATE_FAILED", 1),
    event("Users", "UPDATE_IN_PROGRESS", 1),
    event("app", "UPDATE_IN_PROGRESS"),
    event("Earlier", "UPDATE_COMPLETE", -60),
]


def describes(aws: Account) -> None:
    """Let the stack be described, and its events be told."""
    row = {
        "StackName": "app",
        "StackId": ID,
        "StackStatus": "UPDATE_COMPLETE",
        "CreationTime": NOON,
    }
    aws.answers(CFN, "describe_stacks", {"Stacks": [row]})
    aws.answers(CFN, "describe_stack_events", {"StackEvents": NEWEST_FIRST})


def test_the_last_operation_tells_what_it_changed() -> None:
    with asked("app") as (aws, world):
        describes(aws)
        changed = world.changed()

    assert changed == frozenset({"Users", "Old", "New"})


def test_of_what_changed_it_is_known_what_was_not_there_before() -> None:
    with asked("app") as (aws, world):
        describes(aws)
        added = world.added()

    assert added == frozenset({"New"})


def test_an_operation_before_the_deploy_added_nothing() -> None:
    with stubbed() as aws:
        describes(aws)
        stack = DeployedStack(Connection(lambda: aws.aws), "app")
        added = stack.added(NOON + timedelta(minutes=1))

    assert added == frozenset()


def test_what_nobody_may_see_is_not_taken_for_added() -> None:
    with asked("app") as (aws, world):
        aws.refuses(CFN, "describe_stacks", DENIED)
        added = world.added()

    assert added == frozenset()


def test_when_the_deploy_began_is_told_by_its_first_event() -> None:
    with asked("app") as (aws, world):
        describes(aws)
        began = world.began()

    assert began == NOON


def test_nobody_knows_when_a_deploy_began_without_a_stack() -> None:
    with asked() as (_, world):
        assert world.began() is None


@pytest.mark.parametrize(
    ("times", "since"),
    [
        ({"StateUpdatedTimestamp": NOON}, NOON),
        (
            {
                "StateUpdatedTimestamp": NOON + timedelta(hours=1),
                "StateTransitionedTimestamp": NOON,
            },
            NOON,
        ),
    ],
)
def test_an_alarm_sounds_since_its_state_changed(
    times: dict[str, datetime], since: datetime
) -> None:
    """An alarm that is looked at again, and sounds still, has not begun to sound."""
    row = {"AlarmName": "a-1", "StateValue": "ALARM", **times}
    with asked() as (aws, world):
        aws.answers("cloudwatch", "describe_alarms", {"MetricAlarms": [row]})
        came = world.ask(Ask("alarm", "a-1"))

    assert isinstance(came, Present)
    assert datetime.fromisoformat(came.value["since"]) == since


def test_an_operation_before_the_deploy_changed_nothing() -> None:
    with stubbed() as aws:
        describes(aws)
        stack = DeployedStack(Connection(lambda: aws.aws), "app")
        changed = stack.changed(NOON + timedelta(minutes=1))

    assert changed == frozenset()


def test_a_stack_that_nobody_may_see_leaves_it_open() -> None:
    with asked("app") as (aws, world):
        aws.refuses(CFN, "describe_stacks", DENIED)
        changed = world.changed()

    assert changed is None


def test_of_what_changed_the_functions_are_known() -> None:
    with asked("app") as (aws, world):
        describes(aws)
        lists(aws, ("Users", "app-users", FUNCTION), ("New", "b", "AWS::S3::Bucket"))
        functions = world.changed_functions()

    assert functions == frozenset({"Users"})


# -- functions -------------------------------------------------------------------


def invoked(answer: Answer) -> tuple[Any, list[Asked]]:
    """What comes of invoking a function, and how it was invoked."""
    asked: list[Asked] = []

    def serve(request: Asked) -> Answer:
        asked.append(request)
        return answer

    with serving(serve) as url, a_world(lambda: account(url)) as world:
        came = world.ask(Ask("function", "app-users", options={"payload": {"a": 1}}))
    return came, asked


def test_a_function_is_invoked_with_its_payload() -> None:
    headers = {"X-Amz-Executed-Version": "7"}
    came, asked = invoked(Answer(200, b'{"ok": true}', headers))

    assert came == Present(
        {"status": 200, "error": None, "version": "7", "payload": {"ok": True}}
    )
    assert asked[0].body == b'{"a": 1}'


def test_an_error_of_the_function_is_told() -> None:
    error = {"X-Amz-Function-Error": "Unhandled"}
    came, _ = invoked(Answer(200, b'{"errorMessage": "no table"}', error))

    assert isinstance(came, Present)
    assert came.value["error"] == "Unhandled"
    assert came.value["payload"] == {"errorMessage": "no table"}


def test_a_function_is_never_invoked_twice() -> None:
    came, asked = invoked(Answer(500, b"{}"))

    assert isinstance(came, Unknown)
    assert len(asked) == 1


# -- metrics ---------------------------------------------------------------------


def test_only_whole_minutes_of_the_time_are_asked_for() -> None:
    with stubbed() as aws:
        wanted = {
            "MetricDataQueries": ANY,
            "StartTime": NOON - timedelta(minutes=4),
            "EndTime": NOON + timedelta(minutes=1),
        }
        rows = [
            {"Id": "p95", "Values": [120.0, 240.0]},
            {"Id": "errors", "Values": [1]},
        ]
        aws.answers(
            "cloudwatch", "get_metric_data", {"MetricDataResults": rows}, asked=wanted
        )
        now = NOON + timedelta(seconds=30)
        came = metrics.of_function(aws.aws, "app-users", 300, now)

    assert came == {"errors": 1.0, "throttles": None, "invocations": None, "p95": 240.0}


def test_less_than_a_minute_is_no_evidence() -> None:
    with stubbed() as aws:
        now = NOON + timedelta(seconds=50)
        came = metrics.of_function(aws.aws, "app-users", 20, now)

    assert set(came.values()) == {None}


# -- the values of DynamoDB ------------------------------------------------------


def test_an_item_is_told_as_json() -> None:
    item = {
        "id": {"S": "1"},
        "many": {"L": [{"N": "1"}, {"N": "1.5"}, {"BOOL": True}, {"NULL": True}]},
        "set": {"SS": ["b", "a"]},
        "raw": {"B": b"\x01\xff"},
        "inner": {"M": {"n": {"N": "2"}}},
    }
    with asked() as (aws, world):
        key = {"id": {"S": "1"}, "n": {"N": "1.5"}}
        aws.answers(
            "dynamodb",
            "get_item",
            {"Item": item},
            asked={"TableName": "t-1", "Key": key, "ConsistentRead": True},
        )
        options = {"key": {"id": "1", "n": 1.5}}
        came = world.ask(Ask("migration", "t-1", options=options))

    assert came == Present(
        {
            "id": "1",
            "many": [1, 1.5, True, None],
            "set": ["a", "b"],
            "raw": "01ff",
            "inner": {"n": 2},
        }
    )
