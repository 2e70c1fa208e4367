"""`flowguard smoke`: run a spec, draft one, or make one of another tool's file."""

from __future__ import annotations

from importlib import import_module

from flowguard import spoken
from flowguard.cli import output
from flowguard.cli.commands import Smoke
from flowguard.cli.host import TERMINAL, Host
from flowguard.cli.output import Done
from flowguard.cli.smoke_session import Session
from flowguard.errors import UsageError
from flowguard.model.results import Report
from flowguard.smoke.verdict import EXIT_CODES


def run(settings: Smoke) -> int:
    """Run the command and return its exit code."""
    if settings.action != "run":
        module = import_module(f"flowguard.cli.smoke_{settings.action}")
        code: int = module.run(settings)
        return code
    if settings.file:
        raise UsageError(
            f"`flowguard smoke run` takes no file: {str(settings.file)!r}",
            help=f"name the spec with {spoken.option('spec', 'PATH')}",
        )
    return output.deliver(check(settings), settings)


def check(settings: Smoke, host: Host = TERMINAL) -> Done[Report]:
    """Run the smoke tests, but print nothing.

    Raises `FlowGuardError` where nothing can be run, or no baseline can be kept. What
    keeps it raises that, too, where the disk has become full meanwhile.
    """
    path = settings.baseline
    if path:
        output.require_writable([("the baseline", path)])
    with Session(settings, host, takes=path is not None) as session:
        report = session.report("smoke", session.run())
    code = EXIT_CODES[report.verdict]
    return Done(report, code, (lambda: session.keep(path)) if path else None)
