"""What PyYAML's parser refuses, said with a place and a next step."""

from __future__ import annotations

import re

import yaml

from flowguard.errors import TemplateError
from flowguard.model.places import Location

_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


def forbidden_character(text: str, path: str) -> TemplateError:
    """The error for a character that YAML does not allow."""
    found = _FORBIDDEN.search(text)
    position = found.start() if found else 0
    before = text[:position]
    line = before.count("\n") + 1
    column = position - (before.rfind("\n") + 1) + 1
    return TemplateError(
        f"not well-formed YAML: the character U+{ord(text[position]):04X} is not allowed",
        location=Location(path, line, column),
        help="remove the character, or write it as an escape in double quotes",
    )


def syntax_error(error: yaml.MarkedYAMLError, path: str) -> TemplateError:
    """The parser's error with its place and what to do about it."""
    mark = error.problem_mark or error.context_mark
    location = (
        Location(path, mark.line + 1, mark.column + 1) if mark else Location(path)
    )
    problem = error.problem or "the document breaks off"
    while_parsing = f" {error.context}" if error.context else ""
    if "cannot start any token" in problem:
        advice = "indent with spaces, not tabs, and quote a text that begins like this"
    elif "mapping values are not allowed" in problem:
        advice = "put quotes around the text that holds the colon"
    else:
        advice = (
            "check indentation and quotes on this line and the one above; a short "
            "tag cannot follow another: write the inner one as `Fn::Name:`"
        )
    return TemplateError(
        f"not well-formed YAML: {problem}{while_parsing}",
        location=location,
        help=advice,
    )
