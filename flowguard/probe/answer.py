"""What is read of an answer, and no more than that."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from email.errors import (
    FirstHeaderLineIsContinuationDefect,
    MissingHeaderBodySeparatorDefect,
)

from flowguard.model.exchange import FaultKind, Headers
from flowguard.probe.channel import Channel
from flowguard.probe.coding import Decoder
from flowguard.probe.flight import Flight, NoAnswer

_CHUNK = 64 * 1024
_SWITCHING = 101
_CODINGS = frozenset({"gzip", "x-gzip", "deflate"})
_NO_HEADER = (FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, read."""

    status: int
    reason: str
    headers: Headers
    body: bytes
    truncated: bool
    keep: bool
    """Whether the connection may serve another request."""


def read_answer(channel: Channel, method: str, max_body: int, flight: Flight) -> Answer:
    """Read one; raises `NoAnswer`, and what sockets and `http.client` raise."""
    flight.go_on("waiting for the answer")
    response = _head(channel, method, flight)
    headers = tuple((n, _unfolded(v)) for n, v in response.getheaders())
    flight.go_on("reading the body")
    if response.status == _SWITCHING:
        body, truncated = b"", False
    else:
        body, truncated = _body(response, max_body)
    return Answer(
        status=response.status,
        reason=response.reason.strip(),
        headers=headers,
        body=body,
        truncated=truncated,
        keep=not (truncated or response.will_close or response.status == _SWITCHING),
    )


def _head(channel: Channel, method: str, flight: Flight) -> http.client.HTTPResponse:
    """The head of the final answer; those of 1xx before it are passed over."""
    channel.in_head = True
    while True:
        response = http.client.HTTPResponse(channel, method=method)  # type: ignore[arg-type]
        response.begin()
        flight.go_on("reading the headers")
        if response.status >= 200 or response.status == _SWITCHING:  # noqa: PLR2004
            break
    channel.in_head = False
    if any(isinstance(defect, _NO_HEADER) for defect in response.headers.defects):
        raise NoAnswer(FaultKind.PROTOCOL, "a line among the headers is none")
    return response


def _body(response: http.client.HTTPResponse, most: int) -> tuple[bytes, bool]:
    """The body, unpacked, and whether there is more of it."""
    coding = (response.headers.get("Content-Encoding") or "").strip().lower()
    decoder = Decoder(coding) if coding in _CODINGS else None
    body, packed = bytearray(), 0
    while chunk := response.read(min(_CHUNK, max(most - packed, 0) + 1)):
        packed += len(chunk)
        body += decoder.feed(chunk, most + 1 - len(body)) if decoder else chunk
        if len(body) > most or packed > most:
            return bytes(body[:most]), True
    if response.length:
        text = f"the body breaks off, {response.length} bytes before its end"
        raise NoAnswer(FaultKind.PROTOCOL, text)
    if decoder:
        decoder.finish()
    return bytes(body), False


def _unfolded(value: str) -> str:
    """A value in one line (RFC 9112, 5.2)."""
    return (
        " ".join(part.strip() for part in value.splitlines())
        if "\n" in value
        else value
    )
