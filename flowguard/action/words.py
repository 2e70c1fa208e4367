"""How a workflow says what the command line says by options: by inputs."""

from __future__ import annotations

from flowguard.action.input import BY_NAME, OFFERED, REPORTS
from flowguard.cli.commands import COMMANDS
from flowguard.spoken import Surface

_TERMINAL = Surface()
_BY_FORMAT = {kind: name for name, kind in REPORTS.items()}


class Inputs(Surface):
    """A workflow whose step runs a command."""

    def __init__(self, command: str) -> None:
        self._commands = (command, *OFFERED)

    def option(self, key: str, value: str) -> str:
        """As `stack-name: NAME`, or the name of the input; empty where there is none."""
        return _said(key, value, self._commands)

    def switch(self, key: str) -> str:
        """As `dry-run: true`."""
        return self.option(key, "true")

    def command(self, name: str, options: dict[str, str]) -> str:
        """As `command: snapshot, snapshot: FILE`."""
        if name not in OFFERED:
            return _TERMINAL.command(name, options)
        given = (_said(key, value or "true", (name,)) for key, value in options.items())
        return ", ".join((f"command: {name}", *filter(None, given)))


def _said(key: str, value: str, commands: tuple[str, ...]) -> str:
    kind, _, path = value.partition("=")
    if key == "output" and kind in _BY_FORMAT:
        return f"{_BY_FORMAT[kind]}: {path}"
    kinds = (COMMANDS[name] for name in commands if name in COMMANDS)
    options = (option for kind in kinds for option in kind.options.values())
    named = [option.input for option in options if option.key == key and option.input]
    name = next(iter(named), key if key in BY_NAME else "")
    return f"{name}: {value}" if name and value else name
