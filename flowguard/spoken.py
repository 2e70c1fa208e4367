"""What an option or a command is called by whoever reads a message.

A message names an option by its key, and each surface has its own words for it:
`--stack-name NAME` on the command line, `stack-name: NAME` in a workflow.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Surface:
    """Where FlowGuard is called from: a terminal, unless it has words of its own."""

    def option(self, key: str, value: str) -> str:
        """As `--stack-name NAME`; empty where there is no such option."""
        return f"--{key} {value}".rstrip()

    def switch(self, key: str) -> str:
        """As `--offline`: an option that is turned on."""
        return f"--{key}"

    def command(self, name: str, options: dict[str, str]) -> str:
        """As `flowguard snapshot --output FILE`."""
        said = (self.option(key, value) for key, value in options.items())
        return " ".join((f"flowguard {name}", *said))


_surfaces = [Surface()]


@contextmanager
def speaking(surface: Surface) -> Iterator[None]:
    """While the block runs, messages are in the words of `surface`."""
    _surfaces.append(surface)
    try:
        yield
    finally:
        _surfaces.remove(surface)


def option(key: str, value: str = "") -> str:
    """The option of this key, with a value where one is to be given."""
    return _surfaces[-1].option(key, value) or _surfaces[0].option(key, value)


def switch(key: str) -> str:
    """The option of this key, turned on."""
    return _surfaces[-1].switch(key)


def either(*options: tuple[str, str]) -> str:
    """Those of the options that there are: `--keep URL or --kms-key ARN`."""
    return " or ".join(filter(None, (_surfaces[-1].option(*each) for each in options)))


def command(name: str, **options: str) -> str:
    """A command of FlowGuard with its options, whose keys have underscores here."""
    keys = {key.replace("_", "-"): value for key, value in options.items()}
    return _surfaces[-1].command(name, keys)
