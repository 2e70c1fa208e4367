"""A command and the calls that it makes: what it does not declare is not sent."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flowguard.cli.groups import Waiting
from flowguard.cli.option import Settings

if TYPE_CHECKING:
    from flowguard.aws.fence import Command

_CRASHED = 2
_WORSE = frozenset({1, 4, 5})
"""Exit codes that go before it."""


@contextmanager
def fenced(settings: Settings, say: Callable[[str], None]) -> Iterator[Command]:
    """While the block runs, AWS is asked only what the command declares to ask.

    Each call, and the whole where the options name a time, has its end. `say` is told
    of each call that was refused: whoever made it may have passed over that.
    """
    from flowguard.aws import declared, fence

    end = 60 * settings.timeout if isinstance(settings, Waiting) else math.inf
    with fence.commanded(declared.command(settings.command(), _option(settings))) as it:
        try:
            with fence.limited(end):
                yield it
        finally:
            for call in dict.fromkeys(it.refused):
                say(
                    f"internal error: {call} is no call of `flowguard {it.name}`, "
                    "and was not sent"
                )


def _option(settings: Settings) -> str:
    """The option by which the command does less than it may."""
    for name in ("offline", "dry_run", "no_rollback"):
        if vars(settings).get(name):
            return f"--{name.replace('_', '-')}"
    return ""


def unless_refused(code: int, command: Command) -> int:
    """The exit code, unless a call was refused and nothing worse has happened."""
    return _CRASHED if command.refused and code not in _WORSE else code
