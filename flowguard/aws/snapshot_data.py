"""The parts of a snapshot that cannot be made again: artifacts and stored data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowguard.aws.answers import observed
from flowguard.aws.artifacts import artifact_at
from flowguard.aws.recovery import recovery_of
from flowguard.aws.session import Aws
from flowguard.aws.snapshot_parts import Gaps
from flowguard.lookups import RecoveryOf, StackResource, StoredArtifact
from flowguard.model.questions import Absent, Observed, Present, Unknown
from flowguard.model.snapshot import Artifact, StatefulResource
from flowguard.plan.artifacts import artifacts as named
from flowguard.template import Resource, resource_types

Facts = tuple[bool | None, bool | None]
"""Whether it is protected from deletion, and whether it keeps what it held."""
GONE = StoredArtifact(there=False)
_S3 = "s3://"


# --- artifacts ----------------------------------------------------------------


def artifacts(
    aws: Aws, resources: Mapping[str, Resource], ids: Mapping[str, str], gaps: Gaps
) -> tuple[Artifact, ...]:
    """The files and images of the release, and whether they are still there."""
    wanted = [
        (resource.logical_id, artifact)
        for resource in resources.values()
        for artifact in named(aws.place, resource.properties, ids)
    ]
    places = {artifact for _, artifact in wanted}
    answers = dict(
        zip(places, aws.map(lambda place: artifact_at(aws, place), places), strict=True)
    )
    buckets = {_bucket(p.location) for p in places if p.location.startswith(_S3)}
    versioned = dict(
        zip(buckets, aws.map(lambda name: _versioning(aws, name), buckets), strict=True)
    )
    return tuple(
        Artifact(
            logical_id,
            place.location,
            place.version_id or stored.version_id,
            stored.digest,
            None if isinstance(answers[place], Unknown) else stored.there,
            _value(versioned.get(_bucket(place.location))),
        )
        for logical_id, place in wanted
        for stored in [gaps.fill(f"artifacts:{logical_id}", answers[place], GONE)]
    )


def _value(answer: Observed[bool] | None) -> bool | None:
    return answer.value if isinstance(answer, Present) else None


def _bucket(location: str) -> str:
    return location.removeprefix(_S3).partition("/")[0]


def _versioning(aws: Aws, bucket: str) -> Observed[bool]:
    def ask() -> bool:
        answer = aws.call("s3", "get_bucket_versioning", Bucket=bucket)
        return bool(answer.get("Status") == "Enabled")

    return observed(
        ask, absent={"NoSuchBucket", "404"}, permission="s3:GetBucketVersioning"
    )


# --- stored data --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Guard:
    """How one resource type tells how it is guarded."""

    ask: Callable[[Aws, str], Facts]
    permissions: tuple[str, ...]


def _table(aws: Aws, name: str) -> Facts:
    table = aws.call("dynamodb", "describe_table", TableName=name)["Table"]
    return bool(table.get("DeletionProtectionEnabled")), None


def _versioned_bucket(aws: Aws, name: str) -> Facts:
    status = aws.call("s3", "get_bucket_versioning", Bucket=name).get("Status")
    return None, bool(status == "Enabled")


def _user_pool(aws: Aws, pool_id: str) -> Facts:
    pool = aws.call("cognito-idp", "describe_user_pool", UserPoolId=pool_id)
    return bool(pool["UserPool"].get("DeletionProtection") == "ACTIVE"), None


def _cluster(aws: Aws, name: str) -> Facts:
    rows = aws.call("rds", "describe_db_clusters", DBClusterIdentifier=name)
    return _database(rows["DBClusters"][0])


def _instance(aws: Aws, name: str) -> Facts:
    rows = aws.call("rds", "describe_db_instances", DBInstanceIdentifier=name)
    return _database(rows["DBInstances"][0])


def _database(row: Mapping[str, Any]) -> Facts:
    kept = row.get("BackupRetentionPeriod", 0) > 0
    return bool(row.get("DeletionProtection")), kept


GUARDS: Mapping[str, Guard] = {
    "AWS::Cognito::UserPool": Guard(_user_pool, ("cognito-idp:DescribeUserPool",)),
    "AWS::DynamoDB::GlobalTable": Guard(_table, ("dynamodb:DescribeTable",)),
    "AWS::DynamoDB::Table": Guard(_table, ("dynamodb:DescribeTable",)),
    "AWS::RDS::DBCluster": Guard(_cluster, ("rds:DescribeDBClusters",)),
    "AWS::RDS::DBInstance": Guard(_instance, ("rds:DescribeDBInstances",)),
    "AWS::S3::Bucket": Guard(_versioned_bucket, ("s3:GetBucketVersioning",)),
}
"""The types that tell; of the others only the template's policies are known."""
PERMISSIONS = frozenset(
    {
        "dynamodb:DescribeContinuousBackups",
        "ecr:DescribeImages",
        "s3:GetBucketVersioning",
        "s3:ListBucketVersions",
        *(action for guard in GUARDS.values() for action in guard.permissions),
    }
)


def stateful(
    aws: Aws,
    rows: Iterable[StackResource],
    resources: Mapping[str, Resource],
    gaps: Gaps,
) -> tuple[StatefulResource, ...]:
    """What holds data: where it is, and how it is guarded."""
    wanted = [row for row in rows if resource_types.is_stateful(row.resource_type)]
    answers = aws.map(lambda row: _guarded(aws, row), wanted)
    return tuple(
        _resource(
            row,
            resources.get(row.logical_id),
            gaps.fill(f"stateful:{row.logical_id}", answer, (None, None)),
        )
        for row, answer in zip(wanted, answers, strict=True)
    )


def _guarded(aws: Aws, row: StackResource) -> Observed[Facts]:
    guard = GUARDS.get(row.resource_type)
    if guard is None:
        return Absent()
    answer = observed(
        lambda: guard.ask(aws, row.physical_id),
        absent={"ResourceNotFoundException", "NoSuchBucket", "404"},
        permission=guard.permissions[0],
    )
    if guard.ask is not _table or not isinstance(answer, Present):
        return answer
    recovery = recovery_of(aws, RecoveryOf(aws.place, row.physical_id))
    if isinstance(recovery, Unknown):
        return recovery
    protected, _ = answer.value
    return Present((protected, recovery == Present(value=True)))


def _resource(
    row: StackResource, written: Resource | None, facts: Facts
) -> StatefulResource:
    attributes = written.attributes if written else {}
    return StatefulResource(
        row.logical_id,
        row.resource_type,
        row.physical_id,
        *facts,
        deletion_policy=str(attributes.get("DeletionPolicy", "")),
        update_replace_policy=str(attributes.get("UpdateReplacePolicy", "")),
    )
