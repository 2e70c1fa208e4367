"""`flowguard smoke`: run a spec, draft one, or make one of another tool's file."""

from __future__ import annotations

import pathlib
from argparse import Namespace
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
    wanted = output.parse(arguments.output)
    report = check(arguments)
    output.write(report, wanted)
    output.show(report, arguments)
    return exit_code(report, arguments)


def check(arguments: Namespace) -> Report:
    """Run the smoke tests, but print nothing; the Action calls this, too.

    A baseline that was asked for is kept. Raises `FlowGuardError` where nothing can
    be run.
    """
    with Session(arguments) as session:
        report = session.report("smoke", session.run())
        if arguments.baseline:
            session.keep(pathlib.Path(arguments.baseline))
        return report


def exit_code(report: Report, _arguments: Namespace) -> int:
    """As the verdict is; what keeps a baseline judges nothing."""
    return EXIT_CODES[report.verdict]
