"""The private names of the pinned ministack that `strict` stands on."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from flowguard.errors import FlowGuardError

VERSION = "1.5.33"
"""The release whose internals are known; `flowguard[demo]` asks for it."""

REINSTALL = "pip install --force-reinstall 'flowguard[demo]'"


@dataclass(frozen=True, slots=True)
class PrivateName:
    """A name of ministack that is read or replaced."""

    module: str
    """Below the package `ministack`."""
    name: str
    parameters: tuple[str, ...] = ()
    """The parameters of a function that is replaced or called."""


CLOUDFORMATION = "services.cloudformation"
STACKS = f"{CLOUDFORMATION}.stacks"
HANDLERS = f"{CLOUDFORMATION}.handlers"
CHANGE_SETS = f"{CLOUDFORMATION}.changesets"
PROVISIONERS = f"{CLOUDFORMATION}.provisioners"

_CREATE = ("resource_type", "logical_id", "props", "stack_name")
_UPDATE = (
    "resource_type",
    "physical_id",
    "old_props",
    "new_props",
    "stack_name",
    "logical_id",
    "old_attrs",
)
_DELETE = ("resource_type", "physical_id", "props", "stack_name", "logical_id")
_EVENT = (
    "stack_id",
    "stack_name",
    "logical_id",
    "resource_type",
    "status",
    "reason",
    "physical_id",
    "detailed_status",
)
_VALIDATION = (
    "resources_defs",
    "ordered",
    "param_values",
    "conditions",
    "mappings",
    "stack_name",
    "stack_id",
    "owned_buckets",
)

NAMES: tuple[PrivateName, ...] = (
    PrivateName(CLOUDFORMATION, "_stacks"),
    PrivateName(CLOUDFORMATION, "_change_sets"),
    *(
        PrivateName(module, name, parameters)
        for module in (STACKS, PROVISIONERS)
        for name, parameters in (
            ("_provision_resource", _CREATE),
            ("_update_resource", _UPDATE),
            ("_delete_resource", _DELETE),
        )
    ),
    *(
        PrivateName(module, "_add_event", _EVENT)
        for module in (STACKS, HANDLERS, CHANGE_SETS)
    ),
    PrivateName(STACKS, "_runs_on_worker_thread", ("resource_type",)),
    PrivateName(STACKS, "_validation_errors", _VALIDATION),
    PrivateName(STACKS, "_static_property", ("raw", "resources_defs", *_VALIDATION[2:7:1][:1], "conditions", "mappings", "stack_name", "stack_id")),
    PrivateName(STACKS, "_evaluate_conditions", ("template", "params")),
    PrivateName(STACKS, "_operation_event"),
    PrivateName(PROVISIONERS, "_physical_name"),
    PrivateName(PROVISIONERS, "_replacing_change"),
    PrivateName(HANDLERS, "_ACTION_HANDLERS"),
    PrivateName(HANDLERS, "_OPERATION_EVENT_FIELDS"),
    PrivateName(HANDLERS, "_capabilities_enforced", ()),
    PrivateName(HANDLERS, "_resolve_stack", ("stack_name",)),
    PrivateName(HANDLERS, "_error", ("code", "message", "status")),
    PrivateName(HANDLERS, "_xml", ("status", "root_tag", "inner")),
    PrivateName(HANDLERS, "_esc"),
    PrivateName(HANDLERS, "_p", ("params", "key", "default")),
)
