"""argv, files, printing, exit code.

What a command needs is imported when it runs: `flowguard --version` and
`--help` must not wait for boto3.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from flowguard.version import __version__


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 go · 1 blocked · 2 FlowGuard could not do its job · 3 could not tell
    (`--strict`). `sys.exit` is for the caller.
    """
    is_own_process = argv is None
    argv = sys.argv[1:] if argv is None else argv
    if list(argv) in (["--version"], ["-V"]):  # argparse would double the time
        print(f"flowguard {__version__}")  # noqa: T201 — it is all there is to say
        return 0
    from flowguard.cli.parse import show_help

    if (code := show_help(argv)) is not None:
        return code
    from flowguard.cli.run import run

    if is_own_process:
        from flowguard.aws.fence import watch

        watch()
    return run(argv)
