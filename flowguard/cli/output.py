"""Reports to files and to standard output; progress to standard error."""

from __future__ import annotations

import os
import pathlib
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TextIO, TypeVar

from flowguard import files
from flowguard.cli import streams
from flowguard.cli.delivery import Delivery
from flowguard.cli.groups import Reporting
from flowguard.errors import UsageError
from flowguard.model.results import Report
from flowguard.report import FORMATS as RENDER
from flowguard.report.escape import line, log
from flowguard.report.plain import render_terminal

F = TypeVar("F")
S = TypeVar("S", bound=Reporting)
_WIDTH = 100
"""Cells of a line where nobody says."""


@dataclass(frozen=True, slots=True)
class Done(Generic[F]):
    """What a command did, before anybody is told."""

    report: F
    code: int
    """The exit code that it stands for."""
    keep: Callable[[], None] | None = None
    """Writes the baseline beside the report, where one is to be kept."""


def run(settings: S, check: Callable[[S], Done[Report]]) -> int:
    """Run a command that changes something, tell of it, and return its exit code.

    Nothing is begun whose report could not be written.
    """
    require_writable(report_files(settings.output))
    return deliver(check(settings), settings)


def require_writable(wanted: Iterable[tuple[str, pathlib.Path]]) -> None:
    """Find out whether files can be written, and leave nothing but folders.

    What a command did must not be lost afterwards. Each file comes with what it is,
    such as `the baseline`. Raises `UsageError`.
    """
    for what, path in wanted:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            there = path.exists()
            if there and not path.is_file() and not path.is_dir():
                continue  # a pipe or a device: to open it would be noticed
            path.open("a").close()
            if not there:
                path.unlink()
        except OSError as error:
            raise _cannot_write(what, path, error) from error


def report_files(
    wanted: Iterable[tuple[str, pathlib.Path]],
) -> list[tuple[str, pathlib.Path]]:
    """The files of reports, with what they are."""
    return [(f"the {name} report", path) for name, path in wanted]


def deliver(done: Done[Report], settings: Reporting) -> int:
    """Write and print a report, whatever else breaks; returns the exit code."""
    report = done.report
    return tell(
        done.code,
        settings.output,
        lambda name: RENDER[name](report),
        lambda: shown(report, settings),
        acted=report.rollback is not None,
        keep=done.keep,
    )


def tell(
    code: int,
    wanted: Iterable[tuple[str, pathlib.Path]],
    render: Callable[[str], str],
    show: Callable[[], str],
    *,
    acted: bool = False,
    keep: Callable[[], None] | None = None,
) -> int:
    """Write what a run found in each format, print it, and return the exit code.

    Where it `acted`, and standard output takes nothing, it is standard error that
    says what was done.
    """
    with Delivery(code) as delivery:
        if keep:
            with delivery.part("the baseline"):
                keep()
        for name, path in wanted:
            with delivery.part(f"the {name} report"):
                write_text(f"the {name} report", path, render(name))
        with delivery.part("standard output"):
            print_or_say(show(), acted=acted)
    for fault in delivery.faults:
        sys.stderr.write(f"flowguard: warning: {line(fault.message)}\n")
        if fault.help:
            sys.stderr.write(f"  help: {log(fault.help)}\n")
    return delivery.exit_code


def write_text(what: str, path: pathlib.Path, text: str) -> None:
    """Write a file; raises `UsageError`, which says `what` it is, where it cannot."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _cannot_write(what, path, error) from error


def write_private(what: str, path: pathlib.Path, text: str) -> None:
    """The same for a file that its owner alone may read."""
    try:
        files.write_private(path, text)
    except OSError as error:
        raise _cannot_write(what, path, error) from error


def _cannot_write(what: str, path: pathlib.Path, error: OSError) -> UsageError:
    return UsageError(
        f"cannot write {what} to {path}: {error.strerror}",
        help="name a file in a folder that can be written to",
    )


def shown(report: Report, settings: Reporting) -> str:
    """The report in the format that standard output is to have."""
    if settings.format != "plain":
        return RENDER[settings.format](report)
    return render_terminal(
        report,
        color=colored(settings),
        width=width(),
        verbose=settings.verbose,
        quiet=settings.quiet,
    )


def print_or_say(text: str, *, acted: bool) -> None:
    """Print what a command found; on standard error where standard output is lost.

    Raises `OSError` then, but for a reader that has left, as `| head` does: it has
    read enough, and is followed to standard error only where the command `acted`.
    """
    try:
        streams.write(text)
    except OSError as error:
        has_read_enough = isinstance(error, BrokenPipeError) and not acted
        if not has_read_enough:
            sys.stderr.write(text)
        if not isinstance(error, BrokenPipeError):
            raise


def colored(settings: Reporting) -> bool:
    """Colour on a terminal and in GitHub's log, unless somebody says otherwise."""
    dumb = os.environ.get("TERM") == "dumb"
    if settings.no_color or os.environ.get("NO_COLOR") or dumb:
        return False
    return _is_terminal() or os.environ.get("GITHUB_ACTIONS") == "true"


def _is_terminal() -> bool:
    try:
        return sys.stdout is not None and sys.stdout.isatty()
    except ValueError:  # it is closed
        return False


def width() -> int:
    """How many cells of the terminal a line may take."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:  # as shutil does, which is slow to import with all its archive formats
        return os.get_terminal_size(sys.stdout.fileno()).columns or _WIDTH
    except (AttributeError, ValueError, OSError):  # it is no terminal
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
