"""Text → nodes that know where they were written.

YAML (with CloudFormation's short tags) and JSON are read by PyYAML's C loader,
whose marks give every key and value a line and a column.
"""

from __future__ import annotations

from flowguard.errors import TemplateError
from flowguard.model.places import Location
from flowguard.template.document import Node
from flowguard.template.json_text import parse_json
from flowguard.template.yaml_text import parse_yaml


def parse(text: str, path: str, *, version: str = "1.1") -> Node:
    """The root of a YAML or JSON document; `path` names it in locations.

    `version` is YAML's: "1.1" as CloudFormation reads it, "1.2" as js-yaml does
    (Serverless). Raises `TemplateError`, with the place and what to do, for what
    is not well formed, empty, nested too deeply or expands too far.
    """
    text = text.removeprefix("\ufeff")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise TemplateError(
            "the text is not Unicode",
            location=Location(path, line),
            help="save the file as UTF-8",
        ) from None
    root = _parse(text, path, version)
    if root is None or root.value is None:
        raise TemplateError(
            "the document is empty",
            location=Location(path),
            help="write the template, or name another file",
        )
    return root


def _parse(text: str, path: str, version: str) -> Node | None:
    if not text.lstrip().startswith(("{", "[")):
        return parse_yaml(text, path, version=version)

    try:
        return parse_json(text, path)
    except TemplateError as json_error:
        try:
            return parse_yaml(text, path, version=version)
        except TemplateError:
            raise json_error from None
