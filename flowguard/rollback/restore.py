"""Snapshot → the change set that makes the stack what it was.

Everything is sent explicitly: CloudFormation takes what is left out for unchanged,
and an empty list of tags for none. Source: the CreateChangeSet reference.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flowguard.errors import FlowGuardError
from flowguard.lookups import Stack
from flowguard.model.rollback import Sealed
from flowguard.model.snapshot import Kept, Snapshot, StackParameter
from flowguard.template.text import parse

INLINE = 51_200
"""Bytes of a template that a call may carry; a longer one must lie in S3."""
FUNCTION = "AWS::Lambda::Function"


class NoWay(Exception):  # noqa: N818 — nothing went wrong: there is no way back
    """The row has no steps here: why, and what a person can do."""

    def __init__(self, reason: str, *advice: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice


class InTheWay(NoWay):
    """Something is known to make a restore fail, before anything is carried out."""


def template_of(before: Snapshot) -> tuple[str, Kept]:
    """Which of the two stages of the template is deployed again, by its name.

    The processed one where a transform was at work: SAM run again would make new
    logical ids. Raises `NoWay` where none was kept.
    """
    original, processed = before.original, before.processed
    same = original and processed and original.sha256 == processed.sha256
    name = "original" if same or not processed else "processed"
    kept = original if name == "original" else processed
    if kept is None or not kept.location:
        raise NoWay(
            "the snapshot keeps no template",
            "deploy the last good release again",
            "keep the next snapshot's templates: `flowguard snapshot --help`",
        )
    return name, kept


def is_remote(kept: Kept) -> bool:
    """Whether CloudFormation can read the text itself."""
    return kept.location.startswith("s3://")


def source(kept: Kept, text: str, region: str) -> dict[str, Any]:
    """How a call names the template: by its URL and version, or the text itself.

    Raises `NoWay` for a text that is too long for a call.
    """
    if is_remote(kept):
        return {"TemplateURL": url(kept, region)}
    if len(text.encode()) > INLINE:
        raise NoWay(
            f"the template has more than {INLINE:,} bytes and is not kept in S3",
            "deploy the last good release again",
            "keep the next snapshot's templates in S3: `flowguard snapshot --help`",
        )
    return {"TemplateBody": Sealed(text, f"<template {kept.sha256[:12]}>")}


def url(kept: Kept, region: str) -> str:
    """Where CloudFormation reads a kept text: this version of it, whatever came since.

    CloudFormation reads the object when it uses it, not when it is told of it.
    """
    bucket, _, key = kept.location.removeprefix("s3://").partition("/")
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    version = f"?versionId={quote(kept.version_id, safe='')}" if kept.version_id else ""
    return f"https://{bucket}.s3.{region}.{domain}/{quote(key)}{version}"


def change_set(
    before: Snapshot,
    now: Stack,
    template: Mapping[str, Any],
    values: Mapping[str, str],
) -> dict[str, Any]:
    """The parameters of `create_change_set`, but for its names.

    `template` is what `source` gives, `values` are the withheld values of
    parameters. Raises `NoWay` where the value of a parameter is lost.
    """
    present = {key for key, _ in now.parameters}
    asked: dict[str, Any] = {
        "StackName": now.stack_id,
        "ChangeSetType": "UPDATE",
        **template,
        "Parameters": [_parameter(p, present, values) for p in before.parameters],
        "Tags": [{"Key": key, "Value": value} for key, value in before.tags],
        "Capabilities": _capabilities(before),
        "NotificationARNs": list(before.notification_arns),
        # An alarm that is red still would take the rollback back.
        "RollbackConfiguration": {"RollbackTriggers": [], "MonitoringTimeInMinutes": 0},
    }
    if before.role_arn:
        asked["RoleARN"] = before.role_arn
    return asked


def unreadable(before: Snapshot) -> tuple[str, ...]:
    """The parameters whose old value nobody can read, so that the new one stays."""
    return tuple(p.key for p in before.parameters if p.no_echo)


def _parameter(
    parameter: StackParameter, present: set[str], values: Mapping[str, str]
) -> dict[str, Any]:
    key = parameter.key
    if parameter.no_echo:
        if key not in present:
            raise NoWay(
                f"the value of the NoEcho parameter {key} is lost: the deploy removed it",
                "deploy the last good release again, with that value",
            )
        return {"ParameterKey": key, "UsePreviousValue": True}
    if not parameter.withheld:
        return {"ParameterKey": key, "ParameterValue": parameter.value}
    if key not in values:
        raise NoWay(
            f"the snapshot does not give the value of the parameter {key}",
            "deploy the last good release again, with that value",
        )
    return {"ParameterKey": key, "ParameterValue": Sealed(values[key])}


def _capabilities(before: Snapshot) -> list[str]:
    named = any(kind.startswith("AWS::IAM::") for _, kind, _ in before.resources)
    return sorted(
        {*before.capabilities} | ({"CAPABILITY_NAMED_IAM"} if named else set())
    )


# --- the code alone ---------------------------------------------------------------


def with_code_of(before: str, now: str) -> str:
    """The template that runs now, its functions with the code they had before.

    Raises `NoWay` where no function has other code, or a template cannot be read.
    """
    old, new = _read(before), _read(now)
    functions = new.get("Resources", {})
    changed = False
    for logical_id, resource in old.get("Resources", {}).items():
        same = functions.get(logical_id, {})
        if resource.get("Type") != FUNCTION or same.get("Type") != FUNCTION:
            continue
        code = resource.get("Properties", {}).get("Code")
        if code is not None and same["Properties"].get("Code") != code:
            same["Properties"]["Code"] = code
            changed = True
    if not changed:
        raise NoWay(
            "the functions have the code that they had before: the fault is elsewhere",
            "look at what else the deploy changed, and at the data",
        )
    return json.dumps(new, separators=(",", ":"))


def change_set_of_code(now: Stack, template: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of `create_change_set` where all but the template stays."""
    asked: dict[str, Any] = {
        "StackName": now.stack_id,
        "ChangeSetType": "UPDATE",
        **template,
        "Parameters": [
            {"ParameterKey": key, "UsePreviousValue": True} for key, _ in now.parameters
        ],
        "Tags": [{"Key": key, "Value": value} for key, value in now.tags],
        "Capabilities": list(now.capabilities),
        "NotificationARNs": list(now.notification_arns),
        "RollbackConfiguration": {"RollbackTriggers": [], "MonitoringTimeInMinutes": 0},
    }
    if now.role_arn:
        asked["RoleARN"] = now.role_arn
    return asked


def keep(text: str, beside: Kept) -> Kept:
    """Where a text is put beside one that is kept in S3, by its digest."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    location = f"{beside.location}.code-{digest[:12]}.json"
    return Kept(digest, len(text.encode()), location)


def _read(text: str) -> dict[str, Any]:
    try:
        document = parse(text, "template").plain()
    except FlowGuardError as error:
        raise NoWay(f"a template cannot be read: {error.message}") from None
    return document if isinstance(document, dict) else {}
