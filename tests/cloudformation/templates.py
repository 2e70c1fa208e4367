"""From a template to resources, and from two sets of them to changes."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import yaml
from moto.cloudformation.utils import yaml_tag_constructor

from cloudformation.refusals import invalid
from cloudformation.stacks import STACK, Release, Resource, Stack

NAMES = (
    "TableName",
    "FunctionName",
    "BucketName",
    "QueueName",
    "RoleName",
    "StageName",
)
"""Properties that become the physical id, unless the type is of another kind."""
UNNAMED = re.compile("::(Version|Alias|Permission|Deployment|.*Mapping)$")
REPLACING: Mapping[str, Collection[str]] = {
    "AWS::DynamoDB::Table": ("KeySchema",),
    "AWS::ApiGateway::Deployment": ("RestApiId", "Description"),
    "AWS::Lambda::Version": ("FunctionName", "CodeSha256", "Description"),
    "AWS::Lambda::Function": ("PackageType",),
}
"""Properties whose change needs a new resource (and the name is always one)."""

_serial = itertools.count(1)


class _Loader(yaml.SafeLoader):
    """Knows `!Ref` and its like."""


_Loader.add_multi_constructor("", yaml_tag_constructor)


def read(body: str) -> Mapping[str, Any]:
    """A template in JSON or YAML."""
    try:
        # JSON is YAML, and read a hundred times as fast by its own reader.
        found = (
            json.loads(body) if body.startswith("{") else yaml.load(body, _Loader)  # noqa: S506 - of SafeLoader's kind
        )
    except (yaml.YAMLError, ValueError) as error:
        raise invalid(f"Template format error: {error}") from None
    if not isinstance(found, dict) or not found.get("Resources"):
        raise invalid(
            "Template format error: At least one Resources member must be defined."
        )
    return found


def parameters(
    template: Mapping[str, Any],
    given: Collection[Mapping[str, Any]],
    before: Mapping[str, str],
) -> dict[str, str]:
    """The value of each parameter, as the operation sets, keeps or defaults it."""
    declared: Mapping[str, Any] = template.get("Parameters", {})
    values = {k: str(row["Default"]) for k, row in declared.items() if "Default" in row}
    for row in given:
        key = row["ParameterKey"]
        if key not in declared:
            raise invalid(f"Parameters: [{key}] do not exist in the template")
        if row.get("UsePreviousValue"):
            if key not in before:
                raise invalid(
                    f"Invalid input for parameter key {key}. Cannot specify "
                    "usePreviousValue as true for a parameter key not in the "
                    "previous template"
                )
            values[key] = before[key]
        else:
            values[key] = row.get("ParameterValue", "")
    if missing := [key for key in declared if key not in values]:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    return values


def resources(
    stack: Stack, release: Release, replaced: Collection[str] = ()
) -> dict[str, Resource]:
    """What the stack would have; `replaced` are replaced whatever they say."""
    rows: Mapping[str, Any] = release.template["Resources"]
    old = stack.resources
    ids = {name: old[name].physical_id for name in rows if name in old}
    fresh = {name: f"{stack.name}-{name}-{next(_serial):08X}" for name in rows}
    fresh |= {
        name: str(named)
        for name, row in rows.items()
        if (named := _name(row, _resolved(row, stack, release, ids)))
    }
    ids = fresh | ids
    for name, row in rows.items():
        if name in old and _replaces(
            old[name], row, _resolved(row, stack, release, ids)
        ):
            ids[name] = fresh[name]
        elif name in replaced and name in old:
            ids[name] = f"{fresh[name]}-new"
    return {
        name: Resource(
            logical_id=name,
            type=row["Type"],
            physical_id=ids[name],
            properties=_resolved(row, stack, release, ids),
            on_delete=row.get("DeletionPolicy", "Delete"),
            on_replace=row.get("UpdateReplacePolicy", "Delete"),
        )
        for name, row in rows.items()
    }


def _resolved(
    row: Mapping[str, Any], stack: Stack, release: Release, ids: Mapping[str, str]
) -> dict[str, Any]:
    found: dict[str, Any] = resolve(row.get("Properties", {}), stack, release, ids)
    return found


def _name(row: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    if UNNAMED.search(row["Type"]) or row["Type"] == STACK:
        return ""
    return next((properties[name] for name in NAMES if name in properties), "")


def _replaces(old: Resource, row: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    named = () if UNNAMED.search(old.type) else NAMES
    keys = (*REPLACING.get(old.type, ()), *named)
    return old.type != row["Type"] or any(
        old.properties.get(key) != new.get(key) for key in keys
    )


def resolve(value: Any, stack: Stack, release: Release, ids: Mapping[str, str]) -> Any:
    """The value with what it refers to put in, as far as tests need it."""
    known = {
        "AWS::StackName": stack.name,
        "AWS::StackId": stack.id,
        "AWS::Region": stack.id.split(":")[3],
        "AWS::AccountId": stack.id.split(":")[4],
        **release.parameters,
        **ids,
    }
    return _within(value, known)


def _within(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_within(item, known) for item in value]
    if not isinstance(value, dict):
        return value
    row = {key: _within(inner, known) for key, inner in value.items()}
    return _intrinsic(row, known) if len(row) == 1 else row


def _intrinsic(row: dict[str, Any], known: Mapping[str, str]) -> Any:
    """What a function of CloudFormation's stands for; all else is as it was."""
    match row:
        case {"Ref": str(name)}:
            return known.get(name, name)
        case {"Fn::GetAtt": [str(name), *path]}:
            return ".".join((known.get(name, name), *path))
        case {"Fn::GetAtt": str(name)}:
            whose, _, attribute = name.partition(".")
            return f"{known.get(whose, whose)}.{attribute}"
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{(.+?)\}", lambda m: known.get(m[1], m[0]), text)
        case {"Fn::Join": [str(between), [*parts]]}:
            return between.join(map(str, parts))
        case _:
            return row


def changes(
    old: Mapping[str, Resource], new: Mapping[str, Resource]
) -> list[dict[str, Any]]:
    """What a change set would say of going from one to the other."""
    rows = [_change(old.get(name), resource) for name, resource in new.items()]
    rows += [
        _row(
            "Remove", resource, PolicyAction=_POLICIES.get(resource.on_delete, "Delete")
        )
        for name, resource in old.items()
        if name not in new
    ]
    return [{"Type": "Resource", "ResourceChange": row} for row in rows if row]


_POLICIES = {"Retain": "Retain", "Snapshot": "Snapshot"}


def _change(old: Resource | None, new: Resource) -> dict[str, Any] | None:
    if old is None:
        return _row("Add", new) | {"PhysicalResourceId": None}
    if replace(old, on_delete="", on_replace="") == replace(
        new, on_delete="", on_replace=""
    ):
        return None
    replaced = old.physical_id != new.physical_id
    names = sorted({*old.properties, *new.properties})
    changed = [n for n in names if old.properties.get(n) != new.properties.get(n)]
    policy = _POLICIES.get(old.on_replace, "Delete")
    return _row(
        "Modify",
        old,
        Replacement=str(replaced),
        Scope=["Properties"],
        PolicyAction=f"ReplaceAnd{policy}" if replaced else None,
        Details=[
            {
                "Target": {
                    "Attribute": "Properties",
                    "Name": name,
                    "Path": f"/Properties/{name}",
                    "RequiresRecreation": "Always" if replaced else "Never",
                    "BeforeValue": _text(old.properties.get(name)),
                    "AfterValue": _text(new.properties.get(name)),
                },
                "Evaluation": "Static",
                "ChangeSource": "DirectModification",
            }
            for name in changed
        ],
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str | None) else json.dumps(value)


def _row(action: str, resource: Resource, **more: Any) -> dict[str, Any]:
    return {
        "Action": action,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type,
        **more,
    }
