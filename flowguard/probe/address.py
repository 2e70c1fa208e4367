"""A URL taken apart, and what names a server in it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes, urlsplit

from flowguard.model.exchange import FaultKind
from flowguard.probe.flight import NoAnswer

_PORTS = {"http": 80, "https": 443}
_PATH = "/%:@!$&'()*+,;=~-._"
"""What stands in a path as it is; what is encoded already stays so."""
_QUERY = _PATH + '?[]{}|^`\\"'


@dataclass(frozen=True, slots=True)
class Origin:
    """A scheme, a host and a port: whom a credential is meant for (RFC 6454)."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """As the Host header names it: without the scheme's own port."""
        return self.where if self.port != _PORTS[self.scheme] else _in_url(self.host)

    @property
    def where(self) -> str:
        """`HOST:PORT`."""
        return join(self.host, self.port)


@dataclass(frozen=True, slots=True)
class Address:
    """A URL, ready to be asked for."""

    origin: Origin
    target: str
    """The path and the query, with nothing in it that a request line cannot hold."""
    authorization: str = ""
    """Basic credentials that stood in the URL."""

    @property
    def url(self) -> str:
        """The whole, without the credentials."""
        return f"{self.origin.scheme}://{self.origin.authority}{self.target}"


def parse(url: str) -> Address:
    """Take a URL apart; raises `NoAnswer` for one that cannot be asked."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
    except ValueError:  # UnicodeError is one
        raise NoAnswer(FaultKind.PROTOCOL, "the URL cannot be read") from None
    if parts.scheme not in _PORTS or not host or _unspeakable(host):
        raise NoAnswer(FaultKind.PROTOCOL, "the URL is none of http or https")
    target = quote(parts.path or "/", safe=_PATH)
    if parts.query:
        target += "?" + quote(parts.query, safe=_QUERY)
    origin = Origin(parts.scheme, host, _PORTS[parts.scheme] if port is None else port)
    return Address(origin, target, basic(parts.username, parts.password))


def basic(user: str | None, password: str | None) -> str:
    """The credentials of a URL as RFC 7617 sends them; empty where there are none."""
    if user is None:
        return ""
    pair = unquote_to_bytes(user) + b":" + unquote_to_bytes(password or "")
    return "Basic " + base64.b64encode(pair).decode("ascii")


def join(host: str, port: int) -> str:
    """`HOST:PORT`, an IPv6 address in brackets."""
    return f"{_in_url(host)}:{port}"


def split(text: str, default_port: int) -> tuple[str, int]:
    """Take `HOST:PORT` apart; raises `NoAnswer` where it is none."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or _unspeakable(host):
        raise NoAnswer(FaultKind.PROTOCOL, "there is no HOST:PORT to connect to")
    return host, default_port if port is None else port


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _unspeakable(host: str) -> bool:
    """Whether a name holds what no name may, such as a space or a line break."""
    return any(character <= " " or character in "\x7f/\\@<>" for character in host)
