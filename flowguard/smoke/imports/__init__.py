"""Files of other tools → a first `smoke.yml`.

Requests, variables, and the tests that are plain enough to be said in a spec are taken
over; what is not is named, in the text and beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flowguard.errors import ConfigError, TemplateError, did_you_mean
from flowguard.model.places import Location
from flowguard.smoke.imports.hiding import hide
from flowguard.smoke.imports.scenario import Scenario, left_out_of, text_of

__all__ = ["KINDS", "Draft", "convert"]

KINDS: Final = ("hurl", "openapi", "postman")
_REQUEST = re.compile(r"^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+\S", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Draft:
    """A spec that is made of a file of another tool's."""

    text: str
    """The text of a `smoke.yml`, which `spec.parse` reads."""
    left_out: tuple[str, ...]
    """What it lacks, each with the request that it is of."""


def convert(text: str, path: str, kind: str | None = None) -> Draft:
    """The spec that says what the file at `path` says.

    `kind` is one of `KINDS`; the text tells it where it is None. Raises `ConfigError`
    for what cannot be read, and where nothing in it can be sent.
    """
    if kind not in {None, *KINDS}:
        raise ConfigError(
            f"{kind!r} is no kind of file{did_you_mean(str(kind), KINDS)}",
            help=f"name one of {', '.join(KINDS)}",
        )
    hurl = path.endswith(".hurl") or not text.lstrip().startswith("{")
    if kind == "hurl" or (kind is None and hurl and _REQUEST.search(text)):
        from flowguard.smoke.imports import hurl as reader

        scenario = reader.read(text, path)
    else:
        scenario = _read_document(text, path, kind)
    if not scenario.calls:
        raise ConfigError(
            "there is no request in it that a smoke test could send",
            help="\n".join(["write the checks by hand", *scenario.left_out[:5]]),
            location=Location(path),
        )
    hide(scenario)
    title = f"Made by `flowguard smoke import` from {path}."
    return Draft(text_of(scenario, title), left_out_of(scenario))


def _read_document(text: str, path: str, kind: str | None) -> Scenario:
    from flowguard.smoke.imports import openapi, postman
    from flowguard.template.text import parse

    try:
        document = parse(text, path, version="1.2").plain()
    except TemplateError as error:
        place = error.location or Location(path)
        raise ConfigError(error.message, help=error.help, location=place) from None
    readers: dict[str, Callable[[dict[str, Any], str], Scenario]] = {
        "openapi": openapi.read,
        "postman": postman.read,
    }
    found = kind or _kind_of(document)
    if found not in readers or not isinstance(document, dict):
        raise ConfigError(
            "it is no hurl file, no OpenAPI 3 document and no Postman collection 2.1",
            help="export the collection as v2.1, or say what it is: --from KIND",
            location=Location(path),
        )
    return readers[found](document, path)


def _kind_of(document: Any) -> str:
    match document:
        case {"openapi": _, **_rest}:
            return "openapi"
        case {"info": Mapping(), "item": list(), **_rest}:
            return "postman"
        case _:
            return ""
