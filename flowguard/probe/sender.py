"""The probe: a request, and the redirects that it leads to."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from flowguard.model.exchange import Fault, FaultKind, Request, Response
from flowguard.probe.address import Address, parse
from flowguard.probe.answer import Answer, read_answer
from flowguard.probe.channel import Channel
from flowguard.probe.dial import Dialer, Route
from flowguard.probe.faults import BROKEN_OFF, CAUGHT, as_no_answer
from flowguard.probe.flight import Flight, NoAnswer
from flowguard.probe.message import message
from flowguard.probe.pool import Pool
from flowguard.probe.proxies import Proxies
from flowguard.probe.redirects import follow, location

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_PROXY_WANTS_CREDENTIALS = 407


class Probe:
    """Sends requests, from any number of threads; a context manager.

    HTTP/1.1, with connections kept for the next request to the same place. Proxies
    are those of the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY);
    `connect_to` leads past them.
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str] | None = None,
        user_agent: str = "flowguard",
    ) -> None:
        self._proxies = Proxies(os.environ if environment is None else environment)
        self._user_agent = user_agent
        self._dialer = Dialer()
        self._pool = Pool()
        self._lock = threading.Lock()
        self._flights: set[Flight] = set()
        self._closed = False

    def __call__(self, request: Request) -> Response | Fault:
        """Send it, and give what came of it, in the time that it has. Raises nothing.

        A redirect beyond `request.redirects` is a fault; where none is to be
        followed, the redirect itself is the answer.
        """
        flight = Flight(request.timeout)
        with self._lock:
            if self._closed:
                return Fault(FaultKind.CANCELLED, "cancelled", flight.timings())
            self._flights.add(flight)
        try:
            return self._send(request, flight)
        except NoAnswer as error:
            where = f"{flight.where}: " if flight.where else ""
            text = f"{where}{error.message}"
            return Fault(error.kind, text, flight.timings(), flight.address)
        finally:
            with self._lock:
                self._flights.discard(flight)

    def cancel(self) -> None:
        """End every request that is in flight, at once; later ones are sent."""
        with self._lock:
            flights = tuple(self._flights)
        for flight in flights:
            flight.cancel()

    def close(self) -> None:
        """End every request, and every connection that was kept."""
        with self._lock:
            self._closed = True
        self.cancel()
        self._pool.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def _send(self, request: Request, flight: Flight) -> Response:
        """Send it and what it leads to; raises `NoAnswer`."""
        followed, seen = 0, {(request.method, request.url)}
        while True:
            address = parse(request.url)
            flight.hop(address.origin.where)
            answer, channel = self._ask(request, address, flight)
            elsewhere = location(answer)
            if elsewhere is None or not request.redirects:
                return _response(answer, address, channel, flight)
            if followed == request.redirects:
                text = f"it redirects more than {followed} times"
                raise NoAnswer(FaultKind.REDIRECTS, text)
            request = follow(request, elsewhere, answer.status)
            if (request.method, request.url) in seen:
                raise NoAnswer(FaultKind.REDIRECTS, "it redirects in a circle")
            seen.add((request.method, request.url))
            followed += 1

    def _ask(
        self, request: Request, address: Address, flight: Flight
    ) -> tuple[Answer, Channel]:
        """One request, one answer; raises `NoAnswer`."""
        route = self._route(request, address)
        proxy = route.proxy if route.forwarded else None
        data = message(
            request,
            address,
            user_agent=self._user_agent,
            proxy_authorization=proxy.authorization if proxy else "",
            absolute=proxy is not None,
        )
        # A write is sent once: on a connection that its peer may just be closing,
        # nobody could tell whether it arrived.
        if request.method in _SAFE and (channel := self._pool.take(route)):
            try:
                return self._exchange(data, request, route, channel, flight), channel
            except NoAnswer as error:
                if error.kind is not FaultKind.PROTOCOL or channel.received:
                    raise
                flight.hop(address.origin.where)  # its peer had left: once more
        channel = self._dialer.dial(route, flight, request.connect_timeout)
        return self._exchange(data, request, route, channel, flight), channel

    def _route(self, request: Request, address: Address) -> Route:
        origin = address.origin
        proxy = None if request.connect_to else self._proxies.of(origin)
        return Route(origin, request.tls, request.connect_to, proxy)

    def _exchange(
        self,
        data: bytes,
        request: Request,
        route: Route,
        channel: Channel,
        flight: Flight,
    ) -> Answer:
        """Send the bytes and read what comes; the channel is kept or closed."""
        keep = False
        try:
            flight.enter("sending the request")
            channel.board(flight)
            with suppress(*BROKEN_OFF):  # it may answer before it has read all
                channel.send(data)
            answer = read_answer(channel, request.method, request.max_body, flight)
            if route.forwarded and answer.status == _PROXY_WANTS_CREDENTIALS:
                text = "the proxy wants other credentials"
                raise NoAnswer(FaultKind.PROXY, text)
            keep = answer.keep
        except CAUGHT as error:
            raise as_no_answer(error, flight) from None
        finally:
            if keep:
                self._pool.put(route, channel)
            else:
                channel.close()
        return answer


def _response(
    answer: Answer, address: Address, channel: Channel, flight: Flight
) -> Response:
    return Response(
        status=answer.status,
        reason=answer.reason,
        headers=answer.headers,
        body=answer.body,
        truncated=answer.truncated,
        url=address.url,
        timings=flight.timings(),
        address=flight.address,
        certificate=channel.certificate,
    )
