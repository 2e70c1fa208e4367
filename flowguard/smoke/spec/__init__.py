"""Text → `Suite`: the spec of smoke tests.

What may be written stands in tables of fields (`table`, and what it imports), from
which both the reader and the JSON Schema for editors are made. They are our own, since
pydantic takes 200 ms to import, which is half of what a whole run may take.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from flowguard.errors import ConfigError, TemplateError
from flowguard.model.places import Location
from flowguard.smoke.spec.faults import (
    Fault,
    FaultsError,
    Gathering,
    config_error,
    key_place,
)
from flowguard.smoke.spec.references import faults_of, needs, placeholders
from flowguard.smoke.spec.selection import select
from flowguard.smoke.suite import Http, Suite
from flowguard.template.document import Node

__all__ = [
    "from_node",
    "json_schema",
    "load",
    "needs",
    "parse",
    "placeholders",
    "select",
]

_HELP = (
    "write checks: {health: {get: /health}}, or draft one with `flowguard smoke init`"
)


def load(path: pathlib.Path, root: pathlib.Path) -> Suite:
    """The suite in the file at `path`, which is shown as it stands in `root`.

    Raises `ConfigError`, with the place of what is wrong and what may have been meant.
    """
    shown = _shown(path, root)
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot read {shown}: {error.strerror}",
            help="name another file, or draft one with `flowguard smoke init`",
            location=Location(shown),
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(
            "the text is not UTF-8",
            help="save the file as UTF-8",
            location=Location(shown, line),
        ) from None
    return parse(text, shown)


def parse(text: str, path: str) -> Suite:
    """The suite that reads `text`; `path` names it in locations.

    Raises `ConfigError` as `load` does.
    """
    from flowguard.template.text import parse as parse_document

    if not _says_anything(text):
        raise ConfigError("the spec is empty", help=_HELP, location=Location(path))
    try:
        document = parse_document(text, path, version="1.2")
    except TemplateError as error:
        location = error.location or Location(path)
        raise ConfigError(error.message, help=error.help, location=location) from None
    return from_node(document, path, {path: text})


def from_node(node: Node, path: str, sources: Mapping[str, str]) -> Suite:
    """The suite that a mapping says, such as the section `smoke` of flowguard.yml.

    `sources` are the texts of the files that it is written in. Raises `ConfigError`.
    """
    from flowguard.smoke.spec.table import SUITE

    try:
        suite: Suite = SUITE.read(node)
    except FaultsError as error:
        raise config_error((*error.faults, *_tags(node))) from None
    faults = (
        *_tags(node),
        *faults_of(node, suite),
        *_without_openapi(suite),
        *_unverified(node, node.get("tls")),
    )
    if faults:
        raise config_error(faults)
    return replace(suite, path=path, sources=dict(sources))


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a spec, for editors."""
    from flowguard.smoke.spec.table import SUITE

    definitions: dict[str, Any] = {}
    schema = SUITE.inline(definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:flowguard:smoke:1",
        "title": "smoke.yml",
        **schema,
        "$defs": dict(sorted(definitions.items())),
    }


def _tags(node: Node) -> tuple[Fault, ...]:
    """CloudFormation's short tags, which a spec does not know."""
    found = Gathering()
    left = [node]
    while left:
        one = left.pop()
        if one.tag:
            hint = "in quotes it is text" if one.tag in {"!", "!="} else "remove it"
            found.add(one.location, f"the tag {one.tag} means nothing here: {hint}")
        left += (*one.mapping.values(), *one.items)
    return tuple(found.faults)


def _without_openapi(suite: Suite) -> tuple[Fault, ...]:
    """`openapi: true` needs the document."""
    if suite.openapi:
        return ()
    return tuple(
        Fault(step.location, "`openapi: true` needs the key 'openapi' of the suite")
        for check in suite.checks
        if isinstance(check.what, Http)
        for step in (*check.what.steps, *check.what.cleanup)
        if step.expect.openapi
    )


def _unverified(node: Node, inherited: Node | None) -> Iterator[Fault]:
    """`certificate_days` needs a certificate that is verified: nobody reads another."""
    tls = node.get("tls") or inherited
    verify, expect = tls and tls.get("verify"), node.get("expect")
    if verify and verify.value is False and expect and expect.get("certificate_days"):
        hint = "name your authority in place of it, tls: {ca: FILE}, or leave this out"
        message = f"'certificate_days' is not looked at under `verify: false`: {hint}"
        yield Fault(key_place(expect, "certificate_days"), message)
    for inner in (*node.mapping.values(), *node.items):
        yield from _unverified(inner, inherited)


def _shown(path: pathlib.Path, root: pathlib.Path) -> str:
    path, root = path.resolve(), root.resolve()
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _says_anything(text: str) -> bool:
    lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
    return any(line and not line.startswith("#") and line != "---" for line in lines)
