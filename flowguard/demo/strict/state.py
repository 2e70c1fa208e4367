"""The controls of a running account, and which faults have struck."""

from __future__ import annotations

import re
import threading

from flowguard.demo.controls import Controls, Fault


class ControlState:
    """What `strict` reads on every operation; replaced whole by `set`."""

    def __init__(self) -> None:
        self.controls = Controls()
        self.version_numbers: dict[str, int] = {}
        """The next number of a version, by the ARN of a function that is gone."""
        self._met: dict[Fault, int] = {}
        self._replaced = threading.Event()

    def set(self, controls: Controls) -> None:
        """Put new controls in the place of the old.

        Faults count anew, and the delays that run are over.
        """
        self.controls = controls
        self._met = {}
        before, self._replaced = self._replaced, threading.Event()
        before.set()

    def empty(self) -> None:
        """Forget what was in the account."""
        self.version_numbers.clear()

    def pause(self) -> None:
        """Let the operation take its time, at most until other controls are set."""
        replaced = self._replaced  # before the delay is read: `set` may come between
        if self.controls.delay:
            replaced.wait(self.controls.delay)

    def strike(self, operation: str, resource_type: str, name: str) -> None:
        """Raise `ValueError` when a fault is set for this operation."""
        for fault in self.controls.faults:
            if _fits(fault, operation, resource_type, name):
                met = self._met[fault] = self._met.get(fault, 0) + 1
                strikes = met - fault.after
                if strikes > 0 and (fault.times is None or strikes <= fault.times):
                    raise ValueError(fault.message)

    def drawn_name(self, stack_name: str, logical_id: str) -> str | None:
        """The name to draw for a resource whose template leaves it open."""
        return self.controls.names.get(stack_name, {}).get(logical_id)


def _fits(fault: Fault, operation: str, resource_type: str, name: str) -> bool:
    return (
        fault.operation in ("", operation)
        and fault.resource_type in ("", resource_type)
        and re.search(fault.match, name) is not None
    )
