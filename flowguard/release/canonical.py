"""A template as plain values that are equal where CloudFormation takes them as equal.

Key order, YAML or JSON, short tags, and whether a number or a boolean is quoted are
how a tool writes, not what a release is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowguard.template.text import parse

GET_ATT = "Fn::GetAtt"
_OPTIONAL = ("Properties", "Metadata")
"""Parts of a resource that say nothing where they are empty."""


def read(text: str, name: str) -> dict[str, Any]:
    """The template in a text, in plain values.

    Raises `TemplateError`, which calls the text `name`, where it is none.
    """
    found = parse(text, name).plain()
    return found if isinstance(found, dict) else {}


def canonical(template: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which what means the same is the same. Every scalar is a string.

    Raises `RecursionError` for what no reader of ours would have let in.
    """
    whole: dict[str, Any] = {
        key: value for key, value in _value(template).items() if value not in ({}, [])
    }
    if isinstance(transform := whole.get("Transform"), str | dict):
        whole["Transform"] = [transform]
    for resource in resources(whole):
        if isinstance(needed := resource.get("DependsOn"), str):
            resource["DependsOn"] = [needed]
        elif isinstance(needed, list) and all(isinstance(n, str) for n in needed):
            resource["DependsOn"] = sorted(needed)
        for name in _OPTIONAL:
            if resource.get(name) == {}:
                del resource[name]
    return whole


def resources(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The resources, those within loops included."""
    return [resource for _, resource in named_resources(template.get("Resources"))]


def named_resources(section: Any) -> list[tuple[str, dict[str, Any]]]:
    """Logical id and resource; of one within a loop, the id as it is written."""
    found: list[tuple[str, dict[str, Any]]] = []
    for logical_id, resource in section.items() if isinstance(section, dict) else ():
        match resource:
            case [_, _, dict(inner)] if logical_id.startswith("Fn::ForEach::"):
                found.extend(named_resources(inner))
            case dict():
                found.append((logical_id, resource))
            case _:
                pass
    return found


def _value(value: Any) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case Mapping():
            return _mapping({str(key): _value(item) for key, item in value.items()})
        case list() | tuple():
            return [_value(item) for item in value]
        case None:
            return None
        case _:
            return str(value)


def _mapping(value: dict[str, Any]) -> dict[str, Any]:
    if value.keys() == {GET_ATT} and isinstance(value[GET_ATT], str):
        return {GET_ATT: value[GET_ATT].split(".", 1)}
    return value
