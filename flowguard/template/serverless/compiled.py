"""What the framework has packaged already: `.serverless/`.

A compiled template knows what the configuration alone does not: what plugins add,
what JavaScript files return. It is used where it is newer than every file that was
read, and made for the same service, stage and region; its values are placed where
the expansion of the configuration has them.
"""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowguard.model import hidden
from flowguard.model.places import Location
from flowguard.model.questions import Pending, UnknownKind, Unresolved
from flowguard.model.veil import Veil
from flowguard.template.document import Node
from flowguard.template.serverless import naming
from flowguard.template.serverless.files import Files
from flowguard.template.serverless.service import Service
from flowguard.template.serverless.sources import SECRET
from flowguard.template.serverless.values import known

FOLDER = ".serverless"
TEMPLATE = "cloudformation-template-update-stack.json"
STATE = "serverless-state.json"
_TELLING = 6
"""How long a secret is at least to be looked for within other values."""


def fresh(files: Files, service: Service) -> dict[str, Any] | None:
    """The compiled template of a service; None where there is none to rely on."""
    own = known(service.config.get("package", "path"))
    folder = files.locate(own or FOLDER)
    template, state = folder / TEMPLATE, folder / STATE
    if not (files.allows(template) and _newer(template, files.paths)):
        return None
    content, made_for = _load(template), _load(state)
    if content is None or made_for is None or not _same(made_for, service):
        return None
    return content if isinstance(content.get("Resources"), dict) else None


def _newer(template: pathlib.Path, sources: list[pathlib.Path]) -> bool:
    try:
        made = template.stat().st_mtime_ns
        return all(path.stat().st_mtime_ns < made for path in sources)
    except OSError:
        return False


def _load(path: pathlib.Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _same(state: dict[str, Any], service: Service) -> bool:
    """Whether a package was made for this service, stage and region."""
    made_for = _made_for(state)
    texts = (known(service.name), known(service.stage), service.region)
    return made_for is not None and made_for == tuple(
        hidden.real(text) if isinstance(text, str) else text for text in texts
    )


def _made_for(state: dict[str, Any]) -> tuple[str, str, str] | None:
    """The service, the stage and the region that a package was made for."""
    try:
        # serverless/SERVICE/STAGE/TIME: the stage with `--stage` worked in.
        *_, name, stage, _ = state["package"]["artifactDirectoryName"].split("/")
        return name, stage, state["service"]["provider"]["region"]
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Package:
    """What was compiled of a service, with where that was to go."""

    template: dict[str, Any]
    stage: str | None = None
    region: str | None = None
    """None, as the stage, where what the framework wrote beside it is not there."""


def package(template: pathlib.Path) -> Package | None:
    """The package that a compiled template is of; None where it is of none."""
    if not re.fullmatch(r"cloudformation-template-\w+-stack\.json", template.name):
        return None
    content, state = _load(template), _load(template.parent / STATE)
    if content is None or not isinstance(content.get("Resources"), dict):
        return None
    made_for = _made_for(state) if state else None
    return Package(content, *made_for[1:]) if made_for else Package(content)


def placed(template: dict[str, Any], guide: Node, config: Node, at: Location) -> Node:
    """A compiled template as a node, each value where `guide` has it.

    What `guide` has of a secret stays unresolved, wherever its value appears: the
    framework writes decrypted parameters into what it compiles. What `guide` hides is
    hidden, and what `config` does, which plugins read.
    """
    plain, veil = [guide.plain(), config.plain()], Veil()
    veil.learn(plain, plain)
    found = _placed(veil.sealed(template), guide, at)
    if veil.learn(found.plain(), plain):  # values that the configuration did not know
        found = _placed(veil.sealed(template), guide, at)
    return found


def _placed(template: dict[str, Any], guide: Node, at: Location) -> Node:
    resources = guide.get("Resources") or Node({}, at)
    ids = _ids(template["Resources"], resources)
    renamed = Node(
        {ids.get(key, key): node for key, node in resources.mapping.items()},
        resources.location,
        {ids.get(key, key): place for key, place in resources.keys.items()},
    )
    sections = {**guide.mapping, "Resources": renamed}
    whole = Node(dict(sections), guide.location, guide.keys)
    secrets = {
        value: unresolved
        for value, unresolved in _secrets(template, whole)
        if isinstance(value, str) and value
    }
    return _node(template, whole, at, secrets)


def _ids(written: Mapping[str, Any], resources: Node) -> dict[str, str]:
    """The logical ids that were compiled, by those of the expansion."""
    by_id = {hidden.real(_steady(name)): name for name in written}
    found = ((key, by_id.get(hidden.real(key))) for key in resources.mapping)
    return {key: name for key, name in found if name is not None}


def _steady(logical_id: str) -> str:
    """A logical id as the expansion has it, without the end it does not know."""
    for begin in ("ApiGatewayDeployment", "WebsocketsDeployment"):
        if logical_id.startswith(begin) and logical_id != f"{begin}Stage":
            return begin
    head, version, _ = logical_id.partition(naming.VERSION)
    return f"{head}{version}"


def is_secret(unresolved: Unresolved) -> bool:
    """Whether a value may be a secret, as far as is known yet."""
    cause = unresolved.cause
    return (
        isinstance(cause, Pending)
        or cause.kind.inconclusive
        or cause.kind is UnknownKind.NOT_LOOKED_INTO
        or SECRET in cause.reason
    )


def _secrets(value: Any, guide: Node) -> list[tuple[Any, Unresolved]]:
    """The values that stand where the guide has a secret."""
    if isinstance(guide.value, Unresolved):
        return [(value, guide.value)] if is_secret(guide.value) else []
    pairs = []
    if isinstance(value, dict):
        pairs = [(value[k], n) for k, n in guide.mapping.items() if k in value]
    elif isinstance(value, list):
        pairs = list(zip(value, guide.items, strict=False))
    return [found for inner, node in pairs for found in _secrets(inner, node)]


def _node(
    value: Any,
    guide: Node | None,
    at: Location,
    secrets: dict[str, Unresolved],
) -> Node:
    here = guide.location if guide else at
    if guide and isinstance(guide.value, Unresolved) and is_secret(guide.value):
        return guide
    if isinstance(value, dict):
        keys = {key: guide.keys.get(key, here) if guide else at for key in value}
        entries = {
            key: _node(item, guide.get(key) if guide else None, keys[key], secrets)
            for key, item in value.items()
        }
        return Node(entries, here, keys)
    if isinstance(value, list):
        items = guide.items if guide else []
        nodes = [
            _node(item, items[i] if i < len(items) else None, here, secrets)
            for i, item in enumerate(value)
        ]
        return Node(nodes, here)
    if isinstance(value, str):
        for secret, unresolved in secrets.items():
            if value == secret or (len(secret) >= _TELLING and secret in value):
                return Node(unresolved, here)
    return Node(_alike(value, guide), here)


def _alike(value: Any, guide: Node | None) -> Any:
    """A scalar, hidden where the guide hides one."""
    if guide is None or guide.text is None or not hidden.is_hidden(guide.text):
        return value
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return hidden.like(hidden.real(str(value)), guide.text)
    return value
