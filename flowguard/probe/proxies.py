"""Which proxy stands between us and a host, by the environment's variables."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from flowguard.model.exchange import FaultKind
from flowguard.probe.address import Origin, basic
from flowguard.probe.flight import NoAnswer

_DEFAULT_PORT = 80


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy."""

    host: str
    port: int
    authorization: str = field(default="", repr=False)
    """Its own credentials, which are for nobody else."""


class Proxies:
    """The proxies of an environment, by the rules that curl and Go share.

    Names in small letters win. Loopback is never asked for by way of a proxy.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._urls = {}
        for scheme in ("http", "https"):
            names = [f"{scheme}_proxy", f"{scheme}_proxy".upper()]
            if scheme == "http" and "REQUEST_METHOD" in environment:
                names.pop()  # in a CGI script that is a header (CVE-2016-5385)
            names += ["all_proxy", "ALL_PROXY"]
            found = (environment[name] for name in names if environment.get(name))
            self._urls[scheme] = next(found, "")
        spared = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
        self._spared = spared.replace(",", " ").lower().split()

    def of(self, origin: Origin) -> Proxy | None:
        """The proxy for it; raises `NoAnswer` where the environment names none."""
        url = self._urls[origin.scheme]
        return None if not url or self._is_spared(origin) else _proxy(url)

    def _is_spared(self, origin: Origin) -> bool:
        address = _ip(origin.host)
        if origin.host == "localhost" or (address and address.is_loopback):
            return True
        return any(_matches(pattern, origin, address) for pattern in self._spared)


_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


def _matches(pattern: str, origin: Origin, address: _Ip | None) -> bool:
    if pattern == "*":
        return True
    if address is not None:
        try:
            return address in ipaddress.ip_network(pattern.strip("[]"), strict=False)
        except ValueError:
            return pattern in {origin.where, origin.host}
    name, _, port = pattern.partition(":")
    domain = name.removeprefix("*").lstrip(".")
    in_domain = bool(domain) and f".{origin.host}".endswith(f".{domain}")
    return in_domain and port in {"", str(origin.port)}


def _proxy(url: str) -> Proxy:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme != "http":
        text = "the environment names a proxy that is none of HTTP's (http://HOST:PORT)"
        raise NoAnswer(FaultKind.PROXY, text)
    credentials = basic(parts.username, parts.password)
    return Proxy(host, _DEFAULT_PORT if port is None else port, credentials)


def _ip(host: str) -> _Ip | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
