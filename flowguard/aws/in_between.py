"""What stands between a stack's release and the one before: change sets, old files,
traffic that is being shifted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from flowguard.aws.answers import observed
from flowguard.aws.session import Aws
from flowguard.aws.stacks import NO_STACK, stack_resources, unless
from flowguard.lookups import StackEvent, StackResources
from flowguard.model.questions import Observed, Present
from flowguard.model.rollback import ChangeSetReview, ObjectVersions, PlannedChange

SHIFTING = ("Created", "Queued", "InProgress", "Baking", "Ready")
"""Statuses of a CodeDeploy deployment that is not over."""
APPLICATION = "AWS::CodeDeploy::Application"
GROUP = "AWS::CodeDeploy::DeploymentGroup"
STACK = "AWS::CloudFormation::Stack"

_DEPLOYMENT = re.compile(r"\bd-[A-Z0-9]{9}\b")


def change_set(aws: Aws, stack_id: str, name: str) -> Observed[ChangeSetReview]:
    """The change set with a name or an id, all its pages."""

    def ask() -> ChangeSetReview:
        pages = aws.each_page(
            "cloudformation",
            "describe_change_set",
            StackName=stack_id,
            ChangeSetName=name,
        )
        return _review(list(pages))

    return observed(
        lambda: unless(NO_STACK, ask),
        absent={"ChangeSetNotFound", "ChangeSetNotFoundException"},
        permission="cloudformation:DescribeChangeSet",
    )


def _review(pages: Sequence[dict[str, Any]]) -> ChangeSetReview:
    first = pages[0]
    rows = [c.get("ResourceChange", {}) for p in pages for c in p.get("Changes", ())]
    return ChangeSetReview(
        change_set_id=first["ChangeSetId"],
        status=first["Status"],
        reason=first.get("StatusReason", ""),
        execution_status=first.get("ExecutionStatus", ""),
        changes=tuple(
            PlannedChange(
                action=row.get("Action", ""),
                logical_id=row.get("LogicalResourceId", ""),
                resource_type=row.get("ResourceType", ""),
                physical_id=row.get("PhysicalResourceId", ""),
                replacement=row.get("Replacement", ""),
                policy_action=row.get("PolicyAction", ""),
            )
            for row in rows
        ),
    )


def versions(aws: Aws, location: str) -> Observed[ObjectVersions]:
    """What there is of `s3://bucket/key`; absent where there never was any."""
    bucket, _, key = location.removeprefix("s3://").partition("/")
    return observed(
        lambda: _versions(aws, bucket, key),
        absent={"NoSuchBucket", "404"},
        permission="s3:ListBucketVersions",
    )


def _versions(aws: Aws, bucket: str, key: str) -> ObjectVersions | None:
    """All versions of one object; each list has the newest first."""
    marker, found, etags = "", [], []
    pages = aws.each_page("s3", "list_object_versions", Bucket=bucket, Prefix=key)
    for page in pages:
        for row in page.get("DeleteMarkers", ()):
            if row["Key"] == key and row.get("IsLatest"):
                marker = row["VersionId"]
        rows = [row for row in page.get("Versions", ()) if row["Key"] == key]
        found += [row.get("VersionId") or "null" for row in rows]
        etags += [str(row.get("ETag", "")).strip('"') for row in rows]
    if not marker and not found:
        return None
    return ObjectVersions(marker, tuple(found), tuple(etags))


def layer(aws: Aws, arn: str) -> Observed[str]:
    """The ARN of a version of a layer; absent where it is deleted."""

    def ask() -> str:
        answer = aws.call("lambda", "get_layer_version_by_arn", Arn=arn)
        return str(answer["LayerVersionArn"])

    return observed(
        ask,
        absent={"ResourceNotFoundException"},
        permission="lambda:GetLayerVersion",
    )


def shifting(aws: Aws, events: Sequence[StackEvent]) -> Observed[str]:
    """The CodeDeploy deployment that shifts traffic in the operation of `events`."""

    def ask() -> str | None:
        told = {i for e in events for i in _DEPLOYMENT.findall(e.reason)}
        for deployment in sorted(told) or _deployments(aws, events):
            answer = aws.call("codedeploy", "get_deployment", deploymentId=deployment)
            if answer["deploymentInfo"].get("status") in SHIFTING:
                return deployment
        return None

    return observed(
        ask,
        absent={"DeploymentDoesNotExistException"},
        permission="codedeploy:GetDeployment",
    )


def _deployments(aws: Aws, events: Sequence[StackEvent]) -> Iterator[str]:
    """Those under way in the deployment groups of the stack that the events are of."""
    stack_id = next((e.physical_id for e in events if e.resource_type == STACK), "")
    if not stack_id:
        return
    found = stack_resources(aws, StackResources(aws.place, stack_id))
    rows = found.value if isinstance(found, Present) else ()
    for application in (r for r in rows if r.resource_type == APPLICATION):
        for group in (r for r in rows if r.resource_type == GROUP):
            yield from aws.pages(
                "codedeploy",
                "list_deployments",
                "deployments",
                applicationName=application.physical_id,
                deploymentGroupName=group.physical_id,
                includeOnlyStatuses=list(SHIFTING),
            )
