"""Calls that CloudFormation refuses for the stack's state, in AWS's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flowguard.demo.strict import pin
from flowguard.demo.strict.answers import Answer, Handler, Params, value

_UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)
_FAILED_WITHOUT_ROLLBACK = frozenset({"CREATE_FAILED", "UPDATE_FAILED"})
_UNDELETABLE = frozenset(
    {
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    }
)


def install_refusals() -> None:
    """Put the refusals before ministack's handlers; ask for capabilities."""
    handlers = pin.module(pin.HANDLERS)
    handlers._capabilities_enforced = lambda: True
    table = handlers._ACTION_HANDLERS
    for action, refusal in _REFUSALS.items():
        table[action] = _refusing(refusal, table[action])
    table["DescribeStackResources"] = _by_physical_id(table["DescribeStackResources"])
    for action in ("DescribeChangeSet", "ExecuteChangeSet", "ListChangeSets"):
        table[action] = _by_stack_id(table[action])


def _refusing(refusal: Callable[[Params], Answer | None], handler: Handler) -> Handler:
    def handle(params: Params) -> Answer:
        return refusal(params) or handler(params)

    return handle


def _error(code: str, message: str) -> Answer:
    answer: Answer = pin.module(pin.HANDLERS)._error(code, message)
    return answer


def _stack(params: Params) -> dict[str, Any] | None:
    """The stack that the call names, unless it is deleted."""
    found = pin.module(pin.HANDLERS)._resolve_stack(value(params, "StackName"))
    if not found or found["StackStatus"] == "DELETE_COMPLETE":
        return None
    stack: dict[str, Any] = found
    return stack


def _create_stack(params: Params) -> Answer | None:
    stack = _stack(params)
    if not stack:
        return None
    return _error(
        "AlreadyExistsException", f"Stack [{stack['StackName']}] already exists"
    )


def _update_stack(params: Params) -> Answer | None:
    stack = _stack(params)
    if not stack or stack["StackStatus"] in _UPDATABLE:
        return None
    status = stack["StackStatus"]
    if status in _FAILED_WITHOUT_ROLLBACK:
        return _error(
            "ValidationError",
            f"This stack is currently in a non-terminal [{status}] state. To update"
            " the stack from this state, please use the disable-rollback parameter"
            " with update-stack API. To rollback to the last known good state, use"
            " the rollback-stack API",
        )
    return _cannot_be_updated(stack)


def _create_change_set(params: Params) -> Answer | None:
    stack = _stack(params)
    if not stack:
        return None
    status = stack["StackStatus"]
    kind = value(params, "ChangeSetType", "UPDATE")
    if kind == "CREATE":
        if status == "REVIEW_IN_PROGRESS":
            return None
        return _error(
            "ValidationError",
            f"Stack [{stack['StackName']}] already exists and cannot be created"
            f" again with the changeSet [{value(params, 'ChangeSetName')}].",
        )
    allowed = {
        "IMPORT": _UPDATABLE | {"REVIEW_IN_PROGRESS"},
        "UPDATE": _UPDATABLE | _FAILED_WITHOUT_ROLLBACK,
    }
    return None if status in allowed.get(kind, ()) else _cannot_be_updated(stack)


def _delete_stack(params: Params) -> Answer | None:
    stack = _stack(params)
    if not stack or stack["StackStatus"] not in _UNDELETABLE:
        return None
    return _error(
        "ValidationError",
        f"Stack [{stack['StackId']}] cannot be deleted while in status"
        f" {stack['StackStatus']}",
    )


def _cannot_be_updated(stack: dict[str, Any]) -> Answer:
    return _error(
        "ValidationError",
        f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not"
        " be updated.",
    )


_REFUSALS: Mapping[str, Callable[[Params], Answer | None]] = {
    "CreateStack": _create_stack,
    "UpdateStack": _update_stack,
    "CreateChangeSet": _create_change_set,
    "DeleteStack": _delete_stack,
}


def _by_physical_id(handler: Handler) -> Handler:
    """DescribeStackResources also finds the stack that owns a physical id."""

    def handle(params: Params) -> Answer:
        physical_id = value(params, "PhysicalResourceId")
        if not physical_id or value(params, "StackName"):
            return handler(params)
        stack_id = _owner(physical_id)
        if stack_id is None:
            return _error("ValidationError", f"Stack for {physical_id} does not exist")
        return handler({**params, "StackName": [stack_id]})

    return handle


def _by_stack_id(handler: Handler) -> Handler:
    """A change set is also found by its own name and the stack's id."""

    def handle(params: Params) -> Answer:
        stack = _stack(params)
        name = [stack["StackName"]] if stack else params.get("StackName", [])
        return handler({**params, "StackName": name} if name else params)

    return handle


def _owner(physical_id: str) -> str | None:
    for stack in list(pin.module(pin.CLOUDFORMATION)._stacks.values()):
        resources = stack.get("_resources", {}).values()
        if stack["StackStatus"] != "DELETE_COMPLETE" and any(
            resource.get("PhysicalResourceId") == physical_id for resource in resources
        ):
            return str(stack["StackId"])
    return None
