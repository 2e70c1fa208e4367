"""The report as Markdown, for a job summary or a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from flowguard.model.places import Location
from flowguard.model.results import Finding, Outcome, Report, Verdict
from flowguard.report import escape, wording

LIMIT = 1_000_000
"""Bytes; GitHub drops a job summary above 1,048,576 of them."""

_LONGEST_LINE = 1_000
_LONGEST_HELP = 10_000
_CUT = (
    "\n\n**The report was cut here, since it is longer than this page may be. "
    "The JSON report has all of it.**\n"
)
MARKS = {Verdict.PASS: "✅", Verdict.BLOCK: "❌", Verdict.INCONCLUSIVE: "❔"}


def render(report: Report, *, limit: int = LIMIT, files_url: str = "") -> str:
    """The report in at most `limit` bytes of UTF-8, and a word where it was cut.

    Places link to the lines below `files_url`, the address of the repository's
    files at one commit, where it is given.
    """
    return cut(pieces_of(report, files_url), limit)


def cut(pieces: Iterable[str], limit: int) -> str:
    """As many of the pieces as `limit` bytes hold, and a word where they end."""
    room = limit - len(_CUT.encode())
    taken: list[str] = []
    for piece in pieces:
        room -= len(piece.encode())
        if room < 0:
            return "".join(taken).rstrip() + _CUT
        taken.append(piece)
    return "".join(taken).rstrip() + "\n"


@dataclass(frozen=True, slots=True)
class _Places:
    """Places as text, or as links."""

    files_url: str

    def show(self, at: Location, text: str) -> str:
        """`text`, which leads to the line where that is possible."""
        if not self.files_url or not at.path:
            return text
        path = quote(at.path.encode("utf-8", "replace"))
        return f"[{text}]({self.files_url}/{path}#L{at.line})"

    def of(self, finding: Finding) -> str:
        """The file and the line of a finding."""
        at = finding.location
        return self.show(at, _code(f"{at.path}:{at.line}")) if at.path else "the stack"


def pieces_of(
    report: Report, files_url: str = "", title: str = "FlowGuard"
) -> Iterator[str]:
    """The report in order of weight, in pieces between which it may be cut."""
    places = _Places(files_url)
    yield f"## {MARKS[report.verdict]} {title}: {wording.headline(report)}\n\n"
    yield f"{_text(wording.target(report))}\n\n"
    questions = wording.questions(report)
    asked = f" It {_text(questions)}." if questions else ""
    ran = wording.ran(report) if wording.outcomes(report) else ""
    yield f"{_text(ran) or f'It took {wording.duration(report)}'}.{asked}\n\n"
    if readiness := wording.readiness(report):
        yield f"It {_text(readiness)}.\n\n"
    if report.rollback:
        from flowguard.report.rollback import markdown as rollback_markdown

        yield from rollback_markdown.pieces_of(report.rollback)
    if report.smoke:
        from flowguard.report.smoke import markdown as smoke_markdown

        yield from smoke_markdown.pieces_of(report.smoke)
    yield from _findings(report, places)
    yield from _crashed(report)
    yield from _unanswered(report)
    yield from _not_looked_into(report, places)
    yield from _details(report, places)
    yield from _changes(report)
    yield from _suppressed(report, places)
    yield from _rules(report)


def _findings(report: Report, places: _Places) -> Iterator[str]:
    if not report.findings:
        return
    yield "| Severity | Where | What | Rule |\n| --- | --- | --- | --- |\n"
    for finding in report.findings:
        yield _row(
            finding.severity.label,
            places.of(finding),
            _text(wording.subject(finding)),
            _code(finding.rule_id),
        )
    yield "\n"


def _crashed(report: Report) -> Iterator[str]:
    for what, error in wording.breakages(report):
        yield f"**The {_text(what)} broke:** {_text(error)}\n\n"


def _unanswered(report: Report) -> Iterator[str]:
    groups = wording.unanswered(report)
    if not groups:
        return
    yield "### Without an answer\n\n"
    for group in groups:
        number = wording.count(len(group.questions), "question")
        yield f"- {number} {_text(group.cause)}\n"
        for question in group.questions:
            yield f"  - {_text(question.lookup)}: {_text(question.reason)}\n"
    yield "\n"
    undecided = [r for r in report.results if r.outcome is Outcome.INCONCLUSIVE]
    if undecided:
        ids = ", ".join(_code(result.rule_id) for result in undecided)
        yield f"Undecided: {ids}\n\n"


def _not_looked_into(report: Report, places: _Places) -> Iterator[str]:
    parts = [*wording.not_looked_into(report)]
    if not parts:
        return
    yield "### Not looked into\n\n"
    for part, text in parts:
        place = places.show(part.location, _code(wording.place(part.location)))
        yield f"- {_text(text)}: {place}\n"
    yield "\n"


def _details(report: Report, places: _Places) -> Iterator[str]:
    findings = [
        f for f in report.findings if f.help or f.evidence or f.related_locations
    ]
    if findings:
        yield "### What to do\n\n"
    for finding in findings:
        yield f"#### {_code(finding.rule_id)} at {places.of(finding)}\n\n"
        yield f"{_text(wording.subject(finding))}\n\n"
        yield from _facts(finding, places)
        if finding.help:
            yield f"{_block(finding.help)}\n\n"


def _facts(finding: Finding, places: _Places) -> Iterator[str]:
    for name, value in finding.evidence:
        said = escape.markdown_value(escape.clip(value, _LONGEST_LINE))
        yield f"- {_text(name)}: {said}\n"
    for words, location in finding.related_locations:
        place = places.show(location, _code(wording.place(location)))
        yield f"- {_text(words)}: {place}\n"
    if finding.evidence or finding.related_locations:
        yield "\n"


def _changes(report: Report) -> Iterator[str]:
    changes = [(effect, c) for c in report.changes if (effect := wording.effect(c))]
    if not changes:
        return
    yield "### What the deploy changes\n\n"
    yield "| | Resource | Type | Now |\n| --- | --- | --- | --- |\n"
    for effect, change in changes:
        yield _row(
            effect,
            _code(change.logical_id),
            _code(change.resource_type),
            _code(change.physical_id or ""),
        )
    yield "\n"


def _suppressed(report: Report, places: _Places) -> Iterator[str]:
    suppressed = wording.suppressed(report)
    if not suppressed:
        return
    yield "### Suppressed\n\n| Where | What | Rule | Why |\n| --- | --- | --- | --- |\n"
    for item in suppressed:
        yield _row(
            places.of(item.finding),
            _text(wording.subject(item.finding)),
            _code(item.finding.rule_id),
            _text(item.reason),
        )
    yield "\n"


def _rules(report: Report) -> Iterator[str]:
    whole, in_part = wording.passed(report)
    for label, ids in {
        "Passed": whole,
        "Passed as far as there are answers": in_part,
        "Accepted": report.accepted,
    }.items():
        if ids:
            yield f"{label}: {', '.join(map(_code, ids))}\n\n"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def _text(text: str) -> str:
    return escape.markdown(escape.clip(text, _LONGEST_LINE))


def _code(text: str) -> str:
    return escape.markdown_code(escape.clip(text, _LONGEST_LINE))


def _block(text: str) -> str:
    return escape.markdown_block(escape.clip(text, _LONGEST_HELP))
