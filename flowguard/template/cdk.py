"""CDK: what the cloud assembly (`cdk.out/manifest.json`) says of a stack's template.

The format is published as the package @aws-cdk/cloud-assembly-schema. Only the
stacks of the assembly itself are looked at, not those of nested assemblies.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import dataclass

from flowguard import spoken
from flowguard.errors import TemplateError
from flowguard.model.places import Location
from flowguard.template.document import Node
from flowguard.template.files import read_file
from flowguard.template.text import parse

MANIFEST = "manifest.json"
FOLDER = "cdk.out"
_STACK = "aws:cloudformation:stack"
_UNKNOWN = "unknown-"
"""How an environment that was left open begins."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """What the tool that made a template says of it."""

    dialect: str
    stack_name: str | None = None
    region: str | None = None


def artifact(path: pathlib.Path, name: str) -> Artifact | None:
    """What the manifest beside the template at `path` says; None where there is none.

    `name` is how locations name the template.
    """
    manifest = path.parent / MANIFEST
    if not path.name.endswith(".template.json") or not manifest.is_file():
        return None
    for artifact_id, node in _stacks(manifest, str(pathlib.PurePosixPath(name).parent)):
        if _text(node, "properties", "templateFile") == path.name:
            region = _text(node, "environment").rpartition("/")[2]
            return Artifact(
                "cdk",
                _text(node, "properties", "stackName") or artifact_id,
                None if not region or region.startswith(_UNKNOWN) else region,
            )
    return Artifact("cdk")  # a nested stack's template


def find(folder: pathlib.Path, stack_name: str | None = None) -> pathlib.Path | None:
    """The template of the only stack in `folder`'s cloud assembly, if it has one.

    Of several it is that of `stack_name`, as deployed or as CDK calls it. Raises
    `TemplateError` where that leaves more than one.
    """
    assembly = folder if folder.name == FOLDER else folder / FOLDER
    manifest = assembly / MANIFEST
    if not manifest.is_file():
        return None
    found = {
        assembly / file: {artifact_id, _text(node, "properties", "stackName")}
        for artifact_id, node in _stacks(manifest, FOLDER)
        if (file := _text(node, "properties", "templateFile"))
    }
    if len(found) > 1:
        called = [path for path, names in found.items() if stack_name in names]
        if len(called) == 1:
            return called[0]
        names = ", ".join(sorted(f"{FOLDER}/{path.name}" for path in found))
        raise TemplateError(
            f"{FOLDER} has {len(found)} stacks: {names}",
            location=Location(f"{FOLDER}/{MANIFEST}"),
            help="name one of them: "
            f"{spoken.option('template', names.partition(',')[0])}, or its stack: "
            f"{spoken.option('stack-name', 'NAME')}",
        )
    return next(iter(found), None)


def _stacks(manifest: pathlib.Path, folder: str) -> Iterator[tuple[str, Node]]:
    name = f"{folder}/{MANIFEST}"
    document = parse(read_file(manifest, name), name)
    artifacts = document.get("artifacts")
    for artifact_id, node in artifacts.mapping.items() if artifacts else ():
        if _text(node, "type") == _STACK:
            yield artifact_id, node


def _text(node: Node, *path: str) -> str:
    found = node.get(*path)
    return (found and found.text) or ""
