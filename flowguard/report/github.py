"""The report as annotations of a GitHub job: workflow commands in its log.

The runner keeps 10 annotations of each kind from a step and 4,096 characters
of each message, and drops the rest without a word (actions/runner,
`ExecutionContext.cs`). So the worst come first, and the tenth says what is
left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from flowguard.model.places import Location, Severity
from flowguard.model.results import Finding, Report
from flowguard.report import escape, wording

MOST = 10
"""Annotations of one kind in one step."""
LONGEST = 4096
"""Characters of one message."""

COMMANDS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "notice",
}


@dataclass(frozen=True, slots=True)
class _Annotation:
    title: str
    message: str
    location: Location | None = None

    def command(self, name: str) -> str:
        at = self.location
        where = {"file": at.path, **_range(at)} if at and at.path else {}
        written = ",".join(
            f"{key}={escape.command_property(value)}"
            for key, value in {**where, "title": self.title}.items()
        )
        message = escape.command_data(escape.clip(escape.log(self.message), LONGEST))
        return f"::{name} {written}::{message}"


def render(report: Report) -> str:
    """The findings as workflow commands, then the summary as plain lines."""
    lines = [*annotate(report), *map(escape.line, _summary(report))]
    return "".join(f"{line}\n" for line in lines)


def annotate(
    report: Report, taken: Mapping[Severity, int] = MappingProxyType({})
) -> list[str]:
    """The findings as workflow commands, the worst first.

    `taken` says how many annotations of each kind the step has made already.
    """
    kinds: dict[Severity, list[_Annotation]] = {s: [] for s in COMMANDS}
    for what, error in wording.breakages(report):
        kinds[Severity.ERROR].append(_Annotation(f"{what} broke", error))
    for title, text in wording.failures(report):
        kinds[Severity.ERROR].append(_Annotation(title, text))
    for finding in report.findings:
        kinds[finding.severity].append(_annotation(finding))
    if open_questions := _open_questions(report):
        kinds[Severity.WARNING].insert(0, open_questions)
    return [
        annotation.command(COMMANDS[severity])
        for severity, found in kinds.items()
        for annotation in _at_most(MOST - taken.get(severity, 0), found, severity)
    ]


def _annotation(finding: Finding) -> _Annotation:
    message = wording.subject(finding)
    if finding.help:
        message += f"\n\n{finding.help}"
    return _Annotation(finding.rule_id, message, finding.location)


def _open_questions(report: Report) -> _Annotation | None:
    """One warning for all of them: they have no place, and may be many."""
    groups = [group for group in wording.unanswered(report) if group.kind.inconclusive]
    if not groups:
        return None
    lines = (
        f"{wording.count(len(group.questions), 'question')} {group.cause}, "
        f"such as {group.questions[0].lookup}"
        for group in groups
    )
    return _Annotation("questions without an answer", "\n".join(lines))


def _at_most(
    room: int, found: Sequence[_Annotation], severity: Severity
) -> Iterator[_Annotation]:
    if len(found) <= room:
        yield from found
        return
    yield from found[: room - 1]
    rest = found[room - 1 :]
    places = (
        f"{item.title} at {item.location}: {item.message}".partition("\n")[0]
        for item in rest
    )
    title = f"and {len(rest):,} more of severity {severity.label}"
    yield _Annotation(title, "\n".join((f"{title}:", *places)))


def _range(at: Location) -> dict[str, str]:
    """The runner drops columns unless the range is within one line."""
    end = max(at.end_line, at.line)
    properties = {"line": str(at.line), "endLine": str(end)}
    if end == at.line:
        # Ours is the column after the last character, GitHub's is the last.
        last = max(at.end_column - 1, at.column)
        properties |= {"col": str(at.column), "endColumn": str(last)}
    return properties


def _summary(report: Report) -> Iterator[str]:
    yield f"FlowGuard: {wording.headline(report)}"
    yield f"  {wording.target(report)}"
    if ran := "; ".join(
        filter(None, (wording.outcomes(report), wording.questions(report)))
    ):
        yield f"  {ran}"
    for part, text in wording.not_looked_into(report):
        yield f"  not looked into: {text} ({wording.place(part.location)})"
    if report.rollback:
        from flowguard.report.rollback import words as rollback_words

        yield from (f"  {line}" for line in rollback_words.told(report.rollback))
