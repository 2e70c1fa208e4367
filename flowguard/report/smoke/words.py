"""What every format says of the smoke tests, in the same words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from flowguard.model.smoke import SmokeOutcome, SmokeReport, SmokeResult

WORDS = {
    SmokeOutcome.FAILED: "failed",
    SmokeOutcome.INCONCLUSIVE: "undecided",
    SmokeOutcome.ERRORED: "not measured",
    SmokeOutcome.PRE_EXISTING: "broken before",
    SmokeOutcome.SLOW: "slow",
    SmokeOutcome.PASSED: "passed",
}
"""How an outcome is called where there is little room."""

_FEW = 4
NOT_CRITICAL = " (not critical)"
"""Behind what is said of a check that takes nothing back."""
"""How many parts of a check are named in its row."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the summary: a phase or a check."""

    outcome: SmokeOutcome
    name: str
    what: str
    time: str

    @property
    def word(self) -> str:
        """The outcome, in a word or two."""
        return WORDS[self.outcome]


def counts(smoke: SmokeReport) -> str:
    """The checks in numbers: `12 checks: 9 passed, 2 failed, 1 slow`."""
    number = len(smoke.results)
    if not number:
        return "no check was run"
    ended = Counter(result.outcome for result in smoke.results)
    how = ", ".join(f"{ended[o]:,} {word}" for o, word in WORDS.items() if ended[o])
    return f"{number:,} check{'' if number == 1 else 's'}: {how}"


def measured(smoke: SmokeReport) -> str:
    """What was done: `sent 63 requests to https://… in 2.1 s`."""
    to = f" to {smoke.base_url}" if smoke.base_url else ""
    number = smoke.requests
    return f"sent {number:,} request{'' if number == 1 else 's'}{to}"


def compared(smoke: SmokeReport) -> str:
    """What it was held against."""
    if smoke.is_baseline:
        return "kept as the baseline"
    if smoke.baseline:
        return f"held against the baseline of {smoke.baseline}"
    return "held against no baseline: what fails may have failed before"


def rows(smoke: SmokeReport) -> list[Row]:
    """The phases, then the checks in the order of the spec."""
    return [
        *(
            Row(phase.outcome, phase.name, phase.message, seconds(phase.duration))
            for phase in smoke.phases
        ),
        *(_row(result) for result in smoke.results),
    ]


def _row(result: SmokeResult) -> Row:
    what = result.message or _parts(result) or result.samples.verdict
    if result.because:
        what = f"{what} ({result.because} fails, too)"
    if not result.critical:
        what = f"{what}{NOT_CRITICAL}".strip()
    return Row(result.outcome, result.name, what, _time(result))


def _parts(result: SmokeResult) -> str:
    names = [part.name for part in result.parts]
    more = len(names) - _FEW
    shown = ", ".join(names[:_FEW])
    return f"{shown} and {more} more" if more > 0 else shown


def _time(result: SmokeResult) -> str:
    if result.latency:
        return seconds(result.latency.median)
    if result.exchanges:
        return seconds(result.exchanges[-1].timings.total)
    return seconds(result.duration)


def seconds(value: float) -> str:
    """A time as people say it: `41 ms`, `2.1 s`, `3 min`; nothing for none."""
    if not value:
        return ""
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 60 else f"{value / 60:.0f} min"  # noqa: PLR2004 — seconds in a minute
