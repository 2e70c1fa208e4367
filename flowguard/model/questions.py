"""Questions about an account, and the outcomes of asking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Generic, TypeVar

from flowguard.model.places import Location, Place

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class UnknownKind(StrEnum):
    """Why a question has no answer."""

    DENIED = "denied"
    SIGNED_OUT = "signed-out"
    """AWS does not take the credentials, or not any longer: no right is missing."""
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    UNSUPPORTED = "unsupported"
    """Nobody can answer it: AWS has no call for it, or it was not asked at all."""
    KNOWN_AFTER_DEPLOY = "known-after-deploy"
    """The question is built on a value that only the deploy will know."""
    BROKEN = "broken"
    """FlowGuard or a library of its broke while it asked: nothing is known."""
    NOT_LOOKED_INTO = "not-looked-into"
    """The question is built on what FlowGuard does not read, such as a key file."""

    @property
    def inconclusive(self) -> bool:
        """Whether asking again, with more rights or later, would give an answer."""
        return self not in {
            UnknownKind.UNSUPPORTED,
            UnknownKind.KNOWN_AFTER_DEPLOY,
            UnknownKind.NOT_LOOKED_INTO,
        }


@dataclass(frozen=True, slots=True)
class Present(Generic[T_co]):
    """AWS answered: it exists, and this is what it looks like."""

    value: T_co


@dataclass(frozen=True, slots=True)
class Absent:
    """AWS answered: there is no such thing."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody answered."""

    kind: UnknownKind
    reason: str
    permission: str = ""
    """The IAM action that was missing, where `kind` is denied."""


@dataclass(frozen=True, slots=True)
class Pending:
    """The question has just been asked; the next round has the answer."""


Observed = Present[T] | Absent | Unknown | Pending


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A value in a template that is not known, and why."""

    expression: str
    """As the user wrote it, such as `!GetAtt Queue.Arn`."""
    location: Location
    cause: Unknown | Pending

    def __str__(self) -> str:
        if isinstance(self.cause, Pending):
            return f"{self.expression} is being looked up"
        return f"{self.expression} ({self.location}): {self.cause.reason}"


@dataclass(frozen=True)
class Lookup(Generic[T_co]):
    """A question about an account whose answer is a `T`.

    Subclasses are frozen dataclasses whose fields are the question; equal
    questions are asked once.
    """

    place: Place

    def __str__(self) -> str:
        """The question in the user's words; a subclass may put it better."""
        rest = [f for f in fields(self) if f.name != "place"]
        return f"{type(self).__name__} " + " ".join(
            str(getattr(self, f.name)) for f in rest
        )

    @property
    def unresolved(self) -> Unresolved | None:
        """The first part of the question that is not known, if any."""
        return next(find_unresolved(getattr(self, f.name) for f in fields(self)), None)


def find_unresolved(value: object) -> Iterator[Unresolved]:
    """Every `Unresolved` within `value`: a scalar, mapping or iterable of them."""
    if isinstance(value, Unresolved):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from find_unresolved(item)
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for item in value:
            yield from find_unresolved(item)


class AccountState:
    """The account as far as it was observed."""

    def __init__(self, answers: Mapping[Lookup[Any], Observed[Any]]) -> None:
        self._answers = answers

    def get(self, lookup: Lookup[T]) -> Observed[T]:
        """The answer to `lookup`; `Pending` until it was asked."""
        if part := lookup.unresolved:
            return part.cause
        return self._answers.get(lookup, Pending())
