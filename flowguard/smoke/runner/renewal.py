"""Tokens that end while a run lasts: who is signed in is signed in anew.

A service that refuses an expired token works. So a token is renewed before it ends, as
far as it tells; and where a request is refused that a token was sent with for a while,
a fresh one has to be refused, too, before that says anything of the service.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from flowguard.model.exchange import Fault, Response
from flowguard.smoke import body, fronts, sign_in
from flowguard.smoke.fronts import Refusal
from flowguard.smoke.secrets import Secrets
from flowguard.smoke.sign_in.signed import Signed, SignInFault
from flowguard.smoke.variables import Unmeasurable
from flowguard.smoke.world import World

MOST = 20
"""How often it is tried to renew a sign-in in a run."""
PAUSE = 2.0
"""Seconds after a renewal that failed until it is tried again."""
MARGIN = 30.0
"""Seconds before its end that a token is renewed; less where it holds for minutes."""
SHARE = 0.2
"""The part of a token's life that is no longer used."""
FRESH = 5.0
"""Seconds in which a token is as good as new."""

UNAUTHORIZED = 401
FORBIDDEN = 403
EXPIRED = re.compile(r"\bexpired?\b", re.IGNORECASE)
READ = 2000
"""Characters of a refusal that are looked at."""


class SignedOutError(Unmeasurable):
    """Who was signed in is so no longer, and could not be signed in anew."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"nobody is signed in as {name!r} any longer: signing in anew {why}"
        )


Route = tuple[str, str]
"""The method and the path of a request, as the spec has them."""


@dataclass(frozen=True, slots=True)
class Token:
    """Who is signed in for one request."""

    name: str
    signed: Signed
    number: int
    """How many there were before it."""


@dataclass(slots=True)
class _Held:
    """What is known of one sign-in."""

    since: float
    """When its token was given, in seconds of the run."""
    number: int = 0
    tries: int = 0
    """How often it was tried to renew it."""
    fault: SignInFault | None = None
    """Why the last of them failed, if it did."""
    failed: float = 0.0
    """When that was."""
    passed: set[Route] = field(default_factory=set)
    """What was answered with this token."""
    lock: threading.Lock = field(default_factory=threading.Lock)


class SignedIn(Protocol):
    """What a run knows of who is signed in."""

    world: World
    secrets: Secrets
    signed: dict[str, Signed | SignInFault]

    @property
    def offset(self) -> float:
        """Seconds since the start."""


class Renewals:
    """The sign-ins of a run; thread-safe."""

    def __init__(self, session: SignedIn) -> None:
        self._session = session
        self._held: dict[str, _Held] = {}

    def began(self, name: str) -> None:
        """Somebody has just been signed in."""
        self._held[name] = _Held(self._session.offset)

    def token(self, name: str) -> Token:
        """Who is signed in, by a token that still holds.

        Raises `Unmeasurable` where nobody ever was, and `SignedOutError` where nobody
        is any longer.
        """
        signed = self._session.signed[name]
        if isinstance(signed, SignInFault):
            raise Unmeasurable(f"nobody is signed in as {name!r}: {signed.message}")
        held = self._held[name]
        if self._left(signed, held) > _margin(signed):
            return Token(name, signed, held.number)
        with held.lock:
            signed = self._signed(name)
            if self._left(signed, held) <= _margin(signed):
                self._renew_early(name, signed, held)
            return Token(name, self._signed(name), held.number)

    def passed(self, token: Token, route: Route) -> None:
        """A request was answered with a token as it should be."""
        held = self._held[token.name]
        with held.lock:
            if held.number == token.number:
                held.passed.add(route)

    def refused(self, token: Token, route: Route, answer: Response | Fault) -> bool:
        """Whether a request is to be sent again, with another token.

        Raises `SignedOutError` where there is none to be had.
        """
        if not _is_refusal(answer) or token.signed.renew is None:
            return False
        held = self._held[token.name]
        with held.lock:
            if held.number != token.number:
                return True
            fresh = self._session.offset - held.since <= FRESH
            if fresh and route not in held.passed:
                return False
            self._renew(token.name, self._signed(token.name), held)
            return True

    def faults(self) -> Iterator[tuple[str, SignInFault]]:
        """The sign-ins that could not be renewed when it was last tried, and why."""
        for name, held in sorted(self._held.items()):
            if held.fault is not None:
                yield name, held.fault

    def _signed(self, name: str) -> Signed:
        signed = self._session.signed[name]
        if isinstance(signed, SignInFault):  # one that worked is only ever replaced
            raise Unmeasurable(f"nobody is signed in as {name!r}: {signed.message}")
        return signed

    def _left(self, signed: Signed, held: _Held) -> float:
        """Seconds that the token still holds."""
        if signed.life is None or signed.renew is None:
            return float("inf")
        return held.since + signed.life - self._session.offset

    def _renew_early(self, name: str, signed: Signed, held: _Held) -> None:
        """Renew a token that ends soon; as long as it holds, that may fail."""
        try:
            self._renew(name, signed, held)
        except SignedOutError:
            if self._left(signed, held) <= 0:
                raise

    def _renew(self, name: str, signed: Signed, held: _Held) -> None:
        """Raises `SignedOutError`; so it does for a while without trying, too."""
        session = self._session
        if held.fault and session.offset - held.failed < PAUSE:
            raise SignedOutError(name, f"failed: {held.fault.message}")
        if held.tries >= MOST:
            raise SignedOutError(name, f"was tried {MOST} times")
        held.tries += 1
        session.world.progress(f"signing in as {name} anew")
        since = session.offset
        found = sign_in.renew(signed)
        if isinstance(found, SignInFault):
            held.fault, held.failed = found, session.offset
            raise SignedOutError(name, f"failed: {found.message}")
        for secret in found.secrets:
            session.secrets.add(secret)
        session.signed[name] = found
        held.since, held.number, held.fault = since, held.number + 1, None
        held.passed.clear()


def has_expired(token: Token | None, answer: Response) -> bool:
    """Whether a request was refused for a credential that nobody here can renew, and
    whose time is over: that says nothing of the service."""
    if token is None or token.signed.renew is not None or not _is_refusal(answer):
        return False
    ends = token.signed.expires
    return (ends is not None and ends <= _now(answer)) or _says_expired(answer)


def _is_refusal(answer: Response | Fault) -> bool:
    """Whether it may be for the token: a firewall does not look at that."""
    if isinstance(answer, Fault) or answer.status not in {UNAUTHORIZED, FORBIDDEN}:
        return False
    return fronts.refusal(answer) in {None, Refusal.LIKELY}


def _says_expired(answer: Response) -> bool:
    said = (answer.header("www-authenticate") or "", body.text(answer)[:READ])
    return any(EXPIRED.search(text) for text in said)


def _now(answer: Response) -> float:
    """The service's own time, by which it judges a token; ours where it does not say."""
    from email.utils import parsedate_to_datetime  # few tokens are ever refused

    try:
        return parsedate_to_datetime(answer.header("date") or "").timestamp()
    except (ValueError, OverflowError):
        return time.time()


def _margin(signed: Signed) -> float:
    return min(MARGIN, SHARE * (signed.life or 0.0))
