"""Servers that do what they are told, however bad."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

Script = Callable[[socket.socket], None]
"""What a server does with a connection, from its beginning to its end."""


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    """Names in small letters."""
    body: bytes


class Server:
    """Runs a script on every connection, in threads; a context manager."""

    def __init__(
        self,
        script: Script,
        *,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family, backlog=64)
        self._script = script
        self._tls = tls
        self._open: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.authority = (
            f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        )
        self.url = f"{'https' if tls else 'http'}://{self.authority}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for each in (self._listener, *self._open):
            with suppress(OSError):
                socket.socket.shutdown(each, socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(
                    target=self._serve, args=(connection,), daemon=True
                ).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            self._script(connection)
        connection.close()


def requests(connection: socket.socket) -> Iterator[Asked]:
    """The requests that come, until the peer has no more."""
    with connection.makefile("rb") as stream:
        while line := stream.readline():
            method, target, _ = line.decode("latin-1").split(" ", 2)
            headers: dict[str, str] = {}
            while line := stream.readline().strip():
                name, _, value = line.decode("latin-1").partition(":")
                headers[name.lower()] = value.strip()
            body = stream.read(int(headers.get("content-length", "0")))
            yield Asked(method, target, headers, body)


def answering(answer: Callable[[Asked], bytes]) -> Script:
    """Give each request its answer, on one connection."""

    def script(connection: socket.socket) -> None:
        for asked in requests(connection):
            connection.sendall(answer(asked))

    return script


def saying(*pieces: bytes, stay: bool = False) -> Script:
    """Say this to the first request, whatever it is, and hang up or stay."""

    def script(connection: socket.socket) -> None:
        _wait_for_a_request(connection)
        for piece in pieces:
            connection.sendall(piece)
        if stay:
            silent(connection)

    return script


def endlessly(piece: bytes, first: bytes = b"") -> Script:
    """Say this without end."""

    def script(connection: socket.socket) -> None:
        _wait_for_a_request(connection)
        connection.sendall(first)
        while True:
            connection.sendall(piece)

    return script


def hanging_up_on_the_second(connection: socket.socket) -> None:
    """Answer one request; close when the next one comes, as an idle server may."""
    asked = requests(connection)
    if one := next(asked, None):
        connection.sendall(reply(one.method.encode()))
    next(asked, None)


def dripping(pieces: bytes, first: bytes = b"", pause: float = 0.05) -> Script:
    """Say one byte now and then, without end."""

    def script(connection: socket.socket) -> None:
        _wait_for_a_request(connection)
        connection.sendall(first)
        gone = threading.Event()
        while not gone.wait(pause):
            for byte in pieces:
                connection.sendall(bytes([byte]))
                gone.wait(pause)

    return script


def silent(connection: socket.socket) -> None:
    """Say nothing, and stay."""
    while connection.recv(4096):
        pass


def _wait_for_a_request(connection: socket.socket) -> None:
    """Read one that has no body, or the hello of a client that speaks TLS."""
    came = b""
    while not came.endswith(b"\r\n\r\n") and not came.startswith(b"\x16"):
        if not (more := connection.recv(4096)):
            break
        came += more


def reply(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    """An answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


class Tunnel:
    """The script of a proxy that joins its clients with one server, whoever is named."""

    def __init__(self, server: Server) -> None:
        self.asked: list[Asked] = []
        self._server = server

    def __call__(self, connection: socket.socket) -> None:
        asked = _head(connection)
        self.asked.append(asked)
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        there = socket.create_connection(("127.0.0.1", self._server.port))
        back = threading.Thread(target=_pump, args=(there, connection), daemon=True)
        back.start()
        _pump(connection, there)
        back.join()
        there.close()


def _head(connection: socket.socket) -> Asked:
    """The head that comes, with nothing read of what is behind it."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += connection.recv(1)
    first, *lines = data.decode().split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.partition(": ") for line in lines if line)
    return Asked(method, target, {n.lower(): v for n, _, v in pairs}, b"")


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(4096):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
