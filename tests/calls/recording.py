"""An endpoint before the embedded account that writes down what it is asked."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from smoke_servers.serving import Answer, Asked, serving

_HOP = frozenset({"connection", "content-length", "transfer-encoding"})
"""Headers that are between two hops."""


@dataclass
class Recorded:
    """What was asked for, in order: `sts.GetCallerIdentity`, `s3.GET /bucket`."""

    url: str = ""
    calls: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    @property
    def bodies(self) -> str:
        """All that was sent in bodies."""
        return b"\n".join(self.sent).decode(errors="replace")

    @property
    def operations(self) -> list[str]:
        """Each operation once, sorted."""
        return sorted(set(self.calls))


@contextmanager
def recording(account: str) -> Iterator[Recorded]:
    """Pass everything on to `account`, a URL, and write it down."""
    found = Recorded()
    host = urlsplit(account)

    def answer(asked: Asked) -> Answer:
        found.calls.append(_operation(asked))
        found.sent.append(asked.body)
        connection = http.client.HTTPConnection(host.hostname or "", host.port)
        sent = {n: v for n, v in asked.headers.items() if n not in _HOP}
        connection.request(asked.method, asked.target, asked.body, sent)
        came = connection.getresponse()
        body = came.read()
        connection.close()
        headers = {n: v for n, v in came.getheaders() if n.lower() not in _HOP}
        return Answer(came.status, body, headers)

    with serving(answer) as url:
        found.url = url
        yield found


def _operation(asked: Asked) -> str:
    """The call, by its service and its name, or by the shape of its path."""
    scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", _header(asked))
    service = scope[1] if scope else "unsigned"
    if target := asked.headers.get("x-amz-target"):
        return f"{service}.{target.rpartition('.')[2]}"
    action = parse_qs(asked.body.decode(errors="replace")).get("Action")
    if action:
        return f"{service}.{action[0]}"
    path, query = urlsplit(asked.target)[2:4]
    marks = [p.partition("=")[0] for p in query.split("&") if p]
    shape = "".join(f"?{mark}" for mark in marks[:1])
    return f"{service}.{asked.method} {path}{shape}"


def _header(asked: Asked) -> str:
    return asked.headers.get("authorization", "")
