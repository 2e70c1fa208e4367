"""One HTTP request and what came of it, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

Headers = tuple[tuple[str, str], ...]
"""Names as they were written or received, each with its value; a name may repeat."""

MAX_BODY = 2 * 1024 * 1024
"""Bytes of a body that are read where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Tls:
    """How a server's certificate is taken, and ours if it wants one."""

    verify: bool = True
    ca_file: str = ""
    """A bundle of certificates (PEM) to trust beside the system's."""
    client_certificate: str = ""
    """A file (PEM) with the certificate to show, and its key where no other is named."""
    client_key: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A request, ready to be sent: nothing in it is left to resolve."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes | None = None
    timeout: float = 10.0
    """Seconds for all of it, redirects included."""
    connect_timeout: float = 5.0
    """Seconds until the connection stands, TLS included."""
    redirects: int = 0
    """How many redirects are followed; the last answer is judged."""
    max_body: int = MAX_BODY
    tls: Tls = Tls()
    connect_to: str = ""
    """`HOST:PORT` to connect to in place of the URL's, as curl's --connect-to."""


@dataclass(frozen=True, slots=True)
class Timings:
    """Where the time of an exchange went, in seconds; None where there was no such phase."""

    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    first_byte: float | None = None
    """From the sent request to the first byte of the answer."""
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate that the server showed."""

    subject: str
    days_left: float
    tls_version: str


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, whatever its status."""

    status: int
    reason: str = ""
    headers: Headers = ()
    body: bytes = b""
    truncated: bool = False
    """Whether there was more of the body than was read."""
    url: str = ""
    """Where it came from, after redirects."""
    timings: Timings = Timings()
    address: str = ""
    """The peer's IP address and port."""
    certificate: Certificate | None = None

    def header(self, name: str) -> str | None:
        """The value of a header, its repetitions joined; None where it is missing."""
        found = [v for n, v in self.headers if n.lower() == name.lower()]
        return ", ".join(found) if found else None


class FaultKind(StrEnum):
    """Why there is no answer."""

    DNS = "dns"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS = "tls"
    PROTOCOL = "protocol"
    """What came is no HTTP, or breaks off."""
    TOO_LARGE = "too-large"
    """Headers beyond all bounds."""
    REDIRECTS = "redirects"
    PROXY = "proxy"
    CANCELLED = "cancelled"

    @property
    def hopeless(self) -> bool:
        """Whether asking again soon would give the same."""
        return self in {FaultKind.DNS, FaultKind.TLS, FaultKind.REDIRECTS}

    @property
    def ours(self) -> bool:
        """Whether it says more of where we stand than of the service."""
        return self in {FaultKind.DNS, FaultKind.PROXY, FaultKind.CANCELLED}


@dataclass(frozen=True, slots=True)
class Fault:
    """No answer: what went wrong, in words that hold no secret."""

    kind: FaultKind
    message: str
    timings: Timings = field(default=Timings())
    address: str = ""
