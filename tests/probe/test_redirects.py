"""Redirects: whom is asked next, what for, and with what."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from probe.servers import Asked, Script, Server, answering, reply

from flowguard.model.exchange import Fault, FaultKind, Request, Response
from flowguard.probe import Probe


@pytest.fixture
def probe() -> Iterator[Probe]:
    with Probe(environment={}) as made:
        yield made


def to(location: str, status: int = 302) -> bytes:
    return reply(b"moved", f"Location: {location}", status=f"{status} Elsewhere")


def told(asked: Asked) -> bytes:
    """What arrived, in one line: the method, the target, the headers that matter."""
    kept = ("authorization", "cookie", "x-api-key", "content-type", "accept")
    parts = [asked.method, asked.target, asked.body.decode()]
    parts += [f"{name}={asked.headers.get(name)}" for name in kept]
    return reply(" ".join(parts).encode())


def from_start(elsewhere: str, status: int = 302) -> Script:
    """A server that redirects from `/start`, and tells of any other request."""

    def one(asked: Asked) -> bytes:
        return to(elsewhere, status) if asked.target == "/start" else told(asked)

    return answering(one)


def test_redirect_itself_is_the_answer_where_none_is_followed(probe: Probe) -> None:
    with Server(from_start("/there")) as server:
        came = probe(Request("GET", f"{server.url}/start"))

    assert isinstance(came, Response)
    assert (came.status, came.header("location")) == (302, "/there")


@pytest.mark.parametrize(
    ("method", "status", "then"),
    [
        ("GET", 301, "GET"),
        ("HEAD", 302, "HEAD"),
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("PUT", 302, "PUT"),
        ("POST", 303, "GET"),
        ("DELETE", 303, "GET"),
        ("HEAD", 303, "HEAD"),
        ("POST", 307, "POST"),
        ("PATCH", 308, "PATCH"),
    ],
)
def test_method_changes_as_the_status_says(
    probe: Probe, method: str, status: int, then: str
) -> None:
    asked: list[Asked] = []

    def one(request: Asked) -> bytes:
        asked.append(request)
        return to("there?x=1", status) if len(asked) == 1 else reply(b"")

    body = b"x" if method not in {"GET", "HEAD"} else None
    with Server(answering(one)) as server:
        request = Request(method, f"{server.url}/a/b", body=body, redirects=1)
        came = probe(request)

    assert isinstance(came, Response)
    assert came.url == f"{server.url}/a/there?x=1"
    assert (asked[1].method, asked[1].target) == (then, "/a/there?x=1")
    assert asked[1].body == (body or b"") * (then == method)


def test_credentials_stay_with_their_origin(probe: Probe) -> None:
    secrets = (
        ("Authorization", "Bearer t"),
        ("Cookie", "c=1"),
        ("X-Api-Key", "k"),
        ("Accept", "text/html"),
    )
    with Server(answering(told)) as other:
        with Server(from_start("/there")) as server:
            url = f"{server.url}/start"
            stayed = probe(Request("GET", url, secrets, redirects=1))
        with Server(from_start(f"{other.url}/there")) as server:
            url = f"http://me:pw@{server.authority}/start"
            left = probe(Request("GET", url, secrets, redirects=1))

    assert isinstance(stayed, Response)
    assert isinstance(left, Response)
    assert b"authorization=Bearer t cookie=c=1 x-api-key=k" in stayed.body
    assert left.body == (
        b"GET /there  authorization=None cookie=None x-api-key=None "
        b"content-type=None accept=text/html"
    )


def test_as_many_redirects_are_followed_as_are_allowed(probe: Probe) -> None:
    def one(asked: Asked) -> bytes:
        number = int(asked.target[1:])
        return to(f"/{number + 1}") if number < 3 else reply(b"there")

    with Server(answering(one)) as server:
        enough = probe(Request("GET", f"{server.url}/0", redirects=3))
        too_few = probe(Request("GET", f"{server.url}/0", redirects=2))

    assert isinstance(enough, Response)
    assert enough.body == b"there"
    assert isinstance(too_few, Fault)
    assert too_few.kind is FaultKind.REDIRECTS
    assert too_few.message.endswith("it redirects more than 2 times")


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[::1", "//"])
def test_redirect_to_no_address_is_named(probe: Probe, location: str) -> None:
    with Server(from_start(location)) as server:
        came = probe(Request("GET", f"{server.url}/start", redirects=5))

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.REDIRECTS


def test_redirects_share_one_time(probe: Probe) -> None:
    """A server that always has one more address is given up in the end."""
    count = iter(range(1_000_000))
    with Server(answering(lambda _: to(f"/{next(count)}"))) as server:
        request = Request("GET", server.url, redirects=10**6, timeout=0.4)
        came = probe(request)

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.TIMEOUT
