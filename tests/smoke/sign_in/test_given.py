"""Credentials that somebody else got: they are put on each request, as they are."""

from __future__ import annotations

import base64
import json

import pytest
from smoke_servers.worlds import a_world

from flowguard.model.exchange import Request
from flowguard.smoke.sign_in import Signed, SignInFault, begin
from flowguard.smoke.sign_ins import ApiKey, Basic, Bearer, SignIn

GET = Request("GET", "https://api.example.org/", (("accept", "*/*"),))


def signed_in(definition: SignIn) -> Signed | SignInFault:
    """What comes of signing in."""
    with a_world() as world:
        return begin("user", definition, world)


def sent(definition: SignIn) -> tuple[str, str]:
    """The header that a request gets."""
    signed = signed_in(definition)
    assert isinstance(signed, Signed)
    *others, added = signed.authorize(GET).headers
    assert others == [*GET.headers]
    return added


def test_a_bearer_token() -> None:
    assert sent(Bearer("abc")) == ("Authorization", "Bearer abc")


def test_a_name_and_a_password() -> None:
    name, value = sent(Basic("ana", "pä:ss"))

    assert name == "Authorization"
    assert base64.b64decode(value.removeprefix("Basic ")).decode() == "ana:pä:ss"


def test_an_api_key() -> None:
    assert sent(ApiKey("abc")) == ("x-api-key", "abc")
    assert sent(ApiKey("abc", "X-Key")) == ("X-Key", "abc")


def test_it_goes_in_place_of_what_was_there() -> None:
    signed = signed_in(Bearer("new"))
    assert isinstance(signed, Signed)

    ready = signed.authorize(Request("GET", "/", (("authorization", "Bearer old"),)))

    assert ready.headers == (("Authorization", "Bearer new"),)


@pytest.mark.parametrize("definition", [Bearer(" "), ApiKey(""), Bearer("a\nb")])
def test_what_cannot_be_sent_is_a_fault(definition: SignIn) -> None:
    assert isinstance(signed_in(definition), SignInFault)


def jwt(claims: object) -> str:
    """A token that nobody signed."""
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{part}.c2ln"


def test_the_claims_of_a_token_are_told() -> None:
    token = jwt({"token_use": "access", "client_id": "web", "exp": 1768737600})

    signed = signed_in(Bearer(token))

    assert isinstance(signed, Signed)
    assert signed.describe == (
        "the bearer token of the spec was sent "
        "(token_use access, client_id web, expires 2026-01-18 12:00 UTC)"
    )


@pytest.mark.parametrize(
    "token",
    [
        "opaque",
        "a.b.c",
        "a.!!!.c",
        jwt([]),
        jwt({"exp": 1e300}),
        jwt({"exp": "soon"}),
        jwt(None),
    ],
)
def test_of_other_tokens_nothing_is_told(token: str) -> None:
    signed = signed_in(Bearer(token))

    assert isinstance(signed, Signed)
    assert signed.describe == "the bearer token of the spec was sent"
