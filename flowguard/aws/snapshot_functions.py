"""The part of a snapshot that says which code runs: functions, versions, aliases.

A function's environment may hold secrets. Its values are held against each other in
memory, and only whether they are equal is written down: no value, no digest of one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowguard.aws.answers import observed
from flowguard.aws.session import Aws
from flowguard.aws.snapshot_parts import Gaps
from flowguard.lookups import StackResource
from flowguard.model.snapshot import (
    FunctionAlias,
    FunctionState,
    FunctionVersion,
    Snapshot,
)

FUNCTION = "AWS::Lambda::Function"
PERMISSIONS = frozenset(
    {
        "lambda:GetFunction",
        "lambda:ListAliases",
        "lambda:ListVersionsByFunction",
    }
)
LATEST = "$LATEST"
NOT_FOUND = frozenset({"ResourceNotFoundException"})

_POINTER = re.compile(r"(?:^|:)(?P<name>[\w-]+):(?P<version>\d+)$")
_PLAIN = (
    "Architectures",
    "DeadLetterConfig",
    "EphemeralStorage",
    "FileSystemConfigs",
    "Handler",
    "KMSKeyArn",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
)
"""Settings that are compared as they are. What AWS moves by itself is not among them:
the runtime's patch version, states, sizes, times, revisions."""
_FORMS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_PLAIN, lambda value: value),
    "Environment": lambda value: sorted(value.get("Variables") or ()),
    "Layers": lambda value: [layer["Arn"] for layer in value],
    "SnapStart": lambda value: value.get("ApplyOn"),
    "VpcConfig": lambda value: {
        name: sorted(value[name])
        for name in ("SecurityGroupIds", "SubnetIds")
        if value.get(name)
    },
}
"""What of each setting is compared."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which functions what is to be known."""

    rows: Iterable[StackResource]
    inline: frozenset[str] = frozenset()
    """The logical ids of those whose code stands in the template."""
    pointers: Iterable[str] = ()
    """Texts, some of which end in `function:version`."""


def pointers(known: Snapshot | None) -> Iterable[str]:
    """What another snapshot knows the versions of, and what points at some in it."""
    if known is None:
        return
    for function in known.functions:
        for version in function.published:
            yield f"{function.name}:{version.version}"
        for alias in function.aliases:
            yield f"{function.name}:{alias.version}"
    yield from (output.value for output in known.outputs)


def functions(aws: Aws, asked: Asked, gaps: Gaps) -> tuple[FunctionState, ...]:
    """The code that each function runs, its versions and aliases."""
    wanted = [r for r in asked.rows if r.resource_type == FUNCTION and r.physical_id]
    pointed: dict[str, set[str]] = {}
    texts = [*asked.pointers, *(row.physical_id for row in asked.rows)]
    for found in filter(None, map(_POINTER.search, texts)):
        pointed.setdefault(found["name"], set()).add(found["version"])
    answers = aws.map(
        lambda row: observed(
            lambda: _function(
                aws,
                row,
                pointed.get(row.physical_id, set()),
                inline=row.logical_id in asked.inline,
            ),
            absent=NOT_FOUND,
            permission="lambda:GetFunction",
        ),
        wanted,
    )
    states = (
        gaps.fill(f"functions:{row.logical_id}", answer, None)
        for row, answer in zip(wanted, answers, strict=True)
    )
    return tuple(state for state in states if state)


def _function(
    aws: Aws, row: StackResource, pointed: set[str], *, inline: bool
) -> FunctionState:
    name = row.physical_id
    # Its URL lets anybody load the code: it is not looked at.
    latest = aws.call("lambda", "get_function", FunctionName=name)["Configuration"]
    listed = aws.pages(
        "lambda", "list_versions_by_function", "Versions", FunctionName=name
    )
    rows = {found["Version"]: found for found in listed}
    aliases = aws.pages("lambda", "list_aliases", "Aliases", FunctionName=name)
    codes = {number: row.get("CodeSha256", "") for number, row in rows.items()}
    found = tuple(_alias(alias, codes) for alias in aliases)
    pointed = pointed | {alias.version for alias in found}
    pointed |= {version for alias in found for version, _ in alias.weights}
    environments = _Environments()
    return FunctionState(
        row.logical_id,
        name,
        latest.get("CodeSha256", ""),
        latest.get("RevisionId", ""),
        tuple(version for version in rows if version != LATEST),
        found,
        configuration=_configuration(latest),
        environment=environments.number(latest),
        inline=inline,
        published=tuple(
            FunctionVersion(
                number,
                codes[number],
                _configuration(version),
                environments.number(version),
            )
            for number, version in rows.items()
            if number in pointed and number != LATEST
        ),
    )


class _Environments:
    """Numbers for environments: the same one for the same values."""

    def __init__(self) -> None:
        self._seen: list[Mapping[str, str]] = []

    def number(self, settings: Mapping[str, Any]) -> int:
        """That of a version; 0 where Lambda does not tell its values."""
        given = settings.get("Environment") or {}
        if given.get("Error"):
            return 0
        values = given.get("Variables") or {}
        if values not in self._seen:
            self._seen.append(values)
        return self._seen.index(values) + 1


def _configuration(settings: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    found = {
        name: form(settings[name])
        for name, form in _FORMS.items()
        if settings.get(name)
    }
    return tuple(
        (name, value if isinstance(value, str) else json.dumps(value, sort_keys=True))
        for name, value in sorted(found.items())
        if value
    )


def _alias(row: dict[str, Any], codes: Mapping[str, str]) -> FunctionAlias:
    weights = (row.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return FunctionAlias(
        row["Name"],
        row["FunctionVersion"],
        row.get("RevisionId", ""),
        tuple(sorted(weights.items())),
        codes.get(row["FunctionVersion"], ""),
    )
