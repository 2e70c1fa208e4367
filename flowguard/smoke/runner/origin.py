"""Asks the service itself where a cache answers for it.

What a cache has kept is no evidence of the release that is live. So the request is sent
again, past the cache; where that, too, is answered by one, the sample says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from flowguard.model.exchange import Response
from flowguard.smoke import caches
from flowguard.smoke.caches import Way
from flowguard.smoke.sampling import Seen

if TYPE_CHECKING:
    from flowguard.smoke.request import Step
    from flowguard.smoke.runner.session import Session
    from flowguard.smoke.runner.step import Judged

_CLIENT_ERROR = 4
HELP = (
    "let the cache pass the address through (Cache-Control: no-store), or write `cached: "
    "true` in the check where an answer out of a cache is what it wants"
)


def ask(session: Session, step: Step, once: Callable[[Step], Judged]) -> Judged:
    """What comes of a step that is sent `once` or, past a cache, up to three times.

    The way that got past is remembered for the next request to the same address. Raises
    as `once` does.
    """
    known = caches.ways(step)
    request = step.request
    address = (request.method, request.path, request.query)
    way = session.ways.get(address, Way.PLAIN) if len(known) > 1 else Way.PLAIN
    while True:
        one = once(caches.sent_by(step, way, _unique(session)))
        said = _cache(session, one) if len(known) > 1 else ""
        further = next((w for w in known if w > way and _may(w, one)), None)
        if not said or further is None:
            break
        way = further
    session.ways[address] = way
    if said and not _is_young(session, one):
        return _out_of_a_cache(step, one, said)
    return _doubtful(one) if way is Way.PARAMETER else one


def _unique(session: Session) -> str:
    return f"{int(session.chance() * 1e12):012d}"


def _cache(session: Session, one: Judged) -> str:
    answer = one.answer
    return caches.told(answer, session.offset) if isinstance(answer, Response) else ""


def _is_young(session: Session, one: Judged) -> bool:
    """Whether it was kept since the run began: then it is of this release."""
    answer = one.answer
    return isinstance(answer, Response) and caches.is_young(answer, session.offset)


def _may(way: Way, one: Judged) -> bool:
    return way is not Way.PARAMETER or not caches.is_signed(one.request)


def _out_of_a_cache(step: Step, one: Judged, said: str) -> Judged:
    """A page or a file that holds is there, whoever serves it; all else says nothing."""
    url = one.request.url
    static = isinstance(one.answer, Response) and caches.is_static(one.answer, url)
    if one.seen is Seen.PASSED and static and step.cached is None:
        note = f"a cache serves it ({said}): that proves nothing of this release"
        return replace(one, notes=(*one.notes, note))
    why = f"a cache answers ({said}), which says nothing of this release"
    return _says_nothing(one, f"{one.exchange.label}: {why}", HELP)


def _doubtful(one: Judged) -> Judged:
    """Whether a refusal may be the parameter's fault, which nobody else would send."""
    refused = (one.exchange.status or 0) // 100 == _CLIENT_ERROR
    if one.seen is Seen.PASSED or not refused:
        return one
    why = (
        f"{one.message}; but only the parameter {caches.PARAMETER!r} gets past a cache"
    )
    return _says_nothing(one, f"{why}, and it may be refused for that", HELP)


def _says_nothing(one: Judged, message: str, help_: str) -> Judged:
    exchange = replace(one.exchange, passed=False)
    return replace(
        one,
        seen=Seen.UNMEASURED,
        exchange=exchange,
        mismatches=(),
        message=message,
        help=help_,
    )
