"""How GitHub's runner reads a log, to find the commands that it would obey.

A port of `ActionCommand.TryParseV2` and `TryParse` (actions/runner), except
that every name counts as a registered command.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A workflow command that the runner would obey."""

    name: str
    properties: dict[str, str]
    data: str


def commands(log: str) -> list[Command]:
    """Every command in a log."""
    found = (_new(line) or _legacy(line) for line in re.split("\r\n|\r|\n", log))
    return [command for command in found if command]


def _new(line: str) -> Command | None:
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, properties = line[2:end].partition(" ")
    pairs = (item.partition("=") for item in properties.split(",") if item)
    return Command(
        name,
        {key.strip(): _unescape(value, property=True) for key, _, value in pairs},
        _unescape(line[end + 2 :]),
    )


def _legacy(line: str) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    return Command(line[start + 3 : end].partition(" ")[0], {}, line[end + 1 :])


def _unescape(text: str, *, property: bool = False) -> str:
    escapes = {"%0D": "\r", "%0A": "\n"}
    if property:
        escapes |= {"%3A": ":", "%2C": ","}
    for escape, character in {**escapes, "%25": "%"}.items():
        text = text.replace(escape, character)
    return text
