"""Pre-deployment validation: a name conflict fails before anything is made.

AWS runs it by default on CreateStack, UpdateStack and CreateChangeSet, for
resource types that it does not list, and tells the resource through
DescribeEvents alone. It is modelled on its documentation ("Validate stack
deployments") and on public reports of its messages, not measured.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from flowguard.demo.strict import pin
from flowguard.demo.strict.answers import Answer, Handler, Params
from flowguard.demo.strict.events import operation_event_xml
from flowguard.demo.strict.existence import NAMED_TYPES, taken_name
from flowguard.demo.strict.state import ControlState

_CONFLICT = "NAME_CONFLICT_VALIDATION"
_REASON = (
    "The following hook(s)/validation failed:"
    " [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot Early"
    " Validation errors, use the DescribeEvents API for detailed failure"
    " information."
)


class _Error(NamedTuple):
    """A validation error, in the order of ministack's own."""

    logical_id: str
    resource_type: str
    validation: str
    path: str
    reason: str


class _Deploy(NamedTuple):
    """What is about to be deployed, and where."""

    resources: Mapping[str, Any]
    parameters: Mapping[str, Any]
    conditions: Mapping[str, bool]
    mappings: Mapping[str, Any]
    stack_name: str
    stack_id: str


class EarlyValidation:
    """Answers for ministack's own validation, which knows buckets alone."""

    def __init__(self, state: ControlState) -> None:
        self._state = state
        self._validate = pin.module(pin.STACKS)._validation_errors
        self._events: dict[str, list[dict[str, Any]]] = {}

    def install(self) -> None:
        """Validate stacks, change sets, and tell the errors of the latter."""
        pin.module(pin.STACKS)._validation_errors = self.validation_errors
        table = pin.module(pin.HANDLERS)._ACTION_HANDLERS
        table["CreateChangeSet"] = self._validating(table["CreateChangeSet"])
        table["DescribeEvents"] = self._describing(table["DescribeEvents"])

    def validation_errors(
        self,
        resources_defs: Mapping[str, Any],
        ordered: list[str],
        param_values: Mapping[str, Any],
        conditions: Mapping[str, bool],
        mappings: Mapping[str, Any],
        stack_name: str,
        stack_id: str,
        owned_buckets: Collection[str] = frozenset(),
    ) -> list[tuple[str, str, str, str, str]]:
        """The errors of ministack's validation, its name conflicts aside; ours."""
        errors: list[tuple[str, str, str, str, str]] = [
            error
            for error in self._validate(
                resources_defs,
                ordered,
                param_values,
                conditions,
                mappings,
                stack_name,
                stack_id,
                owned_buckets,
            )
            if error[2] != _CONFLICT
        ]
        if not self._state.controls.early_validation:
            return errors
        deploy = _Deploy(
            resources_defs, param_values, conditions, mappings, stack_name, stack_id
        )
        return errors + list(_conflicts(deploy, _adopted(stack_name)))

    def _validating(self, handler: Handler) -> Handler:
        def handle(params: Params) -> Answer:
            change_sets = pin.module(pin.CLOUDFORMATION)._change_sets
            before = set(change_sets)
            answer = handler(params)
            if self._state.controls.early_validation:
                for identifier in set(change_sets) - before:
                    self._fail_if_conflicting(identifier, change_sets[identifier])
            return answer

        return handle

    def _fail_if_conflicting(self, identifier: str, change_set: dict[str, Any]) -> None:
        if (
            change_set["Status"] != "CREATE_COMPLETE"
            or change_set["ChangeSetType"] == "IMPORT"
            or change_set.get("_disable_validation")
        ):
            return
        template, parameters = change_set["_template"], change_set["_resolved_params"]
        evaluate = pin.module(pin.STACKS)._evaluate_conditions
        deploy = _Deploy(
            template.get("Resources", {}),
            parameters,
            evaluate(template, parameters),
            template.get("Mappings", {}),
            change_set["StackName"],
            change_set["StackId"],
        )
        errors = list(_conflicts(deploy, change_set.get("_import_existing") or ()))
        if errors:
            change_set["Status"] = "FAILED"
            change_set["ExecutionStatus"] = "UNAVAILABLE"
            change_set["StatusReason"] = _REASON
            self._events[identifier] = _operation_events(deploy.stack_id, errors)

    def _describing(self, handler: Handler) -> Handler:
        def handle(params: Params) -> Answer:
            handlers = pin.module(pin.HANDLERS)
            asked = handlers._p(params, "ChangeSetName")
            events = next(
                (
                    events
                    for identifier, events in self._events.items()
                    if asked in (identifier, identifier.split("/")[-2])
                ),
                None,
            )
            if events is None:
                return handler(params)
            members = "".join(operation_event_xml(event) for event in events)
            answer: Answer = handlers._xml(
                200,
                "DescribeEventsResponse",
                f"<DescribeEventsResult><OperationEvents>{members}"
                "</OperationEvents></DescribeEventsResult>",
            )
            return answer

        return handle


def _conflicts(deploy: _Deploy, adopted: Collection[str]) -> Iterator[_Error]:
    owned = _owned(deploy.stack_name)
    for logical_id, definition in deploy.resources.items():
        resource_type = definition.get("Type", "")
        condition = definition.get("Condition")
        if logical_id in adopted or not deploy.conditions.get(condition, True):
            continue
        name = _taken(deploy, resource_type, definition.get("Properties") or {})
        if name and name not in owned:
            yield _Error(
                logical_id,
                resource_type,
                _CONFLICT,
                f"/Resources/{logical_id}",
                f"Resource of type '{resource_type}' with identifier"
                f" '{name}' already exists.",
            )


def _taken(
    deploy: _Deploy, resource_type: str, properties: Mapping[str, Any]
) -> str | None:
    named = NAMED_TYPES.get(resource_type)
    if not named or not properties.get(named.property):
        return None
    name = pin.module(pin.STACKS)._static_property(
        properties[named.property],
        deploy.resources,
        deploy.parameters,
        deploy.conditions,
        deploy.mappings,
        deploy.stack_name,
        deploy.stack_id,
    )
    return taken_name(resource_type, {**properties, named.property: name})


def _owned(stack_name: str) -> set[str]:
    """The physical ids and names that the stack's own resources have."""
    stack = pin.module(pin.CLOUDFORMATION)._stacks.get(stack_name) or {}
    found: set[str] = set()
    for resource in stack.get("_resources", {}).values():
        found.add(resource["PhysicalResourceId"])
        properties = resource.get("Properties") or {}
        found.update(v for v in properties.values() if isinstance(v, str))
    return found


def _adopted(stack_name: str) -> set[str]:
    """The logical ids that a change set of the stack adopts."""
    return {
        logical_id
        for change_set in pin.module(pin.CLOUDFORMATION)._change_sets.values()
        if change_set["StackName"] == stack_name
        for logical_id in change_set.get("_import_existing") or ()
    }


def _operation_events(stack_id: str, errors: list[_Error]) -> list[dict[str, Any]]:
    operation = str(uuid.uuid4())
    event = pin.module(pin.STACKS)._operation_event
    return [
        event(
            stack_id,
            operation,
            "VALIDATION_ERROR",
            "CREATE_CHANGESET",
            LogicalResourceId=error.logical_id,
            ResourceType=error.resource_type,
            ValidationFailureMode="FAIL",
            ValidationName=error.validation,
            ValidationStatus="FAILED",
            ValidationStatusReason=error.reason,
            ValidationPath=error.path,
        )
        for error in errors
    ]
