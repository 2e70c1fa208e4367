"""The inputs of the Action: read, checked, and made options of the command line.

GitHub checks none of them: `required` is not enforced, and of an unknown input it
only warns. What is wrong with one is told with its name as the user writes it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

from flowguard.action.input import BOOLEAN, Input
from flowguard.action.input_table import INPUTS
from flowguard.action.words import in_words_of_inputs
from flowguard.errors import UsageError
from flowguard.targets import QUOTE, misread

__all__ = ["INPUTS", "Input", "in_words_of_inputs", "lines", "options", "read"]

PREFIX = "INPUT_"
_RUNNERS_OWN = frozenset({"args", "entrypoint"})
"""Inputs of every container action: the runner takes them itself."""

_PAIRS = frozenset({"--parameter", "--variable", "--stack-tag"})
_BY_NAME = {entry.name: entry for entry in INPUTS}


def read(environment: Mapping[str, str]) -> dict[str, str]:
    """Every input's value, its default where it is empty.

    Raises `UsageError` for an input that there is not and for a value that cannot
    be.
    """
    given = dict(_given(environment))
    for name in sorted(given.keys() - _BY_NAME.keys() - _RUNNERS_OWN):
        raise UsageError(
            f"there is no input {name!r}", help=_suggest(name, tuple(_BY_NAME))
        )
    values = {
        entry.name: _checked(entry, given.get(entry.name, "")) for entry in INPUTS
    }
    _require_fit(values)
    return values


def _require_fit(values: Mapping[str, str]) -> None:
    """Refuse what the command would pass over without a word."""
    command = values["command"]
    for entry in INPUTS:
        is_said = values[entry.name] not in {"", entry.default}
        if is_said and not entry.is_for(command):
            raise UsageError(
                f"input {entry.name!r} is not for the command {command!r}",
                help=f"leave it out, or say command: {entry.commands[0]}",
            )


def wants_summary(environment: Mapping[str, str]) -> bool:
    """Whether to write a summary, also where another input is wrong."""
    return environment.get(f"{PREFIX}JOB-SUMMARY", "").strip() != "false"


def options(values: Mapping[str, str]) -> Iterator[str]:
    """The inputs as options of the command line."""
    for entry in INPUTS:
        value, option = values[entry.name], entry.option_of(values["command"])
        if not option or not value or not entry.is_for(values["command"]):
            continue
        if entry.choices == BOOLEAN:
            yield from [option] if value == "true" else []
        else:
            for item in lines(value) if entry.many else [value]:
                is_quoted = option in _PAIRS and _is_quoted(item)
                yield f"{option}={item[1:-1] if is_quoted else item}"


def lines(value: str) -> list[str]:
    """The values of an input that has one a line."""
    return [line.strip() for line in value.splitlines() if line.strip()]


def _given(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The runner upper-cases a name, and makes its spaces underscores."""
    for variable, value in environment.items():
        if variable.startswith(PREFIX):
            yield variable.removeprefix(PREFIX).lower(), value.strip()


def _checked(entry: Input, value: str) -> str:
    if not value:  # also an expression that came to nothing
        return "" if entry.default.startswith("${{") else entry.default
    for item in lines(value) if entry.many else [value]:
        if entry.choices and item not in entry.choices:
            raise UsageError(
                f"input {entry.name!r} is {item!r}", help=_suggest(item, entry.choices)
            )
        if entry.option in _PAIRS and not item.partition("=")[1]:
            raise UsageError(
                f"input {entry.name!r} has a line without a value: {item!r}",
                help="write Name=Value, one a line",
            )
        is_pair = entry.option in _PAIRS and not _is_quoted(item)
        if is_pair and (names := misread(item)):
            raise UsageError(
                f"input {entry.name!r} has a line in the syntax of another tool: "
                f"{', '.join(names)}",
                help="write one a line:\n"
                + "".join(f"  {name}=...\n" for name in names)
                + "or put the line in double quotes, where it is one value",
            )
    return value


def _is_quoted(item: str) -> bool:
    return len(item) > 1 and item[0] == item[-1] == QUOTE


def _suggest(wrong: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(wrong.replace("_", "-"), known, 1)
    allowed = f"write one of {', '.join(known)}"
    return f"did you mean {near[0]}? {allowed}" if near else allowed
