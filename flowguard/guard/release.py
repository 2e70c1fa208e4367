"""What is deployed: a template and all that goes with it, and its change set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from flowguard import spoken
from flowguard.errors import UsageError
from flowguard.lookups import Stack
from flowguard.model.rollback import ChangeSetReview, PlannedChange, Sealed, Step
from flowguard.rollback.facts import DATA

LARGEST_BODY = 51_200
"""Bytes of a template that CloudFormation takes with the call itself."""
TOKEN_PREFIX = "flowguard-deploy-"  # noqa: S105 — it opens nothing
METRIC_ALARM = "AWS::CloudWatch::Alarm"

_KEPT = frozenset({"Retain", "Snapshot", "ReplaceAndRetain", "ReplaceAndSnapshot"})
"""Policies under which what a change removes can be brought back."""


@dataclass(frozen=True, slots=True)
class Release:
    """What a deploy is to bring about."""

    stack_name: str
    body: str
    """The template as it is written."""
    declared: frozenset[str] = frozenset()
    """The parameters that it has."""
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Those that are given; the stack keeps its values of the others."""
    tags: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    role_arn: str = ""
    hidden: frozenset[str] = frozenset()
    """The parameters whose values nobody may read (NoEcho)."""
    window: int = 5
    """Minutes for which CloudFormation holds the update before it cleans up."""
    triggers: tuple[str, ...] = ()
    """ARNs of alarms that take the update back by themselves."""
    storage: str = ""
    """`s3://bucket/prefix`, where a template that is too large for a call goes."""

    def is_deployed_to(self, stack: Stack) -> bool:
        """Whether the stack has the parameters of this release, as far as they can be
        read: with one that is hidden nobody knows, and the answer is no."""
        if self.hidden & self.parameters.keys():
            return False
        live = dict(stack.parameters)
        return all(live.get(key) == value for key, value in self.parameters.items())

    @property
    def content(self) -> str:
        """A digest of it, but for the parameters' values, which may be secret; the
        artifacts are in the template, by keys and URIs."""
        parts = [
            self.body,
            sorted(self.parameters),
            sorted(self.tags.items()),
            sorted(self.capabilities),
            self.role_arn,
            self.window,
            self.triggers,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]

    @property
    def is_large(self) -> bool:
        """Whether the template must go through S3."""
        return len(self.body.encode()) > LARGEST_BODY


@dataclass(frozen=True, slots=True)
class Naming:
    """What an attempt at a deploy is known by in AWS."""

    content: str
    run: str
    """Of this run alone: the same release may be deployed again, and again."""

    @property
    def change_set(self) -> str:
        """The name of its change set."""
        return f"flowguard-{self.content}-{self.run}"

    @property
    def token(self) -> str:
        """The client request token, by which a later run finds the operation."""
        return f"{TOKEN_PREFIX}{self.content}-{self.run}"

    def is_of(self, token: str) -> bool:
        """Whether an operation with that token deploys the same content."""
        return token.startswith(f"{TOKEN_PREFIX}{self.content}-")


def upload(release: Release, region: str) -> tuple[Step, str]:
    """The step that puts a large template into S3, and the URL that it has then.

    It is called after its digest, so that nothing is ever overwritten. Raises
    `UsageError` where nobody said where it may go.
    """
    size = len(release.body.encode())
    bucket, _, prefix = release.storage.removeprefix("s3://").partition("/")
    if not release.storage.startswith("s3://") or not bucket:
        raise UsageError(
            f"the template has {size:,} bytes, and CloudFormation takes "
            f"{LARGEST_BODY:,} with the call itself",
            help="name a bucket that it may go through: "
            + spoken.option("s3", "s3://BUCKET/PREFIX"),
        )
    digest = hashlib.sha256(release.body.encode()).hexdigest()
    key = "/".join(filter(None, (prefix.strip("/"), f"{digest}.template")))
    step = Step(
        "upload-template",
        "s3",
        "put_object",
        {
            "Bucket": bucket,
            "Key": key,
            "Body": Sealed(release.body, f"{size:,} bytes"),
            "IfNoneMatch": "*",
        },
        "put the template where CloudFormation reads it",
    )
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return step, f"https://{bucket}.s3.{region}.{domain}/{quote(key)}"


def create_change_set(
    release: Release, stack: Stack | None, naming: Naming, url: str = ""
) -> Step:
    """The step that has CloudFormation work out what the deploy would change."""
    new = stack is None
    minutes = 0 if new and not release.triggers else release.window
    given: dict[str, Any] = {
        "StackName": stack.stack_id if stack else release.stack_name,
        "ChangeSetName": naming.change_set,
        "ChangeSetType": "CREATE" if new else "UPDATE",
        "Description": "made by flowguard deploy",
        "Parameters": [*_parameters(release, stack)],
        "RollbackConfiguration": {
            "MonitoringTimeInMinutes": minutes,
            "RollbackTriggers": [
                {"Arn": arn, "Type": METRIC_ALARM} for arn in release.triggers
            ],
        },
        "ClientToken": naming.change_set,
    }
    given |= {"TemplateURL": url} if url else {"TemplateBody": _sealed(release.body)}
    if release.tags:
        given["Tags"] = [{"Key": k, "Value": v} for k, v in release.tags.items()]
    if release.capabilities:
        given["Capabilities"] = [*release.capabilities]
    if release.role_arn:
        given["RoleARN"] = release.role_arn
    why = "work out what the deploy would change"
    return Step("create-change-set", "cloudformation", "create_change_set", given, why)


def execute(stack_id: str, change_set: str, naming: Naming, *, destroys: bool) -> Step:
    """The step that begins the deploy."""
    return Step(
        "execute-change-set",
        "cloudformation",
        "execute_change_set",
        {
            "StackName": stack_id,
            "ChangeSetName": change_set,
            "ClientRequestToken": naming.token,
            "DisableRollback": False,
            # Else what the release makes and retains outlives a cancellation, and its
            # name cannot be taken by the next deploy.
            "RetainExceptOnCreate": True,
        },
        "deploy",
        destroys=destroys,
        settles=True,
    )


def discard(stack_id: str, change_set: str) -> Step:
    """The step that removes a change set which is not carried out."""
    given = {"StackName": stack_id, "ChangeSetName": change_set}
    why = "leave no change set behind"
    return Step("delete-change-set", "cloudformation", "delete_change_set", given, why)


def remove(stack_id: str) -> Step:
    """The step that removes the empty stack which a change set has made."""
    why = "leave no empty stack behind"
    return Step(
        "delete-empty-stack",
        "cloudformation",
        "delete_stack",
        {"StackName": stack_id},
        why,
        destroys=True,
    )


def loses_data(change: PlannedChange) -> bool:
    """Whether a resource that holds data is removed, or may be replaced by a new one."""
    if change.resource_type not in DATA or change.policy_action in _KEPT:
        return False
    return change.action == "Remove" or change.replacement in {"True", "Conditional"}


def approval(release: Release, stack: Stack | None, review: ChangeSetReview) -> str:
    """What an approval is bound to: the stack, its last change, and what is changed."""
    bound = [
        release.content,
        [stack.stack_id, str(stack.updated or stack.created)] if stack else [],
        sorted(
            [c.action, c.logical_id, c.physical_id, c.replacement, c.policy_action]
            for c in review.changes
        ),
    ]
    return hashlib.sha256(json.dumps(bound).encode()).hexdigest()[:16]


def touched(changes: Iterable[PlannedChange]) -> frozenset[str]:
    """The logical ids by which the window is known to be open.

    What is removed is so afterwards, in the clean-up.
    """
    return frozenset(c.logical_id for c in changes if c.action != "Remove")


def line(change: PlannedChange) -> str:
    """A change in words."""
    replaced = {"True": ", replaced", "Conditional": ", may be replaced"}
    how = replaced.get(change.replacement, "")
    lost = ": the data that it holds is lost" if loses_data(change) else ""
    return f"{change.action} {change.logical_id} ({change.resource_type}{how}){lost}"


def _parameters(release: Release, stack: Stack | None) -> Iterable[dict[str, Any]]:
    for key, value in release.parameters.items():
        yield {"ParameterKey": key, "ParameterValue": _sealed(value)}
    for key, _ in stack.parameters if stack else ():
        if key in release.declared and key not in release.parameters:
            yield {"ParameterKey": key, "UsePreviousValue": True}


def _sealed(text: str) -> Sealed:
    return Sealed(text)
