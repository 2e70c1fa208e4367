"""Lines of styled text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flowguard.model.results import Verdict

Span = str | tuple[str, str]
"""Text, or text and its style."""
Line = Sequence[Span]

VERDICT_STYLES = {
    Verdict.PASS: "bold green",
    Verdict.BLOCK: "bold red",
    Verdict.INCONCLUSIVE: "bold yellow",
}
LABEL = "bold"


def painted(rows: Iterable[Line], *, color: bool) -> str:
    """The lines as text, in their styles or without."""
    if color:
        return _ansi(rows)
    return "".join(f"{_text(line)}\n" for line in rows)


def _text(line: Line) -> str:
    parts = (span if isinstance(span, str) else span[0] for span in line)
    return "".join(parts).rstrip()


def _ansi(lines: Iterable[Line]) -> str:
    # Not rich's Console, which takes as long to import as all the rest to run.
    from rich.color import ColorSystem
    from rich.style import Style

    def styled(span: Span) -> str:
        if isinstance(span, str):
            return span
        text, style = span
        return Style.parse(style).render(text, color_system=ColorSystem.STANDARD)

    return "".join(f"{''.join(map(styled, line))}\n" for line in lines)
