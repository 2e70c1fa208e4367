"""What was done is told, whatever else breaks."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from flowguard.errors import FlowGuardError

COULD_NOT = 2
"""The exit code for "FlowGuard could not do its job"."""
_LOST = "see that it may be written, and that the disk is not full"


@dataclass(frozen=True, slots=True)
class Fault:
    """What could not be told, and what to do about it."""

    message: str
    help: str = ""


@dataclass(slots=True)
class Delivery:
    """The outcome of a run on its way to whoever reads it.

    Each part is told by itself: a disk that is full, a reader that is gone, a signal
    or a bug in one of them stops none of the others. The outcome stands: a fault turns
    a success into 2, since something that was asked for is missing, and hides nothing
    else.
    """

    outcome: int
    """The exit code that what was done stands for."""
    faults: list[Fault] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """The outcome's, unless that is a success of which something is missing."""
        return self.outcome or (COULD_NOT if self.faults else 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """A signal between two parts is a fault, too."""
        if isinstance(error, KeyboardInterrupt | Exception):
            self.faults.append(fault("the report", error))
            return True
        return False

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Tell one part, which `name` stands for in a message."""
        try:
            yield
        except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 — see above
            self.faults.append(fault(name, error))


def fault(name: str, error: BaseException) -> Fault:
    """What broke, in words; `name` stands for what was written."""
    match error:
        case FlowGuardError():
            return Fault(error.message, error.help)
        case KeyboardInterrupt():
            return Fault(f"interrupted while {name} was written")
        case OSError():
            why = "it is closed" if error.errno == errno.EBADF else error.strerror
            return Fault(
                f"{error.filename or name} cannot be used: {why or error}", _LOST
            )
        case _:
            what = f"{type(error).__name__}: {error}"
            return Fault(f"{name} broke: {what}", "report it: it is a bug of FlowGuard")
