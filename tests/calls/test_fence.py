"""What a command does not declare to ask is not sent, whoever asks it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from smoke_servers.serving import Answer, Asked, serving

from flowguard.aws import declared, fence
from flowguard.aws.answers import TooSlowError, UnreadableError
from flowguard.aws.session import connect
from flowguard.errors import AccountError

IDENTITY = b"""<GetCallerIdentityResponse><GetCallerIdentityResult>
<Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""


def environment(url: str) -> dict[str, str]:
    """Credentials, and every service at one address."""
    return {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


@pytest.mark.parametrize(
    ("command", "service", "operation", "passes"),
    [
        ("preflight", "dynamodb", "DescribeTable", True),
        ("preflight", "s3", "HeadBucket", True),
        ("preflight", "cloudcontrol", "GetResource", True),
        ("preflight", "apigateway", "GetStage", True),
        ("preflight", "apigateway", "UpdateStage", False),
        ("preflight", "cloudformation", "CreateChangeSet", False),
        ("preflight", "serverlessrepo", "CreateCloudFormationTemplate", False),
        ("preflight", "lambda", "Invoke", False),
        ("preflight", "s3", "PutObject", False),
        ("preflight", "s3", "DeleteBucket", False),
        ("snapshot", "s3", "PutObject", True),
        ("snapshot", "cloudformation", "DeleteStack", False),
        ("smoke", "lambda", "Invoke", True),
        ("smoke", "cognito-idp", "AdminDeleteUser", True),
        ("smoke", "cloudformation", "RollbackStack", False),
        ("rollback", "cloudformation", "RollbackStack", True),
        ("rollback", "cloudformation", "DeleteStack", True),
        ("rollback", "dynamodb", "DeleteTable", False),
        ("verify", "sns", "Publish", True),
        ("deploy", "cloudformation", "ExecuteChangeSet", True),
        ("deploy", "cloudformation", "UpdateStack", False),
    ],
)
def test_what_each_command_may_call(
    command: str, service: str, operation: str, passes: bool
) -> None:
    assert declared.command(command).allows(service, operation) is passes
    assert not declared.command(command, "--offline").allows(service, operation)


def test_a_plan_alone_changes_nothing() -> None:
    dry = declared.command("rollback", "--dry-run")

    assert dry.allows("cloudformation", "DescribeStacks")
    assert not dry.allows("cloudformation", "RollbackStack")


def test_a_call_of_ours_that_is_not_declared_is_not_sent() -> None:
    asked: list[Asked] = []

    def answer(request: Asked) -> Answer:
        asked.append(request)
        return Answer(body=IDENTITY)

    with serving(answer) as url, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(url).items():
            patch.setenv(name, value)
        with fence.commanded(declared.command("preflight")) as command:
            aws = connect()
            with pytest.raises(fence.UndeclaredCallError, match=r"s3\.DeleteBucket"):
                aws.call("s3", "delete_bucket", Bucket="videos")

    assert len(asked) == 1  # who it is
    assert command.refused == ["s3.DeleteBucket"]


FOREIGN = """
import sys, threading
from flowguard.template import sam
from flowguard.cli import main

def call():
    try:
        import boto3
        boto3.client("serverlessrepo").create_cloud_formation_template(ApplicationId="a")
    except Exception:
        print("swallowed", flush=True)

real = sam.expanded
def expanded(*given):
    {how}
    return real(*given)

sam.expanded = expanded
sys.argv = ["flowguard", "preflight", "--template", "template.yaml",
            "--stack-name", "app", *{options!r}]
sys.exit(main())
"""
SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Q: {Type: AWS::SQS::Queue}
"""


@pytest.mark.parametrize("options", [["--offline"], []])
@pytest.mark.parametrize(
    "how", ["call()", "t = threading.Thread(target=call); t.start(); t.join()"]
)
def test_a_library_that_calls_by_itself_calls_nobody(
    how: str, options: list[str], tmp_path: Any
) -> None:
    """Its session is its own, it may run in a thread, and it passes over the refusal."""
    asked: list[Asked] = []

    def answer(request: Asked) -> Answer:
        asked.append(request)
        is_identity = b"GetCallerIdentity" in request.body
        return Answer(body=IDENTITY) if is_identity else Answer(403, b"{}")

    (tmp_path / "template.yaml").write_text(SAM)
    (tmp_path / ".git").mkdir()
    with serving(answer) as url:
        ended = subprocess.run(
            [sys.executable, "-c", FOREIGN.format(how=how, options=options)],
            cwd=tmp_path,
            env={**os.environ, **environment(url)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert "swallowed" in ended.stdout
    assert ended.returncode == 2, ended.stderr
    assert "serverlessrepo.CreateCloudFormationTemplate is no call of" in ended.stderr
    assert not [a for a in asked if "serverlessrepo" in a.headers["authorization"]]
    if options:
        assert asked == []


def test_the_library_leaves_the_users_own_sessions_alone() -> None:
    """A program that uses FlowGuard may call what it likes by clients of its own."""
    with serving(lambda _asked: Answer(body=IDENTITY)) as url:
        client = boto3.client(
            "sts",
            region_name="eu-central-1",
            endpoint_url=url,
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        )
        with fence.commanded(declared.command("preflight", "--offline")):
            answer: Mapping[str, Any] = client.get_caller_identity()

    assert answer["Account"] == "111122223333"


def test_waiting_for_a_turn_is_no_part_of_a_call() -> None:
    """A limit of AWS's may have many wait for longer than one call may take."""
    turns: list[str] = []

    def turn(_service: str, operation: str) -> None:
        time.sleep(0.3)
        turns.append(operation)

    with serving(lambda _asked: Answer(body=IDENTITY)) as url:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment(url).items():
                patch.setenv(name, value)
            aws = connect()
            client = aws.client("sts")
        fence.wait_by(client, turn)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fence, "CALL_SECONDS", 0.25)
            patch.setattr(client.meta.config, "read_timeout", 0)
            patch.setattr(fence, "within", _started(turns))
            client.get_caller_identity()

    assert turns == ["GetCallerIdentity", "sent"]


def _started(turns: list[str]) -> Any:
    real = fence.within

    def within(_seconds: float, ask: Any, what: str, command: Any) -> Any:
        turns.append("sent")
        return real(30, ask, what, command)

    return within


def test_a_call_that_takes_too_long_is_left_to_itself() -> None:
    done = threading.Event()
    try:
        with pytest.raises(TooSlowError, match=r"s3\.GetObject has not ended"):
            fence.within(0.05, done.wait, "s3.GetObject")
    finally:
        done.set()


def test_a_body_that_has_no_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an object in S3, say: it is read within the call, and not beyond a size."""

    def answer(asked: Asked) -> Answer:
        is_identity = b"GetCallerIdentity" in asked.body
        return Answer(body=IDENTITY if is_identity else b"x" * 2_000)

    with serving(answer) as url:
        for name, value in environment(url).items():
            monkeypatch.setenv(name, value)
        aws = connect()
        whole = aws.call("s3", "get_object", Bucket="videos", Key="a")["Body"].read()
        monkeypatch.setattr(fence, "MOST_BYTES", 1_999)
        with pytest.raises(Exception, match="more than 1999 bytes"):
            aws.call("s3", "get_object", Bucket="videos", Key="a")

    assert whole == b"x" * 2_000


def test_an_answer_that_has_no_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of any call: the SDK reads it whole, also when nobody waits for it any more."""
    with serving(lambda _: Answer(body=IDENTITY)) as url:
        for name, value in environment(url).items():
            monkeypatch.setenv(name, value)
        aws = connect()
        library = boto3.Session()._session  # noqa: SLF001
        fence._fence_foreign(library)  # noqa: SLF001 — as `watch` does
        client: Any = library.create_client("sts")
        whole = aws.call("sts", "get_caller_identity")
        monkeypatch.setattr(fence, "MOST_BYTES", 99)
        with pytest.raises(UnreadableError, match="more than 99 bytes"):
            aws.call("sts", "get_caller_identity")
        with pytest.raises(UnreadableError, match="more than 99 bytes"):
            client.get_caller_identity()

    assert whole["Account"] == "111122223333"


def test_a_sign_in_that_is_answered_without_an_end_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fence, "MOST_BYTES", 99)
    with serving(lambda _: Answer(body=IDENTITY)) as url:
        for name, value in environment(url).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(AccountError, match="something else answers"):
            connect()
