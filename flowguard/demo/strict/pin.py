"""The private names of the pinned ministack that `strict` stands on."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any

from flowguard.errors import FlowGuardError

VERSION = "1.5.33"
"""The release whose internals are known; `flowguard[demo]` asks for it."""

CLOUDFORMATION = "services.cloudformation"
STACKS = f"{CLOUDFORMATION}.stacks"
HANDLERS = f"{CLOUDFORMATION}.handlers"
HELPERS = f"{CLOUDFORMATION}.helpers"
CHANGE_SETS = f"{CLOUDFORMATION}.changesets"
PROVISIONERS = f"{CLOUDFORMATION}.provisioners"

_INSTALL = "pip install --force-reinstall 'flowguard[demo]'"


@dataclass(frozen=True, slots=True)
class PrivateName:
    """A name of ministack that is read, called or replaced."""

    module: str
    """Below the package `ministack`."""
    name: str
    parameters: str | None = None
    """Of a function that is replaced: its parameters' names, in order."""

    @property
    def qualified(self) -> str:
        """The name as a Python programmer writes it."""
        return f"ministack.{self.module}.{self.name}"


_CREATE = "resource_type logical_id props stack_name"
_UPDATE = (
    "resource_type physical_id old_props new_props stack_name logical_id old_attrs"
)
_DELETE = "resource_type physical_id props stack_name logical_id"
_EVENT = (
    "stack_id stack_name logical_id resource_type status"
    " reason physical_id detailed_status"
)
_VALIDATION = (
    "resources_defs ordered param_values conditions mappings"
    " stack_name stack_id owned_buckets"
)
_STATIC = "raw resources_defs param_values conditions mappings stack_name stack_id"
_OUTPUTS = "outputs_defs conditions resources param_values mappings stack_name stack_id"
_DEPLOY = (
    "stack_name stack_id template param_values disable_rollback tags is_update"
    " previous_stack retain_except_on_create imports"
)
_PHYSICAL = "stack_name logical_id lowercase max_len seeded"

NAMES: tuple[PrivateName, ...] = (
    PrivateName(CLOUDFORMATION, "_stacks"),
    PrivateName(CLOUDFORMATION, "_change_sets"),
    PrivateName(CLOUDFORMATION, "_exports"),
    PrivateName(CLOUDFORMATION, "_stack_events"),
    PrivateName(STACKS, "_provision_resource", _CREATE),
    PrivateName(STACKS, "_update_resource", _UPDATE),
    PrivateName(STACKS, "_delete_resource", _DELETE),
    PrivateName(STACKS, "_add_event", _EVENT),
    PrivateName(STACKS, "_runs_on_worker_thread", "resource_type"),
    PrivateName(STACKS, "_validation_errors", _VALIDATION),
    PrivateName(STACKS, "_static_property", _STATIC),
    PrivateName(STACKS, "_evaluate_conditions", "template params"),
    PrivateName(STACKS, "_operation_event"),
    PrivateName(STACKS, "_create_stack_task_in_region", "coro stack stack_id"),
    PrivateName(STACKS, "_deploy_stack_async", _DEPLOY),
    PrivateName(STACKS, "_resolve_stack_outputs", _OUTPUTS),
    PrivateName(STACKS, "_stack_region_context", "stack stack_id"),
    PrivateName(STACKS, "CLIENT_REQUEST_TOKEN"),
    PrivateName(PROVISIONERS, "_provision_resource", _CREATE),
    PrivateName(PROVISIONERS, "_update_resource", _UPDATE),
    PrivateName(PROVISIONERS, "_delete_resource", _DELETE),
    PrivateName(PROVISIONERS, "_physical_name", _PHYSICAL),
    PrivateName(PROVISIONERS, "_zip_inline", "source handler runtime"),
    PrivateName(CHANGE_SETS, "_add_event", _EVENT),
    PrivateName(CHANGE_SETS, "_create_stack_task_in_region", "coro stack stack_id"),
    PrivateName(CHANGE_SETS, "_deploy_stack_async", _DEPLOY),
    PrivateName(CHANGE_SETS, "_find_change_set", "cs_name stack_name"),
    PrivateName(HANDLERS, "_add_event", _EVENT),
    PrivateName(HANDLERS, "_create_stack_task_in_region", "coro stack stack_id"),
    PrivateName(HANDLERS, "_deploy_stack_async", _DEPLOY),
    PrivateName(HANDLERS, "_imported_export_names", "stack stack_name"),
    PrivateName(HANDLERS, "_ACTION_HANDLERS"),
    PrivateName(HANDLERS, "_OPERATION_EVENT_FIELDS"),
    PrivateName(HANDLERS, "_capabilities_enforced", ""),
    PrivateName(HANDLERS, "_resolve_stack", "stack_name"),
    PrivateName(HANDLERS, "_error", "code message status"),
    PrivateName(HANDLERS, "_xml", "status root_tag inner"),
    PrivateName(HANDLERS, "_esc"),
    PrivateName(HANDLERS, "_p", "params key default"),
    PrivateName(HELPERS, "_resolve_document", "params body_key url_key label"),
    PrivateName("services.apigateway_v1", "_resolve_custom_rest_api_id", "tags"),
    PrivateName("services.cloudwatch", "_alarms"),
    PrivateName("services.cloudwatch_logs", "_log_groups"),
    PrivateName("services.dynamodb", "_tables"),
    PrivateName("services.ecr", "_repositories"),
    PrivateName("services.eventbridge", "_rules"),
    PrivateName("services.eventbridge", "_rule_key", "rule_name bus_name"),
    PrivateName("services.iam", "_roles"),
    PrivateName("services.iam", "_users"),
    PrivateName("services.kinesis", "_streams"),
    PrivateName("services.lambda_svc", "_functions"),
    PrivateName("services.lambda_svc", "_fetch_code_from_s3", "bucket key version_id"),
    PrivateName("services.s3", "_buckets"),
    PrivateName("services.s3", "_bucket_tags"),
    PrivateName("services.s3", "_get_object_data", "bucket_name key version_id"),
    PrivateName("services.secretsmanager", "_secrets"),
    PrivateName("services.sns", "_topics"),
    PrivateName("services.sqs", "_queue_name_to_url"),
    PrivateName("services.ssm", "_parameters"),
    PrivateName("services.stepfunctions", "_state_machines"),
)
"""Every private name that this package uses; `moved` compares them."""


def require_installed() -> None:
    """Raise `FlowGuardError` when the extra is not there, or not all of it."""
    for name in ("ministack", "cryptography"):
        try:
            version(name)
        except ModuleNotFoundError as error:  # PackageNotFoundError is one
            raise FlowGuardError(
                f"the demo needs {name}, which is not installed",
                help="install the extra: pip install 'flowguard[demo]'",
            ) from error


def module(name: str) -> Any:
    """The module `ministack.<name>`; untyped, as ministack is."""
    return import_module(f"ministack.{name}")


def moved() -> tuple[str, ...]:
    """The private names that are gone, or take other parameters than known."""
    return tuple(found for name in NAMES if (found := _difference(name)))


def self_test() -> None:
    """Raise `FlowGuardError` unless ministack is as `strict` knows it."""
    require_installed()
    if names := moved():
        raise FlowGuardError(
            f"ministack {version('ministack')} is not the pinned {VERSION}:"
            f" {'; '.join(names)}",
            help=f"reinstall the extra with its pinned release: {_INSTALL}",
        )


def _difference(name: PrivateName) -> str:
    try:
        found = getattr(module(name.module), name.name)
    except (ImportError, AttributeError):
        return f"{name.qualified} is gone"
    if name.parameters is None:
        return ""
    actual = " ".join(inspect.signature(found).parameters)
    if actual == name.parameters:
        return ""
    return f"{name.qualified} takes ({actual}) instead of ({name.parameters})"
