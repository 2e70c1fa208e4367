"""Exports: one name for one stack, and no change while another stack imports it.

ministack lets a stack take another's export, change it and remove it. CloudFormation
refuses all of that when the resources are done, and rolls the operation back.

Source: "Get exports from a deployed stack" in CloudFormation's user guide; the texts
are from public reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flowguard.demo.strict import pin

Exports = Mapping[str, Mapping[str, Any]]
"""Name → stack id, name and value."""


def refusal(stack_id: str, exports: Exports) -> str:
    """Why a stack may not have these exports in the place of its own; empty if it may.

    Whoever comes first in the order of the names is told.
    """
    live = pin.module(pin.CLOUDFORMATION)._exports
    for name in sorted(exports):
        other = live.get(name, {}).get("StackId", stack_id)
        if other != stack_id:
            return (
                f"Export with name {name} is already exported by stack {_name(other)}"
            )
    for name, value in _of(stack_id):
        now = exports.get(name)
        importer = next(_importers(name), "") if now != value else ""
        if importer:
            what = "updated" if now else "deleted"
            return f"Export {name} cannot be {what} as it is in use by {importer}"
    return ""


def withdraw(stack_id: str, exports: Exports) -> None:
    """Take back the stack's exports that are not among these."""
    live = pin.module(pin.CLOUDFORMATION)._exports
    for name in [name for name, _ in _of(stack_id) if name not in exports]:
        del live[name]


def _of(stack_id: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    live = pin.module(pin.CLOUDFORMATION)._exports
    for name, export in sorted(live.items()):
        if export["StackId"] == stack_id:
            yield name, export


def _importers(export: str) -> Iterator[str]:
    imported = pin.module(pin.HANDLERS)._imported_export_names
    for name, stack in sorted(pin.module(pin.CLOUDFORMATION)._stacks.items()):
        gone = stack["StackStatus"] in {"DELETE_COMPLETE", "REVIEW_IN_PROGRESS"}
        if not gone and export in imported(stack, name):
            yield name


def _name(stack_id: str) -> str:
    """The name within a stack's id, which is an ARN."""
    return stack_id.split("/")[1]
