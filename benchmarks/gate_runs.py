"""The gate through the whole runner, against a service in memory on a virtual clock."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from rows import Row, chances

from flowguard.model.exchange import Fault, FaultKind, Request, Response
from flowguard.model.questions import Absent
from flowguard.model.results import Verdict
from flowguard.smoke import spec
from flowguard.smoke.runner import run
from flowguard.smoke.verdict import verdict
from flowguard.smoke.world import CommandResult, Value, World

SUITES = 300
CHECKS = 20
LAST_MOMENT = 8.0
LONGEST_START = 29.0

SUITE = spec.parse(
    "base: https://api.example.com\n"
    "auth: {user: {login: {post: /login, save: {token: token}}}}\n"
    "checks:\n"
    + "".join(
        f"  c{n}: {{get: /{n}, as: user, refusal: false}}\n" for n in range(CHECKS)
    ),
    "smoke.yml",
)
PAGE = Response(
    403,
    headers=(("Content-Type", "text/html"),),
    body=b"<h1>403 Forbidden</h1> Request blocked.",
)
UNAUTHORIZED = Response(401, body=b'{"message": "Unauthorized"}')
OK = Response(200, body=b"{}")


class Clock:
    """Time passes only while somebody waits, and for each thread by itself."""

    def __init__(self) -> None:
        self._own = threading.local()
        self._begun = 0.0
        self.maker = threading.get_ident()
        self.latest = 0.0

    def now(self) -> float:
        """Seconds; those who made the clock are as late as the latest of all."""
        if threading.get_ident() == self.maker:
            self._begun = self.latest
            return self.latest
        seconds: float = getattr(self._own, "seconds", self._begun)
        return seconds

    def wait(self, seconds: float) -> bool:
        """Let time pass, at once."""
        self._own.seconds = self.now() + seconds
        self.latest = max(self.latest, self._own.seconds)
        return True


@dataclass
class Service:
    """Wants a token, which ends."""

    clock: Clock = field(default_factory=Clock)
    life: float = float("inf")
    away: float = 0.0
    """Until when nothing answers, from the first request on."""
    blocks: float = float("inf")
    """When its firewall refuses this runner."""
    ends: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, request: Request) -> Response | Fault:
        """Answer."""
        now = self.clock.now()
        if urlsplit(request.url).path == "/login":
            return self._token(now)
        if now < self.away:
            return Fault(FaultKind.REFUSED, "refused")
        if now >= self.blocks:
            return PAGE
        token = dict(request.headers).get("Authorization", "").removeprefix("Bearer ")
        return OK if self.ends.get(token, 0.0) > now else UNAUTHORIZED

    def _token(self, now: float) -> Response:
        with self.lock:
            token = f"token-{len(self.ends)}"
            self.ends[token] = now + self.life
        body = json.dumps({"token": token}).encode()
        return Response(200, headers=(("Content-Type", "application/json"),), body=body)

    def world(self) -> World:
        """What it is tested from."""
        return World(
            send=self.send,
            clock=self.clock,
            values=lambda _source, _name: Value("r1"),
            ask=lambda _ask: Absent(),
            call=lambda *_a, **_g: {},
            run=lambda _command: CommandResult(0, ""),
            sign=lambda _service, _region: lambda request: request,
            online=lambda: True,
            changed=lambda: None,
            code_sha256=lambda _name: Absent(),
        )


@dataclass(frozen=True, slots=True)
class Case:
    """A healthy service, and what is odd about it."""

    name: str
    make: Callable[[random.Random], Service]


def _ends(chance: random.Random) -> Service:
    return Service(life=chance.uniform(3, 60))


def _blocks(chance: random.Random) -> Service:
    return Service(blocks=chance.uniform(0.2, LAST_MOMENT))


def _comes_up(chance: random.Random) -> Service:
    return Service(away=chance.uniform(0, LONGEST_START))


CASES = (
    Case("tokens that end", _ends),
    Case("a firewall that blocks the runner", _blocks),
    Case("a cut-over, the whole runner", _comes_up),
)


def rows(case: Case) -> list[Row]:
    """What comes of so many runs."""
    chance = chances(case.name)
    found = Counter[Verdict]()
    for _ in range(SUITES):
        report = run(SUITE, case.make(chance).world())
        found[verdict(report, SUITE.gate)] += 1
    return [
        Row("flowguard", f"{name} {case.name}", round(found[v] / SUITES * 100, 3), "%")
        for name, v in (
            ("false rollbacks", Verdict.BLOCK),
            ("stops", Verdict.INCONCLUSIVE),
        )
    ]
