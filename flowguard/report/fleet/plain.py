"""The reports of a fleet for people: a table of the targets, then each by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flowguard.fleet.together import FleetReport
from flowguard.report import escape, wording
from flowguard.report.fleet import words
from flowguard.report.plain import rows_of
from flowguard.report.terminal import LABEL, VERDICT_STYLES, Line, painted

_WIDTH = 100


def render(fleet: FleetReport) -> str:
    """The fleet as text without colour."""
    return render_terminal(fleet, color=False, width=_WIDTH)


def render_terminal(
    fleet: FleetReport,
    *,
    color: bool,
    width: int,
    verbose: bool = False,
    quiet: bool = False,
) -> str:
    """The fleet for a terminal of `width` cells.

    A target of which the table says all is not shown again, unless `verbose`;
    `quiet` leaves the findings and the verdicts.
    """
    rows = _rows(fleet, width=width, verbose=verbose, quiet=quiet)
    return painted(rows, color=color)


def _rows(
    fleet: FleetReport, *, width: int, verbose: bool, quiet: bool
) -> Iterator[Line]:
    if not quiet:
        yield from _table(fleet)
        yield ()
    for member in fleet.members:
        if verbose or words.says_something(member.report):
            yield ((f"── {escape.line(member.name)} ", LABEL),)
            yield ()
            report = replace(member.report, sources=fleet.sources)
            yield from rows_of(report, width=width, verbose=verbose, quiet=quiet)
            yield ()
    if fleet.between.findings or wording.crashed(fleet.between) or verbose:
        yield (("── between the targets ", LABEL),)
        yield ()
        *found, _ = rows_of(
            replace(fleet.between, sources=fleet.sources),
            width=width,
            verbose=verbose,
            quiet=True,
        )
        yield from found
    yield from _summary(fleet, quiet=quiet)


def _table(fleet: FleetReport) -> Iterator[Line]:
    table = list(words.table(fleet))
    cells = [
        (row.ended, escape.line(row.name), row.found, escape.line(row.target))
        for row in table
    ]
    widths = [
        max((len(text) for text in column), default=0)
        for column in zip(*cells, strict=True)
    ]
    for row, texts in zip(table, cells, strict=True):
        padded = [text.ljust(n) for text, n in zip(texts, widths, strict=True)]
        yield ((padded[0], VERDICT_STYLES[row.verdict]), "  ", "  ".join(padded[1:]))


def _summary(fleet: FleetReport, *, quiet: bool) -> Iterator[Line]:
    verdict, numbers = words.headline(fleet).split(":", 1)
    yield ((verdict, VERDICT_STYLES[fleet.verdict]), (f":{numbers}", LABEL))
    if quiet:
        return
    yield (f"  {words.outcomes(fleet)}, in {wording.duration(fleet.between)}",)
    whole, in_part = wording.passed(fleet.between)
    if whole:
        yield (f"  between them passed: {escape.line(', '.join(whole))}",)
    if undecided := [*in_part, *words.undecided(fleet)]:
        yield (f"  between them undecided: {escape.line(', '.join(undecided))}",)
