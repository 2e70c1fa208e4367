"""What the Serverless Framework has packaged: `.serverless/`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from flowguard.errors import TemplateError
from flowguard.release.canonical import canonical, read
from flowguard.release.digests import Digester, inside
from flowguard.release.references import FUNCTIONS, Reference, split
from flowguard.release.uploads import text_of
from flowguard.release.values import Artifact, LocalRelease
from flowguard.template.files import read_file, relative
from flowguard.template.text import parse

TOOL = "serverless"
FOLDER = ".serverless"
UPDATE = "cloudformation-template-update-stack.json"
CREATE = "cloudformation-template-create-stack.json"
STATE = "serverless-state.json"


def releases(
    digester: Digester, folder: Path, _stack_name: str
) -> Iterator[LocalRelease]:
    """The release in a package's folder, then what a first deploy begins with: a stack
    that has the deployment bucket alone. Nothing where there is no package."""
    root = digester.root
    state = _state(folder, root)
    for name in (UPDATE, CREATE):
        path = inside(root, folder / name)
        if path is None or not path.is_file():
            continue
        source = relative(path, root)
        try:
            template = read(read_file(path, source), source)
        except TemplateError:
            continue
        yield LocalRelease(
            source,
            template,
            tuple(_artifacts(digester, folder, template, state)),
            stack_name=_stack_name_of(state),
        )


def folders(root: Path) -> Iterator[Path]:
    """Where a project has its packages: `.serverless/`, or `package: {path: …}`."""
    yield root / FOLDER
    for ending in ("yml", "yaml", "json"):
        path = inside(root, root / f"serverless.{ending}")
        if path is None or not path.is_file():
            continue
        with suppress(TemplateError):
            found = parse(read_file(path, path.name), path.name, version="1.2")
            own = found.get("package", "path")
            if own and own.text:
                yield root / own.text


def _state(folder: Path, root: Path) -> Mapping[str, Any]:
    path = inside(root, folder / STATE)
    if path is None:
        return {}
    try:
        found = json.loads(read_file(path, relative(path, root)))
    except (TemplateError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _stack_name_of(state: Mapping[str, Any]) -> str:
    """The stack that a package is for; empty where the package does not say."""
    own = _mapping(_mapping(state.get("service")).get("provider")).get("stackName")
    if isinstance(own, str) and own:
        return own
    # PREFIX/SERVICE/STAGE/TIME: the one place with the stage of `--stage` worked in.
    folder = _mapping(state.get("package")).get("artifactDirectoryName")
    parts = folder.split("/")[-3:] if isinstance(folder, str) else []
    return f"{parts[0]}-{parts[1]}" if len(parts) > len(("SERVICE", "STAGE")) else ""


def _artifacts(
    digester: Digester,
    folder: Path,
    template: Mapping[str, Any],
    state: Mapping[str, Any],
) -> Iterator[Artifact]:
    """The zips of functions and layers, by the last part of their keys."""
    _, references = split(canonical(template))
    places = {path.name: path for path in _own_zips(digester.root, state)}
    for reference in references.values():
        name = _file_name(reference)
        path = folder / name
        place = path if path.is_file() else places.get(name, path)
        if name and (found := digester.file(place)):
            code = found.sha256 if reference.resource_type in FUNCTIONS else ""
            at = reference.logical_id, reference.property_name
            yield Artifact(*at, code, (found.md5,))


def _file_name(reference: Reference) -> str:
    value = reference.value
    if not isinstance(value, dict) or "S3Key" not in value:
        return ""
    name = text_of(value, {}).rpartition("/")[2]
    return "" if "${" in name else name


def _own_zips(root: Path, state: Mapping[str, Any]) -> Iterator[Path]:
    """The zips that the project made itself: `package.artifact`, of all or of one."""
    service = _mapping(state.get("service"))
    owners = [state, service, *_mapping(service.get("functions")).values()]
    owners += _mapping(service.get("layers")).values()
    for owner in owners:
        package = _mapping(_mapping(owner).get("package"))
        if isinstance(path := package.get("artifact"), str) and path:
            yield root / path


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
