"""The report for people, as compilers show what they find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowguard.model.places import Location, Severity
from flowguard.model.results import Finding, Outcome, Report
from flowguard.report import escape, wording
from flowguard.report.excerpt import Sources
from flowguard.report.terminal import LABEL, VERDICT_STYLES, Line, painted

_SEVERITY_STYLES = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.INFO: "bold cyan",
}
_PLACE = "blue"

_PLAIN_WIDTH = 100
_FEW = 3
"""How many examples stand for many questions."""
_SOME = 10
"""How many related places of a finding are shown."""


def render(report: Report) -> str:
    """The report as text without colour."""
    return render_terminal(report, color=False, width=_PLAIN_WIDTH)


def render_terminal(
    report: Report,
    *,
    color: bool,
    width: int,
    verbose: bool = False,
    quiet: bool = False,
) -> str:
    """The report for a terminal of `width` cells.

    Findings of a rule that have the same remedy are shown as one. `quiet` leaves
    the findings and the verdict; `verbose` lists every finding, question,
    suppressed finding and related place in full.
    """
    rows = rows_of(report, width=width, verbose=verbose, quiet=quiet)
    return painted(rows, color=color)


def rows_of(
    report: Report, *, width: int, verbose: bool, quiet: bool
) -> Iterator[Line]:
    """The lines that `render_terminal` shows."""
    sources = Sources(report.sources)
    for finding, *alike in _groups(report.findings, verbose=verbose):
        yield from _finding(finding, alike, sources, width=width, verbose=verbose)
        yield ()
    for what, error in wording.breakages(report):
        title = f": the {escape.line(what)} broke"
        yield ("error", _SEVERITY_STYLES[Severity.ERROR]), (title, LABEL)
        yield from _labelled("  ", "seen", error)
        yield ()
    if report.smoke:
        from flowguard.report.smoke import plain as smoke_plain

        yield from smoke_plain.rows_of(report.smoke, width=width, quiet=quiet)
        yield ()
    if report.rollback:
        from flowguard.report.rollback import plain as rollback_plain

        yield from rollback_plain.rows_of(report.rollback, verbose=verbose)
        yield ()
    if not quiet:
        if questions := list(_questions(report, verbose=verbose)):
            yield from questions
            yield ()
        if parts := list(_not_looked_into(report)):
            yield from parts
            yield ()
        if suppressed := list(_suppressed(report, verbose=verbose)):
            yield from suppressed
            yield ()
    yield from _summary(report, quiet=quiet)


def _groups(findings: Sequence[Finding], *, verbose: bool) -> list[list[Finding]]:
    """The findings, those with the same remedy together, in their order."""
    if verbose:
        return [[finding] for finding in findings]
    groups: dict[tuple[str, Severity, str], list[Finding]] = {}
    for finding in findings:
        key = (finding.rule_id, finding.severity, finding.help)
        groups.setdefault(key, []).append(finding)
    return list(groups.values())


def _finding(
    finding: Finding,
    alike: Sequence[Finding],
    sources: Sources,
    *,
    width: int,
    verbose: bool,
) -> Iterator[Line]:
    yield (
        (finding.severity.label, _SEVERITY_STYLES[finding.severity]),
        (f"[{escape.line(finding.rule_id)}]: ", _SEVERITY_STYLES[finding.severity]),
        (escape.line(finding.message), LABEL),
    )
    margin = " " * (len(str(finding.location.line)) + 1)
    yield from _source(finding, sources, margin, width)
    for name, value in finding.evidence:
        yield from _labelled(margin, "seen", f"{name}: {value}")
    shown = len(finding.related_locations) if verbose else _SOME
    for words, location in finding.related_locations[:shown]:
        yield from _labelled(margin, "note", _note(words, location))
    if more := finding.related_locations[shown:]:
        yield from _labelled(margin, "note", f"and {len(more):,} more")
    for other in alike:
        words = other.logical_id or other.message
        yield from _labelled(margin, "also", _note(words, other.location))
    if finding.help:
        yield from _labelled(margin, "help", finding.help)


def _source(
    finding: Finding, sources: Sources, margin: str, width: int
) -> Iterator[Line]:
    at = finding.location
    who = f" ({escape.line(finding.logical_id)})" if finding.logical_id else ""
    if at.path:
        where = escape.line(wording.place(at))
        yield (margin[:-1], ("-->", _PLACE), f" {where}{who}")
    elif who:
        yield (margin[:-1], ("-->", _PLACE), who)
    excerpt = sources.excerpt(at, width - len(margin) - 2)
    if excerpt:
        bar = (f"{margin}|", _PLACE)
        carets = (excerpt.carets, _SEVERITY_STYLES[finding.severity])
        yield (bar,)
        yield ((f"{at.line} | ", _PLACE), excerpt.source)
        yield (bar, " ", carets)


def _note(words: str, location: Location) -> str:
    return f"{words}: {wording.place(location)}" if location.path else words


def _labelled(margin: str, label: str, text: str) -> Iterator[Line]:
    """`= help: text`, further lines of `text` below its first."""
    first, *rest = escape.log(text.strip()).expandtabs(4).split("\n")
    yield (margin, ("= ", _PLACE), (f"{label}: ", LABEL), first)
    indent = " " * len(f"{margin}= {label}: ")
    for line in rest:
        yield (indent + line if line.strip() else "",)


def _questions(report: Report, *, verbose: bool) -> Iterator[Line]:
    """One line for each cause; 40 denied questions are not 40 lines."""
    groups = wording.unanswered(report)
    if not verbose:
        groups = [group for group in groups if group.kind.inconclusive]
    for number, group in enumerate(groups):
        if not number:
            yield (("without an answer", LABEL),)
        shown = group.questions if verbose else group.questions[:_FEW]
        cause = escape.line(group.cause)
        yield (f"  {wording.count(len(group.questions), 'question')} {cause}",)
        for question in shown:
            text = escape.line(question.lookup)
            reason = f": {escape.line(question.reason)}" if verbose else ""
            yield (f"    {text}{reason}",)
        if more := len(group.questions) - len(shown):
            yield (f"    and {more:,} more (--verbose lists them)",)
    undecided = [r.rule_id for r in report.results if r.outcome is Outcome.INCONCLUSIVE]
    if undecided:
        yield (f"  undecided: {escape.line(', '.join(undecided))}",)


def _not_looked_into(report: Report) -> Iterator[Line]:
    for number, (part, text) in enumerate(wording.not_looked_into(report)):
        if not number:
            yield (("not looked into", LABEL),)
        yield (f"  {escape.line(_note(text, part.location))}",)


def _suppressed(report: Report, *, verbose: bool) -> Iterator[Line]:
    if not verbose:
        return
    for number, item in enumerate(wording.suppressed(report)):
        if not number:
            yield (("suppressed", LABEL),)
        finding = item.finding
        where = wording.place(finding.location)
        text = f"{where} {finding.rule_id}: {wording.subject(finding)}"
        yield (f"  {escape.line(text)} ({escape.line(item.reason)})",)


def _summary(report: Report, *, quiet: bool) -> Iterator[Line]:
    verdict, numbers = wording.headline(report).split(":", 1)
    yield ((verdict, VERDICT_STYLES[report.verdict]), (f":{numbers}", LABEL))
    if quiet:
        return
    yield (f"  {escape.line(wording.target(report))}",)
    yield (f"  {escape.line(wording.ran(report))}",)
    if readiness := wording.readiness(report):
        yield (f"  {escape.line(readiness)}",)
    whole, in_part = wording.passed(report)
    if whole:
        yield (f"  passed: {escape.line(', '.join(whole))}",)
    if in_part:
        ids = escape.line(", ".join(in_part))
        yield (f"  passed as far as there are answers: {ids}",)
    if questions := wording.questions(report):
        yield (f"  {escape.line(questions)}",)
    if number := len(wording.suppressed(report)):
        yield (f"  suppressed: {wording.count(number, 'finding')}",)
    if report.accepted:
        yield (f"  accepted: {escape.line(', '.join(report.accepted))}",)
