"""Addresses → a connected socket, whichever answers first."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from collections import deque

from flowguard.model.exchange import FaultKind
from flowguard.probe.flight import LOOK_UP, Flight, NoAnswer
from flowguard.probe.resolver import Found

HEAD_START = 0.25
"""Seconds that an address has before the next is tried beside it (RFC 8305, 8)."""

_UNDER_WAY = {0, errno.EINPROGRESS, errno.EWOULDBLOCK}


def connect(addresses: Found, flight: Flight) -> socket.socket:
    """Connect to one of them, each begun a little after the one before it.

    Raises `NoAnswer` when none can be reached within the phase that the flight is in.
    """
    waiting, problems = deque(addresses), set[int]()
    with selectors.DefaultSelector() as pending:
        try:
            next_begin = time.perf_counter()
            while waiting or pending.get_map():
                now = time.perf_counter()
                if waiting and (now >= next_begin or not pending.get_map()):
                    problems |= _begin(*waiting.popleft(), pending)
                    next_begin = now + HEAD_START
                    continue
                turn = next_begin - now if waiting else LOOK_UP
                for key, _ in pending.select(min(flight.left(), LOOK_UP, turn)):
                    connection: socket.socket = key.data
                    pending.unregister(connection)
                    problem = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if not problem:
                        return connection
                    connection.close()
                    problems.add(problem)
        finally:
            for key in [*pending.get_map().values()]:
                key.data.close()
    raise _unreachable(problems)


def _begin(family: int, address: object, pending: selectors.BaseSelector) -> set[int]:
    """Begin to connect; what makes that impossible at once, if anything does."""
    try:
        connection = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        return {error.errno or 0}
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        problem = connection.connect_ex(address)  # type: ignore[arg-type]
    except (OSError, OverflowError, UnicodeError):
        problem = errno.EINVAL
    if problem in _UNDER_WAY:
        pending.register(connection, selectors.EVENT_WRITE, connection)
        return set()
    connection.close()
    return {problem}


def _unreachable(problems: set[int]) -> NoAnswer:
    if errno.ECONNREFUSED in problems:
        return NoAnswer(FaultKind.REFUSED, "the connection is refused")
    words = sorted(os.strerror(problem).lower() for problem in problems)
    return NoAnswer(FaultKind.UNREACHABLE, ", ".join(words) or "it has no address")
