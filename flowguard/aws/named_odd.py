"""Named resources whose API is odd: a function for each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from flowguard.aws.answers import error_code, observed
from flowguard.aws.named_ask import Found, Rest, ask_many
from flowguard.aws.named_call import HOME_REGION, NAMES, Call, Native, own_name
from flowguard.aws.session import Aws
from flowguard.lookups import NamedResource, ResourceNamed
from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind
from flowguard.template import resource_types


@dataclass(frozen=True, slots=True)
class Odd:
    """A way to ask about the names of one type."""

    ask: Callable[[Aws, Sequence[ResourceNamed]], tuple[Found, Rest]]
    """What is known at once, and how to ask about each of the rest."""
    actions: tuple[str, ...]


# --- S3: a name is taken among all accounts ----------------------------------

GONE = frozenset({"404", "NoSuchBucket"})
MOVED = frozenset({"301", "PermanentRedirect"})
ELSEWHERE = "another account"


def buckets(aws: Aws, lookups: Sequence[ResourceNamed]) -> tuple[Found, Rest]:
    """Our buckets by one list; whether others have a name, by asking for it."""

    def read() -> dict[str, str]:
        ours = aws.pages(
            "s3", "list_buckets", "Buckets[]", region=where, MaxBuckets=1000
        )
        return {row["Name"]: row.get("BucketRegion", "") for row in ours}

    where = lookups[0].place.region
    listed = observed(read, permission="s3:ListAllMyBuckets")
    ours = listed.value if isinstance(listed, Present) else {}
    found: Found = {
        lookup: Present(_ours(lookup, ours[name]))
        for lookup in lookups
        if (name := own_name(lookup)) in ours
    }
    return found, lambda aws, lookup: _foreign(aws, lookup, listed)


def _ours(lookup: ResourceNamed, where: str) -> NamedResource:
    arn = resource_types.arn(lookup.resource_type, lookup.key, lookup.place)
    state = f"in {where}" if where not in {"", lookup.place.region} else ""
    return NamedResource(own_name(lookup), arn, state=state)


def _foreign(
    aws: Aws, lookup: ResourceNamed, listed: Observed[Any]
) -> Observed[NamedResource]:
    """A bucket that the list does not have, or that there is no list for."""
    sure = isinstance(listed, Present)
    there = Present(replace(_ours(lookup, ""), elsewhere=ELSEWHERE if sure else ""))
    head = observed(lambda: _head(aws, lookup), permission="s3:ListBucket")
    if isinstance(head, Present):
        return there
    if isinstance(head, Unknown) and head.kind is UnknownKind.DENIED:
        # Without the list, what is forbidden may be ours or anybody's.
        return there if sure else _unknown(listed, head)
    return head if isinstance(head, Unknown) else Absent()


def _unknown(*answers: Observed[Any]) -> Unknown:
    return next(answer for answer in answers if isinstance(answer, Unknown))


def _head(aws: Aws, lookup: ResourceNamed) -> bool | None:
    """True if there is such a bucket. Raises ClientError, 403 among others."""
    try:
        aws.call(
            "s3", "head_bucket", region=lookup.place.region, Bucket=own_name(lookup)
        )
    except ClientError as error:
        if error_code(error) in GONE:
            return None
        # It is in another region, and nobody followed there.
        if error_code(error) not in MOVED:
            raise
    return True


# --- security groups: the default VPC has no name in a template --------------

AT_MOST = 200
"""Values of a filter of EC2."""
GROUPS = Native(
    None,
    Call(
        "ec2",
        "DescribeSecurityGroups",
        "SecurityGroups",
        {
            "Filters": [
                {"Name": "group-name", "Values": NAMES},
                {"Name": "vpc-id", "Values": ["{VpcId}"]},
            ]
        },
        name="GroupName",
        id="GroupId",
        arn="SecurityGroupArn",
        at_most=AT_MOST,
    ),
)


def security_groups(aws: Aws, lookups: Sequence[ResourceNamed]) -> tuple[Found, Rest]:
    """Groups by name and VPC; those without a VPC are of the default one."""
    found: Found = {}
    by_vpc: dict[str, list[ResourceNamed]] = defaultdict(list)
    for lookup in lookups:
        by_vpc[_vpc_id(lookup)].append(lookup)
    vpcs: dict[str, Any] = {vpc_id: Present(vpc_id) for vpc_id in by_vpc if vpc_id}
    if "" in by_vpc:
        vpcs[""] = _default_vpc(aws, by_vpc[""][0])
    for vpc_id, group in by_vpc.items():
        if not isinstance(vpcs[vpc_id], Present):
            found |= dict.fromkeys(group, vpcs[vpc_id])
            continue
        for start in range(0, len(group), AT_MOST):
            part = group[start : start + AT_MOST]
            found |= _groups(aws, part, vpcs[vpc_id].value)
    return found, lambda aws, lookup: _groups(
        aws, [lookup], vpcs[_vpc_id(lookup)].value
    )[lookup]


def _vpc_id(lookup: ResourceNamed) -> str:
    return str(dict(lookup.key).get("VpcId", ""))


def _groups(aws: Aws, group: Sequence[ResourceNamed], vpc_id: str) -> Found:
    asked = {
        replace(lookup, key=(lookup.key[0], ("VpcId", vpc_id))): lookup
        for lookup in group
    }
    answers = ask_many(aws, GROUPS, [*asked])
    return {asked[lookup]: answer for lookup, answer in answers.items()}


def _default_vpc(aws: Aws, lookup: ResourceNamed) -> Observed[str]:
    def ask() -> str | None:
        answer = aws.call(
            "ec2",
            "describe_vpcs",
            region=lookup.place.region,
            Filters=[{"Name": "is-default", "Values": ["true"]}],
        )
        return next((vpc["VpcId"] for vpc in answer.get("Vpcs", ())), None)

    return observed(ask, permission="ec2:DescribeVpcs")


# --- Route 53: records are listed from a name on ------------------------------

_OCTAL = re.compile(r"\\([0-7]{3})")


def record_sets(aws: Aws, lookups: Sequence[ResourceNamed]) -> tuple[Found, Rest]:
    """Zones that are given by name once each, then each record."""
    where = HOME_REGION.get(lookups[0].place.partition)
    zone_of = {lookup: str(dict(lookup.key)["HostedZoneId"]) for lookup in lookups}
    ids: dict[str, Any] = {
        zone: _zone_id(aws, zone, where) for zone in set(zone_of.values())
    }
    found: Found = {
        lookup: ids[zone]
        for lookup, zone in zone_of.items()
        if not isinstance(ids[zone], Present)
    }
    return found, lambda aws, lookup: _record(
        aws, lookup, ids[zone_of[lookup]].value, where
    )


def _zone_id(aws: Aws, zone: str, where: str | None) -> Observed[str]:
    """The id of a zone that is given by its id, or by its name."""
    if "." not in zone:
        return Present(zone)

    def ask() -> str | None:
        wanted = zone.lower().rstrip(".")
        answer = aws.call(
            "route53", "list_hosted_zones_by_name", region=where, DNSName=wanted
        )
        for row in answer.get("HostedZones", ()):
            if row["Name"].lower().rstrip(".") == wanted:
                return str(row["Id"]).rpartition("/")[2]
        return None

    return observed(ask, permission="route53:ListHostedZonesByName")


def _record(
    aws: Aws, lookup: ResourceNamed, zone_id: str, where: str | None
) -> Observed[NamedResource]:
    """The record, if the first ones from its name on are it."""
    key = {path: str(value) for path, value in lookup.key}

    def ask() -> NamedResource | None:
        answer = aws.call(
            "route53",
            "list_resource_record_sets",
            region=where,
            HostedZoneId=zone_id,
            StartRecordName=key["Name"],
            StartRecordType=key["Type"],
        )
        for row in answer.get("ResourceRecordSets", ()):
            # A simple record cannot stand beside one with a set identifier.
            set_id = row.get("SetIdentifier", "")
            same = (
                not set_id or not key["SetIdentifier"] or set_id == key["SetIdentifier"]
            )
            if _dns_name(row) == key["Name"] and row["Type"] == key["Type"] and same:
                return NamedResource(key["Name"])
        return None

    return observed(
        ask, absent=("NoSuchHostedZone",), permission="route53:ListResourceRecordSets"
    )


def _dns_name(row: Mapping[str, Any]) -> str:
    """A record's name, as a template writes it (Route 53 writes `*` as `\\052`)."""
    name = _OCTAL.sub(lambda code: chr(int(code[1], 8)), row["Name"])
    return name.lower().removesuffix(".")


# --- service-linked roles: AWS chooses their names ----------------------------


def _service_linked_role(aws: Aws, lookup: ResourceNamed) -> Observed[NamedResource]:
    key = {path: str(value) for path, value in lookup.key}
    suffix = key["CustomSuffix"] and f"_{key['CustomSuffix']}"

    def roles() -> Iterator[Mapping[str, Any]]:
        return aws.pages(
            "iam",
            "list_roles",
            "Roles[]",
            region=HOME_REGION.get(lookup.place.partition),
            PathPrefix=f"/aws-service-role/{key['AWSServiceName']}/",
        )

    def ask() -> NamedResource | None:
        for role in sorted(roles(), key=lambda row: len(row["RoleName"])):
            if role["RoleName"].endswith(suffix):
                return NamedResource(role["RoleName"], role["Arn"])
        return None

    return observed(ask, permission="iam:ListRoles")


ASKS: Mapping[str, Odd] = {
    "AWS::EC2::SecurityGroup": Odd(
        security_groups, ("ec2:DescribeSecurityGroups", "ec2:DescribeVpcs")
    ),
    "AWS::IAM::ServiceLinkedRole": Odd(
        lambda _aws, _lookups: ({}, _service_linked_role), ("iam:ListRoles",)
    ),
    "AWS::Route53::RecordSet": Odd(
        record_sets,
        ("route53:ListHostedZonesByName", "route53:ListResourceRecordSets"),
    ),
    "AWS::S3::Bucket": Odd(buckets, ("s3:ListAllMyBuckets", "s3:ListBucket")),
}
