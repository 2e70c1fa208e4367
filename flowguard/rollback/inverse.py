"""Whether a change set undoes a deploy and nothing else, and loses no data.

It is read before it is executed: what it would do to a resource that the deploy did
not touch, or that holds data, was not asked for by anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flowguard.lookups import StackResource
from flowguard.model.rollback import ChangeSetReview, PlannedChange
from flowguard.model.snapshot import Snapshot
from flowguard.rollback.facts import DATA
from flowguard.rollback.restore import FUNCTION
from flowguard.template.stateful import STATEFUL

_EMPTY = (
    "didn't contain changes",
    "no updates are to be performed",
)
_CODE = frozenset({FUNCTION, "AWS::Lambda::Alias", "AWS::Lambda::Version"})


@dataclass(frozen=True, slots=True)
class Forward:
    """What the deploy did, as far as it is known."""

    before: frozenset[str]
    """Logical ids of the resources that there were."""
    after: frozenset[str]
    """Of those that there are."""
    touched: frozenset[str] | None = None
    """Of those in its change set; None where that is gone."""


def forward(
    before: Snapshot,
    now: Iterable[StackResource],
    changes: Iterable[PlannedChange] | None,
) -> Forward:
    """What the deploy did, from the two sets of resources and its own change set."""
    return Forward(
        frozenset(logical_id for logical_id, _, _ in before.resources),
        frozenset(resource.logical_id for resource in now),
        None if changes is None else frozenset(c.logical_id for c in changes),
    )


def is_empty(review: ChangeSetReview) -> bool:
    """Whether the stack is already what the change set would make of it."""
    reason = review.reason.lower()
    return review.status == "FAILED" and any(words in reason for words in _EMPTY)


def objections(
    review: ChangeSetReview, done: Forward, *, code_only: bool = False
) -> tuple[str, ...]:
    """Why it must not be executed; none where it is the inverse."""
    found: list[str] = []
    for change in review.changes:
        found += _of(change, done)
        if code_only:
            found += _beyond_code(change)
    return tuple(found)


def left_out(review: ChangeSetReview, done: Forward) -> tuple[str, ...]:
    """The resources that the deploy changed and this leaves as they are."""
    changed = (done.touched or frozenset()) & (done.before | done.after)
    return tuple(sorted(changed - {change.logical_id for change in review.changes}))


def _of(change: PlannedChange, done: Forward) -> Iterator[str]:
    name = f"{change.logical_id} ({change.resource_type})"
    added = change.logical_id in done.after - done.before
    removed = change.logical_id in done.before - done.after
    if done.touched is not None and change.logical_id not in done.touched:
        yield f"it would change {name}, which the deploy did not"
    match change.action:
        case "Remove":
            if not added:
                yield f"it would remove {name}, which was there before the deploy"
            elif change.resource_type in DATA:
                yield f"it would remove {name}, with what it holds by now"
        case "Add":
            if not removed:
                yield f"it would add {name}, which was not there before the deploy"
        case "Modify":
            if change.resource_type in STATEFUL and _replaces(change):
                yield f"it would replace {name}, with what it holds by now"
        case _:
            yield f"nobody can tell what it would do to {name}: {change.action}"


def _replaces(change: PlannedChange) -> bool:
    policy = change.policy_action in {"Delete", "ReplaceAndDelete"}
    return policy or change.replacement in {"True", "Conditional"}


def _beyond_code(change: PlannedChange) -> Iterator[str]:
    """What a change set that is to bring back code alone must not do."""
    code = change.resource_type in _CODE and change.replacement != "True"
    if change.action != "Modify" or not code:
        yield f"it would {change.action.lower()} {change.logical_id}, which is no code"
