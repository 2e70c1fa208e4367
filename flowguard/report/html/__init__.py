"""The report as one HTML page, for people who rather look.

The page is whole by itself: no script, nothing loaded, and a policy that lets
nothing in, whatever a tested service may have answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from flowguard.model.results import Report, Verdict
from flowguard.model.smoke import Exchange, SmokeReport
from flowguard.report import escape, wording
from flowguard.report.excerpt import Sources
from flowguard.report.rollback import words as rollback_words
from flowguard.report.smoke import words as smoke_words

_CLASSES = {
    Verdict.PASS: "good",
    Verdict.BLOCK: "bad",
    Verdict.INCONCLUSIVE: "unsure",
}
_EXCERPT_WIDTH = 120


def render(report: Report) -> str:
    """The report as an HTML document."""
    return page([("", report)], "FlowGuard")


def page(reports: Sequence[tuple[str, Report]], title: str) -> str:
    """Reports, each below its name, as an HTML document."""
    text: str = _template().render(
        title=title,
        parts=[(name, _Shown(report)) for name, report in reports],
        wording=wording,
        smoke_words=smoke_words,
        rollback_words=rollback_words,
    )
    return text + "\n"


@dataclass(frozen=True, slots=True)
class Bar:
    """A phase of a request in the waterfall: percent of the whole width."""

    phase: str
    left: float
    width: float
    title: str


class _Shown:
    """A report, with what the template cannot work out by itself."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.verdict = _CLASSES[report.verdict]
        self._sources = Sources(report.sources)
        self._span = _span(report.smoke)

    def excerpt(self, finding: Any) -> str:
        """The line that a finding is at, with carets below it; empty if unknown."""
        found = self._sources.excerpt(finding.location, _EXCERPT_WIDTH)
        return f"{found.source}\n{found.carets}" if found else ""

    def bars(self, exchange: Exchange) -> list[Bar]:
        """Where the time of a request went, on the time of the whole run."""
        timings, at = exchange.timings, exchange.offset
        known = {
            "dns": timings.dns or 0.0,
            "connect": timings.connect or 0.0,
            "tls": timings.tls or 0.0,
            "waiting": timings.first_byte or 0.0,
        }
        rest = max(timings.total - sum(known.values()), 0.0)
        found = []
        for phase, length in {**known, "reading": rest}.items():
            if length:
                title = f"{phase}: {smoke_words.seconds(length)}"
                left, width = 100 * at / self._span, 100 * length / self._span
                found.append(Bar(phase, round(left, 2), round(width, 2), title))
            at += length
        return found


def _span(smoke: SmokeReport | None) -> float:
    """Seconds from the first request to the end of the last one; never 0."""
    exchanges = (
        [e for result in smoke.results for e in result.exchanges] if smoke else []
    )
    return max((e.offset + e.timings.total for e in exchanges), default=0) or 1.0


@cache
def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("flowguard.report.html", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: escape.log(value) if type(value) is str else value,
    )
    environment.filters["https"] = lambda url: url if url.startswith("https://") else ""
    return environment.get_template("report.html.j2")
