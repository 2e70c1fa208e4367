"""One report or many, as the step shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

from flowguard.fleet.together import FleetReport
from flowguard.model.places import Severity
from flowguard.model.results import Report

_WIDTH = 120
"""Cells of a line in the log of a job."""


class _Markdown(Protocol):
    def __call__(self, *, limit: int, files_url: str) -> str: ...


class _Terminal(Protocol):
    def __call__(self, *, color: bool, verbose: bool) -> str: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """What a command found, and how each format shows it."""

    report: Report
    """What the outputs and the annotations are made of."""
    count: Callable[[Severity], int]
    """How many findings are of a severity, each target's counted."""
    render: Callable[[str], str]
    """It in a format."""
    markdown: _Markdown
    terminal: _Terminal
    aws_was_asked: bool
    leaves_aws_unasked: bool
    """Whether there were questions for AWS that nobody asked."""

    @classmethod
    def of(cls, found: Report | FleetReport) -> Self:
        """It as its formats show it."""
        return (
            cls._of_fleet(found) if isinstance(found, FleetReport) else cls._of(found)
        )

    @classmethod
    def _of(cls, report: Report) -> Self:
        from flowguard.report import FORMATS, markdown, plain

        return cls(
            report,
            report.count,
            lambda name: FORMATS[name](report),
            lambda *, limit, files_url: markdown.render(
                report, limit=limit, files_url=files_url
            ),
            lambda *, color, verbose: plain.render_terminal(
                report, color=color, width=_WIDTH, verbose=verbose
            ),
            aws_was_asked=report.target.account_id is not None,
            leaves_aws_unasked=report.leaves_aws_unasked,
        )

    @classmethod
    def _of_fleet(cls, fleet: FleetReport) -> Self:
        from flowguard.report.fleet import FORMATS, markdown, plain

        return cls(
            fleet.whole,
            fleet.count,
            lambda name: FORMATS[name](fleet),
            lambda *, limit, files_url: markdown.render(
                fleet, limit=limit, files_url=files_url
            ),
            lambda *, color, verbose: plain.render_terminal(
                fleet, color=color, width=_WIDTH, verbose=verbose
            ),
            aws_was_asked=all(m.report.target.account_id for m in fleet.members),
            leaves_aws_unasked=any(m.report.leaves_aws_unasked for m in fleet.members),
        )
