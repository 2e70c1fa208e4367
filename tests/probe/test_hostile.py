"""Servers that are broken or mean: a clear answer in the time that it has."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Iterator

import pytest
from probe.servers import (
    Script,
    Server,
    answering,
    dripping,
    endlessly,
    reply,
    saying,
    silent,
)

from flowguard.model.exchange import Fault, FaultKind, Request, Response
from flowguard.probe import Probe

OK = b"HTTP/1.1 200 OK\r\n"
GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SECRET = "s3cret"

PATIENCE = 20.0
"""Seconds beyond its own limit that a loaded machine may add."""


@pytest.fixture
def probe() -> Iterator[Probe]:
    with Probe(environment={}) as made:
        yield made


def fault(probe: Probe, script: Script, *, timeout: float = 10.0) -> Fault:
    """What comes of asking such a server, which must be a fault."""
    with Server(script) as server:
        url = f"http://me:{SECRET}@{server.authority}/{SECRET}?token={SECRET}"
        headers = (("Authorization", f"Bearer {SECRET}"),)
        came = probe(Request("GET", url, headers, timeout=timeout))
    assert isinstance(came, Fault), came
    assert came.message.startswith(f"{server.authority}: ")
    assert SECRET not in came.message
    assert came.timings.total < timeout + PATIENCE
    return came


@pytest.mark.parametrize(
    ("script", "doing"),
    [
        (silent, "waiting for the answer"),
        (dripping(b"x"), "waiting for the answer"),
        (dripping(b"X-A: b\r\n", OK), "waiting for the answer"),
        (dripping(b"x", OK + b"\r\n"), "reading the body"),
        (dripping(b"x", OK + b"Content-Length: 9999\r\n\r\n"), "reading the body"),
        (dripping(b"1\r\nx\r\n", CHUNKED), "reading the body"),
        (dripping(b"X: y\r\n", CHUNKED + b"0\r\n"), "reading the body"),
        (saying(OK + b"Content-Length: 9\r\n\r\nx", stay=True), "reading the body"),
    ],
    ids=[
        "says nothing",
        "drips a status line",
        "drips headers",
        "drips a body",
        "drips a body of a known length",
        "drips chunks",
        "drips trailers",
        "stops in the body",
    ],
)
def test_slow_server_is_given_up(probe: Probe, script: Script, doing: str) -> None:
    came = fault(probe, script, timeout=0.3)

    assert came.kind is FaultKind.TIMEOUT
    assert came.message.endswith(f"gave up after 0.3 s, while {doing}")


NO_ANSWERS = {
    "garbage": (saying(b"\0\xff\x1b[31m garbage\r\n\r\n"), "protocol", "no HTTP"),
    "SSH": (saying(b"SSH-2.0-OpenSSH_9.7\r\n"), "protocol", "an SSH server"),
    "TLS": (saying(b"\x15\x03\x01\x00\x02\x02\x46"), "protocol", "speaks TLS"),
    "HTTP/3": (saying(b"HTTP/3.0 200 OK\r\n\r\n"), "protocol", "version of HTTP"),
    "no status": (saying(b"HTTP/1.1 2xx OK\r\n\r\n"), "protocol", "no HTTP"),
    "nothing": (saying(b""), "protocol", "without an answer"),
    "no header": (
        saying(OK + b"garbage\r\nA: b\r\n\r\n"),
        "protocol",
        "headers is none",
    ),
    "short body": (saying(OK + b"Content-Length: 9\r\n\r\nx"), "protocol", "8 bytes"),
    "short chunk": (saying(CHUNKED + b"5\r\nhel"), "protocol", "breaks off"),
    "no chunk": (saying(CHUNKED + b"s3cret\r\nhel"), "protocol", "breaks off"),
    "no gzip": (saying(GZIP + b"garbage"), "protocol", "not packed"),
    "short gzip": (
        saying(GZIP + gzip.compress(b"x" * 99)[:-9]),
        "protocol",
        "packed body breaks off",
    ),
    "endless line": (endlessly(b"x" * 65536), "protocol", "no HTTP"),
    "endless headers": (endlessly(b"X-A: b\r\n", OK), "too-large", "headers"),
    "endless header": (endlessly(b"x" * 65536, OK + b"X: "), "too-large", "headers"),
    "10 MB header": (saying(OK, b"A: " + b"x" * 10_000_000), "too-large", "headers"),
    "6 MB headers": (
        saying(OK + (b"A: " + b"x" * 60_000 + b"\r\n") * 99),
        "too-large",
        "more than 256 KB",
    ),
    "endless 100": (
        endlessly(b"HTTP/1.1 100 Continue\r\n\r\n"),
        "too-large",
        "more than 256 KB",
    ),
}


@pytest.mark.parametrize("name", NO_ANSWERS)
def test_what_is_no_answer_is_named(probe: Probe, name: str) -> None:
    script, kind, words = NO_ANSWERS[name]

    came = fault(probe, script)

    assert came.kind == kind
    assert words in came.message


@pytest.mark.parametrize(
    "script",
    [
        endlessly(b"x" * 65536, OK + b"\r\n"),
        endlessly(b"x" * 65536, OK + b"Content-Length: 99999999999999\r\n\r\n"),
        endlessly(b"1000\r\n" + b"x" * 4096 + b"\r\n", CHUNKED),
        endlessly(gzip.compress(b"x" * 65536), GZIP),
        saying(GZIP + gzip.compress(bytes(50_000_000))),
        saying(
            OK + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(bytes(50_000_000))
        ),
        endlessly(gzip.compress(b""), GZIP),
    ],
    ids=["plain", "huge length", "chunks", "gzip", "bomb", "deflate bomb", "nothing"],
)
def test_endless_body_is_cut(probe: Probe, script: Script) -> None:
    with Server(script) as server:
        came = probe(Request("GET", server.url, max_body=1_000_000))

    assert isinstance(came, Response)
    assert came.truncated
    assert len(came.body) <= 1_000_000


def test_odd_bytes_in_headers_are_kept(probe: Probe) -> None:
    said = OK + b"X-Odd: a\x00b\x1b[31mc\xff\x0b\r\nX-Fold: one\r\n  two\r\n\r\n"
    with Server(saying(said)) as server:
        came = probe(Request("GET", server.url))

    assert isinstance(came, Response)
    assert came.header("X-Odd") == "a\x00b\x1b[31mc\xff\x0b"
    assert came.header("X-Fold") == "one two"


# -- no connection ---------------------------------------------------------------


def test_refused_connection_is_named(probe: Probe) -> None:
    with Server(silent) as server:
        pass
    came = probe(Request("GET", server.url))

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.REFUSED
    assert came.message == f"{server.authority}: the connection is refused"


def test_unknown_host_is_named(probe: Probe) -> None:
    came = probe(Request("GET", "http://nobody.invalid/"))

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.DNS
    assert came.message.startswith("nobody.invalid:80: ")


def test_full_host_is_given_up_before_the_whole_time_is_over(probe: Probe) -> None:
    """A full backlog answers no more connections, as a dead host does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        where = full.getsockname()
        fillers = [socket.socket() for _ in range(8)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(where)
        url = f"http://127.0.0.1:{where[1]}/"
        came = probe(Request("GET", url, connect_timeout=0.3, timeout=30.0))
        for filler in fillers:
            filler.close()

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.TIMEOUT
    assert came.message.endswith("gave up after 0.3 s, while connecting")
    assert came.timings.total < 0.3 + PATIENCE


# -- redirects in circles --------------------------------------------------------


def test_redirect_loop_is_named(probe: Probe) -> None:
    there = {"/a": "/b", "/b": "/a"}
    with Server(
        answering(
            lambda asked: reply(
                b"", f"Location: {there[asked.target]}", status="302 Found"
            )
        )
    ) as server:
        came = probe(Request("GET", f"{server.url}/a", redirects=50))

    assert isinstance(came, Fault)
    assert came.kind is FaultKind.REDIRECTS
    assert came.message.endswith("it redirects in a circle")


# -- cancellation ----------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        silent,
        dripping(b"x", OK + b"\r\n"),
        saying(OK + b"Content-Length: 9\r\n\r\nx", stay=True),
    ],
    ids=["silent", "drips", "stops in the body"],
)
def test_cancelled_request_ends_at_once(probe: Probe, script: Script) -> None:
    under_way = threading.Event()

    def tell(connection: socket.socket) -> None:
        connection.recv(1, socket.MSG_PEEK)
        under_way.set()
        script(connection)

    came: list[Response | Fault] = []
    with Server(tell) as server:
        request = Request("GET", server.url, timeout=60.0)
        asking = threading.Thread(target=lambda: came.append(probe(request)))
        asking.start()
        under_way.wait()
        began = time.monotonic()
        probe.cancel()
        asking.join()

    assert time.monotonic() - began < PATIENCE
    assert isinstance(came[0], Fault)
    assert came[0].kind is FaultKind.CANCELLED


def test_cancellation_reaches_who_is_connecting(probe: Probe) -> None:
    came: list[Response | Fault] = []
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        where = full.getsockname()
        fillers = [socket.socket() for _ in range(8)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(where)
        url = f"http://127.0.0.1:{where[1]}/"
        request = Request("GET", url, connect_timeout=50.0, timeout=60.0)
        asking = threading.Thread(target=lambda: came.append(probe(request)))
        asking.start()
        while asking.is_alive():
            probe.cancel()
            asking.join(0.05)
        for filler in fillers:
            filler.close()

    assert isinstance(came[0], Fault)
    assert came[0].kind is FaultKind.CANCELLED


def test_cleanup_can_be_sent_after_a_cancellation(probe: Probe) -> None:
    with Server(answering(lambda _: reply(b"x"))) as server:
        probe(Request("GET", server.url))
        probe.cancel()
        came = probe(Request("DELETE", server.url))

    assert isinstance(came, Response)
