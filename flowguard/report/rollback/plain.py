"""A rollback on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.rollback import IdentityOutcome, RollbackReport, StepOutcome
from flowguard.report import escape
from flowguard.report.rollback import words
from flowguard.report.terminal import LABEL, Line

_STYLES = {
    StepOutcome.DONE: "green",
    StepOutcome.ALREADY: "green",
    StepOutcome.FAILED: "bold red",
    StepOutcome.NOT_REACHED: "yellow",
}


def rows_of(rollback: RollbackReport, *, verbose: bool) -> Iterator[Line]:
    """The decision, the steps with their calls, the proof, and what is left to do."""
    yield (("the deploy", LABEL),)
    for label, text in words.facts(rollback):
        yield (f"  {label}: {escape.line(text)}",)
    yield from _failures(rollback)
    for number, result in enumerate(rollback.steps, 1):
        word = words.OUTCOMES[result.outcome]
        what = escape.line(result.step.why or result.step.id)
        mark = " (destroys)" if result.step.destroys else ""
        yield (f"  {number}. ", (word, _STYLES[result.outcome]), f"  {what}{mark}")
        if call := words.call(result.step):
            yield (f"     {escape.line(call)}",)
        if result.message:
            yield (f"     {escape.line(result.message)}",)
    for identity in rollback.identities:
        if verbose or identity.outcome is not IdentityOutcome.SAME:
            seen = f"{identity.expected} → {identity.actual}".strip(" →")
            text = f"{identity.outcome}: {identity.name} {seen}".rstrip()
            yield (f"  {escape.line(text)}",)
    for line in rollback.events if verbose else ():
        yield (f"  {escape.line(line)}",)
    yield from _listed("not rolled back", rollback.not_rolled_back)
    yield from _listed("to do", rollback.to_do)


def _failures(rollback: RollbackReport) -> Iterator[Line]:
    """What failed, in whose words, and what helps."""
    for failure in rollback.failures:
        yield (("  ", LABEL), (escape.line(words.failed(failure)), "bold red"))
        for label, text in words.explained(failure):
            yield (f"     {label}: {escape.line(text)}",)


def _listed(title: str, lines: tuple[str, ...]) -> Iterator[Line]:
    if lines:
        yield ((f"  {title}", LABEL),)
    yield from ((f"  - {escape.line(line)}",) for line in lines)
