"""A service in memory, and a world whose clock only moves when somebody waits."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flowguard.errors import ConfigError
from flowguard.model.exchange import Fault, FaultKind, Request, Response, Timings
from flowguard.model.questions import Absent, Present, Unknown
from flowguard.smoke import spec
from flowguard.smoke.suite import Ask, Command, Suite
from flowguard.smoke.world import CommandResult, Value, World

BASE = "https://api.example.org"
TOKEN = "canary-token-7f3a"
SPEC = f"""\
base: {BASE}
auth: {{user: {{bearer: {TOKEN}}}}}
checks:
"""

DONE = CommandResult(0, "")

Answer = Callable[[Request, float], Response | Fault | None]
"""What a service says to a request at a moment; None for nothing of its own."""


def suite(checks: str, **rest: str) -> Suite:
    """The suite of a few checks, and of other parts of a spec by their keys."""
    text = SPEC + "".join(f"  {line}\n" for line in checks.strip().splitlines())
    text += "".join(f"{key}: {value}\n" for key, value in rest.items())
    return spec.parse(text, "smoke.yml")


def said(status: int = 200, document: Any = None, seconds: float = 0.05) -> Response:
    """An answer."""
    return Response(
        status,
        headers=(("Content-Type", "application/json"),),
        body=json.dumps({} if document is None else document).encode(),
        timings=Timings(total=seconds),
    )


def nothing(kind: FaultKind = FaultKind.REFUSED) -> Fault:
    """No answer."""
    return Fault(kind, f"no answer: {kind}")


class Clock:
    """Time passes only while somebody waits, and for each thread by itself.

    Threads that wait side by side are in the end as late as the latest of them, which
    is what the thread that made the clock sees.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._maker = threading.get_ident()
        self._times = {self._maker: 0.0}
        self.cancelled = False

    def now(self) -> float:
        """Seconds since the beginning."""
        with self._lock:
            return self._now()

    def wait(self, seconds: float) -> bool:
        """Let time pass, at once."""
        with self._lock:
            self._times[threading.get_ident()] = self._now() + seconds
        return not self.cancelled

    def _now(self) -> float:
        me = threading.get_ident()
        if me == self._maker:
            self._times = {me: max(self._times.values())}
        return self._times.setdefault(me, self._times[self._maker])

    def cancel(self) -> None:
        """End the run."""
        self.cancelled = True


@dataclass
class Service:
    """Answers everything, wants a token for /users, and remembers what it was asked."""

    answer: Answer = lambda _request, _now: None
    online: bool = True
    environment: dict[str, str | Unknown] = field(default_factory=dict)
    aws: dict[str, Any] = field(default_factory=dict)
    ran: CommandResult = DONE
    call: Callable[..., dict[str, Any]] = lambda *_a, **_g: {}
    changed: frozenset[str] | None = None
    began: datetime | Unknown | None = None
    code: str = ""
    clock: Clock = field(default_factory=Clock)
    requests: list[Request] = field(default_factory=list)
    progress: list[str] = field(default_factory=list)

    @property
    def asked(self) -> list[str]:
        """The requests so far: `GET /users`."""
        return [f"{r.method} {urlsplit(r.url).path}" for r in self.requests]

    def send(self, request: Request) -> Response | Fault:
        """Answer a request."""
        self.requests.append(request)
        own = self.answer(request, self.clock.now())
        if own is not None:
            return own
        signed_in = any(value.endswith(TOKEN) for _, value in request.headers)
        if "/users" in request.url and not signed_in:
            return said(401, {"message": "Unauthorized"})
        return said(200, {"status": "ok", "id": "u-1"})

    def values(self, source: str, name: str) -> Value | Unknown:
        """A variable."""
        if source == "run":
            return Value("r1")
        if name not in self.environment:
            raise ConfigError(f"there is no {source} {name!r}")
        found = self.environment[name]
        return found if isinstance(found, Unknown) else Value(found)

    def ask(self, ask: Ask) -> Present[Any] | Absent | Unknown:
        """What AWS says."""
        found = self.aws[ask.name]
        return found if isinstance(found, Absent | Unknown) else Present(found)

    def run(self, command: Command) -> CommandResult:
        """What a command came to."""
        return self.ran

    @property
    def world(self) -> World:
        """All of it."""
        return World(
            send=self.send,
            clock=self.clock,
            values=self.values,
            ask=self.ask,
            call=self.call,
            run=self.run,
            sign=lambda _service, _region: lambda request: request,
            online=lambda: self.online,
            changed=lambda: self.changed,
            began=lambda: self.began,
            code_sha256=lambda _name: Present(self.code) if self.code else Absent(),
            progress=self.progress.append,
            cancel=self.clock.cancel,
        )


def only(path: str, *answers: Response | Fault) -> Answer:
    """One path answers with these in turn, the last one for ever."""
    left = [*answers]

    def answer(request: Request, _now: float) -> Response | Fault | None:
        if urlsplit(request.url).path != path:
            return None
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


def during(path: str, begin: float, end: float, answer: Response | Fault) -> Answer:
    """One path answers so for a while."""

    def found(request: Request, now: float) -> Response | Fault | None:
        here = urlsplit(request.url).path == path
        return answer if here and begin <= now < end else None

    return found


def first(answers: Iterable[Answer]) -> Answer:
    """The first of them that says anything."""
    answers = tuple(answers)

    def answer(request: Request, now: float) -> Response | Fault | None:
        found = (one(request, now) for one in answers)
        return next((one for one in found if one is not None), None)

    return answer
