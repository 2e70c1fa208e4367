"""A stack's events, in AWS's order and wording.

ministack reports every resource of an update as updated. CloudFormation
reports a resource that the update adds with `CREATE_*`, one that it leaves
alone not at all, a creation's start twice (the second time with the physical
id), and names the failed resource when it rolls a creation back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowguard.demo.strict import pin
from flowguard.demo.strict.operations import OPERATION, begin_rollback

_STACK = "AWS::CloudFormation::Stack"
_STARTS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"})
_ROLLBACKS = frozenset({"ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"})
_UNTOLD = frozenset({"CREATE_FAILED", "UPDATE_FAILED"})

_Key = tuple[str, str]
"""Stack name and logical id."""


class EventStream:
    """Rewrites events on their way from ministack's engine to its records."""

    def __init__(self) -> None:
        self._record = pin.module(pin.STACKS)._add_event
        self._held: dict[_Key, Callable[[str], None]] = {}
        self._added: set[_Key] = set()
        self._failed: dict[str, str] = {}
        self._reasons: dict[str, str] = {}

    def install(self) -> None:
        """Take the place of ministack's event recorder."""
        for name in (pin.STACKS, pin.HANDLERS, pin.CHANGE_SETS):
            pin.module(name)._add_event = self.add

    def creating(self, stack_name: str, logical_id: str) -> None:
        """A resource is being created: its held start, if any, was a creation."""
        held = self._held.pop((stack_name, logical_id), None)
        if held:
            held("CREATE_IN_PROGRESS")
            self._added.add((stack_name, logical_id))

    def updating(self, stack_name: str, logical_id: str) -> None:
        """A resource is being changed: its held start, if any, may be told."""
        held = self._held.pop((stack_name, logical_id), None)
        if held:
            held("UPDATE_IN_PROGRESS")

    def rolling_back(self, stack_id: str, reason: str) -> None:
        """The stack's next rollback has this reason, and no failure is told before.

        ministack tells an operation that fails after its last resource as a failure
        of the stack, and its rollback as somebody's request.
        """
        self._reasons[stack_id] = reason

    def add(
        self,
        stack_id: str,
        stack_name: str,
        logical_id: str,
        resource_type: str,
        status: str,
        reason: str = "",
        physical_id: str = "",
        detailed_status: str = "",
    ) -> None:
        """Record an event, or hold it, or tell it as AWS does."""

        def record(status: str, reason: str = reason) -> None:
            self._record(
                stack_id,
                stack_name,
                logical_id,
                resource_type,
                status,
                reason,
                physical_id,
                detailed_status,
            )
            _name_operation(stack_id)

        if resource_type == _STACK and logical_id == stack_name:
            self._add_of_stack(stack_id, stack_name, status, reason, record)
        elif status == "UPDATE_IN_PROGRESS" and not reason:
            self._held[stack_name, logical_id] = record
        else:
            key = (stack_name, logical_id)
            self._add_of_resource(key, stack_id, resource_type, status, record)

    def _add_of_stack(
        self,
        stack_id: str,
        stack_name: str,
        status: str,
        reason: str,
        record: Callable[..., None],
    ) -> None:
        if status in _STARTS:
            self._forget(stack_name)
        if status in _ROLLBACKS:
            begin_rollback(stack_id)
        failed = self._failed.get(stack_id)
        if status in _UNTOLD and self._reasons.get(stack_id) == reason:
            return
        if status in _ROLLBACKS and stack_id in self._reasons:
            reason = self._reasons.pop(stack_id)
        elif status == "ROLLBACK_IN_PROGRESS" and failed:
            reason = (
                f"The following resource(s) failed to create: [{failed}]."
                " Rollback requested by user."
            )
        record(status, reason)

    def _add_of_resource(
        self,
        key: _Key,
        stack_id: str,
        resource_type: str,
        status: str,
        record: Callable[..., None],
    ) -> None:
        held = self._held.pop(key, None)
        if held and status == "UPDATE_COMPLETE":
            return  # untouched by the update
        if held and status == "UPDATE_FAILED":
            held("UPDATE_IN_PROGRESS")
        if key in self._added and status in ("UPDATE_COMPLETE", "UPDATE_FAILED"):
            status = status.replace("UPDATE", "CREATE")
        if status == "CREATE_COMPLETE" and resource_type != _STACK:
            record("CREATE_IN_PROGRESS", "Resource creation Initiated")
        if status == "CREATE_FAILED":
            self._failed[stack_id] = key[1]
        record(status)

    def _forget(self, stack_name: str) -> None:
        """Let go of what the stack's last operation left."""
        self._added = {key for key in self._added if key[0] != stack_name}
        for key in [key for key in self._held if key[0] == stack_name]:
            del self._held[key]


def _name_operation(stack_id: str) -> None:
    """Give the event that was recorded last the id of its operation."""
    operation = OPERATION.get()
    if operation is not None:
        recorded = pin.module(pin.CLOUDFORMATION)._stack_events[stack_id][-1]
        recorded["OperationId"] = operation.id


def operation_event_xml(event: dict[str, Any]) -> str:
    """One member of DescribeEvents' answer."""
    handlers = pin.module(pin.HANDLERS)
    fields = "".join(
        f"<{name}>{handlers._esc(str(event[name]))}</{name}>"
        for name in handlers._OPERATION_EVENT_FIELDS
        if event.get(name)
    )
    return f"<member>{fields}</member>"
