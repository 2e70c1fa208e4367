"""The GitHub Action: inputs → the command line's own code → outputs and pages.

The entry point of its container is `python -m flowguard.action`.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(argv: Sequence[str] = ()) -> int:
    """Run one step of a workflow and return its exit code, the command line's own.

    Given arguments it is the command line, so that the Action's image serves for
    both: `docker run IMAGE preflight --offline`.
    """
    if argv:
        from flowguard import cli

        return cli.main(argv)
    from flowguard.action.step import run

    return run()
