"""The reports of a fleet as Markdown, for a job summary or a comment."""

from __future__ import annotations

from collections.abc import Iterator

from flowguard.fleet.together import FleetReport
from flowguard.report import escape
from flowguard.report.fleet import words
from flowguard.report.markdown import LIMIT, MARKS, cut, pieces_of


def render(fleet: FleetReport, *, limit: int = LIMIT, files_url: str = "") -> str:
    """The fleet in at most `limit` bytes, the table of its targets first.

    Places link below `files_url`, as in the report of one target.
    """
    return cut(_pieces(fleet, files_url), limit)


def _pieces(fleet: FleetReport, files_url: str) -> Iterator[str]:
    yield f"## {MARKS[fleet.verdict]} FlowGuard: {words.headline(fleet)}\n\n"
    yield f"{words.outcomes(fleet)}\n\n"
    yield "| | Target | Findings | Stack |\n| --- | --- | --- | --- |\n"
    for row in words.table(fleet):
        name, found, target = map(escape.markdown, (row.name, row.found, row.target))
        yield f"| {MARKS[row.verdict]} {row.ended} | {name} | {found} | {target} |\n"
    yield "\n"
    if fleet.between.findings or words.undecided(fleet):
        yield from pieces_of(fleet.between, files_url, "Between the targets")
    for member in fleet.members:
        if words.says_something(member.report):
            title = escape.markdown(member.name)
            yield from pieces_of(member.report, files_url, title)
