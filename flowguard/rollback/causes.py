"""Why a deploy, a rollback or a deletion failed, read from CloudFormation's own words.

The words and what they stand for are data, in `reasons`. What a custom resource says
is no word of AWS's: it decides nothing, however much it sounds like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flowguard.lookups import StackEvent
from flowguard.model.rollback import FailedResource, StackOperation
from flowguard.rollback.journal import Recorded
from flowguard.rollback.reason import Cause, Reason, Retry, when
from flowguard.rollback.reasons import (
    CUSTOM_SAYS,
    CUSTOM_TYPES,
    DATA_GONE,
    GONE,
    LOST,
    NEEDED,
    NO_ANSWER,
    REASONS,
    UNKNOWN,
)
from flowguard.template.resource_names import NAMES
from flowguard.template.resource_schemas import facts
from flowguard.template.stateful import STATEFUL

__all__ = ["NESTED", "Cause", "Failure", "failures", "worst"]

NESTED = "AWS::CloudFormation::Stack"
SKIPPED = frozenset({Cause.IRREVERSIBLE, Cause.LOST})
"""Causes that no attempt clears: a rollback goes on without the resource, or not."""

_CANCELLED = re.compile(
    r"resource (?:creation|update|deletion) cancell?ed", re.IGNORECASE
)
_ENVELOPE = re.compile(
    r"^Resource handler returned message: |\(Service: [^)]*\)"
    r"|\((?:RequestToken|HandlerErrorCode)[^)]*\)"
)
"""What of a reason says nothing of the resource."""
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")
_BEGINS = (
    r"(?:^\W*|[.:;,\"]\s*|\b(?:the|this|that|specified|requested|invalid|an?|no)\s+)"
)
"""What stands before the last word of a kind, where no other word makes it another."""
_FAILED = frozenset({"CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED"})
_ROLLING_BACK = frozenset({"UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"})
_PASSES = frozenset({Cause.BUSY, Cause.CREDENTIALS})


@dataclass(frozen=True, slots=True)
class Failure:
    """A resource that an operation failed at."""

    logical_id: str
    resource_type: str
    physical_id: str
    reason: str
    stack: str = ""
    """The name of the nested stack that it is in; empty for the stack itself."""

    @property
    def skip(self) -> str:
        """How `ResourcesToSkip` names it."""
        return f"{self.stack}.{self.logical_id}" if self.stack else self.logical_id

    @property
    def row(self) -> Reason:
        """The row of the table of causes."""
        return recognised(self.resource_type, self.reason, self.physical_id)

    @property
    def cause(self) -> Cause:
        """Why."""
        return self.row.cause


def recognised(resource_type: str, words: str, physical_id: str = "") -> Reason:
    """What AWS's words for a resource of that type stand for; `UNKNOWN` for words that
    nobody knows."""
    if CUSTOM_SAYS.is_of(resource_type, words):
        return CUSTOM_SAYS
    if re.search(NO_ANSWER.pattern, words, re.IGNORECASE):
        return NO_ANSWER
    if re.fullmatch(CUSTOM_TYPES, resource_type):
        return CUSTOM_SAYS
    found = next((r for r in REASONS if r.is_of(resource_type, words)), UNKNOWN)
    if found.cause is not Cause.GONE:
        return found
    if not is_itself(resource_type, words, physical_id):
        return NEEDED
    if resource_type in STATEFUL:
        return DATA_GONE
    return found if can_be_made_again(resource_type) else LOST


def is_itself(resource_type: str, words: str, physical_id: str) -> bool:
    """Whether words of something that is not there tell of the resource itself, and not
    of what it stands on.

    By the contract of resource handlers, the code `NotFound` is of the resource. Else
    the words name its id, or its kind right before they say that it is not there.
    """
    if "HandlerErrorCode: NotFound" in words or resource_type in words:
        return True
    text = _ENVELOPE.sub(" ", words)
    own = re.split(r"[/:|]", physical_id)[-1]
    if own and re.search(rf"(?<![\w-]){re.escape(own)}(?![\w-])", text):
        return True
    parts = _WORDS.findall(resource_type.rpartition("::")[2])
    whole, last = " ?".join(parts), parts[-1] if parts else ""
    kind = rf"\bresource|\b{whole}|{_BEGINS}{last}"
    said = rf"(?:{kind})s?\b.{{0,200}}?(?:{GONE.pattern})"
    return bool(parts) and bool(re.search(said, text, re.IGNORECASE))


def can_be_made_again(resource_type: str) -> bool:
    """Whether somebody can make a resource of the type with the physical id that one
    had: it goes by a name, and AWS gives it no id of its own."""
    if naming := NAMES.get(resource_type):
        return bool(naming.ids or naming.ref)
    known = facts(resource_type)
    return bool(known) and not {*known["id"]} & {*known.get("read_only", ())}


def failures(operation: Recorded, stack: str = "") -> tuple[Failure, ...]:
    """The resources that failed to be taken back or deleted, each with its last reason.

    What was only cancelled when another failed is left out, and so is what failed
    before the rollback began: that one may not be skipped.
    """
    return _failed(operation, _of_rollback(operation), stack)


def refused(operation: Recorded, stack: str = "") -> tuple[Failure, ...]:
    """The resources that a deploy failed at, before anything was taken back.

    The stack itself stands for them where CloudFormation names none: an export that
    is in use, an alarm.
    """
    started = _of_rollback(operation)
    taken_back = started is not operation.events
    before = operation.events[: len(operation.events) - len(started)]
    found = _failed(operation, before if taken_back else started, stack)
    if found or not taken_back:
        return found
    event = started[0]
    said = event.reason if not event.asked_for else ""
    whole = Failure(event.logical_id, NESTED, event.physical_id, said, stack)
    return (whole,) if said else ()


def _failed(
    operation: Recorded, events: Iterable[StackEvent], stack: str
) -> tuple[Failure, ...]:
    found: dict[str, Failure] = {}
    for event in events:
        if event in operation.stack_events:
            continue
        if event.status in _FAILED and not _CANCELLED.search(event.reason):
            found[event.logical_id] = Failure(
                event.logical_id,
                event.resource_type,
                event.physical_id,
                event.reason,
                stack,
            )
        elif event.status.endswith("_COMPLETE"):
            found.pop(event.logical_id, None)
    return tuple(found.values())


def failed_first(events: Iterable[StackEvent]) -> str:
    """What failed first, in AWS's words; empty where nothing did."""
    for event in events:
        failed = event.status in _FAILED and event.reason
        if failed and not _CANCELLED.search(event.reason):
            return f"{event.logical_id}: {event.reason}"
    return ""


def worst(found: Iterable[Failure]) -> Cause:
    """The cause that it takes most to clear; unknown where nothing is known."""
    order = list(Cause)
    return max((f.cause for f in found), key=order.index, default=Cause.UNKNOWN)


def skipped(found: Iterable[Failure]) -> list[str]:
    """The resources that a rollback goes on without, as `ResourcesToSkip` names them."""
    return sorted(f.skip for f in found if f.cause in SKIPPED)


def run_again(found: Iterable[Failure]) -> list[str]:
    """The custom resources whose function CloudFormation calls again."""
    return sorted(f.skip for f in found if f.cause is Cause.CUSTOM)


def too_early(found: Iterable[Failure]) -> Iterator[tuple[str, str]]:
    """What AWS lets nobody change again yet, and when it does: "after …"."""
    for failure in found:
        if failure.row.retry is Retry.LATER:
            yield failure.skip, when(failure.row, failure.reason)


# --- what is told -------------------------------------------------------------------


def explained(
    found: Iterable[Failure], during: StackOperation
) -> tuple[FailedResource, ...]:
    """Each failure with AWS's own words, the cause, what helps, and when another attempt
    can work."""
    return tuple(
        FailedResource(
            name=failure.skip,
            resource_type=failure.resource_type,
            during=during,
            words=failure.reason,
            cause=failure.row.id,
            says=failure.row.says,
            helps=tuple(_helps(failure, during)),
            retry=when(failure.row, failure.reason),
        )
        for failure in found
    )


def _helps(failure: Failure, during: StackOperation) -> Iterator[str]:
    """What helps, in this order."""
    row, name = failure.row, failure.skip
    without = (
        f"go on without {name} (ResourcesToSkip): {row.skip}, and the stack takes "
    )
    without += "it for what the old template says"
    if during is StackOperation.ROLLBACK and row.cause in SKIPPED:
        yield without
    yield from (step.replace("{id}", failure.physical_id) for step in row.helps)
    last = row.cause not in SKIPPED | _PASSES | {Cause.DATA_GONE}
    if during is StackOperation.ROLLBACK and last:
        yield f"as a last resort, {without}"
    elif during is StackOperation.DELETION:
        yield f"as a last resort, keep {name} outside of any stack (RetainResources)"


def _of_rollback(operation: Recorded) -> tuple[StackEvent, ...]:
    """Its events since it last began to roll back; all of them where it did not."""
    starts = [
        n
        for n, event in enumerate(operation.events)
        if event in operation.stack_events and event.status in _ROLLING_BACK
    ]
    return operation.events[starts[-1] :] if starts else operation.events
