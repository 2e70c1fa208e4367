"""What is wrong with a spec, gathered over all of it, then raised as one error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from flowguard.errors import ConfigError
from flowguard.model.places import Location
from flowguard.template.document import Node


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong, and where."""

    location: Location
    message: str
    named: bool = True
    """Whether the message says what it is about; the key is put in front otherwise."""

    def about(self, key: str) -> Fault:
        """The same fault, which says that it is about `key`."""
        if self.named:
            return self
        return replace(self, message=f"{key!r} {self.message}", named=True)


class FaultsError(Exception):
    """A part of the spec cannot be read."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = faults


class Gathering:
    """The faults of several parts, of which each is read whatever the others hold."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    @contextmanager
    def part(self, key: str = "") -> Iterator[None]:
        """Read one part; its faults are kept, and said to be about `key`."""
        try:
            yield
        except FaultsError as error:
            self.faults += (
                fault.about(key) if key else fault for fault in error.faults
            )

    def add(self, location: Location, message: str) -> None:
        """Keep a fault that says itself what it is about."""
        self.faults.append(Fault(location, message))

    def settle(self) -> None:
        """Raise `FaultsError` if there is any fault."""
        if self.faults:
            raise FaultsError(*self.faults)


def unlike(node: Node, wanted: str) -> FaultsError:
    """The error for a value that is not what is `wanted`."""
    return FaultsError(
        Fault(node.location, f"must be {wanted}, not {shown(node)}", named=False)
    )


def shown(node: Node) -> str:
    """A value as a message quotes it: short, and on one line."""
    match node.value:
        case None:
            return "nothing"
        case dict():
            return "a mapping" if node.value else "an empty mapping"
        case list():
            return "a list" if node.value else "an empty list"
        case bool():
            return str(node.value).lower()
        case _:
            import textwrap  # only an error needs it

            return textwrap.shorten(repr(node.value), 60, placeholder="…'")


def key_place(node: Node, key: str) -> Location:
    """Where the key of a mapping is written."""
    return node.keys.get(key, node.location)


def config_error(faults: Iterable[Fault]) -> ConfigError:
    """One error for all of them: the first in the file, the others in its help."""
    first, *others = sorted({fault.about("the spec") for fault in faults})
    lines = ["`flowguard schema smoke` describes every key"]
    if others:
        lines.append(f"{len(others)} more to mend:")
        lines += [f"  {fault.location}: {fault.message}" for fault in others]
    return ConfigError(first.message, location=first.location, help="\n".join(lines))
