"""AWS's signature, against a verifier that shares no code with what signs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from smoke_servers.serving import serving
from smoke_servers.sigv4 import Verifier
from smoke_servers.worlds import a_world, account

from flowguard.aws.session import Aws
from flowguard.errors import AccountError
from flowguard.model.exchange import Request, Response
from flowguard.smoke.sign_in import Signed, SignInFault, begin
from flowguard.smoke.sign_ins import SigV4


def answer(
    verifier: Verifier, request: Request, definition: SigV4 | None = None
) -> Response:
    """What the verifier answers to a signed request."""
    with serving(verifier) as url, a_world() as world:
        signed = begin("ops", definition or SigV4(), world)
        assert isinstance(signed, Signed)
        sent = signed.authorize(replace(request, url=url + request.url))
        came = world.send(sent)
    assert isinstance(came, Response)
    return came


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/"),
        Request("GET", ""),
        Request("GET", "/users?b=2&a=1&a=0&empty="),
        Request("GET", "/a%20b/ü/(c)/d:e@f,g;h/%2F"),
        Request("GET", "/search?q=a+b&at=12:30&list=x,y&tilde=~&plus=%2B&flag"),
        Request("POST", "/notes", (("Content-Type", "application/json"),), b'{"a": 1}'),
        Request("PUT", "/notes/1", (("X-Many", "a  b "), ("x-many", "c")), b""),
        Request("DELETE", "/notes/1", (("Authorization", "Bearer old"),)),
    ],
    ids=lambda request: f"{request.method} {request.url}",
)
def test_a_signed_request_is_let_pass(request_: Request) -> None:
    came = answer(Verifier(), request_)

    assert (came.status, came.body) == (200, b"welcome")


@pytest.mark.parametrize(
    ("verifier", "definition"),
    [
        (Verifier(service="lambda"), SigV4("lambda")),
        (Verifier(region="us-east-1"), SigV4(region="us-east-1")),
        (Verifier(service="s3"), SigV4("s3")),
    ],
)
def test_it_is_signed_for_what_the_spec_says(
    verifier: Verifier, definition: SigV4
) -> None:
    came = answer(verifier, Request("GET", "/a%20b"), definition)

    assert came.status == 200


@pytest.mark.parametrize(
    "verifier",
    [
        Verifier(secret="other"),
        Verifier(key_id="AKIDOTHER"),
        Verifier(service="lambda"),
        Verifier(region="us-east-1"),
        Verifier(session_token="wanted"),
    ],
)
def test_another_signature_is_refused(verifier: Verifier) -> None:
    came = answer(verifier, Request("GET", "/"))

    assert came.status == 403


def test_what_was_changed_after_it_was_signed_is_refused() -> None:
    verifier = Verifier()
    with serving(verifier) as url, a_world() as world:
        signed = begin("ops", SigV4(), world)
        assert isinstance(signed, Signed)
        ready = signed.authorize(Request("POST", f"{url}/notes", body=b"a"))
        came = world.send(replace(ready, body=b"b"))

    assert isinstance(came, Response)
    assert came.status == 403


def test_without_credentials_it_is_a_fault() -> None:
    def connect() -> Aws:
        raise AccountError("no AWS credentials were found", help="sign in")

    with a_world(connect) as world:
        fault = begin("ops", SigV4(), world)

    assert fault == SignInFault("no AWS credentials were found", "sign in")


def test_a_session_token_is_sent() -> None:
    def connect() -> Aws:
        import botocore.session
        from smoke_servers.worlds import PLACE, SECRET_KEY

        from flowguard.aws.clients import Clients

        session = botocore.session.Session()
        session.set_credentials("AKIDEXAMPLE", SECRET_KEY, "of-a-role")
        return Aws(Clients(session), PLACE)

    with (
        serving(Verifier(session_token="of-a-role")) as url,
        a_world(connect) as world,
    ):
        signed = begin("ops", SigV4(), world)
        assert isinstance(signed, Signed)
        came = world.send(signed.authorize(Request("GET", f"{url}/")))

    assert isinstance(came, Response)
    assert came.status == 200


def test_credentials_are_looked_for_once() -> None:
    connected: list[Aws] = []

    def connect() -> Aws:
        connected.append(account())
        return connected[-1]

    with a_world(connect) as world:
        for region in ("eu-central-1", "us-east-1"):
            begin("ops", SigV4(region=region), world)

    assert len(connected) == 1
