"""Client credentials, against a token endpoint that refuses."""

from __future__ import annotations

from typing import Any

import pytest
from smoke_servers.oauth2 import FORM, TokenEndpoint
from smoke_servers.serving import Answer, Asked, serving
from smoke_servers.worlds import WallClock, a_world

from flowguard.model.exchange import Request
from flowguard.smoke.sign_in import Signed, SignInFault, begin
from flowguard.smoke.sign_ins import OAuth2

GET = Request("GET", "https://api.example.org/")


def signed_in(
    endpoint: Any, clock: WallClock | None = None, **given: Any
) -> Signed | SignInFault:
    """What comes of signing in to an endpoint."""
    with serving(endpoint) as url, a_world(clock=clock) as world:
        settings = {"client_id": "machine", "client_secret": "s3cr3t", **given}
        return begin("ops", OAuth2(f"{url}/oauth2/token", **settings), world)


@pytest.mark.parametrize("send", ["basic", "body"])
def test_a_token_is_sent_with_each_request(send: str) -> None:
    endpoint = TokenEndpoint(only=send)

    signed = signed_in(endpoint, send=send, scopes=("read",))

    assert isinstance(signed, Signed)
    assert signed.authorize(GET).headers == (("Authorization", "Bearer canary-token"),)
    assert endpoint.asked[0].headers["content-type"] == FORM
    assert {"canary-token", "s3cr3t"} <= {*signed.secrets}


def test_credentials_are_encoded_before_they_are_joined() -> None:
    secret = "a+b/c=:d e%20ü"
    endpoint = TokenEndpoint(client_id="the client", client_secret=secret)

    signed = signed_in(endpoint, client_id="the client", client_secret=secret)

    assert isinstance(signed, Signed)


def test_an_audience_is_asked_for() -> None:
    endpoint = TokenEndpoint()

    signed_in(endpoint, audience="https://api.example.org")

    assert b"audience=https%3A%2F%2Fapi.example.org" in endpoint.asked[0].body


@pytest.mark.parametrize(
    ("endpoint", "given", "why", "next_step"),
    [
        (
            TokenEndpoint(),
            {"client_secret": "wrong"},
            "invalid_client",
            "client_secret",
        ),
        (TokenEndpoint(only="body"), {}, "invalid_client", "send: body"),
        (TokenEndpoint(), {"scopes": ("admin",)}, "invalid_scope", "scopes"),
        (TokenEndpoint(token_type="DPoP"), {}, "'DPoP'", "bearer"),
        (TokenEndpoint(token=""), {}, "without an access_token", "token_url"),
        (TokenEndpoint(token="a\r\nb"), {}, "line break", "strip"),
    ],
)
def test_a_refusal_is_a_fault_with_a_next_step(
    endpoint: TokenEndpoint, given: dict[str, Any], why: str, next_step: str
) -> None:
    fault = signed_in(endpoint, **given)

    assert isinstance(fault, SignInFault)
    assert why in fault.message
    assert next_step in fault.help


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[" * 100_000, b'{"access_token": 5}', b"\xff\xfe{"]
)
def test_what_is_no_token_is_a_fault(body: bytes) -> None:
    fault = signed_in(lambda _asked: Answer(200, body))

    assert isinstance(fault, SignInFault)


def test_a_busy_endpoint_is_asked_again() -> None:
    endpoint = TokenEndpoint(failures=[503, 429])
    clock = WallClock()

    signed = signed_in(endpoint, clock)

    assert isinstance(signed, Signed)
    assert clock.waited == [1.0, 2.0]


def test_a_refusal_is_not_asked_for_again() -> None:
    endpoint = TokenEndpoint()

    signed_in(endpoint, client_secret="wrong")

    assert len(endpoint.asked) == 1


def test_a_run_that_is_cancelled_waits_for_no_endpoint() -> None:
    endpoint = TokenEndpoint(failures=[503, 503, 503])
    clock = WallClock()
    clock.cancelled.set()

    fault = signed_in(endpoint, clock)

    assert isinstance(fault, SignInFault)
    assert len(endpoint.asked) == 1


def test_nobody_answers() -> None:
    with a_world() as world:
        definition = OAuth2("http://127.0.0.1:1/token", "machine", "s3cr3t")
        fault = begin("ops", definition, world)

    assert isinstance(fault, SignInFault)
    assert "does not answer" in fault.message


def test_the_endpoint_refuses_what_no_client_should_send() -> None:
    form = b"grant_type=password&client_id=machine&client_secret=s3cr3t"
    headers = {"content-type": FORM}
    as_json = {"content-type": "application/json"}
    endpoint = TokenEndpoint()

    statuses = [
        endpoint(Asked("POST", "/", headers, form)).status,
        endpoint(Asked("POST", "/", as_json, form)).status,
        endpoint(Asked("GET", "/", headers, form)).status,
    ]

    assert statuses == [400, 400, 405]
