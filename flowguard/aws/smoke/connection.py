"""The account behind a run of smoke tests, signed in to when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from flowguard.errors import AccountError
from flowguard.model.places import Place
from flowguard.model.questions import (
    Absent,
    Lookup,
    Observed,
    Pending,
    Present,
    Unknown,
    UnknownKind,
)

if TYPE_CHECKING:
    from flowguard.aws.session import Aws

T = TypeVar("T")

Answer = Present[T] | Absent | Unknown


class Connection:
    """An account that nobody has signed in to yet; thread-safe.

    boto3's libraries are imported with it, so that a suite that needs no AWS
    starts without them.
    """

    def __init__(self, connect: Callable[[], Aws]) -> None:
        self._connect = connect
        self._aws: Aws | None = None
        self._error: AccountError | None = None
        self._lock = threading.Lock()

    def aws(self) -> Aws:
        """The account. Raises AccountError, the same one each time."""
        with self._lock:
            if self._error:
                raise self._error
            if self._aws is None:
                try:
                    self._aws = self._connect()
                except AccountError as error:
                    self._error = error
                    raise
            return self._aws

    def observed(
        self,
        ask: Callable[[Aws], T | None],
        *,
        permission: str,
        absent: Collection[str] = (),
    ) -> Answer[T]:
        """Ask, and say what the answer is; see `flowguard.aws.answers.observed`."""
        try:
            aws = self.aws()
        except AccountError as error:
            return Unknown(UnknownKind.SIGNED_OUT, error.message)
        from flowguard.aws import answers

        return _settled(
            answers.observed(lambda: ask(aws), absent=absent, permission=permission)
        )

    def look_up(self, question: Callable[[Place], Lookup[T]]) -> Answer[T]:
        """The answer of the source that preflight asks, too."""
        try:
            aws = self.aws()
        except AccountError as error:
            return Unknown(UnknownKind.SIGNED_OUT, error.message)
        from flowguard.aws.observe import SOURCES

        asked = question(aws.place)
        return _settled(SOURCES[type(asked)].fetch(aws, [asked])[asked])


def _settled(found: Observed[T]) -> Answer[T]:
    """An answer that is not still to come: each is asked for at once."""
    if isinstance(found, Pending):
        return Unknown(UnknownKind.UNREACHABLE, "nobody answered")
    if isinstance(found, Unknown) and found.kind is UnknownKind.SIGNED_OUT:
        return replace(
            found, reason=f"{found.reason}; sign in again, then run this again"
        )
    return found
