"""The controls of a running account, and which faults have struck."""

from __future__ import annotations

import re
import time

from flowguard.demo.controls import Controls, Fault


class ControlState:
    """What `strict` reads on every operation; replaced whole by `set`."""

    def __init__(self) -> None:
        self.controls = Controls()
        self._struck: dict[Fault, int] = {}

    def set(self, controls: Controls) -> None:
        """Put new controls in the place of the old; faults count anew."""
        self.controls = controls
        self._struck = {}

    def pause(self) -> None:
        """Let the operation take its time."""
        if self.controls.delay:
            time.sleep(self.controls.delay)

    def strike(self, operation: str, resource_type: str, name: str) -> None:
        """Raise `ValueError` when a fault is set for this operation."""
        for fault in self.controls.faults:
            if self._fits(fault, operation, resource_type, name):
                self._struck[fault] = self._struck.get(fault, 0) + 1
                raise ValueError(fault.message)

    def drawn_name(self, stack_name: str, logical_id: str) -> str | None:
        """The name to draw for a resource whose template leaves it open."""
        return self.controls.names.get(stack_name, {}).get(logical_id)

    def _fits(
        self, fault: Fault, operation: str, resource_type: str, name: str
    ) -> bool:
        return (
            fault.operation in ("", operation)
            and fault.resource_type in ("", resource_type)
            and re.search(fault.match, name) is not None
            and (fault.times is None or self._struck.get(fault, 0) < fault.times)
        )
