"""The smoke tests as Markdown: a table, and the waterfall's numbers."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.model.smoke import SmokeOutcome, SmokeReport
from flowguard.report import escape
from flowguard.report.smoke import words

MARKS = {
    SmokeOutcome.FAILED: "❌",
    SmokeOutcome.INCONCLUSIVE: "❔",
    SmokeOutcome.ERRORED: "❔",
    SmokeOutcome.PRE_EXISTING: "⚠️",
    SmokeOutcome.SLOW: "🐢",
    SmokeOutcome.PASSED: "✅",
}
_LONGEST = 300


def pieces_of(smoke: SmokeReport) -> Iterator[str]:
    """The table, in pieces between which it may be cut."""
    yield "### Smoke tests\n\n"
    yield "| | Check | Time | What |\n| --- | --- | ---: | --- |\n"
    for row in words.rows(smoke):
        mark = f"{MARKS[row.outcome]} {row.word}"
        yield f"| {mark} | {_text(row.name)} | {row.time} | {_text(row.what)} |\n"
    yield "\n"
    if smoke.coverage:
        yield f"{_text(smoke.coverage)}\n\n"


def _text(text: str) -> str:
    return escape.markdown(escape.clip(text, _LONGEST))
