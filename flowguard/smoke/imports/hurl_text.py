"""Hurl's text, taken apart: requests, their sections, and the answers to them.

The format is line by line (hurl's manual, "Hurl file" and "Grammar"); only bodies go
over several lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from flowguard.smoke.imports.scenario import literal, mark

_REQUEST: Final = re.compile(r"([A-Z]+)\s+(\S.*?)\s*")
_ANSWER: Final = re.compile(r"HTTP(?:/[\d.]+)?\s+(\*|\d{3})\s*(?:#.*)?")
_SECTION: Final = re.compile(r"\[([A-Za-z]+)\]\s*(?:#.*)?")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~{}-]+\s*:.*")
_BODY: Final = re.compile(r"""[{\["<`]|file,|base64,|hex,|true$|false$|null$|-?\d+$""")
_VARIABLE: Final = re.compile(r"\{\{([^{}]*)\}\}")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a section."""

    text: str


@dataclass(slots=True)
class Entry:
    """A request, and what is said of its answer."""

    method: str
    url: str
    headers: list[Line] = field(default_factory=list)
    sections: dict[str, list[Line]] = field(default_factory=dict)
    body: str = ""
    status: str = ""
    """Three digits, `*`, or empty where nothing is said."""
    answer_headers: list[Line] = field(default_factory=list)
    answer_body: str = ""


def entries(text: str) -> list[Entry]:
    """Each request of a file."""
    reader = _Reader(text.removeprefix("\ufeff").splitlines())
    while reader.at < len(reader.lines):
        reader.line(reader.lines[reader.at].strip())
    return reader.entries


@dataclass(slots=True)
class _Reader:
    lines: list[str]
    at: int = 0
    entries: list[Entry] = field(default_factory=list)
    section: str = ""

    def line(self, line: str) -> None:
        """Take the next line, or a body that begins there."""
        self.at += 1
        found = _REQUEST.fullmatch(line)
        if not line or line.startswith("#"):
            return
        if found and not _ANSWER.fullmatch(line) and not _is_pair(line):
            self.entries.append(Entry(found[1], _uncommented(found[2])))
            self.section = ""
        elif self.entries:
            self._part(self.entries[-1], line)

    def _part(self, entry: Entry, line: str) -> None:
        if found := _ANSWER.fullmatch(line):
            entry.status, self.section = found[1], ""
        elif found := _SECTION.fullmatch(line):
            self.section = found[1]
            entry.sections.setdefault(self.section, [])
        elif self.section:
            entry.sections[self.section].append(Line(_uncommented(line)))
        elif _BODY.match(line):
            body, self.at = _body(self.lines, self.at - 1)
            _take_body(entry, body)
        elif _HEADER.fullmatch(line):
            headers = entry.answer_headers if entry.status else entry.headers
            headers.append(Line(_uncommented(line)))


def _is_pair(line: str) -> bool:
    """`GET: x` would be a header."""
    return re.match(r"[A-Z]+\s*:", line) is not None


def _take_body(entry: Entry, body: str) -> None:
    if entry.status:
        entry.answer_body = body
    else:
        entry.body = body


def _body(lines: list[str], start: int) -> tuple[str, int]:
    """A body from its first line on, and the number of the line behind it."""
    first = lines[start].strip()
    if first.startswith("```"):
        end = start + 1
        while end < len(lines) and not lines[end].strip().endswith("```"):
            end += 1
        body = "\n".join([first, *lines[start + 1 : end + 1]])
        return (body, end + 1) if first.count("```") < 2 else (first, start + 1)  # noqa: PLR2004
    if first[0] not in '{["<':
        return first, start + 1
    end = start
    while end < len(lines) and not _begins(lines[end], after=end > start):
        end += 1
    while end > start + 1 and not _closes(lines[end - 1]):
        end -= 1
    return "\n".join(lines[start:end]), end


def _begins(line: str, *, after: bool) -> bool:
    """Whether the next answer, request or section begins."""
    text = line.strip()
    if not after:
        return False
    starts = (_ANSWER, _REQUEST, _SECTION)
    return any(pattern.fullmatch(text) for pattern in starts) and text[:1] not in '{}"<'


def _closes(line: str) -> bool:
    text = line.strip()
    return bool(text) and not text.startswith("#")


def _uncommented(line: str) -> str:
    """The line without its comment; a `#` in quotes or in a word is none."""
    found = re.match(
        r"""((?:"(?:[^"\\]|\\.)*"|`[^`]*`|/(?:[^/\\\s]|\\.)*/|\S)+|\s+)*?(?=\s+#|$)""",
        line,
    )
    return (found[0] if found else line).strip()


def marked(text: str) -> str:
    """The text with its variables marked, and hurl's escapes read."""
    parts = _VARIABLE.split(text)
    return "".join(
        _variable(part.strip()) if index % 2 else literal(part)
        for index, part in enumerate(parts)
    )


def _variable(name: str) -> str:
    """`newUuid` and `newDate` are made up by hurl."""
    return mark(f"${name}" if name in {"newUuid", "newDate"} else name)


def unquoted(text: str) -> str:
    """The text within quotes, if it is in quotes."""
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1] if quoted else text
