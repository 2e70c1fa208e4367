"""What an operation leaves on its stack, beside the resources.

ministack forgets the id of each operation, the change set that was executed last, and
the settings that CloudFormation saves for the operations to come: what watches a
deploy, in which role it runs, who is told.

Sources: `API_Stack`, `API_OperationEntry`, `API_UpdateStack` and `API_CreateChangeSet`
in CloudFormation's API reference; "View stack events by operation" in its user guide,
where a failed update's rollback is an operation of its own, listed first. How many
`LastOperations` lists is not said.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from flowguard.demo.strict import pin
from flowguard.demo.strict.answers import Answer, Handler, Params, tell_of_stacks, value

_TYPES = {
    "CreateStack": "CREATE_STACK",
    "UpdateStack": "UPDATE_STACK",
    "DeleteStack": "DELETE_STACK",
    "ExecuteChangeSet": "UPDATE_STACK",
    "RollbackStack": "ROLLBACK",
    "ContinueUpdateRollback": "CONTINUE_ROLLBACK",
}
_NEXT = "_flowguard_settings"
"""Where a change set keeps what the stack is to be given when it is executed."""
_LISTED = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """What a request says of the operation; `None` keeps what the stack has."""

    change_set_id: str | None = None
    role_arn: str | None = None
    topics: tuple[str, ...] | None = None
    minutes: int | None = None
    triggers: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation on a stack: its type, its id, and its settings."""

    type: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    settings: Settings = Settings()


OPERATION: ContextVar[Operation | None] = ContextVar(
    "flowguard_operation", default=None
)
"""The operation that the request began, in the request and in the task it schedules."""


def install_operations() -> None:
    """Give each operation an id, and tell what it left on the stack."""
    table = pin.module(pin.HANDLERS)._ACTION_HANDLERS
    for action in _TYPES:
        table[action] = _identified(action, table[action])
    table["CreateChangeSet"] = _with_settings_kept(table["CreateChangeSet"])
    tell_of_stacks(table, _elements)


def begin(stack: dict[str, Any]) -> None:
    """Note the operation of this context on its stack, as it starts to run."""
    operation = OPERATION.get()
    if operation is None:
        return
    _note(stack, operation)
    settings = operation.settings
    if settings.change_set_id is not None:
        stack["ChangeSetId"] = settings.change_set_id
    if settings.role_arn:
        stack["RoleARN"] = settings.role_arn
    if settings.topics is not None:
        stack["NotificationARNs"] = settings.topics
    if settings.minutes is not None:
        stack["_minutes"] = settings.minutes
    if settings.triggers is not None:
        stack["_triggers"] = settings.triggers


def begin_rollback(stack_id: str) -> None:
    """What follows in this context is a failed operation's rollback."""
    operation = OPERATION.get()
    if operation is None or operation.type not in {"CREATE_STACK", "UPDATE_STACK"}:
        return
    rollback = Operation("ROLLBACK")
    OPERATION.set(rollback)
    stack = pin.module(pin.HANDLERS)._resolve_stack(stack_id)
    if stack:
        _note(stack, rollback)


def deploys() -> bool:
    """Whether this context's operation makes or changes a stack."""
    operation = OPERATION.get()
    return operation is not None and operation.type in {"CREATE_STACK", "UPDATE_STACK"}


def _note(stack: dict[str, Any], operation: Operation) -> None:
    before = stack.get("_operations", ())
    stack["_operations"] = ((operation.type, operation.id), *before)[:_LISTED]


def _identified(action: str, handler: Handler) -> Handler:
    def handle(params: Params) -> Answer:
        operation = _operation(action, params)
        token = OPERATION.set(operation)
        try:
            status, headers, body = handler(params)
        finally:
            OPERATION.reset(token)
        told = f"</StackId><OperationId>{operation.id}</OperationId>".encode()
        return status, headers, body.replace(b"</StackId>", told, 1)

    return handle


def _operation(action: str, params: Params) -> Operation:
    if action == "UpdateStack":
        settings = _settings(params, change_set_id="")
        return Operation("UPDATE_STACK", settings=settings)
    if action != "ExecuteChangeSet":
        return Operation(_TYPES[action], settings=_settings(params))
    name, stack = value(params, "ChangeSetName"), value(params, "StackName")
    _, change_set = pin.module(pin.CHANGE_SETS)._find_change_set(name, stack)
    if not change_set:
        return Operation("UPDATE_STACK")
    kind = "CREATE_STACK" if change_set["ChangeSetType"] == "CREATE" else "UPDATE_STACK"
    return Operation(kind, settings=change_set.get(_NEXT, Settings()))


def _with_settings_kept(handler: Handler) -> Handler:
    """CreateChangeSet, which keeps the settings for the execution."""

    def handle(params: Params) -> Answer:
        change_sets = pin.module(pin.CLOUDFORMATION)._change_sets
        before = set(change_sets)
        answer = handler(params)
        for identifier in set(change_sets) - before:
            settings = _settings(params, change_set_id=identifier)
            change_sets[identifier][_NEXT] = settings
        return answer

    return handle


def _settings(params: Params, *, change_set_id: str | None = None) -> Settings:
    window = "RollbackConfiguration.MonitoringTimeInMinutes"
    return Settings(
        change_set_id=change_set_id,
        role_arn=value(params, "RoleARN") or None,
        topics=_members(params, "NotificationARNs"),
        minutes=int(value(params, window)) if window in params else None,
        triggers=_triggers(params),
    )


def _members(params: Params, name: str) -> tuple[str, ...] | None:
    """The strings of a list; `None` where the request does not have the list."""
    found = tuple(
        value(params, each)
        for each in _numbered(params, f"{name}.member.{{}}")
        if value(params, each)
    )
    return found if found or name in params else None


def _triggers(params: Params) -> tuple[tuple[str, str], ...] | None:
    name = "RollbackConfiguration.RollbackTriggers"
    found = tuple(
        (value(params, arn), value(params, arn.removesuffix("Arn") + "Type"))
        for arn in _numbered(params, f"{name}.member.{{}}.Arn")
    )
    return found if found or name in params else None


def _numbered(params: Params, pattern: str) -> Iterator[str]:
    number = 1
    while pattern.format(number) in params:
        yield pattern.format(number)
        number += 1


def _elements(stack: Mapping[str, Any]) -> Mapping[str, Any]:
    """What DescribeStacks and ListStacks say more of a stack."""
    operations: Sequence[tuple[str, str]] = stack.get("_operations", ())
    triggers: Sequence[tuple[str, str]] = stack.get("_triggers", ())
    window: dict[str, Any] = {}
    if triggers:
        window["RollbackTriggers"] = [{"Arn": a, "Type": t} for a, t in triggers]
    if "_minutes" in stack:
        window["MonitoringTimeInMinutes"] = str(stack["_minutes"])
    return {
        "ChangeSetId": stack.get("ChangeSetId", ""),
        "RoleARN": stack.get("RoleARN", ""),
        "NotificationARNs": list(stack.get("NotificationARNs", ())),
        "RollbackConfiguration": window,
        "LastOperations": [
            {"OperationType": kind, "OperationId": identifier}
            for kind, identifier in operations
        ],
    }
