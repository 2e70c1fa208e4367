"""Whether what a release is made from is still stored."""

from __future__ import annotations

from typing import Any

import pytest
from aws.stubbed import PLACE, account

from flowguard.aws.operations import Operations
from flowguard.lookups import ArtifactAt, StoredArtifact
from flowguard.model.questions import Absent, Observed, Present, UnknownKind

FILE = "s3://deploys/api.zip"
IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/team/api"
DIGEST = "sha256:" + "0a" * 32


def version(key: str, number: str, *, latest: bool = True) -> dict[str, Any]:
    return {"Key": key, "VersionId": number, "IsLatest": latest, "ETag": '"e1"'}


def marker(key: str) -> dict[str, Any]:
    return {"Key": key, "VersionId": "gone", "IsLatest": True}


@pytest.mark.parametrize(
    ("page", "asked", "expected"),
    [
        (
            {"Versions": [version("api.zip", "v2")]},
            "",
            Present(StoredArtifact(True, "v2", "e1")),
        ),
        (
            {"Versions": [version("api.zip", "null")]},
            "",
            Present(StoredArtifact(True, "", "e1")),
        ),
        (
            {
                "Versions": [version("api.zip", "v1", latest=False)],
                "DeleteMarkers": [marker("api.zip")],
            },
            "",
            Present(StoredArtifact(False, "v1")),
        ),
        (
            {
                "Versions": [
                    version("api.zip", "v2"),
                    version("api.zip", "v1", latest=False),
                ]
            },
            "v1",
            Present(StoredArtifact(True, "v1", "e1")),
        ),
        (
            {"Versions": [version("api.zip", "v2")]},
            "v1",
            Present(StoredArtifact(False, "v2")),
        ),
        ({"Versions": [version("api.zip.sha256", "v1")]}, "", Absent()),
        ({}, "", Absent()),
    ],
)
def test_an_object_by_the_versions_of_its_bucket(
    page: dict[str, Any], asked: str, expected: Observed[StoredArtifact]
) -> None:
    with account() as aws:
        aws.answers(
            "s3",
            "list_object_versions",
            page,
            asked={"Bucket": "deploys", "Prefix": "api.zip"},
        )

        assert aws.answer(ArtifactAt(PLACE, FILE, asked)) == expected


def test_a_bucket_that_is_gone_has_nothing() -> None:
    with account() as aws:
        aws.refuses("s3", "list_object_versions", "NoSuchBucket")

        assert aws.answer(ArtifactAt(PLACE, FILE)) == Absent()


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        (f"{IMAGE}:42", {"imageTag": "42"}),
        (IMAGE, {"imageTag": "latest"}),
        (f"{IMAGE}@{DIGEST}", {"imageDigest": DIGEST}),
        (f"{IMAGE}:42@{DIGEST}", {"imageDigest": DIGEST}),
    ],
)
def test_an_image_by_its_tag_or_digest(location: str, asked: dict[str, str]) -> None:
    with account() as aws:
        aws.answers(
            "ecr",
            "describe_images",
            {"imageDetails": [{"imageDigest": DIGEST}]},
            asked={
                "registryId": "111122223333",
                "repositoryName": "team/api",
                "imageIds": [asked],
            },
        )

        answer = aws.answer(ArtifactAt(PLACE, location))

    assert answer == Present(StoredArtifact(True, digest=DIGEST))


def test_an_image_that_is_gone() -> None:
    with account() as aws:
        aws.refuses("ecr", "describe_images", "ImageNotFoundException")

        assert aws.answer(ArtifactAt(PLACE, f"{IMAGE}:42")) == Absent()


def test_what_is_stored_elsewhere_is_not_guessed_at() -> None:
    with account() as aws:
        answer = aws.answer(ArtifactAt(PLACE, "ghcr.io/team/api:42"))

    assert getattr(answer, "kind", None) is UnknownKind.UNSUPPORTED


LAYER = "arn:aws:lambda:eu-central-1:111122223333:layer:tools:3"


def test_a_version_of_a_layer_is_there() -> None:
    with account() as made:
        answer = {"LayerVersionArn": LAYER}
        made.answers("lambda", "get_layer_version_by_arn", answer, asked={"Arn": LAYER})

        assert Operations(made.aws).layer(LAYER) == Present(LAYER)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ResourceNotFoundException", None),
        ("AccessDeniedException", UnknownKind.DENIED),
        ("TooManyRequestsException", UnknownKind.THROTTLED),
    ],
)
def test_a_version_of_a_layer_is_deleted_or_nobody_tells(
    code: str, expected: UnknownKind | None
) -> None:
    with account() as made:
        made.refuses("lambda", "get_layer_version_by_arn", code)

        found = Operations(made.aws).layer(LAYER)

    assert getattr(found, "kind", None) is expected
    assert (found == Absent()) is (expected is None)
