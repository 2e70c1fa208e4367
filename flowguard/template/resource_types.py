"""What is known of each resource type: its name, its ARN, what it holds.

From AWS's schemas (`resource_schemas`, whose questions are offered here too) and
the tables of `resource_names`, `stateful` and `service_made`. A type unknown to all
of them has no identity and no ARN.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from flowguard.model import hidden
from flowguard.model.places import Place
from flowguard.model.questions import Unresolved
from flowguard.template.resource_names import KIN, NAMES, NOT_UNIQUE, Form, Part, Scope
from flowguard.template.resource_schemas import (
    additional_identifiers,
    can_change_by_replacement,
    create_only,
    facts,
    handler_permissions,
    import_identifier,
    importable,
    is_known,
    known,
)
from flowguard.template.service_made import service_made
from flowguard.template.stateful import STATEFUL, Holds

__all__ = [
    "Key",
    "Scope",
    "additional_identifiers",
    "arn",
    "can_change_by_replacement",
    "create_only",
    "handler_permissions",
    "holds",
    "identity",
    "import_identifier",
    "importable",
    "is_known",
    "is_stateful",
    "known",
    "name_path",
    "name_space",
    "own_name",
    "physical_ids",
    "ref_property",
    "scope",
    "service_made",
]

Key = tuple[tuple[str, str | Unresolved], ...]
"""Property paths ("/" between names) and values: what must be unique."""

_GLOBAL_SERVICES = ("Budgets", "CloudFront", "CUR", "IAM", "Organizations", "Route53")
"""Services whose resources belong to an account, whatever the region."""
_DOMAINS = {"aws-cn": "amazonaws.com.cn"}


# --- names ------------------------------------------------------------------


@functools.cache
def _key_parts(resource_type: str) -> tuple[tuple[Part, ...], ...]:
    """The ways to name a resource of the type, the best first; () for none."""
    if naming := NAMES.get(resource_type):
        return (naming.key,)
    row = facts(resource_type)
    if resource_type in NOT_UNIQUE or not row:
        return ()
    generated = set(row.get("read_only", ()))
    return tuple(
        tuple(Part(path) for path in paths)
        for paths in (row["id"], *row.get("ids", ()))
        if not generated.intersection(paths)
    )


def identity(resource_type: str, properties: Mapping[str, Any]) -> Key | None:
    """What must be unique about a resource with these properties.

    None where nothing must be: AWS generates what identifies it, accepts its name
    twice, or the type is not known. A value that is not known stays `Unresolved`.
    """
    for parts in _key_parts(resource_type):
        values = [_value(part, properties) for part in parts]
        key = tuple(
            (part.path, value)
            for part, value in zip(parts, values, strict=True)
            if value is not None
        )
        if len(key) == len(parts):
            return key
    return None


def _value(part: Part, properties: Mapping[str, Any]) -> str | Unresolved | None:
    value = _at(properties, part.path)
    if value is None and part.instead:
        value = _at(properties, part.instead)
    if value is None or value == "":
        return part.default
    if isinstance(value, Unresolved):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        return None
    return hidden.through(_FORMS[part.form], str(value))


_FORMS: Mapping[Form, Callable[[str], str]] = {
    Form.AS_WRITTEN: lambda text: text,
    Form.LOWER: str.lower,
    Form.DOMAIN: lambda text: text.lower().removesuffix("."),
    Form.URL: lambda text: text.partition("://")[2].rstrip("/") or text,
    Form.LAST: lambda text: text.rpartition("/")[2],
    Form.FUNCTION: lambda text: text.rpartition(":function:")[2],
}


def _at(properties: Mapping[str, Any], path: str) -> Any:
    """What stands at `path`; an `Unresolved` on the way stands for the rest."""
    value: Any = properties
    for name in path.split("/"):
        if isinstance(value, Unresolved):
            return value
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def name_path(resource_type: str) -> tuple[str, ...]:
    """The path of the property that holds the name; () where there is none."""
    if resource_type in NOT_UNIQUE:
        return tuple(NOT_UNIQUE[resource_type].split("/"))
    keys = _key_parts(resource_type)
    if not keys:
        return ()
    paths = [part.path for part in keys[0]]
    if resource_type in NAMES:
        return tuple(paths[0].split("/"))
    # A compound identifier has the parent's name too, mostly before its own.
    noun = resource_type.rpartition("::")[2]
    own = [path for path in paths if noun.endswith(path.removesuffix("Name"))]
    named = [path for path in paths if path.endswith("Name")]
    return tuple((own or named or paths)[-1].split("/"))


def own_name(resource_type: str, key: Key) -> str | Unresolved:
    """The part of an identity that is the name itself, without its parents."""
    path = "/".join(name_path(resource_type))
    return dict(key).get(path, key[0][1])


def name_space(resource_type: str) -> str:
    """The type that stands for all among which a name is unique."""
    return KIN.get(resource_type, resource_type)


def scope(resource_type: str) -> Scope:
    """How far a name of this type must be unique."""
    if naming := NAMES.get(resource_type):
        return naming.scope
    service = resource_type.split("::")[1:2]
    return Scope.ACCOUNT if {*service} & {*_GLOBAL_SERVICES} else Scope.REGION


# --- what follows from a name -----------------------------------------------


def ref_property(resource_type: str) -> str | None:
    """The property whose value `Ref` returns where it is written, if there is one."""
    if naming := NAMES.get(resource_type):
        return naming.ref
    keys = _key_parts(resource_type)
    if not keys or [part.path for part in keys[0]] != facts(resource_type)["id"]:
        return None
    return keys[0][0].path if len(keys[0]) == 1 else None


def arn(
    resource_type: str,
    key: Key,
    place: Place,
    properties: Mapping[str, Any] | None = None,
) -> str:
    """The ARN of the resource that has this identity; "" where it does not follow.

    IAM's ARNs have a `Path` in them, so they need the properties.
    """
    naming = NAMES.get(resource_type)
    if not naming or not naming.arn:
        return ""
    values = _words(resource_type, key, place, properties)
    # A parameter's name brings a slash of its own.
    return _fill("arn:{partition}:" + naming.arn, values).replace("//", "/")


def physical_ids(
    resource_type: str,
    key: Key,
    place: Place,
    properties: Mapping[str, Any] | None = None,
) -> tuple[str, ...]:
    """What CloudFormation would record as the physical id; () if it is generated."""
    values = _words(resource_type, key, place, properties)
    if naming := NAMES.get(resource_type):
        values["arn"] = arn(resource_type, key, place, properties) or None
        filled = [_fill(template, values) for template in naming.ids]
    elif [path for path, _ in key] == facts(resource_type).get("id"):
        filled = ["|".join(value for _, value in key if isinstance(value, str))]
        if any(isinstance(value, Unresolved) for _, value in key):
            return ()
    else:
        return ()
    return tuple(text for text in filled if text)


def _words(
    resource_type: str, key: Key, place: Place, properties: Mapping[str, Any] | None
) -> dict[str, str | None]:
    """What may stand in a template of `Naming`; None for what is not known."""
    words: dict[str, str | None] = {
        "partition": place.partition,
        "region": place.region,
        "account": place.account_id,
        "suffix": _DOMAINS.get(place.partition, "amazonaws.com"),
    }
    if properties is not None:
        path = properties.get("Path") or "/"
        words["Path"] = path if isinstance(path, str) else None
    defaults = {p.path: p.default for k in _key_parts(resource_type) for p in k}
    for name, value in key:
        known = value if isinstance(value, str) else None
        words[name] = known
        for separator in "/|":
            silent = known is not None and known == defaults.get(name)
            words[name + separator] = "" if silent else known and known + separator
    return words


def _fill(template: str, values: Mapping[str, str | None]) -> str:
    """`template` with its values; "" if one of them is not known."""
    try:
        return template.format_map({k: v for k, v in values.items() if v is not None})
    except KeyError:
        return ""


# --- what it holds ----------------------------------------------------------


def holds(resource_type: str) -> Holds | None:
    """What a resource of the type holds that a deletion would lose."""
    return STATEFUL.get(resource_type)


def is_stateful(resource_type: str) -> bool:
    """Whether it holds what cannot be made again; queues and logs do not count."""
    return holds(resource_type) in {Holds.DATA, Holds.GUARDED}
