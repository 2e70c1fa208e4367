"""What no rollback of a stack touches, by name: from what the stack has, and has done.

Whether anything of it was changed nobody knows; that it was not brought back is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flowguard.model.rollback import Live
from flowguard.rollback.facts import Facts
from flowguard.rollback.left_behind import SHOWN
from flowguard.rollback.row import How, Row
from flowguard.template.stateful import STATEFUL, Holds

BESIDE = (
    "a rollback of a stack does not touch what was deployed beside it: a frontend, a "
    "migration, another stack"
)
_CODE_ONLY = "the rest of the release: of it only the code was taken back"
_FILES = frozenset({"AWS::S3::Bucket", "AWS::S3Express::DirectoryBucket"})
_SECRETS = frozenset({"AWS::SecretsManager::Secret"})
_MESSAGES = frozenset(
    {
        "AWS::Events::EventBus",
        "AWS::Kinesis::Stream",
        "AWS::KinesisFirehose::DeliveryStream",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::StepFunctions::StateMachine",
    }
)


def _is_data(kind: str) -> bool:
    holds = STATEFUL.get(kind) in {Holds.DATA, Holds.GUARDED}
    return holds and kind not in _FILES | _SECRETS


def is_custom(kind: str) -> bool:
    """Whether code of the user's own stands behind a type."""
    return kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource"


_SENT = (
    "messages through {}: what was sent is sent, and what still waits there is for the "
    "code that is live now"
)
_HELD: tuple[tuple[Callable[[str], bool], str], ...] = (
    (
        _FILES.__contains__,
        "files in {}: what was uploaded is still there, a frontend as well",
    ),
    (
        "AWS::CloudFront::Distribution".__eq__,
        "the cache of {}: it may hold pages of the release that was taken back",
    ),
    (_is_data, "data in {}: what was written is still there"),
    (_SECRETS.__contains__, "secret values in {}: one that was changed is still so"),
    (_MESSAGES.__contains__, _SENT),
)
"""What a stack's resources hold that is no part of its template."""
_DONE = (
    "what {} did outside of CloudFormation: only its own code can undo that, and nobody "
    "looked whether it has"
)


def not_rolled_back(
    release: Live, row: Row | None, facts: Facts | None, done: Row | None
) -> tuple[str, ...]:
    """What is still as the release that was taken back has left it, a line each;
    nothing where no release was. `done` is the row that brought the live one back."""
    back = release in {Live.BEFORE, Live.PARTS}
    if not back or row is None or facts is None or row.untouched:
        return ()
    return tuple(_lines(facts, done or row))


def _lines(facts: Facts, row: Row) -> Iterator[str]:
    yield BESIDE
    if row.how is How.RESTORE_CODE:
        yield _CODE_ONLY
    kinds = _kinds(facts)
    for holds, text in _HELD:
        if names := [name for name, kind in kinds.items() if holds(kind)]:
            yield text.format(_listed(names))
    touched = {event.logical_id for event in facts.events}
    ran = [n for n, kind in kinds.items() if is_custom(kind) and n in touched]
    if ran:
        yield _DONE.format(_listed(ran))


def _kinds(facts: Facts) -> dict[str, str]:
    """The types of what the stack had, has, and had in between, by logical id."""
    before = facts.before.resources if facts.before else ()
    known = {logical_id: kind for logical_id, kind, _ in before}
    known |= {row.logical_id: row.resource_type for row in facts.resources}
    return known | {
        event.logical_id: event.resource_type
        for event in facts.events
        if event.resource_type != "AWS::CloudFormation::Stack"
    }


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
