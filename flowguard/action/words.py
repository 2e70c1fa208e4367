"""What the command line says, in the words of the inputs.

FlowGuard's errors name options, since most of its code knows the command line alone. A
user of the Action has inputs: `--stack-name NAME` is `stack-name: NAME` for them, and
`flowguard smoke --baseline FILE` is `command: smoke, baseline: FILE`. What belongs to
another tool's command stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowguard.action.input import Input
from flowguard.action.input_table import INPUTS

_BY_OPTION = {entry.option: entry for entry in INPUTS if entry.option}
_COMMANDS = INPUTS[0].choices
_FILES = {
    "json": "report-file",
    "sarif": "sarif-file",
    "html": "html-file",
    "junit": "junit-file",
}
_OPTION = r"--[a-z0-9][a-z0-9-]*"
_VALUE = r"(?!-)[^\s`,;)]+"
_PART = re.compile(
    # A command of ours, with its options.
    rf"flowguard (?P<command>[a-z]+)(?P<rest>(?: {_OPTION}(?: {_VALUE})?)*)"
    # A command of another tool, to its end.
    r"|\b(?P<tool>aws|cdk|npx|pip|sam|serverless) [^\n`]*?(?=$|[\n`;)]|, or )"
    # An option of ours. A value follows it, unless the sentence goes on.
    rf"|(?P<lead>: )?(?P<option>{_OPTION})(?: (?P<value>{_VALUE}))?",
    re.MULTILINE,
)
_ABOUT_IT = frozenset({"cannot", "has", "is", "must", "names", "needs", "was"})
_GOES_ON = frozenset(
    {"a", "alone", "and", "as", "at", "by", "for", "in", "no", "of", "on", "or"}
    | {"the", "to", "with", "without"}
)
# The image leaves out what encrypts templates, so that no input asks for it.
_NO_INPUT = re.compile(r",? or (?:use )?--kms-key \S+|--kms-key ")


def in_words_of_inputs(text: str) -> str:
    """`text` with the options and commands of the command line as inputs."""
    return _PART.sub(_said, _NO_INPUT.sub("", text))


def _said(part: re.Match[str]) -> str:
    if part["tool"]:
        return part[0]
    if part["command"]:
        return _command(part)
    entry = _BY_OPTION.get(part["option"])
    if part["option"] == "--offline":
        entry, value = next(e for e in INPUTS if e.name == "offline"), ""
    lead, value = part["lead"] or "", part["value"] or ""
    if entry is None:
        return part[0]
    if value in _ABOUT_IT:
        said, after = entry.name, f" {value}"
    elif value in _GOES_ON or value.endswith(":") or _is_switch(entry):
        said, after = _alone(entry), f" {value}" if value else ""
    elif value:
        said, after = f"{entry.name}: {value}", ""
    else:
        said, after = entry.name, ""
    # Two colons in one line are hard to read.
    said = f"`{said}`" if lead and ":" in said else said
    return f"{lead}{said}{after}"


def _is_switch(entry: Input) -> bool:
    return "true" in entry.choices


def _alone(entry: Input) -> str:
    return f"{entry.name}: true" if _is_switch(entry) else entry.name


def _command(part: re.Match[str]) -> str:
    """A step that does what the command line does; itself where none does."""
    command = part["command"]
    if command not in _COMMANDS or not (
        part["rest"] or command in {"snapshot", "record"}
    ):
        return part[0]
    given = [*_inputs(command, part["rest"])]
    return ", ".join((f"command: {command}", *given))


def _inputs(command: str, options: str) -> Iterator[str]:
    names = {entry.option_of(command): entry for entry in INPUTS}
    for found in re.finditer(rf" ({_OPTION})(?: ({_VALUE}))?", options):
        option, value = found[1], found[2] or ""
        kind, _, path = value.partition("=")
        if entry := names.get(option):
            yield _alone(entry) if _is_switch(entry) else f"{entry.name}: {value}"
        elif option == "--output" and kind in _FILES:
            yield f"{_FILES[kind]}: {path}"
        elif option == "--offline":
            yield "offline: true"
