"""A rollback as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.rollback import IdentityOutcome, RollbackReport
from flowguard.report import escape
from flowguard.report.rollback import words

_LONGEST = 1_000


def pieces_of(rollback: RollbackReport) -> Iterator[str]:
    """The decision, the steps, the proof and what is left to do, in pieces."""
    yield f"### {_text(words.headline(rollback).capitalize())}\n\n"
    for label, text in words.facts(rollback):
        yield f"- {label}: {_text(text)}\n"
    yield "\n"
    yield from _failures(rollback)
    yield from _to_do(rollback)
    yield from _not_rolled_back(rollback)
    if rollback.steps:
        yield "| # | Step | Call | What became of it |\n| --- | --- | --- | --- |\n"
    for number, result in enumerate(rollback.steps, 1):
        became = words.OUTCOMES[result.outcome]
        if result.message:
            became = f"{became}: {result.message}"
        what = result.step.why or result.step.id
        if result.step.destroys:
            what = f"{what} (destroys)"
        call = words.call(result.step)
        yield f"| {number} | {_text(what)} | {_text(call)} | {_text(became)} |\n"
    yield "\n" if rollback.steps else ""
    yield from _identities(rollback)


def _failures(rollback: RollbackReport) -> Iterator[str]:
    for failure in rollback.failures:
        yield f"**{_text(words.failed(failure))}**\n\n"
        for label, text in words.explained(failure):
            yield f"- {label}: {_text(text)}\n"
        yield "\n"


def _to_do(rollback: RollbackReport) -> Iterator[str]:
    if rollback.to_do:
        yield "**What a person must still do**\n\n"
        yield from (f"- [ ] {_text(text)}\n" for text in rollback.to_do)
        yield "\n"


def _not_rolled_back(rollback: RollbackReport) -> Iterator[str]:
    if rollback.not_rolled_back:
        yield "**Not rolled back**\n\n"
        yield from (f"- {_text(text)}\n" for text in rollback.not_rolled_back)
        yield "\n"


def _identities(rollback: RollbackReport) -> Iterator[str]:
    found = [i for i in rollback.identities if i.outcome is not IdentityOutcome.SAME]
    if not found:
        return
    yield "| | Compared with the snapshot | Before | Now |\n| --- | --- | --- | --- |\n"
    for identity in found:
        cells = (
            identity.outcome.value,
            identity.name,
            identity.expected,
            identity.actual,
        )
        yield f"| {' | '.join(map(_text, cells))} |\n"
    yield "\n"


def _text(text: str) -> str:
    return escape.markdown(escape.clip(text, _LONGEST))
