"""Sources: what CloudFormation knows of stacks and of what belongs to them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from flowguard.aws.answers import error_code, error_message, observed
from flowguard.aws.session import Aws
from flowguard.aws.source import Answers, Source, each, permits
from flowguard.lookups import (
    ChangeSet,
    ChangeSetsOf,
    DeployedTemplate,
    Stack,
    StackNamed,
    StackResource,
    StackResources,
    StacksIn,
    StackSummary,
)
from flowguard.model.questions import Absent, Lookup, Observed, Present

T = TypeVar("T")

FEW = 5
"""How many stacks are asked for one by one, rather than by a list of all."""

STATUSES = (
    "CREATE_IN_PROGRESS",
    "CREATE_FAILED",
    "CREATE_COMPLETE",
    "ROLLBACK_IN_PROGRESS",
    "ROLLBACK_FAILED",
    "ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS",
    "DELETE_FAILED",
    "UPDATE_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS",
    "IMPORT_IN_PROGRESS",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_IN_PROGRESS",
    "IMPORT_ROLLBACK_FAILED",
    "IMPORT_ROLLBACK_COMPLETE",
)
"""Every StackStatus of the API but DELETE_COMPLETE."""

NO_STACK = re.compile(r"^Stack\b.* does not exist$")
# A stack under review has a name and nothing else.
NO_TEMPLATE = re.compile(
    rf"{NO_STACK.pattern}|\bcannot be called on REVIEW_IN_PROGRESS stacks$"
)


def unless(pattern: re.Pattern[str], ask: Callable[[], T]) -> T | None:
    """Ask; None where CloudFormation says, as `pattern` has it, that there is none.

    It says so by ValidationError, its code for bad input and for much else,
    so only the whole meaning of the message counts.
    """
    try:
        return ask()
    except ClientError as error:
        said = error_message(error).strip().rstrip(".")
        if error_code(error) == "ValidationError" and pattern.search(said):
            return None
        raise


# --- the stack --------------------------------------------------------------


def fetch_stacks(aws: Aws, lookups: Sequence[StackNamed]) -> Answers:
    """Few stacks each by itself; many by one list, which has all but the deleted."""
    if len(lookups) <= FEW:
        return each(stack_named)(aws, lookups)
    listed = observed(
        lambda: _every_stack(aws, lookups[0].place.region),
        permission="cloudformation:DescribeStacks",
    )
    if not isinstance(listed, Present):
        # The policy may allow the very stacks that are asked for, and no list.
        return each(stack_named)(aws, lookups)
    answers: dict[Lookup[Any], Observed[Any]] = {}
    by_id = []
    for lookup in lookups:
        if stack := listed.value.get(str(lookup.name)):
            answers[lookup] = Present(stack)
        elif _is_id(str(lookup.name)):
            by_id.append(lookup)
        else:
            answers[lookup] = Absent()
    return answers | dict(each(stack_named)(aws, by_id))


def stack_named(aws: Aws, lookup: StackNamed) -> Observed[Stack]:
    """The stack with a name or id."""
    name = str(lookup.name)

    def ask() -> Stack | None:
        answer = aws.call(
            "cloudformation",
            "describe_stacks",
            region=lookup.place.region,
            StackName=name,
        )
        stacks = [_stack(row) for row in answer.get("Stacks", ())]
        gone = [stack for stack in stacks if stack.status == "DELETE_COMPLETE"]
        # A deleted stack answers to its id alone, its name is free.
        found = [s for s in stacks if s not in gone] or (gone if _is_id(name) else [])
        return found[0] if found else None

    return observed(
        lambda: unless(NO_STACK, ask), permission="cloudformation:DescribeStacks"
    )


def _every_stack(aws: Aws, region: str) -> dict[str, Stack]:
    """All stacks by name and by id."""
    found = {}
    for row in aws.pages("cloudformation", "describe_stacks", "Stacks", region=region):
        stack = _stack(row)
        found[stack.name] = found[stack.stack_id] = stack
    return found


def _is_id(name: str) -> bool:
    return name.startswith("arn:")


def _stack(row: Mapping[str, Any]) -> Stack:
    return Stack(
        name=row["StackName"],
        stack_id=row["StackId"],
        status=row["StackStatus"],
        status_reason=row.get("StackStatusReason", ""),
        detailed_status=row.get("DetailedStatus", ""),
        created=row.get("CreationTime"),
        updated=row.get("LastUpdatedTime"),
        parameters=tuple(
            (item["ParameterKey"], item.get("ParameterValue", ""))
            for item in row.get("Parameters", ())
        ),
        resolved=tuple(
            (item["ParameterKey"], item["ResolvedValue"])
            for item in row.get("Parameters", ())
            if "ResolvedValue" in item
        ),
        outputs=tuple(
            (item["OutputKey"], item.get("OutputValue", ""), item.get("ExportName", ""))
            for item in row.get("Outputs", ())
        ),
        tags=tuple((item["Key"], item["Value"]) for item in row.get("Tags", ())),
        capabilities=tuple(row.get("Capabilities", ())),
        role_arn=row.get("RoleARN", ""),
        parent_id=row.get("ParentId", ""),
        root_id=row.get("RootId", ""),
        termination_protection=bool(row.get("EnableTerminationProtection")),
        change_set_id=row.get("ChangeSetId", ""),
        notification_arns=tuple(row.get("NotificationARNs", ())),
        disable_rollback=bool(row.get("DisableRollback")),
        mode=row.get("DeploymentConfig", {}).get("Mode", ""),
        **_monitoring(row.get("RollbackConfiguration", {})),
    )


def _monitoring(row: Mapping[str, Any]) -> dict[str, Any]:
    """How long a deploy is watched, and which alarms take it back."""
    triggers = row.get("RollbackTriggers", ())
    return {
        "monitoring_minutes": row.get("MonitoringTimeInMinutes", 0),
        "triggers": tuple((item["Arn"], item.get("Type", "")) for item in triggers),
    }


def fetch_summaries(aws: Aws, lookups: Sequence[StacksIn]) -> Answers:
    """All stacks of the region; the lookups of one place are one question."""
    region = lookups[0].place.region

    def ask() -> tuple[StackSummary, ...]:
        rows = aws.pages(
            "cloudformation",
            "list_stacks",
            "StackSummaries",
            region=region,
            StackStatusFilter=STATUSES,
        )
        return tuple(
            StackSummary(
                name=row["StackName"],
                stack_id=row.get("StackId", ""),
                status=row["StackStatus"],
                created=row.get("CreationTime"),
                updated=row.get("LastUpdatedTime"),
                parent_id=row.get("ParentId", ""),
            )
            for row in rows
            if row["StackStatus"] != "DELETE_COMPLETE"
        )

    answer = observed(ask, permission="cloudformation:ListStacks")
    return dict.fromkeys(lookups, answer)


# --- what belongs to it -----------------------------------------------------


def stack_resources(
    aws: Aws, lookup: StackResources
) -> Observed[tuple[StackResource, ...]]:
    """The resources of a stack, the deleted ones too while CloudFormation has them."""

    def ask() -> tuple[StackResource, ...]:
        return tuple(
            StackResource(
                logical_id=row["LogicalResourceId"],
                physical_id=row.get("PhysicalResourceId", ""),
                resource_type=row["ResourceType"],
                status=row["ResourceStatus"],
                status_reason=row.get("ResourceStatusReason", ""),
            )
            for row in aws.pages(
                "cloudformation",
                "list_stack_resources",
                "StackResourceSummaries",
                region=lookup.place.region,
                StackName=lookup.stack,
            )
        )

    return observed(
        lambda: unless(NO_STACK, ask), permission="cloudformation:ListStackResources"
    )


def deployed_template(aws: Aws, lookup: DeployedTemplate) -> Observed[str]:
    """The template that a stack was last deployed with, after its transforms."""
    return template_at(aws, lookup.stack, "Processed", lookup.place.region)


def template_at(
    aws: Aws, stack: str, stage: str, region: str | None = None
) -> Observed[str]:
    """A stack's template as it was given (`Original`), or as its transforms have left
    it (`Processed`); absent where there is no such stack, or it never had one."""

    def ask() -> str:
        answer = aws.call(
            "cloudformation",
            "get_template",
            region=region,
            StackName=stack,
            TemplateStage=stage,
        )
        body = answer["TemplateBody"]
        # botocore reads what looks like JSON, to its own gain; the order stays.
        return body if isinstance(body, str) else json.dumps(body)

    return observed(
        lambda: unless(NO_TEMPLATE, ask),
        permission="cloudformation:GetTemplate",
    )


def change_sets_of(aws: Aws, lookup: ChangeSetsOf) -> Observed[tuple[ChangeSet, ...]]:
    """The change sets of a stack."""

    def ask() -> tuple[ChangeSet, ...]:
        return tuple(
            ChangeSet(
                name=row["ChangeSetName"],
                status=row.get("Status", ""),
                execution_status=row.get("ExecutionStatus", ""),
                created=row.get("CreationTime"),
            )
            for row in aws.pages(
                "cloudformation",
                "list_change_sets",
                "Summaries",
                region=lookup.place.region,
                StackName=lookup.stack,
            )
        )

    return observed(
        lambda: unless(NO_STACK, ask), permission="cloudformation:ListChangeSets"
    )


CHANGE_SETS_OF = Source(each(change_sets_of), permits("cloudformation:ListChangeSets"))
DEPLOYED_TEMPLATE = Source(
    each(deployed_template), permits("cloudformation:GetTemplate")
)
STACK_NAMED = Source(fetch_stacks, permits("cloudformation:DescribeStacks"))
STACK_RESOURCES = Source(
    each(stack_resources), permits("cloudformation:ListStackResources")
)
STACKS_IN = Source(fetch_summaries, permits("cloudformation:ListStacks"))
