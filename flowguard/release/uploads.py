"""Whether two references name the same content: by key, digest, or what Lambda runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flowguard.model.snapshot import Snapshot
from flowguard.release.ignored import PACKAGE_TIME
from flowguard.release.references import FUNCTIONS, NESTED, Reference, is_local
from flowguard.release.values import Artifact

_DIGEST = re.compile(
    r"(?<![0-9a-f])([0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-f])"
)
"""SHA-256 (CDK), SHA-1 (a commit) or MD5 (SAM, the AWS CLI), in hex."""
_IMAGE_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_SAM_IMAGE = re.compile(r":[^:/]+-[0-9a-f]{12}-[^:/]+$")
"""SAM's tag: function, image id, tag of the build."""
_REGISTRY = re.compile(r"\.dkr\.ecr\.|\.amazonaws\.com|^public\.ecr\.aws/")
_VERSIONS = ("S3ObjectVersion", "Version", "ObjectVersion", "SemanticVersion")


class Sameness(StrEnum):
    """Of one reference."""

    SAME = "same"
    OTHER = "other"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Known:
    """What a comparison of references rests on."""

    state: Snapshot
    artifacts: Mapping[tuple[str, str], Artifact]
    parameters: Mapping[str, str]
    published: Mapping[str, str] = field(default_factory=dict)
    """The digest of a function's code that its version in the template names."""


def compared(
    mine: Reference, live: Reference, known: Known, *, as_written: bool
) -> tuple[Sameness, str]:
    """Whether both name the same content, and else why not or why nobody knows.

    `as_written` says that they are the same but for the time of a package.
    """
    artifact = known.artifacts.get((mine.logical_id, mine.property_name))
    at_hand = is_local(mine.value)
    if mine.resource_type in FUNCTIONS and (as_written or at_hand):
        runs = _runs(mine, artifact, known)
        if runs is not None:
            return runs
    if as_written:
        return _same_key(mine, live, artifact, known)
    if is_image(mine) and not _REGISTRY.search(text_of(mine.value, {})):
        return Sameness.OPEN, "the image that was built here has no digest in common"
    if at_hand and not is_image(mine):
        return _uploaded(mine, live, artifact)
    return Sameness.OTHER, "another file is named"


def is_image(reference: Reference) -> bool:
    """Whether it names an image, not a file."""
    value = reference.value
    return reference.property_name == "ImageUri" or (
        isinstance(value, dict) and "ImageUri" in value
    )


def text_of(value: Any, parameters: Mapping[str, str]) -> str:
    """A key, URL or image as far as it is known; `${…}` stands for what is not."""
    match value:
        case str():
            return value
        case {"Ref": str(name)}:
            return parameters.get(name, f"${{{name}}}")
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), _]}:
            return re.sub(
                r"\$\{([A-Za-z0-9]+)\}",
                lambda found: parameters.get(found[1], found[0]),
                text,
            )
        case {"Fn::Join": [str(between), list(parts)]}:
            return between.join(text_of(part, parameters) for part in parts)
        case {"S3Key": key} | {"Key": key} | {"ImageUri": key}:
            return text_of(key, parameters)
        case _:
            return "${…}"


def _runs(
    mine: Reference, artifact: Artifact | None, known: Known
) -> tuple[Sameness, str] | None:
    """By the digest of the code that Lambda runs, where both are known."""
    states = {f.logical_id: f.code_sha256 for f in known.state.functions}
    live = states.get(mine.logical_id, "")
    said = artifact.code_sha256 if artifact else ""
    expected = said or _published(mine, known)
    if not live or not expected:
        return None
    if live == expected:
        return Sameness.SAME, ""
    return Sameness.OTHER, "Lambda runs other code"


def _same_key(
    mine: Reference, live: Reference, artifact: Artifact | None, known: Known
) -> tuple[Sameness, str]:
    """Both say the same; does only one content go by that name?"""
    if mine.value == live.value and _is_unique(mine, known):
        return Sameness.SAME, ""
    if _stored(live, artifact, known):
        return Sameness.SAME, ""
    if _published(mine, known):
        return Sameness.SAME, ""  # the digest stands in the template
    if mine.conditional and _is_left_out(mine, known):
        return Sameness.SAME, ""
    if _lacks_state(mine, known):
        return Sameness.OPEN, "AWS did not tell what Lambda runs"
    if is_image(mine):
        return Sameness.OPEN, "its tag can be moved; deploy it by its digest"
    return Sameness.OPEN, (
        "its name in S3 is not made from its content, and the file is not at hand"
    )


def _is_unique(reference: Reference, known: Known) -> bool:
    """Whether a name can only ever mean one content."""
    value = reference.value
    versions = [
        text_of(value[key], known.parameters)
        for key in (_VERSIONS if isinstance(value, dict) else ())
        if key in value
    ]
    if any(version and "${" not in version for version in versions):
        return True
    text = text_of(value, known.parameters)
    if is_image(reference):
        tag = text.rpartition(":")[2]
        unique = _IMAGE_DIGEST.search(text) or _SAM_IMAGE.search(text)
        return "${" not in tag and bool(unique or _DIGEST.fullmatch(tag))
    return bool(_digests(text) or PACKAGE_TIME.match(text))


def _digests(text: str) -> list[str]:
    """The digests in the last part of a key."""
    name = text.rpartition("/")[2]
    return [] if "${" in name else _DIGEST.findall(name)


def _published(mine: Reference, known: Known) -> str:
    """The digest of a function's code by its version, which Serverless makes anew with
    each package; one that somebody wrote by hand may be an old one."""
    fresh = PACKAGE_TIME.match(text_of(mine.value, {}))
    return known.published.get(mine.logical_id, "") if fresh else ""


def _stored(live: Reference, artifact: Artifact | None, known: Known) -> bool:
    """Whether what was uploaded is the file at hand: a plain upload's ETag is its MD5.

    Only under Serverless's keys, which are of one package and are not written again:
    what lies under another may have come there after the deploy.
    """
    key = text_of(live.value, {})
    if artifact is None or not PACKAGE_TIME.match(key):
        return False
    return any(
        stored.digest in artifact.names
        for stored in known.state.artifacts
        if stored.logical_id == live.logical_id and stored.location.endswith(f"/{key}")
    )


def _is_left_out(mine: Reference, known: Known) -> bool:
    """Whether the stack has no such resource, its condition being false."""
    ids = {logical_id for logical_id, _, _ in known.state.resources}
    return known.state.knows("resources") and mine.logical_id not in ids


def _lacks_state(mine: Reference, known: Known) -> bool:
    return f"functions:{mine.logical_id}" in known.state.unknown


def _uploaded(
    mine: Reference, live: Reference, artifact: Artifact | None
) -> tuple[Sameness, str]:
    """A file at hand against the key that a tool gave it."""
    found = _digests(text_of(live.value, {}))
    if artifact and {*found} & {*artifact.names}:
        return Sameness.SAME, ""
    if artifact and artifact.exact and found:
        return Sameness.OTHER, "another file was uploaded"
    if mine.resource_type in NESTED:
        return Sameness.OPEN, "a nested template is written anew when it is uploaded"
    return Sameness.OPEN, (
        "what was uploaded cannot be told from the source: keep `.aws-sam/build/` or "
        "the packaged template for this step"
    )
