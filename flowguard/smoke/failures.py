"""What of a check failed, in words that can be held against those from before a deploy.

That a check failed before the deploy excuses only the same failure, and one that comes
later on its way: who was refused before, and is answered wrongly now, is not worse off.
A route that was not there excuses nothing: it could not have worked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from flowguard.model.exchange import Fault, Response
from flowguard.model.smoke import Mismatch

_KEPT_WHOLE = ("json ", "header ", "save ")
"""What the spec itself names. What a document, a page or a schema names differs from
one answer to the next (`asset /main.3f9a.js`), so that its first word must do."""
_NO_ROUTE = ("MissingAuthenticationToken", b"Missing Authentication Token")
"""What an API of API Gateway says where it has no such route, with a 403: the type of the
error, and its text."""
NO_ROUTE = "no route"
_GONE = frozenset({404, 405, 410, 501})
_REFUSED = frozenset({401, 403})
_SERVER_ERROR = 500


class Kind(StrEnum):
    """How far a request came, the least first."""

    SILENT = "no-answer"
    NOT_THERE = "not-there"
    """Nothing answers at that path, or AWS has no such resource."""
    SERVER_ERROR = "server-error"
    REFUSED = "refused"
    STATUS = "status"
    """Any other status that was not expected; `what` has it."""
    ANSWER = "answer"
    """It came, and does not hold what is expected of it."""


_WAY = tuple(Kind)


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed."""

    kind: Kind
    step: int = 0
    """Which of a check's steps it was."""
    what: tuple[str, ...] = ()
    """What did not hold, by the names that the spec gives it."""

    def __str__(self) -> str:
        """What was seen, in words."""
        match self.kind:
            case Kind.SILENT:
                return "nothing answered"
            case Kind.NOT_THERE:
                return "it was not there"
            case Kind.SERVER_ERROR:
                return "it answered with an error of the server's"
            case Kind.REFUSED:
                return "it refused the request"
            case Kind.STATUS:
                return f"it answered {', '.join(self.what)}"
            case Kind.ANSWER:
                return f"{', '.join(self.what) or 'its answer'} did not hold"


def of_answer(
    answer: Response | Fault, wrong: Iterable[Mismatch], step: int = 0
) -> Failure:
    """What failed of a request, the step of that number."""
    if isinstance(answer, Fault):
        return Failure(Kind.SILENT, step)
    wrong = tuple(wrong)
    if not any(one.what == "status" for one in wrong):
        return Failure(Kind.ANSWER, step, _names(wrong))
    status = answer.status
    if status in _REFUSED and _has_no_route(answer):
        return Failure(Kind.NOT_THERE, step, (NO_ROUTE,))
    if status in _GONE:
        return Failure(Kind.NOT_THERE, step)
    if status >= _SERVER_ERROR:
        return Failure(Kind.SERVER_ERROR, step)
    if status in _REFUSED:
        return Failure(Kind.REFUSED, step)
    return Failure(Kind.STATUS, step, (str(status),))


def _has_no_route(answer: Response) -> bool:
    kind, text = _NO_ROUTE
    return (
        kind in (answer.header("x-amzn-errortype") or "") or text in answer.body[:200]
    )


def of_state(wrong: Iterable[Mismatch]) -> Failure:
    """What failed of a resource that AWS was asked about; it is not there where nothing
    of it is wrong."""
    names = _names(wrong)
    return Failure(Kind.ANSWER, 0, names) if names else Failure(Kind.NOT_THERE)


def is_known(now: Failure, before: Iterable[Failure]) -> bool:
    """Whether a failure is no news after those from before the deploy."""
    return any(_excuses(was, now) for was in before)


def mostly_new(now: Mapping[Failure, int], before: Iterable[Failure]) -> bool:
    """Whether most of the failures are news; `now` says how often each was seen.

    One flake among what fails as it did before is no news.
    """
    before = tuple(before)
    new = sum(often for one, often in now.items() if not is_known(one, before))
    return 2 * new > sum(now.values())


def all_not_there(failures: Iterable[Failure]) -> bool:
    """Whether nothing was there each time; without a failure it was."""
    return {failure.kind for failure in failures} == {Kind.NOT_THERE}


def all_silent(failures: Iterable[Failure]) -> bool:
    """Whether nothing ever answered; without a failure it did."""
    kinds = {failure.kind for failure in failures}
    return kinds == {Kind.SILENT}


def _excuses(was: Failure, now: Failure) -> bool:
    if (was.kind, was.step) == (now.kind, now.step):
        # How an API says that nothing is there is no other failure.
        return now.kind is Kind.NOT_THERE or set(now.what) <= set(was.what)
    if was.kind is Kind.NOT_THERE or _let_in(now):
        return False
    return (now.step, _WAY.index(now.kind)) > (was.step, _WAY.index(was.kind))


def _let_in(now: Failure) -> bool:
    """Whether somebody got an answer who was to be refused: nothing excuses that."""
    return now.kind is Kind.STATUS and now.what[0].startswith("2")


def _names(wrong: Iterable[Mismatch]) -> tuple[str, ...]:
    whole = (m.what for m in wrong)
    names = (w if w.startswith(_KEPT_WHOLE) else w.partition(" ")[0] for w in whole)
    return tuple(sorted(set(names)))
