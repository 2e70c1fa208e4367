"""A login of the service's own, whose answer is never told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from smoke_servers.serving import Answer, Asked, serving
from smoke_servers.worlds import a_world

from flowguard.model.exchange import Request
from flowguard.smoke.expectation import Capture, Expect, Operator, Source
from flowguard.smoke.request import Body, BodyKind, RequestSpec, Step
from flowguard.smoke.sign_in import Signed, SignInFault, begin
from flowguard.smoke.sign_ins import Login
from flowguard.smoke.suite import Suite

GET = Request("GET", "https://api.example.org/")
CREDENTIALS = {"user": "ana", "password": "canary-password"}
BODY = Body(BodyKind.JSON, CREDENTIALS)
SAVE = (("token", Capture(Source.JSON, "session.token", secret=True)),)


def service(asked: Asked) -> Answer:
    """Gives a token to who knows the password, and sets a cookie."""
    if json.loads(asked.body or b"{}") != CREDENTIALS:
        return Answer(401, b'{"session": {"token": "canary-refused"}}')
    document = {"session": {"token": "canary-login"}}
    return Answer(200, json.dumps(document).encode(), {"Set-Cookie": "sid=canary-sid"})


def signed_in(server: Any = service, **given: Any) -> Signed | SignInFault:
    """What comes of a login by POST /login."""
    request = RequestSpec("POST", given.pop("path", "/login"), body=BODY)
    step = Step(given.pop("request", request), save=given.pop("save", SAVE))
    with serving(server) as url, a_world() as world:
        return begin("user", Login(step, **given), world, Suite((), base=url))


def test_the_token_of_the_answer_is_sent() -> None:
    signed = signed_in()

    assert isinstance(signed, Signed)
    assert signed.authorize(GET).headers == (("Authorization", "Bearer canary-login"),)
    assert signed.secrets == ("canary-login",)
    assert (
        signed.describe == "the token that POST /login gave was sent as Authorization"
    )


def test_it_is_sent_as_the_spec_says() -> None:
    save = (("token", Capture(Source.COOKIE, "sid", secret=True)),)

    signed = signed_in(save=save, header="Cookie", prefix="sid=")

    assert isinstance(signed, Signed)
    assert signed.authorize(GET).headers == (("Cookie", "sid=canary-sid"),)


def test_a_refused_login_tells_its_status_alone() -> None:
    request = RequestSpec("POST", "/login?key=canary-query")

    fault = signed_in(request=request)

    assert isinstance(fault, SignInFault)
    assert fault.message == "POST /login answers 401, not what is expected (status)"


def test_what_the_answer_must_be_is_held_against_it() -> None:
    expect = Expect(json=(("mode", Operator("==", "live")),))
    request = RequestSpec("POST", "/login", body=BODY)
    with serving(service) as url, a_world() as world:
        login = Login(Step(request, expect, save=SAVE))
        fault = begin("user", login, world, Suite((), base=url))

    assert isinstance(fault, SignInFault)
    assert "not what is expected (json mode)" in fault.message
    assert "canary" not in fault.message


@pytest.mark.parametrize(
    "body", [b"", b"<p>canary</p>", b'{"other": "canary"}', b'{"session": null}']
)
def test_an_answer_without_a_token_is_not_told(body: bytes) -> None:
    fault = signed_in(lambda _asked: Answer(200, body))

    assert isinstance(fault, SignInFault)
    assert fault.message == (
        "the answer to POST /login holds no token (json session.token)"
    )


def test_a_token_that_would_be_two_headers_is_refused() -> None:
    document = {"session": {"token": "canary\r\nX-Other: 1"}}

    fault = signed_in(lambda _asked: Answer(200, json.dumps(document).encode()))

    assert isinstance(fault, SignInFault)
    assert "canary" not in fault.message


def test_nobody_answers() -> None:
    fault = signed_in(path="http://127.0.0.1:1/login")

    assert isinstance(fault, SignInFault)
    assert fault.message.startswith("POST /login does not answer: ")


def test_a_path_without_a_base_is_a_fault() -> None:
    with a_world() as world:
        login = Login(Step(RequestSpec("POST", "/login"), save=SAVE))
        fault = begin("user", login, world)

    assert isinstance(fault, SignInFault)
