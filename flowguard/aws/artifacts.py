"""Source: whether the files and images that a release is made from are still there.

An object is asked for by its bucket's list of versions rather than by a HEAD, which
needs the right to read what every bucket holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flowguard.aws.answers import observed
from flowguard.aws.session import Aws
from flowguard.aws.source import Source, each
from flowguard.lookups import ArtifactAt, StoredArtifact
from flowguard.model.questions import Lookup, Observed, Unknown, UnknownKind

_IMAGE = re.compile(
    r"(?P<registry>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.[^/]+/"
    r"(?P<name>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]+))?"
)
_S3 = "s3://"
_LIST, _DESCRIBE = "s3:ListBucketVersions", "ecr:DescribeImages"


def artifact_at(aws: Aws, lookup: ArtifactAt) -> Observed[StoredArtifact]:
    """What is stored there; absent where nothing ever was, or all of it is gone."""
    if lookup.location.startswith(_S3):
        return observed(
            lambda: _object(aws, lookup),
            absent={"NoSuchBucket", "404"},
            permission=_LIST,
        )
    if image := _IMAGE.fullmatch(lookup.location):
        return observed(
            lambda: _image(aws, image),
            absent={"ImageNotFoundException", "RepositoryNotFoundException"},
            permission=_DESCRIBE,
        )
    return Unknown(UnknownKind.UNSUPPORTED, "it is neither in S3 nor in ECR")


def _object(aws: Aws, lookup: ArtifactAt) -> StoredArtifact | None:
    bucket, _, key = lookup.location.removeprefix(_S3).partition("/")
    rows = list(_versions(aws, lookup.place.region, bucket, key))
    wanted = [row for row in rows if _is_wanted(row, lookup.version_id)]
    for row in wanted:
        if "ETag" in row:  # a delete marker has none
            return StoredArtifact(True, _version_id(row), row["ETag"].strip('"'))
    old = next((row for row in rows if "ETag" in row), None)
    return StoredArtifact(False, _version_id(old)) if old else None


def _versions(
    aws: Aws, region: str, bucket: str, key: str
) -> Iterator[Mapping[str, Any]]:
    """The versions and delete markers of one object, the newest of each first.

    The keys of a list are in order, so that those which only begin with the key
    come after it.
    """
    pages = aws.each_page(
        "s3", "list_object_versions", region=region, Bucket=bucket, Prefix=key
    )
    for page in pages:
        rows = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        yield from (row for row in rows if row["Key"] == key)
        if any(row["Key"] != key for row in rows):
            return


def _is_wanted(row: Mapping[str, Any], version_id: str) -> bool:
    if version_id:
        return bool(row.get("VersionId") == version_id)
    return bool(row.get("IsLatest", True))


def _version_id(row: Mapping[str, Any]) -> str:
    """The version's id; objects of a bucket without versions have the id `null`."""
    version: str = row.get("VersionId") or ""
    return "" if version == "null" else version


def _image(aws: Aws, image: re.Match[str]) -> StoredArtifact | None:
    named = {"imageDigest": image["digest"]} if image["digest"] else None
    answer = aws.call(
        "ecr",
        "describe_images",
        region=image["region"],
        registryId=image["registry"],
        repositoryName=image["name"],
        imageIds=[named or {"imageTag": image["tag"] or "latest"}],
    )
    details = answer.get("imageDetails", ())
    return StoredArtifact(True, digest=details[0]["imageDigest"]) if details else None


def permissions(lookups: Iterable[Lookup[Any]] | None) -> set[str]:
    """The actions for what is in S3 and for what is in ECR."""
    if lookups is None:
        return {_LIST, _DESCRIBE}
    locations = [each.location for each in lookups if isinstance(each, ArtifactAt)]
    return {_LIST if where.startswith(_S3) else _DESCRIBE for where in locations}


ARTIFACT_AT = Source(each(artifact_at), permissions)
