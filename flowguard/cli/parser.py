"""The parser of the command line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

from flowguard import __version__
from flowguard.cli.commands import COMMANDS
from flowguard.cli.options import EXIT_CODES


def build_parser() -> argparse.ArgumentParser:
    """Make the parser; `arguments.command` is the module of the command."""
    parser = argparse.ArgumentParser(
        prog="flowguard",
        description="Know before you deploy: predict how a deploy of a CloudFormation\n"
        "stack would fail, from the template and the live account. Afterwards: test the\n"
        "service against what it did before, and take a bad release back.",
        epilog="start with: flowguard demo   (needs no AWS account)\n"
        "then:       flowguard preflight --stage staging\n\n" + EXIT_CODES,
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "-V", "--version", action="version", version=f"flowguard {__version__}"
    )
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(
        metavar="COMMAND", prog=parser.prog, parser_class=_Command
    )
    for name, (summary, description, add_options) in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=summary,
            description=description,
            formatter_class=_formatter,
            allow_abbrev=False,
        )
        command.set_defaults(command=name)
        command.add_options = add_options
    return parser


class _Command(argparse.ArgumentParser):
    """The parser of a command, which gets its options when it is called.

    Most runs call one command, and `--version` none.
    """

    add_options: Callable[[argparse.ArgumentParser], None]

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        """Add the options, then parse as any parser does."""
        self.add_options(self)
        return super().parse_known_args(args, namespace)


def _formatter(prog: str) -> argparse.HelpFormatter:
    """argparse's own, without its import of shutil at every start."""
    width = os.environ.get("COLUMNS", "")
    return argparse.RawDescriptionHelpFormatter(
        prog, max_help_position=28, width=int(width) if width.isdecimal() else 88
    )
