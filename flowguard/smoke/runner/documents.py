"""The documents that a suite's expectations name: JSON Schemas, an OpenAPI document."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowguard.errors import ConfigError
from flowguard.model.exchange import Fault, Request, Response
from flowguard.smoke import body
from flowguard.smoke.evaluate import Context
from flowguard.smoke.expectation import Expect
from flowguard.smoke.suite import Http, Suite
from flowguard.smoke.variables import Unmeasurable
from flowguard.smoke.world import Send

OK = 200


@dataclass(frozen=True, slots=True)
class Documents:
    """What was read of them."""

    schemas: Mapping[str, Any] = field(default_factory=dict)
    openapi: Mapping[str, Any] | None = None
    missing: str = ""
    """Why there is no OpenAPI document, though the suite names one."""

    def context(self, request: Request, expect: Expect) -> Context:
        """What an evaluation needs. Raises `Unmeasurable` without the document."""
        if expect.openapi and self.missing:
            raise Unmeasurable(self.missing)
        return Context(request, self.schemas, self.openapi)


def read(suite: Suite, folder: pathlib.Path) -> Documents:
    """Read those that are files; paths count from the folder of the spec.

    Raises `ConfigError` for a file that is not there, or no document.
    """
    paths = {s.schema for s in _expected(suite) if isinstance(s.schema, str)}
    schemas = {path: _file(folder, path, "JSON Schema") for path in sorted(paths)}
    if not suite.openapi or _is_url(suite.openapi):
        return Documents(schemas)
    return Documents(schemas, _file(folder, suite.openapi, "OpenAPI document"))


def fetch(suite: Suite, known: Documents, send: Send) -> Documents:
    """The same, with an OpenAPI document that a service gives, where one is used."""
    wanted = any(expect.openapi for expect in _expected(suite))
    if not wanted or not _is_url(suite.openapi):
        return known
    request = Request("GET", suite.openapi, redirects=3, tls=suite.tls)
    schemas, answer = known.schemas, send(request)
    if isinstance(answer, Fault):
        said = f"the OpenAPI document could not be read: {answer.message}"
        return Documents(schemas, None, said)
    return _of_answer(schemas, answer)


def _expected(suite: Suite) -> Iterator[Expect]:
    for check in suite.checks:
        if isinstance(check.what, Http):
            steps = (*check.what.steps, *check.what.cleanup)
            yield from (step.expect for step in steps)


def _is_url(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def _of_answer(schemas: Mapping[str, Any], answer: Response) -> Documents:
    if answer.status != OK:
        said = f"the OpenAPI document could not be read: HTTP {answer.status}"
        return Documents(schemas, None, said)
    try:
        return Documents(schemas, _parsed(body.text(answer)))
    except ValueError as error:
        return Documents(schemas, None, f"the OpenAPI document is none: {error}")


def _file(folder: pathlib.Path, path: str, what: str) -> Mapping[str, Any]:
    try:
        return _parsed((folder / path).read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or str(error)
    except ValueError as error:
        reason = str(error)
    raise ConfigError(
        f"the {what} {path!r} cannot be read: {reason}",
        help="give its path from the folder of the spec",
    )


def _parsed(text: str) -> Mapping[str, Any]:
    """A mapping, of JSON or YAML. Raises ValueError."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        import yaml

        try:
            found = yaml.load(text, yaml.CSafeLoader)
        except yaml.YAMLError as error:
            first = str(error).partition("\n")[0]
            raise ValueError(f"it is neither JSON nor YAML: {first}") from None
    except RecursionError:
        raise ValueError("it nests too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("it is no mapping")  # noqa: TRY004 — of a foreign text
    return found
