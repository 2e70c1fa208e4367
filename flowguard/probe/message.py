"""A request as bytes."""

from __future__ import annotations

import re

from flowguard.model.exchange import FaultKind, Headers, Request
from flowguard.probe.address import Address
from flowguard.probe.flight import NoAnswer

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BREAKS = re.compile(r"[\r\n\0]")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_OURS = frozenset({"content-length", "transfer-encoding"})
"""Headers that say where the body ends: only who sends it knows."""


def message(
    request: Request,
    address: Address,
    *,
    user_agent: str,
    proxy_authorization: str,
    absolute: bool,
) -> bytes:
    """The whole of it; raises `NoAnswer` for what HTTP cannot say.

    `absolute` asks a proxy for the whole URL; the proxy's credentials are for it alone.
    """
    if not _TOKEN.fullmatch(request.method):
        raise NoAnswer(FaultKind.PROTOCOL, "the method is none of HTTP's")
    target = address.url if absolute else address.target
    headers = _headers(request, address, user_agent)
    if proxy_authorization:
        headers += (("Proxy-Authorization", proxy_authorization),)
    lines = [f"{request.method} {target} HTTP/1.1".encode("ascii")]
    lines += [_line(name, value) for name, value in headers]
    return b"\r\n".join([*lines, b"", request.body or b""])


def _headers(request: Request, address: Address, user_agent: str) -> Headers:
    given = {name.lower() for name, _ in request.headers}
    defaults = [
        ("Host", address.origin.authority),
        ("User-Agent", user_agent),
        ("Accept", "*/*"),
        ("Accept-Encoding", "gzip, deflate"),
        ("Authorization", address.authorization),
    ]
    ours = [(n, v) for n, v in defaults if v and n.lower() not in given]
    theirs = [(n, v) for n, v in request.headers if n.lower() not in _OURS]
    if request.body is not None or request.method in _WITH_BODY:
        theirs.append(("Content-Length", str(len(request.body or b""))))
    return (*ours, *theirs)


def _line(name: str, value: str) -> bytes:
    if not _TOKEN.fullmatch(name):
        raise NoAnswer(FaultKind.PROTOCOL, "a header's name is none of HTTP's")
    if _BREAKS.search(value):
        text = f"the value of the header {name} holds a line break"
        raise NoAnswer(FaultKind.PROTOCOL, text)
    try:
        return f"{name}: {value.strip()}".encode("latin-1")
    except UnicodeEncodeError:
        return f"{name}: {value.strip()}".encode()
