"""A route → a channel: name, connection, the proxy's tunnel, TLS."""

from __future__ import annotations

import http.client
import socket
import time
from dataclasses import dataclass

from flowguard.model.exchange import FaultKind, Tls
from flowguard.probe.address import Origin, join, split
from flowguard.probe.channel import Channel
from flowguard.probe.connect import connect
from flowguard.probe.faults import CAUGHT, as_no_answer
from flowguard.probe.flight import Flight, NoAnswer
from flowguard.probe.proxies import Proxy
from flowguard.probe.resolver import Resolver
from flowguard.probe.trust import Contexts, secure


@dataclass(frozen=True, slots=True)
class Route:
    """What tells one connection from another: only on the same is it used again."""

    origin: Origin
    tls: Tls
    connect_to: str = ""
    proxy: Proxy | None = None

    @property
    def forwarded(self) -> bool:
        """Whether the proxy itself is asked, as it is for plain HTTP."""
        return self.proxy is not None and self.origin.scheme == "http"


class Dialer:
    """Opens connections."""

    def __init__(self) -> None:
        self._resolver = Resolver()
        self._contexts = Contexts()

    def dial(self, route: Route, flight: Flight, timeout: float) -> Channel:
        """Open a connection within that many seconds; raises `NoAnswer`."""
        secured = route.origin.scheme == "https"
        context = self._contexts.context(route.tls) if secured else None
        flight.enter("resolving the name", timeout)
        try:
            channel = self._connect(route, flight)
            if not context:
                return channel
            if route.proxy:
                _tunnel(channel, route.origin, route.proxy, flight)
            flight.go_on("agreeing on TLS")
            began = time.perf_counter()
            connection, certificate = secure(
                channel.connection, route.origin.host, context, flight
            )
            flight.tls = time.perf_counter() - began
            return Channel(connection, flight, certificate)
        except CAUGHT as error:
            raise as_no_answer(error, flight) from None

    def _connect(self, route: Route, flight: Flight) -> Channel:
        host, port = route.origin.host, route.origin.port
        if route.proxy:
            host, port = route.proxy.host, route.proxy.port
        elif route.connect_to:
            host, port = split(route.connect_to, port)
        try:
            began = time.perf_counter()
            addresses = self._resolver.resolve(host, port, flight)
            resolved = time.perf_counter()
            flight.dns = resolved - began
            flight.go_on("connecting")
            connection = connect(addresses, flight)
        except NoAnswer as failed:
            if route.proxy and failed.kind is not FaultKind.CANCELLED:
                text = f"the proxy cannot be reached: {failed.message}"
                raise NoAnswer(FaultKind.PROXY, text) from None
            raise
        flight.connect = time.perf_counter() - resolved
        flight.address = _peer(connection)
        try:
            flight.hold(connection)
        except NoAnswer:
            connection.close()
            raise
        return Channel(connection, flight)


def _tunnel(channel: Channel, origin: Origin, proxy: Proxy, flight: Flight) -> None:
    """Have the proxy pass everything on to the origin (RFC 9110, 9.3.6)."""
    flight.go_on("waiting for the proxy")
    lines = [f"CONNECT {origin.where} HTTP/1.1", f"Host: {origin.where}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    try:
        channel.in_head = True
        channel.send("".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii"))
        answer = http.client.HTTPResponse(channel, method="CONNECT")  # type: ignore[arg-type]
        answer.begin()
    except NoAnswer as failed:
        channel.close()
        if failed.kind is FaultKind.CANCELLED:
            raise
        raise NoAnswer(FaultKind.PROXY, f"the proxy: {failed.message}") from None
    except CAUGHT as error:
        channel.close()
        why = as_no_answer(error, flight)
        if why.kind is FaultKind.CANCELLED:
            raise why from None
        raise NoAnswer(FaultKind.PROXY, f"the proxy: {why.message}") from None
    flight.first_byte = None
    if answer.status // 100 != 2:  # noqa: PLR2004 - 2xx
        channel.close()
        text = f"the proxy refuses the way to it, with status {answer.status}"
        raise NoAnswer(FaultKind.PROXY, text)


def _peer(connection: socket.socket) -> str:
    host, port = connection.getpeername()[:2]
    return join(host, port)
