"""A line of a file with carets under the part that matters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flowguard.model.places import Location
from flowguard.model.urls import without_credentials
from flowguard.report import escape

# What YAML 1.1 counts as a line break, so that line numbers agree.
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_TAB = 4
_LONGEST = 2000
_MARK = "…"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Two lines to print below each other in a fixed-width font."""

    source: str
    carets: str


class Sources:
    """The files that findings point into."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._lines: dict[str, list[str]] = {}

    def line(self, location: Location) -> str | None:
        """The line of `location`; None where the file is not at hand."""
        lines = self._read(location.path)
        return lines[location.line - 1] if location.line <= len(lines) else None

    def excerpt(self, location: Location, width: int) -> Excerpt | None:
        """The line of `location` in at most `width` cells, and its carets."""
        line = self.line(location)
        if line is None:
            return None
        start, end = _span(location, len(line))
        # A line of a megabyte is no pleasure to measure character by character.
        cut = max(0, start - _LONGEST // 4)
        glyphs = _glyphs(line[cut : cut + _LONGEST])
        return _fit(
            glyphs,
            (min(start - cut, len(glyphs)), min(end - cut, len(glyphs))),
            width,
            cut=(cut > 0, len(line) > cut + _LONGEST),
        )

    def _read(self, path: str) -> list[str]:
        if path not in self._lines:
            text = self._texts.get(path)
            shown = without_credentials(text or "", keep_length=True)
            self._lines[path] = [] if text is None else _LINE_BREAK.split(shown)
        return self._lines[path]


def _span(location: Location, length: int) -> tuple[int, int]:
    """Where the carets go, in characters from 0."""
    start = min(location.column - 1, length)
    if location.end_line > location.line:
        end = length
    elif location.end_line == location.line:
        end = min(location.end_column - 1, length)
    else:
        end = start + 1
    return start, max(end, start)


def _glyphs(line: str) -> list[str]:
    """Each character of `line` as it is shown."""
    from rich.cells import cell_len  # rich is slow to import

    glyphs: list[str] = []
    column = 0
    for index, character in enumerate(line):
        glyph = escape.visible(character)
        if character == "\t":
            glyph = " " * (_TAB - column % _TAB)
        elif character == "[" and line[max(index - 2, 0) : index] == "##":
            glyph = r"\["  # as `escape.log` does
        glyphs.append(glyph)
        column += cell_len(glyph)
    return glyphs


def _fit(
    glyphs: list[str], span: tuple[int, int], width: int, cut: tuple[bool, bool]
) -> Excerpt:
    """Show as much as fits around the start of `span`."""
    from rich.cells import cell_len

    start, end = span
    cells = [cell_len(glyph) for glyph in glyphs]
    first, last = 0, len(glyphs)
    if sum(cells) + sum(cut) > width:
        room = max(width - 2 * len(_MARK), 1)
        first = start
        while first and sum(cells[first - 1 : start]) <= room // 3:
            first -= 1
        last, taken = first, 0
        while last < len(glyphs) and taken + cells[last] <= room:
            taken += cells[last]
            last += 1
    before = _MARK if first or cut[0] else ""
    after = _MARK if last < len(glyphs) or cut[1] else ""
    shown = "".join(glyphs[first:last])
    offset = len(before) + sum(cells[first:start])
    carets = max(sum(cells[start : min(end, last)]), 1)
    return Excerpt(f"{before}{shown}{after}".rstrip(), " " * offset + "^" * carets)
