"""argv, files, printing, exit code.

What a command needs is imported when it runs: `flowguard --version` and
`--help` must not wait for boto3.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 go · 1 blocked · 2 FlowGuard could not do its job · 3 could not tell
    (`--strict`). `sys.exit` is for the caller.
    """
    from flowguard.cli.parser import build_parser

    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as stop:  # argparse has printed the usage, or what was asked
        return stop.code if isinstance(stop.code, int) else 0
    from flowguard.cli.run import run

    return run(arguments)
