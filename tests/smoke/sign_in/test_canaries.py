"""No secret is in what a sign-in tells: plain, in base64, or URL-encoded."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from smoke_servers.cognito import AppClient, User, UserPool
from smoke_servers.oauth2 import TokenEndpoint
from smoke_servers.serving import Answer, Asked, serving
from smoke_servers.worlds import a_world

from flowguard.smoke.expectation import Capture, Source
from flowguard.smoke.request import Body, BodyKind, RequestSpec, Step
from flowguard.smoke.sign_in import Signed, SignInFault, begin
from flowguard.smoke.sign_ins import Basic, Cognito, Login, OAuth2, SignIn
from flowguard.smoke.world import World

PASSWORD = "canary/p4ss+w0rd=of ana!"
SECRET = "canary/cl1ent+s3cret=="
TOKEN = "canary/t0ken+of=service"
SAVE = (("token", Capture(Source.JSON, "token", secret=True)),)
FLOWS = frozenset(
    f"ALLOW_{flow}"
    for flow in ("ADMIN_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH", "USER_SRP_AUTH")
)


def forms(secret: str) -> Iterator[str]:
    """A secret as it may come back."""
    data = secret.encode()
    yield from (secret, quote(secret), quote(secret, safe=""), quote_plus(secret))
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(data).decode()
        yield encode(data).decode().rstrip("=")


def told(came: Signed | SignInFault) -> str:
    """All that is told of a sign-in."""
    if isinstance(came, SignInFault):
        return repr(came)
    return f"{came} {came.describe} {came.release()}"


def assert_silent(text: str, *secrets: str) -> None:
    """Nothing in the text is a secret."""
    found = [form for secret in secrets for form in forms(secret) if form in text]

    assert found == []


@contextmanager
def repeating(status: int, known: Sequence[str]) -> Iterator[tuple[str, World]]:
    """A server that repeats what it was sent, and all forms of what it knows."""

    def answer(asked: Asked) -> Answer:
        words = " ".join(form for secret in known for form in forms(secret))
        said = f"{asked.headers} {asked.body.decode()} {words}"
        document = {
            "error": said,
            "error_description": said,
            "__type": "NotAuthorizedException",
            "message": said,
            "other": words,
            "access_token": 5,
        }
        return Answer(status, json.dumps(document).encode())

    with serving(answer) as url, a_world() as world:
        yield url, world


LOGIN = RequestSpec("POST", "/login", body=Body(BodyKind.JSON, {"password": PASSWORD}))
NOWHERE = (("token", Capture(Source.JSON, "gone")),)
COGNITO: dict[str, Any] = {
    "pool": "eu-central-1_Users1234",
    "client": "web",
    "client_secret": SECRET,
    "user": "ana",
    "password": PASSWORD,
}
KINDS: dict[str, tuple[Callable[[str], SignIn], tuple[str, ...]]] = {
    "basic": (lambda url: OAuth2(url, "machine", SECRET), (SECRET,)),
    "body": (lambda url: OAuth2(url, "machine", SECRET, send="body"), (SECRET,)),
    **{
        flow: (
            partial(
                lambda url, flow: Cognito(**COGNITO, flow=flow, endpoint=url), flow=flow
            ),
            (SECRET, PASSWORD),
        )
        for flow in ("admin", "password", "srp")
    },
    "login": (
        lambda url: Login(Step(replace(LOGIN, path=f"{url}/login"), save=NOWHERE)),
        (PASSWORD, TOKEN),
    ),
}
"""Each kind that sends a secret, and what its service knows."""


@pytest.mark.parametrize("status", [200, 400, 401, 403])
@pytest.mark.parametrize("kind", KINDS)
def test_a_service_that_repeats_what_it_was_sent(kind: str, status: int) -> None:
    definition, known = KINDS[kind]
    with repeating(status, known) as (url, world):
        came = begin("user", definition(url), world)

    assert isinstance(came, SignInFault)
    assert_silent(told(came), *known)


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_that_is_not_there(kind: str) -> None:
    definition, known = KINDS[kind]
    with a_world() as world:
        came = begin("user", definition("http://127.0.0.1:1"), world)

    assert isinstance(came, SignInFault)
    assert_silent(told(came), *known)


@pytest.mark.parametrize("flow", ["admin", "password", "srp"])
def test_a_user_of_cognito_who_is_signed_in(flow: str) -> None:
    users = {"ana": User(password=PASSWORD)}
    pool = UserPool(clients={"web": AppClient(FLOWS, SECRET)}, users=users)
    with serving(pool) as url, a_world() as world:
        definition = Cognito(
            pool.id,
            "web",
            client_secret=SECRET,
            user="ana",
            password=PASSWORD,
            flow=flow,
            endpoint=url,
        )
        signed = begin("user", definition, world)

    assert isinstance(signed, Signed)
    assert {PASSWORD, SECRET} <= {*signed.secrets}
    assert_silent(told(signed), *signed.secrets)


def test_the_password_of_an_ephemeral_user() -> None:
    pool = UserPool()
    pool.failures["AdminDeleteUser"] = ("AccessDeniedException", "not you")
    with serving(pool) as url, a_world() as world:
        signed = begin("user", Cognito(pool.id, "web", endpoint=url), world)
        assert isinstance(signed, Signed)
        text = told(signed)

    password = pool.users[signed.user_name].password
    assert password in signed.secrets
    assert_silent(text, password, *signed.secrets)


def test_a_parameter_that_botocore_does_not_take() -> None:
    with serving(UserPool()) as url, a_world() as world:
        definition = Cognito(
            UserPool().id,
            "web",
            user="ana",
            password=[PASSWORD],  # type: ignore[arg-type]  # botocore repeats it
            flow="password",
            endpoint=url,
        )
        came = begin("user", definition, world)

    assert_silent(told(came), PASSWORD)


@pytest.mark.parametrize("send", ["basic", "body"])
def test_client_credentials_that_are_let_in(send: str) -> None:
    endpoint = TokenEndpoint(client_secret=SECRET, token=TOKEN)
    with serving(endpoint) as url, a_world() as world:
        signed = begin("ops", OAuth2(url, "machine", SECRET, send=send), world)

    assert isinstance(signed, Signed)
    assert_silent(told(signed), SECRET, TOKEN)


def test_a_login_that_is_let_in() -> None:
    body = json.dumps({"token": TOKEN}).encode()
    with serving(lambda _asked: Answer(200, body)) as url, a_world() as world:
        request = RequestSpec("POST", url, body=Body(BodyKind.TEXT, PASSWORD))
        signed = begin("user", Login(Step(request, save=SAVE)), world)

    assert isinstance(signed, Signed)
    assert_silent(told(signed), PASSWORD, TOKEN)


def test_the_password_of_each_request_is_known_to_be_secret() -> None:
    with a_world() as world:
        signed = begin("user", Basic("ana", PASSWORD), world)

    assert isinstance(signed, Signed)
    pair = base64.b64encode(f"ana:{PASSWORD}".encode()).decode()
    assert {PASSWORD, pair} == {*signed.secrets}
    assert_silent(told(signed), *signed.secrets)
