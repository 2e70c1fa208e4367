"""The inputs of a step: read, checked, and made the settings of its command.

GitHub checks none of them: `required` is not enforced, and of an unknown input it
only warns. What is wrong with one is told with its name as the user writes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flowguard.action.input import BY_NAME, INPUTS, Input
from flowguard.cli.commands import COMMANDS
from flowguard.cli.option import Settings
from flowguard.cli.parse import told
from flowguard.errors import UsageError, did_you_mean
from flowguard.targets import QUOTE, misread

PREFIX = "INPUT_"
_RUNNERS_OWN = frozenset({"args", "entrypoint"})
"""Inputs of every container action: the runner takes them itself."""


def read(environment: Mapping[str, str]) -> dict[str, str]:
    """Every input's value, its default where it is empty.

    Raises `UsageError` for an input that there is not and for a value that cannot
    be.
    """
    given = dict(_given(environment))
    for name in sorted(given.keys() - BY_NAME.keys() - _RUNNERS_OWN):
        near = did_you_mean(name.replace("_", "-"), BY_NAME)
        raise UsageError(
            f"there is no input {name!r}{near}", help=_one_of(tuple(BY_NAME))
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
        if is_said and command not in entry.commands:
            raise UsageError(
                f"input {entry.name!r} is not for the command {command!r}",
                help=f"leave it out, or say command: {entry.commands[0]}",
            )


def wants_summary(environment: Mapping[str, str]) -> bool:
    """Whether to write a summary, also where another input is wrong."""
    return environment.get(f"{PREFIX}JOB-SUMMARY", "").strip() != "false"


def settings(values: Mapping[str, str], **switches: bool) -> Settings:
    """What the inputs tell their command, with the options that the step turns on.

    Raises `UsageError` for what cannot be.
    """
    kind = COMMANDS[values["command"]]
    given = {name: [""] for name, is_on in switches.items() if is_on}
    for name, option in kind.options.items():
        value = values[option.input] if option.input else ""
        if option.takes == "switch":
            given |= {name: [""]} if value == "true" else {}
        elif value:
            given[name] = _texts(BY_NAME[option.input], value)
    return told(kind, given)


def _texts(entry: Input, value: str) -> list[str]:
    """The values of an input; it may have one a line."""
    if entry.takes == "one":
        return [value]
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    is_pairs = entry.takes == "pairs"
    return [text[1:-1] if is_pairs and _is_quoted(text) else text for text in lines]


def _given(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The runner upper-cases a name, and makes its spaces underscores."""
    for variable, value in environment.items():
        if variable.startswith(PREFIX):
            yield variable.removeprefix(PREFIX).lower(), value.strip()


def _checked(entry: Input, value: str) -> str:
    if not value:  # also an expression that came to nothing
        return "" if entry.default.startswith("${{") else entry.default
    for item in _texts(entry, value) if entry.choices else ():
        if item not in entry.choices:
            near = did_you_mean(item, entry.choices)
            raise UsageError(
                f"input {entry.name!r} is {item!r}{near}", help=_one_of(entry.choices)
            )
    for line in value.splitlines() if entry.takes == "pairs" else ():
        if not _is_quoted(line.strip()) and (names := misread(line.strip())):
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


def _one_of(known: Sequence[str]) -> str:
    return f"write one of {', '.join(known)}"
