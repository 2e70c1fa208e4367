"""Sources: what a template takes its values from. Secrets are never read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flowguard.aws.answers import observed
from flowguard.aws.session import Aws
from flowguard.aws.source import Answers, Source, each, in_batches, permits
from flowguard.lookups import Parameter, ParameterNamed, SecretNamed, ZonesIn
from flowguard.model.questions import Absent, Lookup, Observed, Present

NAMES_PER_CALL = 10


def fetch_parameters(aws: Aws, lookups: Sequence[ParameterNamed]) -> Answers:
    """Parameters by name, `name:version` or ARN, ten a call."""
    return in_batches(
        aws, lookups, NAMES_PER_CALL, lambda batch: _parameters(aws, batch)
    )


def _parameters(aws: Aws, batch: Sequence[ParameterNamed]) -> Observed[Answers]:
    """Up to ten parameters."""

    def ask() -> Answers:
        answer = aws.call(
            "ssm",
            "get_parameters",
            region=batch[0].place.region,
            Names=[str(lookup.name) for lookup in batch],
            WithDecryption=False,
        )
        found: dict[str, Parameter] = {}
        for row in answer.get("Parameters", ()):
            found |= dict.fromkeys(_names(row), _parameter(row))
        missing = set(answer.get("InvalidParameters", ()))
        answers: dict[Lookup[Any], Observed[Any]] = {}
        for lookup in batch:
            name = str(lookup.name)
            if name in found:
                answers[lookup] = Present(found[name])
            elif name in missing:
                answers[lookup] = Absent()
        return answers

    return observed(ask, permission="ssm:GetParameters")


def _names(row: Mapping[str, Any]) -> Iterator[str]:
    """The names by which a parameter in an answer may have been asked for."""
    for name in (row["Name"], row.get("ARN", "")):
        yield name
        yield f"{name}:{row.get('Version', '')}"
        yield name + row.get("Selector", "")


def _parameter(row: Mapping[str, Any]) -> Parameter:
    # What a SecureString holds is ciphertext here, and nobody's business.
    secret = row["Type"] == "SecureString"
    return Parameter(row["Type"], None if secret else row.get("Value"))


def secret_named(aws: Aws, lookup: SecretNamed) -> Observed[str]:
    """The ARN of a secret; absent too while it waits to be deleted."""

    def ask() -> str | None:
        answer = aws.call(
            "secretsmanager",
            "describe_secret",
            region=lookup.place.region,
            SecretId=str(lookup.name),
        )
        # It keeps its name until then, but no template can use it any more.
        return None if answer.get("DeletedDate") else answer["ARN"]

    return observed(
        ask,
        absent={"ResourceNotFoundException"},
        permission="secretsmanager:DescribeSecret",
    )


def zones_in(aws: Aws, lookup: ZonesIn) -> Observed[tuple[str, ...]]:
    """The zones that have a default subnet; all of them where none has one.

    That is what CloudFormation's reference says of `Fn::GetAZs`.
    """
    region = lookup.place.region
    zones = observed(
        lambda: _zones(aws, region), permission="ec2:DescribeAvailabilityZones"
    )
    if not isinstance(zones, Present):
        return zones

    def ask() -> tuple[str, ...]:
        subnets = aws.pages(
            "ec2",
            "describe_subnets",
            "Subnets",
            region=region,
            Filters=[{"Name": "default-for-az", "Values": ["true"]}],
        )
        usual = {subnet["AvailabilityZone"] for subnet in subnets}
        return tuple(zone for zone in zones.value if zone in usual) or zones.value

    return observed(ask, permission="ec2:DescribeSubnets")


def _zones(aws: Aws, region: str) -> tuple[str, ...]:
    answer = aws.call(
        "ec2",
        "describe_availability_zones",
        region=region,
        Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}],
    )
    zones = answer.get("AvailabilityZones", ())
    return tuple(sorted(zone["ZoneName"] for zone in zones))


PARAMETER_NAMED = Source(fetch_parameters, permits("ssm:GetParameters"))
SECRET_NAMED = Source(each(secret_named), permits("secretsmanager:DescribeSecret"))
ZONES_IN = Source(
    each(zones_in), permits("ec2:DescribeAvailabilityZones", "ec2:DescribeSubnets")
)
