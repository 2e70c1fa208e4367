"""JSON → nodes: a scanner that keeps the place of every key and value.

The standard library's `json` gives no places, and a YAML loader refuses what
JSON allows: tabs as indentation, `\\/`, pairs of surrogates.
"""

from __future__ import annotations

import bisect
import json
import re

from flowguard.errors import TemplateError
from flowguard.model.places import Location
from flowguard.template.document import MAX_DEPTH, Node, enter, integer, real, too_deep

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
    (?P<mark>[{}\[\]:,])
    |(?P<string>"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")
    |(?P<number>-?(?:0|[1-9][0-9]*)(?P<real>\.[0-9]+)?(?P<power>[eE][+-]?[0-9]+)?)
    |(?P<word>true|false|null)
    |(?P<end>\Z)
    )""",
    re.VERBOSE,
)
_WORDS = {"true": True, "false": False, "null": None}


def parse_json(text: str, path: str) -> Node:
    """The root of a JSON document. Raises `TemplateError` with a place."""
    scanner = _Scanner(text, path)
    root = scanner.value(scanner.next(), 0)
    if (token := scanner.next()).lastgroup != "end":
        raise scanner.error("expected the end of the document", token)
    return root


class _Scanner:
    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path
        self._position = 0
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]

    def next(self) -> re.Match[str]:
        token = _TOKEN.match(self._text, self._position)
        if token is None:
            position = self._position
            while self._text[position] in " \t\r\n":
                position += 1
            raise TemplateError(
                "not well-formed JSON: expected a value, or a comma or bracket",
                location=Location(self._path, *self._place(position)),
                help="check quotes, commas and brackets here and just before",
            )
        self._position = token.end()
        return token

    def value(self, token: re.Match[str], depth: int) -> Node:
        location = self.location(token)
        match token.lastgroup:
            case "string":
                return Node(self.string(token), location)
            case "word":
                return Node(_WORDS[token["word"]], location)
            case "number":
                whole = not (token["real"] or token["power"])
                read = integer if whole else real
                return Node(read(token["number"]), location)
            case "mark" if token["mark"] in "{[":
                if depth == MAX_DEPTH:
                    raise too_deep(location)
                inner = self.mapping if token["mark"] == "{" else self.sequence
                return inner(location, depth + 1)
        raise self.error("expected a value", token)

    def mapping(self, location: Location, depth: int) -> Node:
        node = Node({}, location)
        token = self.next()
        while token["mark"] != "}":
            if token.lastgroup != "string":
                raise self.error('expected a key in "double quotes"', token)
            key, place = self.string(token), self.location(token)
            if (colon := self.next())["mark"] != ":":
                raise self.error(f'expected ":" after the key "{key}"', colon)
            enter(node, key, place, self.value(self.next(), depth))
            token = self.after(self.next(), "}")
        return node

    def sequence(self, location: Location, depth: int) -> Node:
        items: list[Node] = []
        token = self.next()
        while token["mark"] != "]":
            items.append(self.value(token, depth))
            token = self.after(self.next(), "]")
        return Node(items, location)

    def after(self, token: re.Match[str], close: str) -> re.Match[str]:
        """The closing bracket, or what follows a comma."""
        if token["mark"] == close:
            return token
        if token["mark"] != ",":
            raise self.error(f'expected "," or "{close}"', token)
        following = self.next()
        if following["mark"] == close:
            raise self.error(f'expected a value after ","; found "{close}"', following)
        return following

    def string(self, token: re.Match[str]) -> str:
        written = token["string"]
        if "\\" not in written:
            return written[1:-1]
        try:
            value: str = json.loads(written)
            value.encode()
        except ValueError:
            raise self.error("a string with an escape that is none", token) from None
        return value

    def location(self, token: re.Match[str]) -> Location:
        start, end = token.span(token.lastgroup or 0)
        line, column = self._place(start)
        if token.lastgroup == "mark":
            return Location(self._path, line, column)
        return Location(self._path, line, column, line, column + end - start)

    def _place(self, position: int) -> tuple[int, int]:
        line = bisect.bisect_right(self._lines, position)
        return line, position - self._lines[line - 1] + 1

    def error(self, message: str, token: re.Match[str]) -> TemplateError:
        return TemplateError(
            f"not well-formed JSON: {message}",
            location=self.location(token),
            help="check quotes, commas and brackets here and just before",
        )
