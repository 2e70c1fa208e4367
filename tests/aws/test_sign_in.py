"""Signing in: an account, or one clear line on why not and what to do."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from flowguard import __version__
from flowguard.aws import sign_in
from flowguard.aws.session import connect
from flowguard.errors import AccountError
from flowguard.model.places import Place

IDENTITY = """<GetCallerIdentityResponse><GetCallerIdentityResult>
<Arn>arn:aws:iam::111122223333:user/ann</Arn><Account>111122223333</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""
ROLE = "arn:aws:iam::444455556666:role/deploy"


def refusal(code: str, message: str = "No.") -> str:
    """An error as STS has it."""
    return (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
        f"<Message>{message}</Message></Error></ErrorResponse>"
    )


class Sts(HTTPServer):
    """A token service that answers as it is told."""

    def __init__(self, answers: Callable[[str], tuple[int, str]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = answers
        self.asked: list[tuple[str, str]] = []
        """The operation and the user agent of each request."""
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Sts

    def do_POST(self) -> None:
        """Answer by the operation that is asked for."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        operation = body.partition("Action=")[2].partition("&")[0]
        self.server.asked.append((operation, self.headers["User-Agent"]))
        status, text = self.server.answers(operation)
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def sts(status: int = 200, text: str = IDENTITY, **by_operation: str) -> Iterator[Sts]:
    """A token service that answers `text`, or what an operation's name says."""

    def answers(operation: str) -> tuple[int, str]:
        return (
            (200, by_operation[operation])
            if operation in by_operation
            else (
                status,
                text,
            )
        )

    server = Sts(answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine on which nobody has set up AWS; returns its config file."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "HTTP_PROXY", "HTTPS_PROXY")):
            monkeypatch.delenv(name)
    config = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return config


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def closed_port() -> str:
    """A URL at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


# --- the account ------------------------------------------------------------


@pytest.mark.usefixtures("keys")
def test_the_account_is_the_one_of_the_credentials() -> None:
    with sts() as server:
        aws = connect(region="eu-central-1", endpoint_url=server.url)

    assert aws.place == Place("111122223333", "eu-central-1")


@pytest.mark.usefixtures("keys")
def test_aws_is_told_who_asks() -> None:
    with sts() as server:
        connect(region="eu-central-1", endpoint_url=server.url)

    assert f"flowguard/{__version__}" in server.asked[0][1]


@pytest.mark.usefixtures("keys")
def test_an_endpoint_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with sts() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        aws = connect(region="eu-central-1")

    assert aws.place.account_id == "111122223333"


@pytest.mark.usefixtures("keys")
def test_who_may_not_ask_who_he_is_goes_on_without_an_account() -> None:
    with sts(403, refusal("AccessDenied")) as server:
        aws = connect(region="eu-central-1", endpoint_url=server.url)

    assert aws.place == Place(None, "eu-central-1")


def test_credentials_of_a_profile(machine: Path) -> None:
    machine.write_text(
        "[profile team]\nregion = eu-west-1\n"
        "aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n"
    )
    with sts() as server:
        aws = connect(profile="team", endpoint_url=server.url)

    assert aws.place == Place("111122223333", "eu-west-1")


def test_a_role_is_assumed_under_our_name() -> None:
    assumed = """<AssumeRoleResponse><AssumeRoleResult><Credentials>
    <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
    <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
    </Credentials><AssumedRoleUser><AssumedRoleId>a:flowguard</AssumedRoleId>
    <Arn>arn:aws:sts::444455556666:assumed-role/deploy/flowguard</Arn>
    </AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"""
    identity = IDENTITY.replace("111122223333", "444455556666")
    with (
        pytest.MonkeyPatch.context() as patch,
        sts(text=identity, AssumeRole=assumed) as server,
    ):
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        aws = connect(region="eu-central-1", assume_role=ROLE, endpoint_url=server.url)

    assert aws.place.account_id == "444455556666"
    assert [operation for operation, _ in server.asked] == [
        "AssumeRole",
        "GetCallerIdentity",
    ]


# --- the region -------------------------------------------------------------


@pytest.mark.usefixtures("keys")
def test_a_region_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with sts() as server:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        default = connect(endpoint_url=server.url)
        monkeypatch.setenv("AWS_REGION", "eu-west-2")
        set_ = connect(endpoint_url=server.url)
        given = connect(region="eu-west-3", endpoint_url=server.url)

    assert [aws.place.region for aws in (default, set_, given)] == [
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
    ]


@pytest.mark.usefixtures("keys")
def test_no_region() -> None:
    with pytest.raises(AccountError, match="no AWS region is set") as raised:
        connect()

    assert "--region" in raised.value.help


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("region", "help_"),
    [
        ("eu-central-1a", "did you mean eu-central-1?"),
        ("eu_central_1", "did you mean eu-central-1?"),
        ("zzz", "use one such as eu-central-1"),
    ],
)
def test_a_region_that_is_none(region: str, help_: str) -> None:
    with pytest.raises(
        AccountError, match=f"no AWS region called '{region}'"
    ) as raised:
        connect(region=region)

    assert raised.value.help == help_


@pytest.mark.usefixtures("keys")
def test_a_region_newer_than_the_sdk() -> None:
    with sts() as server:
        aws = connect(region="eu-central-9", endpoint_url=server.url)

    assert aws.place.region == "eu-central-9"


# --- why not ----------------------------------------------------------------


def failure(**options: str) -> AccountError:
    """The error with which signing in ends."""
    with pytest.raises(AccountError) as raised:
        connect(**({"region": "eu-central-1"} | options))  # type: ignore[arg-type]
    error = raised.value

    assert "\n" not in error.message + error.help
    assert len(error.message) < 400
    return error


def test_no_credentials() -> None:
    error = failure()

    assert error.message == "no AWS credentials were found"
    assert "aws-actions/configure-aws-credentials" in error.help
    assert "--offline" in error.help


def test_no_credentials_to_assume_a_role_with() -> None:
    assert failure(assume_role=ROLE).message == "no AWS credentials were found"


def test_half_the_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")

    assert "no AWS credentials could be had" in failure().message


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException"])
def test_expired_credentials(code: str) -> None:
    with sts(403, refusal(code)) as server:
        error = failure(endpoint_url=server.url)

    assert error.message == "the AWS credentials have expired"
    assert "aws sso login" in error.help
    assert "aws-actions/configure-aws-credentials" in error.help


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("code", ["InvalidClientTokenId", "SignatureDoesNotMatch"])
def test_invalid_credentials(code: str) -> None:
    with sts(403, refusal(code, "x" * 1000 + "\n::error::y")) as server:
        error = failure(endpoint_url=server.url)

    assert error.message.startswith(f"AWS does not accept the credentials ({code}: xx")


@pytest.mark.usefixtures("keys")
def test_an_answer_that_says_nothing_about_credentials() -> None:
    with sts(400, refusal("Odd", "Strange.")) as server:
        error = failure(endpoint_url=server.url)

    assert error.message == "AWS cannot be asked (Odd: Strange.)"


@pytest.mark.usefixtures("keys")
def test_a_gateway_that_is_busy_for_a_moment() -> None:
    answers = iter([(503, "Slow Down"), (200, IDENTITY)])
    with sts() as server:
        server.answers = lambda _operation: next(answers)
        aws = connect(region="eu-central-1", endpoint_url=server.url)

    assert aws.place.account_id == "111122223333"


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("page", ["<html>Welcome to the hotel", "<html></html>"])
def test_a_page_of_a_proxy_instead_of_an_answer(page: str) -> None:
    with sts(200, page) as server:
        error = failure(endpoint_url=server.url)

    assert error.message.startswith("AWS cannot be reached (something else answers")
    assert "HTTPS_PROXY" in error.help


@pytest.mark.usefixtures("keys")
def test_nobody_listens() -> None:
    begun = time.monotonic()

    error = failure(endpoint_url=closed_port())

    assert error.message.startswith("AWS cannot be reached (")
    assert "HTTPS_PROXY" in error.help
    assert time.monotonic() - begun < 30


@pytest.mark.usefixtures("keys")
def test_somebody_listens_and_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "READ_TIMEOUT", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"

        error = failure(endpoint_url=url)

    assert error.message.startswith("AWS cannot be reached (")


def test_nobody_waits_long_for_aws_that_cannot_be_reached() -> None:
    longest_pause_between = 1

    for timeout in (sign_in.CONNECT_TIMEOUT, sign_in.READ_TIMEOUT):
        assert sign_in.ATTEMPTS * timeout + longest_pause_between < 8


@pytest.mark.usefixtures("keys")
def test_an_endpoint_that_is_no_url() -> None:
    assert failure(endpoint_url="over there").message == (
        "AWS is configured wrongly (Invalid endpoint: over there)"
    )


def test_no_such_profile(machine: Path) -> None:
    machine.write_text("[profile team]\nregion = eu-west-1\n")

    error = failure(profile="tame")

    assert error.message == "there is no AWS profile called 'tame'"
    assert "team" in error.help


def test_no_such_profile_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "tame")

    assert failure().message == "there is no AWS profile called 'tame'"


def test_a_config_file_that_cannot_be_read(machine: Path) -> None:
    machine.write_text("what is this\n")

    assert "AWS is configured wrongly" in failure().message


def test_a_sign_in_that_was_never_made(machine: Path) -> None:
    machine.write_text(
        "[profile team]\nsso_session = s\nsso_account_id = 111122223333\n"
        "sso_role_name = r\n[sso-session s]\nsso_region = eu-west-1\n"
        "sso_start_url = https://example.awsapps.com/start\n"
    )

    error = failure(profile="team")

    assert "sign-in" in error.message
    assert "aws sso login" in error.help


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    "arn", ["deploy", "arn:aws:iam::1:role/x", "arn:aws:iam::111122223333:user/x", "\n"]
)
def test_a_role_that_is_none(arn: str) -> None:
    error = failure(assume_role=arn)

    assert error.message == f"{arn!r} is not the ARN of a role"
    assert "arn:aws:iam::" in error.help


@pytest.mark.usefixtures("keys")
def test_a_role_that_may_not_be_assumed() -> None:
    with sts(403, refusal("AccessDenied")) as server:
        error = failure(assume_role=ROLE, endpoint_url=server.url)

    assert error.message == (
        "AWS does not let these credentials assume the role (AccessDenied: No.)"
    )
    assert "sts:AssumeRole" in error.help
