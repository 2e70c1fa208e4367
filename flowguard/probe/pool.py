"""Connections that wait for the next request to the same place."""

from __future__ import annotations

import threading

from flowguard.probe.channel import Channel
from flowguard.probe.dial import Route

MOST = 64
"""Idle connections that are kept."""


class Pool:
    """Idle channels by their routes; what was used last is used first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[Route, list[Channel]] = {}
        self._count = 0
        self._closed = False

    def take(self, route: Route) -> Channel | None:
        """One that still stands, if there is any."""
        while channel := self._pop(route):
            if channel.idle:
                return channel
            channel.close()
        return None

    def put(self, route: Route, channel: Channel) -> None:
        """Keep it for later, or close it where there are enough."""
        with self._lock:
            if not self._closed and self._count < MOST:
                self._idle.setdefault(route, []).append(channel)
                self._count += 1
                return
        channel.close()

    def close(self) -> None:
        """Close all of them, and whatever is put back from now on."""
        with self._lock:
            self._closed = True
            channels = [each for idle in self._idle.values() for each in idle]
            self._idle.clear()
            self._count = 0
        for channel in channels:
            channel.close()

    def _pop(self, route: Route) -> Channel | None:
        with self._lock:
            if not (idle := self._idle.get(route)):
                return None
            self._count -= 1
            return idle.pop()
