"""What the CDK has synthesized: a cloud assembly, `cdk.out/`, and those within it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flowguard.errors import TemplateError
from flowguard.release.canonical import read
from flowguard.release.digests import Digester, inside
from flowguard.release.values import LocalRelease
from flowguard.template.document import Node
from flowguard.template.files import read_file, relative
from flowguard.template.text import parse

TOOL = "cdk"
FOLDER = "cdk.out"
MANIFEST = "manifest.json"
DEEPEST = 8
"""Assemblies within each other that are looked into; a stage is one."""
_STACK = "aws:cloudformation:stack"
_ASSEMBLY = "cdk:cloud-assembly"


def releases(
    digester: Digester, folder: Path, stack_name: str
) -> Iterator[LocalRelease]:
    """The templates of the stacks of that name. A stack that is in two environments
    has two."""
    root = digester.root
    for path, name in _stacks(root, folder):
        if name != stack_name:
            continue
        source = relative(path, root)
        try:
            template = read(read_file(path, source), source)
        except TemplateError:
            continue
        # An asset's digest is its key, and its key stands in the template.
        yield LocalRelease(source, template, stack_name=name)


def folders(root: Path) -> Iterator[Path]:
    """Where a project has its assembly."""
    yield root / FOLDER


def stack_of(path: Path) -> str:
    """The stack that the template at `path` is for, by the assembly that it is in;
    empty where it is in none."""
    for template, name in _stacks(path.parent, path.parent, deepest=1):
        if template == path:
            return name
    return ""


def _stacks(
    root: Path, folder: Path, deepest: int = DEEPEST
) -> Iterator[tuple[Path, str]]:
    """Each stack's template and name."""
    waiting = [(folder, 1)]
    while waiting:
        place, depth = waiting.pop()
        for name, artifact in _artifacts(root, place):
            kind = _text(artifact, "type")
            file = _text(artifact, "properties", "templateFile")
            inner = _text(artifact, "properties", "directoryName")
            path = inside(root, place / (file or inner)) if file or inner else None
            if path is None:
                continue
            if kind == _STACK and file:
                yield path, _text(artifact, "properties", "stackName") or name
            elif kind == _ASSEMBLY and depth < deepest:
                waiting.append((path, depth + 1))


def _artifacts(root: Path, folder: Path) -> Iterator[tuple[str, Node]]:
    path = inside(root, folder / MANIFEST)
    if path is None or not path.is_file():
        return
    try:
        name = relative(path, root)
        artifacts = parse(read_file(path, name), name).get("artifacts")
    except TemplateError:
        return
    yield from artifacts.mapping.items() if artifacts else ()


def _text(node: Node, *path: str) -> str:
    found = node.get(*path)
    return (found and found.text) or ""
