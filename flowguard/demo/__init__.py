"""An embedded AWS account with a broken environment in it.

It lets everything be tried without AWS: ministack, an emulator of AWS on the
loopback, made strict where AWS is (`strict`), run in a process of its own
(`server`), filled from a scenario (`seed`), and shown to the user (`tour`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence


def run(flowguard: Callable[[Sequence[str]], int], *, serve: bool) -> int:
    """Run `flowguard demo`; `serve` keeps the account up until Ctrl-C.

    `flowguard` runs a command line, as `flowguard.cli.main` does: the demo shows
    the real one. Returns the exit code 0. Raises `FlowGuardError` when the
    extra is missing or what is shown is not what the demo says.
    """
    from flowguard.demo.tour import Tour

    return Tour(flowguard).run(serve=serve)
