"""The words: the release at hand, what AWS says is live, and whether they are one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flowguard.model.snapshot import Snapshot

_COMMIT = re.compile(r"(?=[a-f]*[0-9])[0-9a-f]{7,64}")
"""A commit, or the number of a build."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """What is known of the local file or folder that a resource is made from."""

    logical_id: str
    property_name: str = "Code"
    """The property that names it, such as `CodeUri`; dotted where it lies deeper."""
    code_sha256: str = ""
    """Of the zip, in base64, as Lambda gives it; empty where there is no zip."""
    names: tuple[str, ...] = ()
    """The digests, in hex, that a tool may name its upload by: the MD5 of a file, or
    SAM's checksum of a folder."""
    exact: bool = False
    """Whether the upload has one of these names for certain, so that another refutes."""


@dataclass(frozen=True, slots=True)
class LocalRelease:
    """What this pipeline has deployed, or was to deploy, as it lies in the project."""

    source: str
    """Where it was found, for people: `.serverless/`, `cdk.out/`, `packaged.yaml`."""
    template: Mapping[str, Any] = field(repr=False)
    """As it is written, in plain values; a tool may have written secrets into it."""
    artifacts: tuple[Artifact, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Those whose values are known; never shown."""
    stack_name: str = ""
    """The stack that it is for; empty where its tool does not say."""
    expanded: bool = False
    """Whether its transforms are applied already."""

    @property
    def stamp(self) -> str:
        """`Metadata: {flowguard: {release: …}}` at the template's top; empty without."""
        return stamp(self.template)


@dataclass(frozen=True, slots=True)
class Live:
    """What AWS says that the stack runs."""

    original: str = field(repr=False)
    """The template as it was given; empty where nobody could read it."""
    processed: str = field(repr=False)
    """The template as its transforms have left it; empty as above."""
    state: Snapshot


class Likeness(StrEnum):
    """Whether the live release is the one at hand."""

    EQUAL = "equal"
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    """Nothing differs, and something that tells releases apart was not compared."""


@dataclass(frozen=True, slots=True)
class Match:
    """A comparison, with what it rests on; no value of a parameter is in it."""

    likeness: Likeness
    source: str
    compared: tuple[str, ...] = ()
    """What is the same: `template`, `code of ApiFunction`, `parameter Stage`."""
    differences: tuple[str, ...] = ()
    """What is not, by its path in the template. An equal stamp outweighs what a
    plugin changed, which then is still told here."""
    not_compared: tuple[str, ...] = ()
    """What nobody could compare, and why."""


def stamp(template: Mapping[str, Any]) -> str:
    """The release that a template names at its top, by its commit or build.

    Empty without one, and for a word that may stay the same from release to release.
    """
    word = stamped(template)
    return word if _COMMIT.search(word) else ""


def stamped(template: Mapping[str, Any]) -> str:
    """Whatever stands where the stamp does."""
    found: Any = template
    for key in ("Metadata", "flowguard", "release"):
        found = found.get(key) if isinstance(found, Mapping) else None
    return str(found) if isinstance(found, str | int) else ""
