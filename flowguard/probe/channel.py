"""A connection: what is sent and read in the time that a request has."""

from __future__ import annotations

import io
import socket
import time
from contextlib import suppress

from flowguard.model.exchange import Certificate, FaultKind
from flowguard.probe.flight import Flight, NoAnswer

MAX_HEAD = 256 * 1024
"""Bytes that all headers of an answer may have."""


class Channel:
    """A connected socket, with TLS or without, that one flight at a time may use.

    `http.client.HTTPResponse` reads from it as from a socket: of those it only
    calls `makefile`.
    """

    def __init__(
        self,
        connection: socket.socket,
        flight: Flight,
        certificate: Certificate | None = None,
    ) -> None:
        self.certificate = certificate
        self.address = flight.address
        self.received = 0
        """Bytes of the answer that is being read."""
        self.in_head = False
        self._socket = connection
        self._flight = flight
        self._sent_at = 0.0
        self._may_read = True
        self._stream = _Stream(_Raw(self))

    @property
    def connection(self) -> socket.socket:
        """The socket, for TLS to be put on it."""
        return self._socket

    def board(self, flight: Flight) -> None:
        """Serve this flight from now on."""
        self._flight = flight
        flight.address = self.address
        flight.hold(self._socket)

    def send(self, data: bytes) -> None:
        """Send all of it; what comes then is the answer to it."""
        rest = memoryview(data)
        while rest:
            self._socket.settimeout(self._flight.left())
            rest = rest[self._socket.send(rest) :]
        self._sent_at = time.perf_counter()
        self.received = 0

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The stream of what comes; the same for every answer."""
        return self._stream

    def receive_into(self, buffer: memoryview) -> int | None:
        """Read what there is, or wait for it; raises what the socket raises."""
        if not self._may_read:
            return None
        self._socket.settimeout(self._flight.left())
        count = self._socket.recv_into(buffer)
        if not count and self._flight.cancelled:
            self._flight.left()
        if count and not self.received:
            self._flight.first_byte = time.perf_counter() - self._sent_at
        self.received += count
        if self.in_head and self.received > MAX_HEAD:
            text = f"the headers have more than {MAX_HEAD // 1024} KB"
            raise NoAnswer(FaultKind.TOO_LARGE, text)
        return count

    @property
    def idle(self) -> bool:
        """Whether it stands, and nothing has come that nobody asked for."""
        self._may_read = False
        try:
            if self._stream.peek(1):
                return False
            self._socket.settimeout(0)
            # Below TLS, whose own `recv` takes no flags; what is peeked at stays.
            socket.socket.recv(self._socket, 1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            self._may_read = True
        return False

    def close(self) -> None:
        """End it, and whoever reads from it."""
        with suppress(OSError):
            self._socket.close()


class _Raw(io.RawIOBase):
    """The unbuffered bytes of a channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]
        return self._channel.receive_into(buffer)


class _Stream(io.BufferedReader):
    """Stays open when an answer is read: the next one comes by it too."""

    def close(self) -> None:
        pass

    def flush(self) -> None:
        pass
