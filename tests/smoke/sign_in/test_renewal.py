"""Who is signed in is signed in anew: each kind that gets its token by itself."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from smoke.sign_in.test_cognito import ANA, FLOWS, a_pool, operations, served, token_of
from smoke_servers.serving import Answer, Asked, serving
from smoke_servers.worlds import a_world

from flowguard.smoke.expectation import Capture, Source
from flowguard.smoke.request import RequestSpec, Step
from flowguard.smoke.sign_in import Signed, SignInFault, begin, claims, renew
from flowguard.smoke.sign_ins import ApiKey, Basic, Bearer, Login, OAuth2, SignIn
from flowguard.smoke.suite import Suite


def jwt(**said: Any) -> str:
    """A token that says so of itself."""
    part = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    return f"e30.{part}.c2ln"


# -- how long a token holds ------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "life"),
    [
        (jwt(exp=1_300), 300),
        (jwt(exp=1_300, iat=900), 300),
        (jwt(exp=1_300, iat=1_200), 100),
        (jwt(exp=900, iat=600), 300),
        (jwt(exp=900), None),
        (jwt(exp=True), None),
        (jwt(exp="1300"), None),
        (jwt(exp=float("inf")), None),
        (jwt(exp=10**400), None),
        (jwt(exp=-1), None),
        (jwt(), None),
        ("opaque", None),
        ("a.b.c", None),
    ],
)
def test_a_token_says_how_long_it_holds(token: str, life: float | None) -> None:
    assert claims.life(token, now=1_000) == life


# -- each kind -------------------------------------------------------------------


class Tokens:
    """An endpoint that gives another token each time, and may stop to."""

    def __init__(self, **rest: Any) -> None:
        self.rest = rest
        self.given = 0
        self.refuses = False

    def __call__(self, asked: Asked) -> Answer:
        """Give one."""
        if self.refuses:
            return Answer(503)
        self.given += 1
        document = {"access_token": f"token-{self.given}", **self.rest}
        return Answer(200, json.dumps(document).encode())


def oauth2(url: str) -> SignIn:
    """By client credentials."""
    return OAuth2(f"{url}/token", "machine", "canary-s3cr3t")


def login(_url: str) -> SignIn:
    """By a request of the service's own."""
    save = (("token", Capture(Source.JSON, "access_token", secret=True)),)
    return Login(Step(RequestSpec("POST", "/login"), save=save))


@pytest.mark.parametrize("kind", [oauth2, login])
@pytest.mark.parametrize(
    ("rest", "life"), [({"expires_in": 300}, 300), ({"expires_in": "soon"}, None)]
)
def test_a_token_is_got_again(kind: Any, rest: dict[str, Any], life: Any) -> None:
    tokens = Tokens(**rest)
    with serving(tokens) as url, a_world() as world:
        first = begin("user", kind(url), world, Suite((), base=url))
        assert isinstance(first, Signed)
        second = renew(first)
        assert isinstance(second, Signed)
        third = renew(second)
        tokens.refuses = True
        fault = renew(second)

    assert isinstance(third, Signed)
    assert [first.life, second.life] == [life, life]
    assert [token_of(one) for one in (first, second, third)] == [
        "token-1",
        "token-2",
        "token-3",
    ]
    assert "token-3" in third.secrets
    assert isinstance(fault, SignInFault)
    assert "503" in fault.message


@pytest.mark.parametrize("flow", FLOWS)
def test_a_user_of_a_pool_is_signed_in_again(flow: str) -> None:
    pool = a_pool(flow)
    with served(pool, flow=flow, **ANA) as (definition, world):
        first = begin("user", definition, world)
        assert isinstance(first, Signed)
        calls = len(pool.called)
        second = renew(first)

    assert isinstance(second, Signed)
    assert second.user_name == "ana"
    assert len(pool.called) == 2 * calls
    assert first.life


def test_an_ephemeral_user_is_signed_in_again_and_removed_once() -> None:
    pool = a_pool()
    with served(pool) as (definition, world):
        first = begin("user", definition, world)
        assert isinstance(first, Signed)
        second = renew(first)
        assert isinstance(second, Signed)
        left = [second.release(), first.release()]

    assert second.user_name == first.user_name
    assert left == ["", ""]
    assert operations(pool).count("AdminCreateUser") == 1
    assert operations(pool).count("AdminDeleteUser") == 1
    assert [*pool.users] == ["ana"]


def test_a_user_who_is_gone_cannot_be_signed_in_again() -> None:
    pool = a_pool()
    with served(pool, **ANA) as (definition, world):
        first = begin("user", definition, world)
        assert isinstance(first, Signed)
        pool.users.clear()
        fault = renew(first)

    assert isinstance(fault, SignInFault)
    assert ANA["password"] not in fault.message


@pytest.mark.parametrize(
    "definition", [Bearer("canary"), Basic("me", "canary"), ApiKey("canary")]
)
def test_what_somebody_else_got_is_not_renewed(definition: SignIn) -> None:
    with a_world() as world:
        signed = begin("user", definition, world)

    assert isinstance(signed, Signed)
    assert isinstance(renew(signed), SignInFault)
