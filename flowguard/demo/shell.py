"""What the tour prints, and the command lines that it runs as a user would."""

from __future__ import annotations

import shlex
import sys
import textwrap
from collections.abc import Callable, Sequence
from contextlib import chdir
from pathlib import Path

from flowguard.demo.server import EmbeddedAccount
from flowguard.errors import FlowGuardError

WIDTH = 78

Command = Callable[[Sequence[str]], int]
"""Runs a command line of FlowGuard's and returns its exit code."""


class Shell:
    """A terminal in the project, whose AWS clients talk to the embedded account."""

    def __init__(
        self, flowguard: Command, account: EmbeddedAccount, project: Path
    ) -> None:
        self.account = account
        self.project = project
        self._flowguard = flowguard

    def run(self, folder: Path, *command: str, code: int) -> None:
        """Show and run a command in a folder of the project.

        Raises `FlowGuardError` where it does not end with the exit code that the
        demo tells of.
        """
        line = shlex.join(("flowguard", *command))
        say(f"$ cd {folder}\n$ {line}")
        with self.account.applied(), chdir(self.project / folder):
            found = self._flowguard(command)
        if found != code:
            raise FlowGuardError(
                f"`{line}` ended with exit code {found}, where the demo shows {code}",
                help="this is a fault of FlowGuard's; please report what it printed",
            )
        say(f"(exit code {code})")


def heading(text: str) -> None:
    """Print where something new begins."""
    say(f"── {text} {'─' * (WIDTH - len(text) - 4)}")


def tell(text: str) -> None:
    """Print a paragraph."""
    say(textwrap.fill(" ".join(text.split()), WIDTH, break_on_hyphens=False))


def say(text: str) -> None:
    """Print a text as it is, and an empty line."""
    sys.stdout.write(f"{text}\n\n")
    sys.stdout.flush()
