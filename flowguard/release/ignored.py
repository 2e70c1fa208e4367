"""What tools add to a template or stamp into it, and what therefore tells nothing.

The tables are as short as they can be: what is ignored cannot tell two releases
apart. Each row says which tool writes it, and where that can be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from flowguard.release.canonical import named_resources


@dataclass(frozen=True, slots=True)
class Ignored:
    """A part of a template that says nothing of the release."""

    tool: str
    path: tuple[str, ...]
    """From the template's top; `*` stands for any key."""
    why: str
    source: str
    resource_type: str = ""
    """The type that a resource at `path` must have."""


IGNORED = (
    Ignored(
        "SAM CLI",
        ("Resources", "*", "Metadata", "SamResourceId"),
        "`sam build` and `sam deploy` add the logical id",
        "samcli/lib/samlib/resource_metadata_normalizer.py",
    ),
    Ignored(
        "CDK",
        ("Resources", "*", "Metadata", "aws:asset:*"),
        "where the asset lay when the app was synthesized; its digest is its key",
        "aws-cdk-lib/cx-api, assets.ts",
    ),
    Ignored(
        "CDK",
        ("Resources", "*", "Metadata", "aws:cdk:*"),
        "the construct that a resource comes from",
        "aws-cdk-lib/cx-api, metadata.ts",
    ),
    Ignored(
        "CDK",
        ("Resources", "CDKMetadata"),
        "counts the constructs in use, and changes with the CDK's version",
        "aws-cdk-lib/core, private/metadata-resource.ts",
        "AWS::CDK::Metadata",
    ),
    Ignored(
        "CDK",
        ("Conditions", "CDKMetadataAvailable"),
        "the regions in which that resource exists",
        "aws-cdk-lib/core, private/metadata-resource.ts",
    ),
)
"""What is left out on both sides."""

_TIME = r"(?P<time>[0-9]{13}-[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,12}Z)"
PACKAGE_TIME = re.compile(rf"^.+/{_TIME}/[^/]+$")
"""Serverless's key of an upload: `serverless/SERVICE/STAGE/TIME/FILE`
(osls, generate-artifact-directory-name.js)."""
_ANY_TIME = re.compile(_TIME)
_DEPLOYMENT = re.compile(r"^ApiGatewayDeployment[0-9]{13}$")
"""Serverless's deployment of a REST API, whose id is new with each package
(osls, normalize-files.js folds it likewise)."""


def without(template: dict[str, Any]) -> None:
    """Take out of a canonical template what `IGNORED` lists."""
    for row in IGNORED:
        _remove(template, row.path, row.resource_type)


def _remove(value: Any, path: tuple[str, ...], resource_type: str) -> bool:
    """Whether nothing is left of `value`."""
    if not isinstance(value, dict):
        return False
    pattern, *rest = path
    for key in [key for key in value if fnmatchcase(key, pattern)]:
        inner = value[key]
        if rest:
            if _remove(inner, tuple(rest), resource_type) and pattern == "Metadata":
                del value[key]
        elif not resource_type or (
            isinstance(inner, dict) and inner.get("Type") == resource_type
        ):
            del value[key]
    return not value


def package_time(template: Mapping[str, Any]) -> str:
    """When Serverless made the package that a template is of; empty without one.

    It is the newest of the times in its keys: a layer that did not change keeps the
    key that it was first uploaded under.
    """
    return max(_times(template), default="")


def _times(template: Mapping[str, Any]) -> set[str]:
    return {
        found["time"]
        for _, resource in named_resources(template.get("Resources"))
        for key in _keys(resource.get("Properties"))
        if (found := PACKAGE_TIME.match(key))
    }


def _keys(properties: Any) -> list[str]:
    """The keys in S3 that a function's or a layer's properties name."""
    parts = properties.values() if isinstance(properties, dict) else ()
    found = [part.get("S3Key") for part in parts if isinstance(part, dict)]
    return [key for key in found if isinstance(key, str)]


def folded(template: dict[str, Any]) -> dict[str, Any]:
    """A copy without the times of Serverless's packages, in keys, ids and references."""
    times = _times(template)
    ids = [
        logical_id
        for logical_id, resource in named_resources(template.get("Resources"))
        if _DEPLOYMENT.match(logical_id)
        and resource.get("Type") == "AWS::ApiGateway::Deployment"
    ]
    only = ids[0] if len(ids) == 1 else ""
    if not times and not only:
        return template

    def fold(text: str) -> str:
        if only and text == only:
            return "ApiGatewayDeployment"
        return _ANY_TIME.sub(
            lambda found: "<time>" if found[0] in times else found[0], text
        )

    whole: dict[str, Any] = _each_string(template, fold)
    return whole


def _each_string(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case dict():
            return {change(k): _each_string(v, change) for k, v in value.items()}
        case list():
            return [_each_string(item, change) for item in value]
        case str():
            return change(value)
        case _:
            return value
