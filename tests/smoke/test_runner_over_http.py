"""A run with a real clock against a real server: time, connections, Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from smoke.services import Service

from flowguard.model.smoke import SmokeOutcome
from flowguard.probe import Probe
from flowguard.smoke import spec
from flowguard.smoke.runner import run
from flowguard.smoke.suite import Suite
from flowguard.smoke.world import World


class Clock:
    """Time as it passes; a wait ends when the run is cancelled."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def now(self) -> float:
        """Seconds."""
        return time.monotonic()

    def wait(self, seconds: float) -> bool:
        """Wait."""
        return not self.over.wait(seconds)


class Handler(BaseHTTPRequestHandler):
    """Makes notes, and hangs where it is asked to."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Read, or hang."""
        if self.path.startswith("/hang"):
            self.server.hanging.set()
            self.server.freed.wait(30)
        self._answer(500 if self.path.startswith("/broken") else 200)

    def do_POST(self) -> None:
        """Make a note."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(201)

    def do_DELETE(self) -> None:
        """Remove it."""
        self.server.removed.append(self.path)
        self._answer(204)

    def _answer(self, status: int) -> None:
        body = b"" if status == 204 else b'{"id": 7}'
        self.send_response(status)
        if body:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """The service."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hanging, self.freed = threading.Event(), threading.Event()
        self.removed: list[str] = []
        self.connections = 0

    def suite(self, checks: str) -> Suite:
        """A suite of it."""
        text = f"base: http://127.0.0.1:{self.server_port}\n"
        text += f"gate: {{samples: {{pass: 1}}}}\nchecks:\n{checks}"
        return spec.parse(text, "smoke.yml")

    def process_request(self, request: object, client_address: object) -> None:
        """Count it."""
        self.connections += 1
        super().process_request(request, client_address)  # type: ignore[arg-type]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield served
        served.freed.set()
        served.shutdown()
        thread.join()


@pytest.fixture
def world() -> Iterator[World]:
    with Probe(environment={}) as probe:
        clock = Clock()

        def cancel() -> None:
            clock.over.set()
            probe.cancel()

        yield replace(Service().world, send=probe, clock=clock, cancel=cancel)


def test_many_checks_share_few_connections(server: Server, world: World) -> None:
    checks = "".join(f"  c{i}: {{get: /{i}}}\n" for i in range(60))
    report = run(server.suite(checks), world)

    assert {result.outcome for result in report.results} == {SmokeOutcome.PASSED}
    assert report.requests == 60
    assert server.connections <= 20


def test_ctrl_c_ends_a_request_in_flight_and_removes_what_was_made(
    server: Server, world: World
) -> None:
    checks = (
        "  note:\n"
        "    steps:\n"
        "      - {post: /notes, json: {}, expect: 201, save: {id: id}}\n"
        "      - {get: '/hang/${id}', timeout: 30s}\n"
        "    finally:\n"
        "      - {delete: '/notes/${id}', expect: 204}\n"
    )

    main = threading.main_thread().ident or 0

    def interrupt() -> None:
        server.hanging.wait(30)
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(server.suite(checks), world)

    assert server.removed == ["/notes/7"]
    assert time.monotonic() - begun < 20  # the check would hang for 30


def test_all_that_is_as_broken_as_the_first_is_told_as_such(
    server: Server, world: World
) -> None:
    """The others are wound up once one check decides, but not before their time."""
    checks = "".join(f"  c{n}: {{get: /broken/{n}}}\n" for n in range(9))
    suite = server.suite(checks)
    report = run(replace(suite, gate=replace(suite.gate, spread=2.0)), world)

    assert {result.outcome for result in report.results} == {SmokeOutcome.FAILED}
