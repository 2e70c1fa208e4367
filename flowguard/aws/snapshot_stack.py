"""The parts of a snapshot that CloudFormation tells: parameters and outputs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flowguard.aws.answers import observed
from flowguard.aws.exports import importers_of
from flowguard.aws.session import Aws
from flowguard.aws.snapshot_parts import Gaps
from flowguard.aws.snapshot_values import looks_secret
from flowguard.lookups import ImportersOf, Stack
from flowguard.model.snapshot import (
    WITHHELD,
    Snapshot,
    StackOutput,
    StackParameter,
)

PERMISSIONS = frozenset(
    {
        "cloudformation:GetTemplateSummary",
        "cloudformation:ListImports",
        "ssm:GetParameters",
    }
)
_STORED = "AWS::SSM::Parameter::Value<"
_NAMES_PER_CALL = 10


def parameters(aws: Aws, stack: Stack, gaps: Gaps) -> tuple[StackParameter, ...]:
    """The parameters as deployed, without what is hidden or looks secret."""
    if not stack.parameters:
        return ()
    answer = observed(
        lambda: aws.call(
            "cloudformation", "get_template_summary", StackName=stack.stack_id
        ),
        permission="cloudformation:GetTemplateSummary",
    )
    summary = gaps.fill("parameters", answer, {})
    declared = {row["ParameterKey"]: row for row in summary.get("Parameters", ())}
    resolved = dict(stack.resolved)
    stored = [value for key, value in stack.parameters if key in resolved]
    newest = _newest(aws, stored, gaps)
    return tuple(
        _parameter(key, value, declared.get(key, {}), resolved.get(key), newest)
        for key, value in stack.parameters
    )


def _parameter(
    key: str,
    value: str,
    declared: Mapping[str, Any],
    resolved: str | None,
    newest: Mapping[str, tuple[str, int]],
) -> StackParameter:
    kind = declared.get("ParameterType", "String")
    hidden = bool(declared.get("NoEcho")) or value == WITHHELD
    # A parameter of the Parameter Store has a name here, which is no secret.
    secret = not hidden and resolved is None and looks_secret(key, value)
    now, version = newest.get(value, ("", 0)) if resolved is not None else ("", 0)
    return StackParameter(
        key,
        WITHHELD if hidden or secret else value,
        type=kind,
        no_echo=hidden,
        withheld=secret,
        resolved_sha256="" if resolved is None else _sha256(resolved),
        resolved_version=version if resolved is not None and now == resolved else 0,
    )


def _newest(
    aws: Aws, names: Sequence[str], gaps: Gaps
) -> Mapping[str, tuple[str, int]]:
    """What the Parameter Store has now: value and version, by name; no secrets."""
    found: dict[str, tuple[str, int]] = {}
    for start in range(0, len(names), _NAMES_PER_CALL):
        batch = sorted({*names[start : start + _NAMES_PER_CALL]})
        answer = observed(
            partial(
                aws.call, "ssm", "get_parameters", Names=batch, WithDecryption=False
            ),
            permission="ssm:GetParameters",
        )
        for row in gaps.fill("parameters:resolved", answer, {}).get("Parameters", ()):
            if row["Type"] != "SecureString":
                found[row["Name"]] = (row.get("Value", ""), row.get("Version", 0))
    return found


def outputs(aws: Aws, stack: Stack, gaps: Gaps) -> tuple[StackOutput, ...]:
    """The outputs, and who imports those that are exported."""
    exports = [name for _, _, name in stack.outputs if name]
    answers = aws.map(
        lambda name: importers_of(aws, ImportersOf(aws.place, name)), exports
    )
    importers = {
        name: gaps.fill(f"outputs:{name}", answer, ())
        for name, answer in zip(exports, answers, strict=True)
    }
    return tuple(
        StackOutput(
            key,
            WITHHELD if looks_secret(key, value) else value,
            export,
            importers.get(export, ()),
            withheld=looks_secret(key, value),
        )
        for key, value, export in stack.outputs
    )


def withheld(stack: Stack, taken: Snapshot) -> dict[str, dict[str, str]]:
    """The readable values that the snapshot does not show."""
    given = dict(stack.parameters)
    made = {key: value for key, value, _ in stack.outputs}
    return {
        "parameters": {p.key: given[p.key] for p in taken.parameters if p.withheld},
        "outputs": {o.key: made[o.key] for o in taken.outputs if o.withheld},
    }


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
