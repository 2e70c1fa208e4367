"""The syntax of the framework's variables: `${file(./a.yml):b.c, self:d, 'e'}`.

A variable names a source (`self:`, `file(…)`), then fallbacks; what is written in
braces in any other way (`${AWS::Region}`, `${Bucket.Arn}`) is CloudFormation's and
left alone. The rules are those of osls 4 and serverless 3
(lib/configuration/variables/parse.js), down to which characters end what.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache

Literal = str | int | float | bool | None


class VariableSyntaxError(ValueError):
    """A variable that the framework cannot read either."""


@dataclass(frozen=True, slots=True)
class Escaped:
    """Text that looked like a variable and was escaped: never looked at again."""

    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """A source that is its own value: a fallback such as `'dev'`, `3` or `null`."""

    value: Literal


@dataclass(frozen=True, slots=True)
class Source:
    """A source to ask: `type(params):address`."""

    type: str
    params: tuple[Value | Text, ...] | None = None
    address: Text | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """One `${…}`: its sources, in the order they are tried."""

    sources: tuple[Source | Value, ...]
    expression: str
    """As the user wrote it."""


Part = str | Escaped | Variable
Text = tuple[Part, ...]
"""A string in its parts; without a variable it has one part or none."""

_TYPE = re.compile(r"[a-z][A-Za-z0-9.-]*")
_SOURCE = re.compile(r"[A-Za-z0-9.-][A-Za-z0-9.\- ]*")
_FALLBACK_TYPE = re.compile(r"[a-z][a-zA-Z0-9]*")
_OPEN = re.compile(r"(\\*)(\$+)\{")
_NUMBER = re.compile(r"-?(0x[0-9A-Fa-f]+|\d+\.?\d*(e[+-]?\d+)?|\.\d+)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def parse(text: str) -> Text:
    """The parts of `text`.

    Raises `VariableSyntaxError` for a variable that is begun and makes no sense.
    """
    if "${" not in text:
        return (text,)
    return _Parser(text).text()


class _Parser:
    """A recursive descent over one string."""

    def __init__(self, text: str) -> None:
        self.string = text
        self.at = 0

    def text(self) -> Text:
        """The parts of the whole string."""
        parts: list[Part] = []
        done = 0
        while match := _OPEN.search(self.string, self.at):
            slashes, dollars = len(match[1]), len(match[2])
            if slashes % 2 and dollars == 1:
                parts += [self.string[done : match.start()]]
                parts += [Escaped("\\" * (slashes // 2) + "$")]
                done = self.at = match.end() - 1
                continue
            start = match.start(2)
            if slashes and dollars == 1:
                parts += [self.string[done : match.start()]]
                parts += [Escaped("\\" * (slashes // 2))]
                done = start
            self.at = match.end()
            inner = self._braces(start, nested=False)
            if isinstance(inner, Variable):
                inner = [(start, inner)]
            for begin, variable in inner:
                parts += [self.string[done:begin], variable]
                done = begin + len(variable.expression)
        parts.append(self.string[done:])
        return tuple(part for part in parts if part != "")

    def _braces(
        self, start: int, *, nested: bool
    ) -> Variable | list[tuple[int, Variable]]:
        """What `${` opens: a variable, or CloudFormation's with variables within."""
        begin = self.at
        kind = _TYPE.match(self.string, begin)
        after = self._peek(kind.end()) if kind else ""
        if kind and after in {":", "("}:
            self.at = kind.end() + 1
            colons = after == ":" and self._after_spaces() == ":"
            if not colons:
                first = self._source(kind[0], params=after == "(")
                return self._variable(start, first)
        if nested:
            raise VariableSyntaxError(
                f"invalid variable type at index {begin} in {self.string!r}"
            )
        self.at = begin
        return self._foreign()

    def _foreign(self) -> list[tuple[int, Variable]]:
        """Skip to the closing brace; the variables on the way are resolved."""
        found: list[tuple[int, Variable]] = []
        while (char := self._peek(self.at)) not in {"", "}"}:
            if char == "$" and (
                match := re.compile(r"\$+\{").match(self.string, self.at)
            ):
                start, self.at = self.at, match.end()
                inner = self._braces(start, nested=False)
                found += [(start, inner)] if isinstance(inner, Variable) else inner
            else:
                self.at += 1
        self.at += 1
        return found

    def _variable(self, start: int, first: Source) -> Variable:
        """The rest of a variable, from its first source on."""
        sources: list[Source | Value] = [first]
        while True:
            end = self._peek(self.at)
            self.at += 1
            if end == "}":
                return Variable(tuple(sources), self.string[start : self.at])
            if end != ",":
                raise VariableSyntaxError(
                    f"missing variable closing bracket in {self.string!r}"
                    if not end
                    else f"invalid variable address at index {self.at - 1} in "
                    f"{self.string!r}"
                )
            sources.append(self._fallback())

    def _fallback(self) -> Source | Value:
        """A source after the first: another one to ask, or a literal."""
        if self._after_spaces() in {"'", '"'}:
            return Value(self._quoted())
        match = _SOURCE.match(self.string, self.at)
        if not match:
            raise VariableSyntaxError(
                f"invalid variable source at index {self.at} in {self.string!r}"
            )
        self.at = match.end()
        end = self._peek(self.at)
        if end in {":", "("}:
            kind = match[0]
            if not _FALLBACK_TYPE.fullmatch(kind):
                raise VariableSyntaxError(
                    f"invalid variable source at index {match.start()} in "
                    f"{self.string!r}"
                )
            self.at += 1
            return self._source(kind, params=end == "(")
        if end != "}":
            raise VariableSyntaxError(
                f"invalid variable source at index {match.start()} in {self.string!r}"
            )
        word = match[0].strip()
        value = _literal(word)
        if value is word:
            raise VariableSyntaxError(
                f"invalid literal {word!r} in {self.string!r}: quote it"
            )
        return Value(value)

    def _source(self, kind: str, *, params: bool) -> Source:
        """A source whose type was read, up to what follows it."""
        given = self._params() if params else None
        if params:
            if self._after_spaces() != ":":
                return Source(kind, given)
            self.at += 1
        begin = self._after_spaces()
        if begin in {"}", ","}:
            return Source(kind, given)
        if begin == ":":
            raise VariableSyntaxError(
                f"invalid variable address at index {self.at} in {self.string!r}"
            )
        if begin in {"'", '"'}:
            quoted = self._quoted()
            return Source(kind, given, (quoted,) if quoted else ())
        return Source(kind, given, self._until("},"))

    def _params(self) -> tuple[Value | Text, ...]:
        """What stands in parentheses after a source's type."""
        found: list[Value | Text] = []
        while (char := self._after_spaces()) != ")":
            if char in {"'", '"'}:
                found.append(Value(self._quoted()))
            elif char == ",":
                found.append(Value(None))
            else:
                text = self._until("),", refused="}")
                match text:
                    case (str() as word,):
                        found.append(Value(_literal(word)))
                    case _:
                        found.append(text)
            end = self._after_spaces()
            if end == ",":
                self.at += 1
            elif end != ")":
                raise VariableSyntaxError(
                    f"invalid variable param at index {self.at} in {self.string!r}"
                )
        self.at += 1
        return tuple(found)

    def _until(self, ends: str, refused: str = "") -> Text:
        """Text up to one of the characters in `ends`, with variables within."""
        parts: list[Part] = []
        done = self.at
        while (char := self._peek(self.at)) not in {*ends}:
            if not char or char in refused:
                raise VariableSyntaxError(
                    f"missing variable closing bracket in {self.string!r}"
                )
            if char == "$" and self._peek(self.at + 1) == "{":
                parts.append(self.string[done : self.at])
                start, self.at = self.at, self.at + 2
                inner = self._braces(start, nested=True)
                parts += [inner] if isinstance(inner, Variable) else []
                done = self.at
            else:
                self.at += 1
        parts.append(self.string[done : self.at].rstrip())
        return tuple(part for part in parts if part != "")

    def _quoted(self) -> str:
        """A quoted string; the double quotes are JSON's."""
        pattern = r"'([^']*)'" if self._peek(self.at) == "'" else r'"(?:[^"\\]|\\.)*"'
        match = re.compile(pattern, re.DOTALL).match(self.string, self.at)
        if not match:
            raise VariableSyntaxError(f"missing closing quote in {self.string!r}")
        self.at = match.end()
        self._after_spaces()
        if match[0][0] == "'":
            return match[1]
        try:
            return str(json.loads(match[0]))
        except ValueError as error:
            raise VariableSyntaxError(
                f"invalid string literal at index {match.start()} in {self.string!r}"
            ) from error

    def _peek(self, at: int) -> str:
        return self.string[at : at + 1]

    def _after_spaces(self) -> str:
        while self._peek(self.at) == " ":
            self.at += 1
        return self._peek(self.at)


def _literal(word: str) -> Literal:
    """The value of an unquoted literal; `word` itself where it is none."""
    if word in {"true", "false", "null"}:
        return {"true": True, "false": False, "null": None}[word]
    if not _NUMBER.fullmatch(word):
        return word
    number = float(int(word, 16)) if "0x" in word.lower() else float(word)
    return int(number) if number.is_integer() else number
