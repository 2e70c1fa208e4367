"""One command, from its start to its exit code, whatever happens in between."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from flowguard.cli import streams
from flowguard.cli.delivery import COULD_NOT, fault
from flowguard.cli.fenced import fenced, unless_refused
from flowguard.cli.option import Settings
from flowguard.cli.parse import parse
from flowguard.cli.signals import interrupted, sigterm_interrupts
from flowguard.errors import FlowGuardError, UsageError
from flowguard.report.escape import line, log


def run(argv: Sequence[str]) -> int:
    """Run the command that argv names; its module has `run(settings) -> int`."""
    with streams.steady_stderr():
        try:
            settings = parse(argv)
        except UsageError as error:
            return _refused(error)
        code = _run(settings)
        if streams.settle():
            return code
        _say("flowguard: standard output cannot be used: what was printed is lost")
        return code or COULD_NOT


def _run(settings: Settings) -> int:
    try:
        with sigterm_interrupts(), fenced(settings, _broke) as calls:
            command = import_module(f"flowguard.cli.{settings.command()}")
            code: int = command.run(settings)
            return unless_refused(code, calls)
    except FlowGuardError as error:
        return _refused(error)
    except KeyboardInterrupt:
        _say(f"flowguard: {interrupted(settings.command())}")
        return COULD_NOT
    except Exception as error:  # whatever it is, it is ours, and no traceback's
        if isinstance(error, OSError) and error.filename:
            found = fault("a file", error)
            _say(f"flowguard: {line(found.message)}\n  help: {found.help}")
            return COULD_NOT
        import logging  # slow, and of no use in a run that goes well

        logging.getLogger(__name__).debug("internal error", exc_info=True)
        from flowguard.smoke.secrets import of_environment

        mask = of_environment(os.environ).mask
        what = line(mask(f"{type(error).__name__}: {error}"))
        _say(f"flowguard: internal error: {what}")
        _say("  help: run it again with --verbose, and report what it prints")
        return COULD_NOT


def _refused(error: FlowGuardError) -> int:
    """Say why a command could not do its job; returns the exit code."""
    _say(f"flowguard: {line(str(error))}")
    if error.help:
        _say(f"  help: {log(error.help)}")
    return COULD_NOT


def _broke(text: str) -> None:
    _say(f"flowguard: {text}")


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
