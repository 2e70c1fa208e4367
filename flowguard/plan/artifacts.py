"""The files and images that a release is made from, as a template names them.

CloudFormation reads them again when it takes an update back, so that what is gone
by then ends the rollback.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flowguard.lookups import ArtifactAt
from flowguard.model.places import Place
from flowguard.model.questions import Unresolved

_REFERENCE = re.compile(r"!Ref (\w+)|!Sub '\$\{(\w+)\}'")
_S3_URL = re.compile(
    r"https://(?:"
    r"s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?/(?P<path_bucket>[^/]+)/"
    r"|(?P<host_bucket>[^/]+?)\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?/"
    r")(?P<key>[^?]+)(?:\?versionId=(?P<version>.+))?"
)
_S3_URI = re.compile(r"s3://(?P<bucket>[^/]+)/(?P<key>.+)")
_FORMS = (
    ("S3Bucket", "S3Key", "S3ObjectVersion"),  # Lambda: functions and layers
    ("Bucket", "Key", "Version"),  # API Gateway, Step Functions: …S3Location
)


def artifacts(
    place: Place, properties: Mapping[str, Any], ids: Mapping[str, str]
) -> Iterator[ArtifactAt]:
    """What the properties of a resource name, at whatever depth.

    `ids` are the physical ids of the stack, for a bucket that is one of its own.
    What only the deploy knows is left out.
    """
    for location, version in dict.fromkeys(_within(properties, ids)):
        yield ArtifactAt(place, location, version)


def _within(value: object, ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for item in value:
            yield from _within(item, ids)
    elif isinstance(value, Mapping):
        for form in _FORMS:
            yield from _object(_text(value.get(name), ids) for name in form)
        for name, item in value.items():
            yield from _named(name, _text(item, ids))
            yield from _within(item, ids)


def _object(parts: Iterable[str]) -> Iterator[tuple[str, str]]:
    bucket, key, version = parts
    if bucket and key:
        yield f"s3://{bucket}/{key}", version


def _named(name: str, text: str) -> Iterator[tuple[str, str]]:
    """What stands in one text: a nested template, a file, an image."""
    if name == "TemplateURL" and (url := _S3_URL.fullmatch(text)):
        bucket = url["path_bucket"] or url["host_bucket"]
        yield f"s3://{bucket}/{url['key']}", url["version"] or ""
    elif (name.endswith("S3Location") and _S3_URI.fullmatch(text)) or (
        name == "ImageUri" and text
    ):
        yield text, ""


def _text(value: object, ids: Mapping[str, str]) -> str:
    if isinstance(value, Unresolved):
        found = _REFERENCE.fullmatch(value.expression)
        return ids.get(found[1] or found[2], "") if found else ""
    return str(value) if isinstance(value, str | int) else ""
