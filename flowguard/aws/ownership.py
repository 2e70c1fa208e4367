"""Sources: whose a resource is, by CloudFormation's word and by its tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from flowguard.aws.answers import observed
from flowguard.aws.session import Aws
from flowguard.aws.source import Answers, Source, each, in_batches, permits
from flowguard.aws.stacks import NO_STACK, unless
from flowguard.lookups import Owner, OwnerOf, TagsOf
from flowguard.model import Absent, Lookup, Observed, Present, Unknown, UnknownKind

Row = Mapping[str, Any]
Tags = tuple[tuple[str, str], ...]

# --- by CloudFormation's word -----------------------------------------------

GIVEN_UP = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED"})
"""Statuses of a resource that a stack still lists and no longer owns."""


def owner_of(aws: Aws, lookup: OwnerOf) -> Observed[tuple[Owner, ...]]:
    """The stacks' resources with a physical id; absent if no stack has it."""

    def ask() -> tuple[Owner, ...] | None:
        answer = aws.call(
            "cloudformation",
            "describe_stack_resources",
            region=lookup.place.region,
            PhysicalResourceId=lookup.physical_id,
        )
        rows = answer.get("StackResources", ())
        found = [r for r in rows if r.get("PhysicalResourceId") == lookup.physical_id]
        if rows and not found:
            # Only the first hundred resources of the stack are in the answer.
            found = list(_further(aws, lookup, rows[0]))
            if not found:
                raise LookupError(
                    f"{rows[0]['StackName']} owns it and does not list it"
                )
        return tuple(_owner(row) for row in found if _is_owned(row)) or None

    return observed(
        lambda: unless(NO_STACK, ask),
        permission="cloudformation:DescribeStackResources",
    )


def _further(aws: Aws, lookup: OwnerOf, first: Row) -> Iterator[Row]:
    stack = {key: first[key] for key in ("StackName", "StackId")}
    rows = aws.pages(
        "cloudformation",
        "list_stack_resources",
        "StackResourceSummaries",
        region=lookup.place.region,
        StackName=stack["StackId"],
    )
    for row in rows:
        if row.get("PhysicalResourceId") == lookup.physical_id:
            yield row | stack


def _is_owned(row: Row) -> bool:
    """Whether the stack has the resource, rather than having failed to make it."""
    status = row.get("ResourceStatus", "")
    reason = row.get("ResourceStatusReason", "")
    taken = status == "CREATE_FAILED" and "already exists" in reason
    return status not in GIVEN_UP and not taken


def _owner(row: Row) -> Owner:
    return Owner(
        stack_name=row["StackName"],
        stack_id=row["StackId"],
        logical_id=row["LogicalResourceId"],
        resource_type=row["ResourceType"],
    )


# --- by its tags ------------------------------------------------------------

ARNS_PER_CALL = 100

# The tagging API does not answer for IAM.
IAM_TAGS = {
    "role": ("list_role_tags", "RoleName"),
    "user": ("list_user_tags", "UserName"),
    "policy": ("list_policy_tags", "PolicyArn"),
    "instance-profile": ("list_instance_profile_tags", "InstanceProfileName"),
}
TAGGED_IN_VIRGINIA = frozenset({"cloudfront", "route53"})


def fetch_tags(aws: Aws, lookups: Sequence[TagsOf]) -> Answers:
    """Tags by ARN, a hundred a call in the region where each is kept."""
    of_iam = [lookup for lookup in lookups if _service(lookup.arn) == "iam"]
    answers: dict[Lookup[Any], Observed[Any]] = dict(each(_iam_tags)(aws, of_iam))
    by_region: dict[str, list[TagsOf]] = defaultdict(list)
    for lookup in lookups:
        if lookup not in answers:
            by_region[_region(lookup)].append(lookup)
    for region, members in by_region.items():
        answers |= in_batches(
            aws,
            members,
            ARNS_PER_CALL,
            partial(_tags, aws, region),
        )
    return answers


def _tags(aws: Aws, region: str, batch: Sequence[TagsOf]) -> Observed[Answers]:
    """The tags of up to a hundred resources of one region."""

    def ask() -> Answers:
        arns = sorted({_taggable(lookup.arn) for lookup in batch})
        answer = aws.call(
            "resourcegroupstaggingapi",
            "get_resources",
            region=region,
            ResourceARNList=arns,
        )
        rows = answer.get("ResourceTagMappingList", ())
        tags = {row["ResourceARN"]: _pairs(row.get("Tags", ())) for row in rows}
        return {lookup: _known(tags.get(_taggable(lookup.arn))) for lookup in batch}

    return observed(ask, permission="tag:GetResources")


def _iam_tags(aws: Aws, lookup: TagsOf) -> Observed[Tags]:
    """The tags of an IAM resource."""
    kind, _, name = lookup.arn.split(":", 5)[5].partition("/")
    if kind not in IAM_TAGS:
        return Unknown(UnknownKind.UNSUPPORTED, f"IAM tells no tags of a {kind}")
    operation, parameter = IAM_TAGS[kind]
    value = lookup.arn if parameter == "PolicyArn" else name.rpartition("/")[2]

    def ask() -> Tags | None:
        rows = aws.pages("iam", operation, "Tags", **{parameter: value})
        return _pairs(rows) or None

    action = "".join(word.capitalize() for word in operation.split("_"))
    return observed(ask, absent={"NoSuchEntity"}, permission=f"iam:{action}")


def _known(tags: Tags | None) -> Observed[Tags]:
    return Present(tags) if tags else Absent()


def _pairs(rows: Iterable[Row]) -> Tags:
    return tuple((row["Key"], row["Value"]) for row in rows)


def _service(arn: str) -> str:
    return (arn.split(":") + [""] * 3)[2]


def _region(lookup: TagsOf) -> str:
    """Where the tags of a resource are kept."""
    if _service(lookup.arn) in TAGGED_IN_VIRGINIA:
        return "us-east-1"
    return (lookup.arn.split(":") + [""] * 4)[3] or lookup.place.region


def _taggable(arn: str) -> str:
    """The ARN as the tagging API has it: a log group's without the streams."""
    return arn.removesuffix(":*") if _service(arn) == "logs" else arn


OWNER_OF = Source(
    each(owner_of),
    permits(
        "cloudformation:DescribeStackResources", "cloudformation:ListStackResources"
    ),
)
TAGS_OF = Source(
    fetch_tags,
    permits(
        "iam:ListInstanceProfileTags",
        "iam:ListPolicyTags",
        "iam:ListRoleTags",
        "iam:ListUserTags",
        "tag:GetResources",
    ),
)
