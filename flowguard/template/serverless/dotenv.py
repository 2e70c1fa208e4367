"""The environment that `${env:…}` reads: the process's, and `.env` where asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flowguard.template import Inputs
from flowguard.template.document import Node
from flowguard.template.serverless.files import Files
from flowguard.template.serverless.values import known, truthy
from flowguard.template.serverless.variables import Resolver

_LINE = re.compile(
    r"""^\s*(?:export\s+)?(?P<name>[\w.-]+)\s*[=:]\s*
    (?:'(?P<single>[^']*)'|"(?P<double>(?:\\"|[^"])*)"|`(?P<back>[^`]*)`
    |(?P<bare>[^\#\r\n]*))""",
    re.MULTILINE | re.VERBOSE,
)
_USE = re.compile(r"(?<!\\)\$(?:\{(\w+)\}|(\w+))")


def environment(
    files: Files, root: Node, resolver: Resolver, stage: Node, inputs: Inputs
) -> Mapping[str, str]:
    """The process's environment, over that of `.env.STAGE` or `.env`.

    The files are read where the configuration says `useDotenv`, as the framework
    does; their text goes nowhere but into variables.
    """
    wanted = root.get("useDotenv")
    if wanted is None or not truthy(resolver.resolve(wanted)):
        return inputs.environment
    for name in (f".env.{known(stage) or ''}", ".env"):
        content = files.secret_text(name)
        if content is not None:
            return {**parse_dotenv(content, inputs.environment), **inputs.environment}
    return inputs.environment


def parse_dotenv(content: str, outer: Mapping[str, str]) -> dict[str, str]:
    """The variables of a `.env` file; `$NAME` refers to earlier or outer ones."""
    found: dict[str, str] = {}

    def value_of(use: re.Match[str]) -> str:
        name = use[1] or use[2]
        return outer.get(name, found.get(name, ""))

    for match in _LINE.finditer(content):
        single, double, back = match["single"], match["double"], match["back"]
        if single is not None:
            found[match["name"]] = single
            continue
        value = double if double is not None else back
        if double is not None:
            value = double.replace("\\n", "\n").replace('\\"', '"')
        value = match["bare"].strip() if value is None else value
        found[match["name"]] = _USE.sub(value_of, value)
    return found
