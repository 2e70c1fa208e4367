"""What a source is: the way to answer every lookup of one type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from flowguard.model.questions import Lookup, Observed, Present, Unknown, UnknownKind

if TYPE_CHECKING:
    from flowguard.aws.session import Aws

L = TypeVar("L", bound=Lookup[Any])
T = TypeVar("T")

Answers = Mapping[Lookup[Any], Observed[Any]]
Permissions = Callable[[Iterable[Lookup[Any]] | None], set[str]]


@dataclass(frozen=True, slots=True)
class Source:
    """Answers many questions of one type, all of one account and region."""

    fetch: Callable[[Aws, Sequence[Any]], Answers]
    permissions: Permissions
    """The IAM actions for the given lookups; for None, for all that can be asked."""


def permits(*actions: str) -> Permissions:
    """The permissions of a source that always makes the same calls."""
    return lambda _lookups: set(actions)


def each(
    answer: Callable[[Aws, L], Observed[T]],
) -> Callable[[Aws, Sequence[L]], Answers]:
    """Make the `fetch` of a source that asks for each lookup by itself."""

    def fetch(aws: Aws, lookups: Sequence[L]) -> Answers:
        answers = aws.map(lambda lookup: answer(aws, lookup), lookups)
        return dict(zip(lookups, answers, strict=True))

    return fetch


def in_batches(
    aws: Aws,
    lookups: Sequence[L],
    size: int,
    ask: Callable[[Sequence[L]], Observed[Answers]],
) -> Answers:
    """Ask for up to `size` lookups a call.

    Where AWS refuses a batch, for one member that it does not know or that
    the policy does not allow, each member is asked for by itself.
    """
    batches = [lookups[start : start + size] for start in range(0, len(lookups), size)]
    answers: dict[Lookup[Any], Observed[Any]] = {}
    alone: list[Sequence[L]] = []
    for batch, answer in zip(batches, aws.map(ask, batches), strict=True):
        if len(batch) > 1 and _is_refusal(answer):
            alone += [[lookup] for lookup in batch]
        else:
            answers |= _shared(batch, answer)
    for batch, answer in zip(alone, aws.map(ask, alone), strict=True):
        answers |= _shared(batch, answer)
    return answers


def _is_refusal(answer: Observed[Answers]) -> bool:
    """Whether AWS said no, rather than nothing."""
    kinds = {UnknownKind.DENIED, UnknownKind.UNSUPPORTED}
    return isinstance(answer, Unknown) and answer.kind in kinds


def _shared(batch: Sequence[L], answer: Observed[Answers]) -> Answers:
    """The answer to each member of a batch."""
    if isinstance(answer, Present):
        return answer.value
    return dict.fromkeys(batch, answer)
