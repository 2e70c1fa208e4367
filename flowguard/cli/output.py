"""Reports to files and to standard output; progress to standard error."""

from __future__ import annotations

import os
import pathlib
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterable
from typing import TextIO

from flowguard.cli.options import FORMATS
from flowguard.errors import UsageError
from flowguard.model import Report
from flowguard.report import FORMATS as RENDER
from flowguard.report.escape import line
from flowguard.report.plain import render_terminal

_WIDTH = 100
"""Cells of a line where nobody says."""


def parse(wanted: Iterable[str]) -> list[tuple[str, pathlib.Path]]:
    """`FORMAT=PATH` → pairs; raises `UsageError` before any work is done."""
    pairs = []
    for entry in wanted:
        name, separator, path = entry.partition("=")
        if name not in FORMATS or not separator or not path:
            raise UsageError(
                f"--output {entry!r} is not FORMAT=PATH",
                help=f"write --output json=report.json; formats: {', '.join(FORMATS)}",
            )
        if path == "-":
            raise UsageError(
                f"--output {entry!r} names no file",
                help=f"for standard output, write --format {name}",
            )
        pairs.append((name, pathlib.Path(path)))
    return pairs


def require_writable(wanted: Iterable[tuple[str, pathlib.Path]]) -> None:
    """Find out whether the reports can be written, and leave nothing but folders.

    For commands that change something: what they did must not be lost afterwards.
    Raises `UsageError`.
    """
    for name, path in wanted:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            there = path.exists()
            if there and not path.is_file() and not path.is_dir():
                continue  # a pipe or a device: to open it would be noticed
            path.open("a").close()
            if not there:
                path.unlink()
        except OSError as error:
            raise _cannot_write(name, path, error) from error


def deliver(
    report: Report, wanted: Iterable[tuple[str, pathlib.Path]], arguments: Namespace
) -> None:
    """Write and print the report of what is done and stands.

    A file that cannot be written is a warning on standard error.
    """
    for entry in wanted:
        try:
            write(report, [entry])
        except UsageError as error:
            sys.stderr.write(f"flowguard: warning: {line(error.message)}\n")
    show(report, arguments)


def write(report: Report, wanted: Iterable[tuple[str, pathlib.Path]]) -> None:
    """Write each report that was asked for; raises `UsageError` where it cannot."""
    for name, path in wanted:
        write_text(name, path, RENDER[name](report))


def write_text(name: str, path: pathlib.Path, text: str) -> None:
    """Write a report in the format `name`; raises `UsageError` where it cannot."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _cannot_write(name, path, error) from error


def _cannot_write(name: str, path: pathlib.Path, error: OSError) -> UsageError:
    return UsageError(
        f"cannot write the {name} report to {path}: {error.strerror}",
        help="name a file in a folder that can be written to",
    )


def show(report: Report, arguments: Namespace) -> None:
    """Print the report in the format that standard output is to have."""
    if arguments.format != "plain":
        text = RENDER[arguments.format](report)
    else:
        text = render_terminal(
            report,
            color=colored(arguments),
            width=width(),
            verbose=arguments.verbose,
            quiet=arguments.quiet,
        )
    print_text(text)


def print_text(text: str) -> None:
    """Print what a command has to say."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has read enough; the verdict stands
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def colored(arguments: Namespace) -> bool:
    """Colour on a terminal and in GitHub's log, unless somebody says otherwise."""
    dumb = os.environ.get("TERM") == "dumb"
    if arguments.no_color or os.environ.get("NO_COLOR") or dumb:
        return False
    return sys.stdout.isatty() or os.environ.get("GITHUB_ACTIONS") == "true"


def width() -> int:
    """How many cells of the terminal a line may take."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:  # as shutil does, which is slow to import with all its archive formats
        return os.get_terminal_size(sys.stdout.fileno()).columns or _WIDTH
    except (ValueError, OSError):  # it is no terminal
        return _WIDTH


PATIENCE = 5.0
"""Seconds of silence after which a log is told how far it is."""


def progress(stream: TextIO) -> Callable[[int, int], None]:
    """A line that counts the answers while they come in.

    On a terminal it is written over and over and wiped at the end; elsewhere a
    line comes only where there would be silence.
    """
    live, told = stream.isatty(), time.monotonic()

    def show_progress(answered: int, asked: int) -> None:
        nonlocal told
        line = f"asking AWS: {answered} of {asked} questions answered"
        if live:
            stream.write(f"\r\033[K{'' if answered >= asked else line}")
        elif time.monotonic() - told > PATIENCE:
            told = time.monotonic()
            stream.write(f"{line}\n")
        stream.flush()

    return show_progress
