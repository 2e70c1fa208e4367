"""What comes of an ordinary request."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Iterator

import pytest
from probe.servers import (
    Asked,
    Server,
    answering,
    hanging_up_on_the_second,
    reply,
    saying,
    silent,
)

from flowguard.model.exchange import Fault, FaultKind, Request, Response
from flowguard.probe import Probe
from flowguard.probe.connect import connect
from flowguard.probe.flight import Flight
from flowguard.probe.resolver import Found

CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n"
EARLY_HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def probe() -> Iterator[Probe]:
    with Probe(environment={}) as made:
        yield made


def answer(probe: Probe, request: Request) -> Response:
    """What comes, which must be an answer."""
    came = probe(request)
    assert isinstance(came, Response), came
    return came


def echo(asked: Asked) -> bytes:
    lines = [f"{asked.method} {asked.target}", *map(": ".join, asked.headers.items())]
    return reply("\n".join(lines).encode("latin-1") + b"\n\n" + asked.body)


def test_request_arrives_as_it_is(probe: Probe) -> None:
    headers = (("X-Note", "one"), ("Accept", "text/plain"))
    with Server(answering(echo)) as server:
        url = f"{server.url}/a%2Fb c/é?q=1&r=a b#part"
        came = answer(probe, Request("POST", url, headers, b"hello"))

    assert came.body.decode().splitlines() == [
        "POST /a%2Fb%20c/%C3%A9?q=1&r=a%20b",
        f"host: {server.authority}",
        "user-agent: flowguard",
        "accept-encoding: gzip, deflate",
        "x-note: one",
        "accept: text/plain",
        "content-length: 5",
        "",
        "hello",
    ]


def test_answer_is_given_whole(probe: Probe) -> None:
    said = reply(b"gone", "X-Twice: a", "X-Twice: b", status="410 Gone Away")
    with Server(answering(lambda _: said)) as server:
        came = answer(probe, Request("GET", f"{server.url}/x?y=1"))

    assert (came.status, came.reason, came.body) == (410, "Gone Away", b"gone")
    assert came.header("x-twice") == "a, b"
    assert came.url == f"{server.url}/x?y=1"
    assert came.address == server.authority
    assert not came.truncated


def test_times_are_split(probe: Probe) -> None:
    with Server(answering(lambda _: reply(b"x"))) as server:
        first = answer(probe, Request("GET", server.url)).timings
        again = answer(probe, Request("GET", server.url)).timings

    assert first.dns is not None
    assert first.connect is not None
    assert first.first_byte is not None
    assert first.tls is None
    assert first.dns + first.connect + first.first_byte <= first.total
    assert (again.dns, again.connect) == (None, None)


def test_credentials_of_the_url_are_sent_and_not_shown(probe: Probe) -> None:
    with Server(answering(echo)) as server:
        came = answer(probe, Request("GET", f"http://me:p%40ss@{server.authority}/"))

    assert b"authorization: Basic bWU6cEBzcw==" in came.body
    assert came.url == f"{server.url}/"


@pytest.mark.parametrize(
    "said",
    [
        CHUNKED + "2;note=x\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nhello",
        "HTTP/1.1 200\r\nConnection: close\r\n\r\nhello",
        CONTINUE + EARLY_HINTS + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ],
    ids=["chunked", "HTTP/1.0", "until the end", "after 1xx"],
)
def test_body_is_read_however_it_comes(probe: Probe, said: str) -> None:
    with Server(saying(said.encode())) as server:
        came = answer(probe, Request("GET", server.url))

    assert (came.status, came.body) == (200, b"hello")


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b"hello")),
        ("GZIP", gzip.compress(b"hel") + gzip.compress(b"lo")),
        ("gzip", gzip.compress(b"hello") + b"\0\0"),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", zlib.compress(b"hello", wbits=-15)),
        ("br", b"hello"),
        ("identity", b"hello"),
    ],
    ids=["gzip", "two members", "more behind", "zlib", "raw", "unknown", "none"],
)
def test_packed_body_is_unpacked(probe: Probe, coding: str, packed: bytes) -> None:
    said = reply(packed, f"Content-Encoding: {coding}")
    with Server(answering(lambda _: said)) as server:
        came = answer(probe, Request("GET", server.url))

    assert (came.body, came.truncated) == (b"hello", False)


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
        ("GET", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"),
    ],
)
def test_no_body_is_waited_for_where_none_comes(
    probe: Probe, method: str, said: bytes
) -> None:
    with Server(saying(said, stay=True)) as server:
        came = answer(probe, Request(method, server.url))

    assert came.body == b""


def test_body_is_cut_where_it_is_too_long(probe: Probe) -> None:
    with Server(answering(lambda _: reply(b"0123456789"))) as server:
        cut = answer(probe, Request("GET", server.url, max_body=9))
        whole = answer(probe, Request("GET", server.url, max_body=10))

    assert (cut.body, cut.truncated) == (b"012345678", True)
    assert (whole.body, whole.truncated) == (b"0123456789", False)
    assert server.connections == 2  # what was not read out is of no more use


def test_other_address_can_be_asked_for_the_host(probe: Probe) -> None:
    with Server(answering(echo)) as server:
        request = Request("GET", "http://api.test/x", connect_to=server.authority)
        came = answer(probe, request)

    assert b"host: api.test\n" in came.body
    assert came.url == "http://api.test/x"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_host_is_reached_by_either_family(probe: Probe, host: str) -> None:
    with Server(answering(lambda _: reply(b"x")), host=host) as server:
        came = answer(probe, Request("GET", server.url))

    assert came.address == server.authority


def test_address_that_answers_is_taken_when_others_do_not() -> None:
    with Server(silent, host="::1") as gone:
        pass
    with Server(silent) as server:
        addresses: Found = (
            (socket.AF_INET6, ("::1", gone.port, 0, 0)),
            (socket.AF_INET, ("127.0.0.1", gone.port)),
            (socket.AF_INET, ("127.0.0.1", server.port)),
        )
        with connect(addresses, Flight(5.0)) as connection:
            peer = connection.getpeername()

    assert peer == ("127.0.0.1", server.port)


def test_name_is_resolved(probe: Probe) -> None:
    with Server(answering(lambda _: reply(b"x"))) as server:
        came = answer(probe, Request("GET", f"http://localhost:{server.port}/"))

    assert came.address == server.authority


# -- connections -----------------------------------------------------------------


def test_connection_serves_many_requests(probe: Probe) -> None:
    with Server(answering(lambda _: reply(b"x"))) as server:
        for _ in range(5):
            answer(probe, Request("GET", server.url))

    assert server.connections == 1


def test_threads_share_the_probe(probe: Probe) -> None:
    came: list[bytes] = []

    def ask(number: int) -> None:
        for turn in range(10):
            url = f"{server.url}/{number}/{turn}"
            body = answer(probe, Request("GET", url)).body
            came.append(body.split(b"\n")[0])

    with Server(answering(echo)) as server:
        threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    asked = {f"GET /{n}/{t}".encode() for n in range(8) for t in range(10)}
    assert set(came) == asked
    assert server.connections <= 8


def test_connection_that_its_server_closed_is_not_used_again(probe: Probe) -> None:
    with Server(saying(reply(b"x"))) as server:
        came = [answer(probe, Request("GET", server.url)).body for _ in range(3)]

    assert came == [b"x", b"x", b"x"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_request_arrives_though_the_server_leaves_just_then(
    probe: Probe, method: str
) -> None:
    """A read is sent again; a write never takes a connection that may be closing."""
    with Server(hanging_up_on_the_second) as server:
        answer(probe, Request("GET", server.url))
        came = answer(probe, Request(method, server.url))

    assert came.body == method.encode()
    assert server.connections == 2


# -- what cannot be sent ---------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "ftp://files.test/s3cret"),
        Request("GET", "http:///s3cret"),
        Request("GET", "http://api.test:99999999/s3cret"),
        Request("GET", "http://api.test:x/s3cret"),
        Request("GET", "http://a b.test/s3cret"),
        Request("GET", "http://[::1/s3cret"),
        Request("GET", "http://" + "é" * 80 + ".test/s3cret"),
        Request("GET s3cret", "http://127.0.0.1:9/"),
        Request("GET", "http://127.0.0.1:9/", (("X-A", "s3cret\r\nX-B: 1"),)),
        Request("GET", "http://127.0.0.1:9/", (("X A", "s3cret"),)),
        Request("GET", "http://api.test/s3cret", connect_to=":"),
    ],
)
def test_what_http_cannot_say_is_not_sent(probe: Probe, request_: Request) -> None:
    came = probe(request_)

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.PROTOCOL
    assert "s3cret" not in came.message


def test_nothing_is_sent_once_it_is_closed() -> None:
    with Server(silent) as server:
        with Probe(environment={}) as probe:
            pass
        came = probe(Request("GET", server.url))

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.CANCELLED
    assert server.connections == 0
