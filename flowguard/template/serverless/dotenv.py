"""`.env` files, which `${env:…}` reads where `useDotenv` asks for it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flowguard.template.serverless.files import Files

_LINE = re.compile(
    r"""^\s*(?:export\s+)?(?P<name>[\w.-]+)\s*[=:]\s*
    (?:'(?P<single>[^']*)'|"(?P<double>(?:\\"|[^"])*)"|`(?P<back>[^`]*)`
    |(?P<bare>[^\#\r\n]*))""",
    re.MULTILINE | re.VERBOSE,
)
_USE = re.compile(r"(?<!\\)\$(?:\{(\w+)\}|(\w+))")


def read_dotenv(files: Files, stage: str, outer: Mapping[str, str]) -> dict[str, str]:
    """The variables of `.env.STAGE`, or else of `.env`, as the framework takes them.

    The files' text goes nowhere but into variables.
    """
    for name in (f".env.{stage}", ".env"):
        content = files.secret_text(name)
        if content is not None:
            return parse_dotenv(content, outer)
    return {}


def parse_dotenv(content: str, outer: Mapping[str, str]) -> dict[str, str]:
    """The variables of a `.env` file; `$NAME` in one refers to another or an outer."""
    literal: set[str] = set()
    raw: dict[str, str] = {}
    for match in _LINE.finditer(content):
        name, single, double = match["name"], match["single"], match["double"]
        value = match["back"] if match["back"] is not None else match["bare"]
        if single is not None:
            literal.add(name)
            value = single
        elif double is not None:
            value = double.replace("\\n", "\n").replace('\\"', '"')
        raw[name] = value if double is not None else value.strip()

    def expanded(name: str, within: frozenset[str]) -> str:
        if name in outer:
            return outer[name]
        value = raw.get(name, "")
        if name in literal or name in within:
            return value
        inner = within | {name}
        return _USE.sub(lambda use: expanded(use[1] or use[2], inner), value)

    return {name: expanded(name, frozenset()) for name in raw}
