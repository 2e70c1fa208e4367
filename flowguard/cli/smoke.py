"""`flowguard smoke`: run a spec, draft one, or make one of another tool's file."""

from __future__ import annotations

import pathlib
from argparse import Namespace
from collections.abc import Callable
from importlib import import_module

from flowguard.cli import output
from flowguard.cli.smoke_session import Session
from flowguard.errors import UsageError
from flowguard.model import Report
from flowguard.smoke.verdict import EXIT_CODES


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    if arguments.action != "run":
        module = import_module(f"flowguard.cli.smoke_{arguments.action}")
        code: int = module.run(arguments)
        return code
    if arguments.file:
        raise UsageError(
            f"`flowguard smoke run` takes no file: {arguments.file!r}",
            help="name the spec with --spec PATH",
        )
    output.parse(arguments.output)
    report, keep = tested(arguments)
    code = exit_code(report, arguments)
    return output.deliver(code, report, arguments, keep)


def check(arguments: Namespace) -> Report:
    """Run the smoke tests, but print nothing.

    A baseline that was asked for is kept. Raises `FlowGuardError` where nothing can
    be run.
    """
    report, keep = tested(arguments)
    keep()
    return report


def tested(arguments: Namespace) -> tuple[Report, Callable[[], None]]:
    """Run the smoke tests; what is returned beside the report keeps the baseline.

    Raises `FlowGuardError` where nothing can be run, or no baseline can be kept. What
    keeps it raises that, too, where the disk has become full meanwhile.
    """
    path = pathlib.Path(arguments.baseline) if arguments.baseline else None
    output.require_writable([("the baseline", path)] if path else [])
    with Session(arguments) as session:
        report = session.report("smoke", session.run())
    return report, lambda: session.keep(path) if path else None


def exit_code(report: Report, _arguments: Namespace) -> int:
    """As the verdict is; what keeps a baseline judges nothing."""
    return EXIT_CODES[report.verdict]
