"""What all checks of one run share: its world, its time, who is signed in."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flowguard.model.exchange import Fault, FaultKind, Request, Response
from flowguard.model.questions import Unknown
from flowguard.smoke import own_parts
from flowguard.smoke.baseline import Baseline
from flowguard.smoke.caches import Way
from flowguard.smoke.evaluate import Context
from flowguard.smoke.expectation import Expect
from flowguard.smoke.health import Reported
from flowguard.smoke.runner.documents import Documents
from flowguard.smoke.runner.renewal import Renewals
from flowguard.smoke.secrets import Secrets, is_secret_header
from flowguard.smoke.sign_in.signed import Signed, SignInFault
from flowguard.smoke.suite import Suite
from flowguard.smoke.variables import Variables
from flowguard.smoke.world import Value, Values, World

GRACE = 20.0
"""Seconds that cleaning up may take once the run is over, cancelled or out of time."""

LAST_WORDS = 5.0
"""Seconds that the other checks have left once one decides the run: as long as the
longest gap between two tries, so that what is as broken is told as such."""

ONLINE_FOR = 5.0
"""Seconds that an answer to "is this runner online" holds."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a request, and when it was sent: seconds from the start."""

    answer: Response | Fault
    offset: float


class Session:
    """One run; thread-safe."""

    def __init__(
        self,
        suite: Suite,
        world: World,
        *,
        baseline: Baseline | None = None,
        secrets: Secrets | None = None,
        documents: Documents = Documents(),  # noqa: B008 — it is frozen
        chance: Callable[[], float] = random.random,
        is_baseline: bool = False,
    ) -> None:
        """Begin; the time of the run starts here. A baseline `is_baseline`: no deploy
        came before it.

        Raises `ConfigError` for a variable of the suite that there is not, and
        `Unmeasurable` for one that cannot be asked.
        """
        self.world = world
        self.is_baseline = is_baseline
        self.secrets = Secrets() if secrets is None else secrets
        self.documents = documents
        self.chance = chance
        self.signed: dict[str, Signed | SignInFault] = {}
        self.saved: dict[str, Mapping[str, Any]] = {}
        self.assets: set[str] = set()
        """The URLs of pages' scripts, style sheets and images that were there."""
        self.ways: dict[object, Way] = {}
        """How far past the caches each address is asked."""
        self.requests = 0
        self.cut_short = ""
        """Why something was not tried as often as it should have been."""
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], Value] = {}
        self._online = (-ONLINE_FOR, True)
        self._began: tuple[()] | tuple[datetime | Unknown | None] = ()
        self.decided_by = ""
        """The check that was proven broken first, where that decides the run."""
        self.startup = suite.gate.start
        """Seconds that the service may take to start; none before a deploy."""
        self.before_deploy = False
        """Whether this run is a baseline."""
        self.up = False
        """Whether it was seen to be up, before any check was judged."""
        self.renewals = Renewals(self)
        self._passes: dict[tuple[str, str], float] = {}
        self._cancelled = False
        self._slots = threading.BoundedSemaphore(max(suite.concurrency, 1))
        self.started = world.clock.now()
        self._end = self.started + suite.budget
        self.suite = suite
        self.suite = self._resolved(suite)
        self.secrets.add_urls((self.suite.base, self.suite.openapi, suite.control))
        for name, value in self.suite.headers:
            if is_secret_header(name):
                self.secrets.add(value)
        self.baseline = baseline

    # -- time --------------------------------------------------------------------

    @property
    def offset(self) -> float:
        """Seconds since the start."""
        return self.world.clock.now() - self.started

    @property
    def left(self) -> float:
        """Seconds that are left for checks; none once the run is cancelled."""
        return max(self._end - self.world.clock.now(), 0.0)

    @property
    def cancelled(self) -> bool:
        """Whether somebody ended the run."""
        return self._cancelled

    def cancel(self) -> None:
        """End the run: only what cleans up is still sent."""
        self._stop()
        self.world.cancel()

    def decide(self, name: str) -> None:
        """A check is proven broken: the rest is wound up, so that it can be acted on."""
        with self._lock:
            if not self.decided_by:
                self.decided_by = name
                self._end = min(self._end, self.world.clock.now() + LAST_WORDS)

    def passed(self, name: str, host: str, offset: float) -> None:
        """A check passed on a host, by a request of that moment."""
        with self._lock:
            self._passes[name, host] = offset

    def others_passed(self, name: str, host: str, since: float = -1.0) -> bool:
        """Whether another check passed on that host, since a moment or at all."""
        with self._lock:
            return any(
                offset > since and other != name and where == host
                for (other, where), offset in self._passes.items()
            )

    def _stop(self) -> None:
        if not self._cancelled:
            self._cancelled = True
            self._end = min(self._end, self.world.clock.now())

    def pause(self, seconds: float) -> bool:
        """Wait; False where the run ends before that time."""
        if seconds >= self.left:
            self.cut_short = self._over()
            return False
        if not self.world.clock.wait(seconds):
            self._stop()
        return not self._cancelled

    def context(self, request: Request, expect: Expect) -> Context:
        """What an evaluation needs. Raises `Unmeasurable` without a document."""
        known = self.documents.context(request, expect)
        return replace(known, is_own=self._is_of_stack)

    def _is_of_stack(self, reported: Reported) -> bool:
        return own_parts.is_of_stack(reported.name, self.world.resources())

    @property
    def began(self) -> datetime | Unknown | None:
        """When the deploy began, by AWS's own clock; asked once. None if unknown."""
        if self.is_baseline:
            return None
        if not self._began:
            self._began = (self.world.began(),)
        return self._began[0]

    # -- requests ----------------------------------------------------------------

    def send(self, request: Request, *, cleaning: bool = False) -> Sent:
        """Send it, within the time that is left; what that cuts short is cancelled."""
        self.secrets.add_urls((request.url,))
        with self._slots:
            left = self._grace() if cleaning else self.left
            offset = self.offset
            if left <= 0:
                self.cut_short = self._over()
                return Sent(Fault(FaultKind.CANCELLED, self._over()), offset)
            with self._lock:
                self.requests += 1
            answer = self.world.send(
                replace(
                    request,
                    timeout=min(request.timeout, left),
                    connect_timeout=min(request.connect_timeout, left),
                )
                if left < request.timeout
                else request
            )
        if (
            isinstance(answer, Fault)
            and answer.kind is FaultKind.TIMEOUT
            and left < request.timeout
        ):
            self.cut_short = self._over()
            answer = replace(answer, kind=FaultKind.CANCELLED, message=self._over())
        return Sent(answer, offset)

    def online(self) -> bool:
        """Whether this runner reaches anything at all."""
        with self._lock:
            asked, answer = self._online
            now = self.world.clock.now()
            if now - asked >= ONLINE_FOR or now < asked:
                answer = self.world.online()
                self._online = (self.world.clock.now(), answer)
            return answer

    def _grace(self) -> float:
        """Seconds that are left for cleaning up."""
        return max(self._end + GRACE - self.world.clock.now(), 0.0)

    def _over(self) -> str:
        if self._cancelled:
            return "the run was cancelled"
        if self.decided_by:
            return f"{self.decided_by} is broken, and decides"
        return f"the run's {self.suite.budget:g} s are over"

    # -- variables ---------------------------------------------------------------

    def variables(
        self, saved: Mapping[str, Any] | None = None, number: int = 1
    ) -> Variables:
        """What stands behind `${…}`, in the attempt of that number."""
        return Variables(
            values=self._again(number) if number > 1 else self._value,
            secrets=self.secrets,
            captures={} if saved is None else saved,
            variables=self.suite.variables,
            auth={
                name: {"name": signed.user_name}
                for name, signed in self.signed.items()
                if isinstance(signed, Signed)
            },
            checks=self.saved,
        )

    def _value(self, source: str, name: str) -> Value | Unknown:
        """Asked once in a run, where an answer came."""
        key = (source, name)
        if key not in self._known:
            value = self.world.values(source, name)
            if isinstance(value, Unknown):
                return value
            self._known[key] = value
        return self._known[key]

    def _again(self, number: int) -> Values:
        """The same with a run id of its own: what it names is made anew."""

        def value(source: str, name: str) -> Value | Unknown:
            found = self._value(source, name)
            if (source, name) != ("run", "id") or isinstance(found, Unknown):
                return found
            return replace(found, text=f"{found.text}-{number}")

        return value

    def _resolved(self, suite: Suite) -> Suite:
        """The suite with what all its requests share filled in."""
        known = self.variables()
        return replace(
            suite,
            base=known.text(suite.base),
            headers=known.resolve(suite.headers),
            tls=known.resolve(suite.tls),
            openapi=known.text(suite.openapi),
        )
