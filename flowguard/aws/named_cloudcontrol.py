"""Named resources of any type, by Cloud Control.

It reads a resource by its primary identifier, or by another one given as JSON.
Only its ResourceNotFoundException means that there is none. Where the name
identifies nothing, the list of all resources may still tell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from flowguard.aws.answers import observed
from flowguard.aws.named_call import own_name
from flowguard.aws.session import Aws
from flowguard.lookups import NamedResource, ResourceNamed
from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind
from flowguard.template import resource_types

GET = "cloudformation:GetResource"
LIST = "cloudformation:ListResources"
"""What Cloud Control's calls are to IAM; it reads with the caller's own rights."""
ABSENT = ("ResourceNotFoundException",)
AT_MOST = 500
"""Where a list is given up."""

NO_CALL = Unknown(
    UnknownKind.UNSUPPORTED, "AWS has no call that finds a resource of this type"
)
_READS = re.compile(
    r"[\w-]+:(BatchGet|Describe|Get|Head|List|Lookup|Query|Search|View)\w*"
)
_NEVER = frozenset({"secretsmanager:GetSecretValue"})
"""What some handlers may do and no pre-flight should."""


def ask(aws: Aws, lookup: ResourceNamed) -> Observed[NamedResource]:
    """The resource, by its identifier or by a list of all of its type."""
    identifier = _identifier(lookup)
    if identifier and _has(lookup, "read"):
        return observed(
            lambda: _get(aws, lookup, identifier), absent=ABSENT, permission=GET
        )
    if not _has(lookup, "list"):
        return NO_CALL
    listed = observed(lambda: _listed(aws, lookup), absent=ABSENT, permission=LIST)
    return _find(lookup, listed.value) if isinstance(listed, Present) else listed


def permissions(lookup: ResourceNamed) -> Iterable[str]:
    """The IAM actions that the question needs; those of its handler included."""
    if _identifier(lookup) and _has(lookup, "read"):
        return (GET, *_reads(lookup, "read"))
    return (LIST, *_reads(lookup, "list")) if _has(lookup, "list") else ()


def _has(lookup: ResourceNamed, handler: Any) -> bool:
    return resource_types.handler_permissions(lookup.resource_type, handler) is not None


def _reads(lookup: ResourceNamed, handler: Any) -> Iterable[str]:
    allowed = resource_types.handler_permissions(lookup.resource_type, handler)
    return [
        action
        for action in allowed or ()
        if _READS.fullmatch(action) and action not in _NEVER
    ]


def _identifier(lookup: ResourceNamed) -> str:
    """The identifier as Cloud Control takes it; "" where the key has none."""
    values = {path: str(value) for path, value in lookup.key}
    primary = resource_types.import_identifier(lookup.resource_type)
    if primary and values.keys() >= {*primary}:
        return "|".join(values[path] for path in primary)
    for paths in resource_types.additional_identifiers(lookup.resource_type):
        if values.keys() >= {*paths}:
            return json.dumps({path: values[path] for path in paths})
    return ""


def _get(aws: Aws, lookup: ResourceNamed, identifier: str) -> NamedResource | None:
    answer = aws.call(
        "cloudcontrol",
        "get_resource",
        region=lookup.place.region,
        TypeName=lookup.resource_type,
        Identifier=identifier,
    )
    row = answer.get("ResourceDescription")
    return _resource(lookup, row) if row else None


def _resource(lookup: ResourceNamed, row: Mapping[str, Any]) -> NamedResource:
    made = resource_types.physical_ids(lookup.resource_type, lookup.key, lookup.place)
    physical_id = made[0] if made else row.get("Identifier") or own_name(lookup)
    arn = _properties(row).get("Arn")
    return NamedResource(physical_id, arn if isinstance(arn, str) else "")


def _properties(row: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        properties = json.loads(row.get("Properties") or "{}")
    except ValueError:
        return {}
    return properties if isinstance(properties, dict) else {}


def _listed(aws: Aws, lookup: ResourceNamed) -> Sequence[Mapping[str, Any]]:
    """What there is of the type, one more than is looked at at most."""
    own = resource_types.name_path(lookup.resource_type)[:1]
    parents = {
        path: str(value)
        for path, value in lookup.key
        if "/" not in path and path not in own
    }
    model = {"ResourceModel": json.dumps(parents)} if parents else {}
    found = aws.pages(
        "cloudcontrol",
        "list_resources",
        "ResourceDescriptions[]",
        region=lookup.place.region,
        TypeName=lookup.resource_type,
        **model,
    )
    return list(islice(found, AT_MOST + 1))


def _find(
    lookup: ResourceNamed, listed: Sequence[Mapping[str, Any]]
) -> Observed[NamedResource]:
    """The one with the name; a list that shows no names proves nothing."""
    wanted = [str(value) for _, value in lookup.key]
    told = len(listed) <= AT_MOST
    for row in listed:
        shown = [_at(_properties(row), path) for path, _ in lookup.key]
        if shown == wanted:
            return Present(_resource(lookup, row))
        told = told and None not in shown
    return Absent() if told else NO_CALL


def _at(properties: Mapping[str, Any], path: str) -> str | None:
    value: Any = properties
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, Mapping) else None
    return None if value is None else str(value)
