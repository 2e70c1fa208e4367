"""Values → YAML that people like to read and edit."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

WIDTH = 88
_PLAIN = re.compile(
    r"[A-Za-z_/][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*"
    r"|[0-9]+(xx|ms|s|m)|[1-5][0-9]{2}-[1-5][0-9]{2}"
    r"|https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9_./-]*)?",
    re.ASCII,
)
_SHORT = 4
"""How many digits `\\u` has."""
_WORDS = {"true", "false", "null"}


def flow(value: Any) -> str:
    """A value on one line."""
    match value:
        case Mapping():
            rows = (f"{flow(key)}: {flow(inner)}" for key, inner in value.items())
            return "{" + ", ".join(rows) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(flow, value)) + "]"
        case str():
            return _text(value)
        case _:
            return json.dumps(value)


def block(mapping: Mapping[str, Any], indent: int = 0) -> Iterator[str]:
    """The lines of a mapping; what fits on a line is written on one."""
    margin = " " * indent
    for key, value in mapping.items():
        if isinstance(value, str) and _is_paragraph(value):
            yield f"{margin}{flow(key)}: |-"
            yield from (f"{margin}  {line}".rstrip() for line in value.split("\n"))
            continue
        line = f"{margin}{flow(key)}: {flow(value)}"
        if len(line) <= WIDTH or not isinstance(value, Mapping | list) or not value:
            yield line
            continue
        yield f"{margin}{flow(key)}:"
        if isinstance(value, Mapping):
            yield from block(value, indent + 2)
        else:
            for item in value:
                yield from _item(item, indent + 2)


def _is_paragraph(text: str) -> bool:
    """Whether a text of several lines can stand as it is (YAML 1.2, 8.1.2)."""
    lines = text.split("\n")
    return (
        len(lines) > 1
        and all(line.isprintable() and line == line.rstrip() for line in lines)
        and lines[0][:1].strip() != ""
        and lines[-1] != ""
    )


def _item(item: Any, indent: int) -> Iterator[str]:
    margin = " " * indent
    line = f"{margin}- {flow(item)}"
    if len(line) <= WIDTH or not isinstance(item, Mapping) or not item:
        yield line
        return
    first, *rest = block(item, indent + 2)
    yield f"{margin}- {first[indent + 2 :]}"
    yield from rest


def comment(text: str, indent: int = 0) -> str:
    """A comment on one line, whatever the text holds."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return " " * indent + "# " + " ".join(plain.split())


def _text(value: str) -> str:
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    if ('"' in value or "\\" in value) and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return "".join(_escaped(c) for c in json.dumps(value, ensure_ascii=False))


def _escaped(character: str) -> str:
    """YAML allows fewer characters as they are than JSON does (YAML 1.2, 5.1)."""
    if character.isprintable():
        return character
    if unicodedata.category(character) == "Cs":  # half of a character is none
        return "\ufffd"
    code = f"{ord(character):x}"
    return f"\\U{code:0>8}" if len(code) > _SHORT else f"\\u{code:0>4}"
