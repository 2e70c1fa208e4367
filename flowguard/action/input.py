"""What an input of the Action is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

BOOLEAN = ("true", "false")


@dataclass(frozen=True, slots=True)
class Input:
    """One input, and what becomes of it."""

    name: str
    description: str
    default: str = ""
    option: str = ""
    """The option of the command line that it is, if it is one."""
    choices: tuple[str, ...] = ()
    """The values that it may have; none where any will do."""
    many: bool = False
    """Whether it holds one value a line; the option is given for each."""
    is_path: bool = False
    written_by: tuple[str, ...] = ()
    """The commands that write to the path; the others read it."""
    commands: tuple[str, ...] = ()
    """The commands that take it; all where none is named."""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """The option that it is, for commands that call it something else."""

    def is_for(self, command: str) -> bool:
        """Whether the command takes it."""
        return not self.commands or command in self.commands

    def option_of(self, command: str) -> str:
        """The option that it is for the command; empty for none."""
        return self.elsewhere.get(command, self.option)
