"""Sources: whose a resource is, by CloudFormation's word and by its tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from flowguard.aws.answers import UnreadableError, observed
from flowguard.aws.session import Aws
from flowguard.aws.source import Answers, Source, each, in_batches, permits
from flowguard.aws.stacks import NO_STACK, unless
from flowguard.lookups import Owner, OwnerOf, TagsOf, is_owned
from flowguard.model.questions import (
    Absent,
    Lookup,
    Observed,
    Present,
    Unknown,
    UnknownKind,
)

Row = Mapping[str, Any]
Tags = tuple[tuple[str, str], ...]

# --- by CloudFormation's word -----------------------------------------------

ROWS_PER_ANSWER = 100
"""DescribeStackResources tells no more of a stack."""

Owners = tuple[Owner, ...]


def fetch_owners(aws: Aws, lookups: Sequence[OwnerOf]) -> Answers:
    """The stacks' resources with each physical id; absent if no stack has it.

    The answer for one resource lists its whole stack, and so tells of others that
    are asked for. So one is asked first, then twice as many of what is left, and
    so on: few calls where one stack owns many, few rounds where nobody owns any.
    """
    answers: dict[Lookup[Any], Observed[Any]] = {}
    left, size = list(lookups), 1
    while left:
        wave, left = left[:size], left[size:]
        ask = partial(_owners, aws, more=bool(left))
        told: dict[str, Owners] = {}
        for lookup, (answer, stack) in zip(wave, aws.map(ask, wave), strict=True):
            answers[lookup] = answer
            told |= stack
        known = {o: told[o.physical_id] for o in left if o.physical_id in told}
        answers |= {lookup: Present(owners) for lookup, owners in known.items()}
        left, size = [lookup for lookup in left if lookup not in known], size * 2
    return answers


def _owners(
    aws: Aws, lookup: OwnerOf, *, more: bool
) -> tuple[Observed[Owners], Mapping[str, Owners]]:
    """The answer for one resource, and what it says of others by physical id.

    Where `more` are asked for, a large stack is listed to its end.
    """

    answer = observed(
        lambda: unless(NO_STACK, lambda: _rows(aws, lookup, more=more)),
        permission="cloudformation:DescribeStackResources",
    )
    if not isinstance(answer, Present):
        return answer, {}
    owners: dict[str, Owners] = {}
    for row in answer.value:
        physical_id = row.get("PhysicalResourceId")
        if physical_id and is_owned(
            row.get("ResourceStatus", ""), row.get("ResourceStatusReason", "")
        ):
            owners[physical_id] = (*owners.get(physical_id, ()), _owner(row))
    own = owners.get(lookup.physical_id)
    return Present(own) if own else Absent(), owners


def _rows(aws: Aws, lookup: OwnerOf, *, more: bool) -> Sequence[Row] | None:
    """What is told of the stack that has the resource; None if none has."""
    answer = aws.call(
        "cloudformation",
        "describe_stack_resources",
        region=lookup.place.region,
        PhysicalResourceId=lookup.physical_id,
    )
    rows: Sequence[Row] = answer.get("StackResources", ())
    if not rows:
        return None
    first = rows[0]
    if _has(rows, lookup):
        if not more or len(rows) < ROWS_PER_ANSWER:
            return rows
        whole = observed(
            lambda: _whole(aws, lookup, first),
            permission="cloudformation:ListStackResources",
        )
        return whole.value if isinstance(whole, Present) else rows
    rows = _whole(aws, lookup, first)
    if not _has(rows, lookup):
        raise UnreadableError(f"{first['StackName']} owns it and does not list it")
    return rows


def _has(rows: Sequence[Row], lookup: OwnerOf) -> bool:
    return any(row.get("PhysicalResourceId") == lookup.physical_id for row in rows)


def _whole(aws: Aws, lookup: OwnerOf, first: Row) -> Sequence[Row]:
    """All rows of the stack that `first` is of."""
    stack = {key: first[key] for key in ("StackName", "StackId")}
    rows = aws.pages(
        "cloudformation",
        "list_stack_resources",
        "StackResourceSummaries",
        region=lookup.place.region,
        StackName=stack["StackId"],
    )
    return [row | stack for row in rows]


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
    fetch_owners,
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
