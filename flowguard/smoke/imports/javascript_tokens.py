"""JavaScript's tokens, as far as plain tests need them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r\f\v\ufeff\u00a0]+|//[^\n]*|/\*.*?\*/)
    |(?P<line>\n)
    |(?P<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.|\$(?!\{))*`)
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<mark>===|!==|=>|==|!=|<=|>=|&&|\|\||\?\.|[-+*%<>=!?:;,.(){}\[\]&|^~@\#/])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
REGEX: Final = re.compile(r"/((?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)/([a-z]*)")
_BEFOREREGEX: Final = frozenset("(,=[:;{}!&|?")


class NotUnderstood(Exception):  # noqa: N818 — nothing is wrong with it
    """It is beyond what is read of the language."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a mark, a literal."""

    kind: str
    text: str
    start: int
    end: int


def tokens(source: str) -> Iterator[Token]:
    """The tokens of a script; line ends are some, the last one is the end."""
    position, last = 0, ";"
    while position < len(source):
        found = REGEX.match(source, position) if last in _BEFOREREGEX else None
        kind = "regex"
        if not found or source.startswith(("//", "/*"), position):
            found = _TOKEN.match(source, position)
            kind = (found and found.lastgroup) or "other"
        text = found[0] if found else source[position]
        if kind != "space":
            yield Token(kind, text, position, position + len(text))
        if kind not in {"space", "line"}:
            last = text
        position += len(text)
    yield Token("end", "", len(source), len(source))


_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r?\n|.)", re.DOTALL)


def string_of(text: str) -> str:
    """The value of a literal in quotes."""

    def unescaped(found: re.Match[str]) -> str:
        what = found[1]
        if len(what) > 2:  # noqa: PLR2004 — `u` or `x` and its digits
            return chr(int(what[1:], 16))
        return "" if what.endswith("\n") else _ESCAPES.get(what, what)

    return _ESCAPE.sub(unescaped, text[1:-1])


def number_of(text: str) -> int | float:
    """The value of a number. Raises `NotUnderstood`."""
    value = float(text)
    if not math.isfinite(value):
        raise NotUnderstood
    whole = value.is_integer() and abs(value) < 2**53
    return int(value) if whole else value
