"""One request in flight: its clock, its socket, and what has been measured of it."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

from flowguard.model.exchange import FaultKind, Timings

LOOK_UP = 0.1
"""Seconds after which a wait that nothing can interrupt looks whether it is wanted."""


class NoAnswer(Exception):  # noqa: N818 - it becomes a `Fault`
    """There is no answer, and why; the message names no path, query or credential."""

    def __init__(self, kind: FaultKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class Flight:
    """What is known of a request while it is under way.

    Only the thread that sends it touches it, but for `cancel`.
    """

    def __init__(self, timeout: float) -> None:
        self.began = time.perf_counter()
        self.where = ""
        """The host and port that is asked."""
        self.address = ""
        self.dns: float | None = None
        self.connect: float | None = None
        self.tls: float | None = None
        self.first_byte: float | None = None
        self._timeout = self._seconds = timeout
        self._end = self._limit = self.began + timeout
        self._phase = "beginning"
        self._cancelled = False
        self._socket: socket.socket | None = None

    def hop(self, where: str) -> None:
        """Ask this host now; only the total goes on from what was asked before."""
        self.where = where
        self.address = ""
        self.dns = self.connect = self.tls = self.first_byte = None

    def enter(self, phase: str, seconds: float | None = None) -> None:
        """Begin a phase ("reading the body"), which may have a limit of its own."""
        self._phase = phase
        self._seconds, self._limit = self._timeout, self._end
        if seconds is not None and (limit := time.perf_counter() + seconds) < self._end:
            self._seconds, self._limit = seconds, limit

    def go_on(self, phase: str) -> None:
        """Enter another phase, under the limit of the one before."""
        self._phase = phase

    @property
    def phase(self) -> str:
        """What it is doing now."""
        return self._phase

    def left(self) -> float:
        """The seconds that are left of this phase, more than none.

        Raises `NoAnswer` when there are none, and when the request is cancelled.
        """
        if self._cancelled:
            raise NoAnswer(FaultKind.CANCELLED, "cancelled")
        left = self._limit - time.perf_counter()
        if left <= 0:
            raise self.late()
        return left

    def late(self) -> NoAnswer:
        """What is said when the time is over."""
        text = f"gave up after {self._seconds:g} s, while {self._phase}"
        return NoAnswer(FaultKind.TIMEOUT, text)

    def hold(self, connection: socket.socket) -> None:
        """Name the socket that a cancellation is to end."""
        self._socket = connection
        self.left()

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants it any more."""
        return self._cancelled

    def cancel(self) -> None:
        """End it, from any thread: whoever waits on its socket wakes up."""
        self._cancelled = True
        if (connection := self._socket) is not None:
            with suppress(OSError):
                # An SSLSocket's own `shutdown` takes the TLS off under the reader.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def timings(self) -> Timings:
        """Where the time went so far."""
        return Timings(
            dns=self.dns,
            connect=self.connect,
            tls=self.tls,
            first_byte=self.first_byte,
            total=time.perf_counter() - self.began,
        )
