"""The smoke tests on a terminal: a line for each phase and check."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.smoke import SmokeOutcome, SmokeReport
from flowguard.report import escape
from flowguard.report.smoke import words
from flowguard.report.terminal import LABEL, Line

_STYLES = {
    SmokeOutcome.FAILED: "bold red",
    SmokeOutcome.INCONCLUSIVE: "bold yellow",
    SmokeOutcome.ERRORED: "bold yellow",
    SmokeOutcome.PRE_EXISTING: "yellow",
    SmokeOutcome.SLOW: "yellow",
    SmokeOutcome.PASSED: "green",
}
_LONGEST_NAME = 40


def rows_of(smoke: SmokeReport, *, width: int, quiet: bool) -> Iterator[Line]:
    """The table of the checks; `quiet` leaves those that did not pass."""
    shown = [
        row
        for row in words.rows(smoke)
        if not quiet or row.outcome is not SmokeOutcome.PASSED
    ]
    if not shown:
        return
    column = max(len(word) for word in words.WORDS.values())
    names = [escape.clip(escape.line(row.name), _LONGEST_NAME) for row in shown]
    longest = max(map(len, names))
    times = max(len(row.time) for row in shown)
    room = max(width - column - longest - times - 8, 20)
    yield (("smoke tests", LABEL),)
    for row, name in zip(shown, names, strict=True):
        what = _clipped(escape.line(row.what), room)
        yield (
            (f"  {row.word:<{column}}", _STYLES[row.outcome]),
            f"  {name:<{longest}}  {row.time:>{times}}  {what}",
        )
    if smoke.coverage:
        yield (f"  {escape.line(smoke.coverage)}",)


def _clipped(what: str, room: int) -> str:
    """What fits, with the words at its end that say that it takes nothing back."""
    said = what.removesuffix(words.NOT_CRITICAL)
    kept = what[len(said) :]
    return escape.clip(said, room - len(kept)) + kept
