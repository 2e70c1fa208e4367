"""argv, files, printing, exit code.

What a command needs is imported when it runs: `flowguard --version` and
`--help` must not wait for boto3.
"""

from __future__ import annotations

from collections.abc import Sequence

from flowguard.errors import FlowGuardError

INTERRUPTED = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 go · 1 blocked · 2 FlowGuard could not do its job · 3 could not tell
    (`--strict`). `sys.exit` is for the caller.
    """
    from flowguard.cli.parser import build_parser
    from flowguard.cli.signals import sigterm_interrupts

    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as stop:  # argparse has printed the usage, or what was asked
        return stop.code if isinstance(stop.code, int) else 0
    try:
        with sigterm_interrupts():
            code: int = arguments.run(arguments)
            return code
    except FlowGuardError as error:
        _tell(error)
        return 2
    except KeyboardInterrupt:
        _say("flowguard: interrupted; nothing was changed")
        return INTERRUPTED
    except BrokenPipeError:  # `flowguard … | head`
        return _close_stdout()


def _tell(error: FlowGuardError) -> None:
    from flowguard.report.escape import line, log

    _say(f"flowguard: {line(str(error))}")
    if error.help:
        _say(f"  help: {log(error.help)}")


def _say(text: str) -> None:
    import sys

    sys.stderr.write(f"{text}\n")


def _close_stdout() -> int:
    """Stop Python from complaining, at its end, that nobody reads."""
    import os
    import sys

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
