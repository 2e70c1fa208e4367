"""Incidents that could have been foreseen: the deploy could never be taken back."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import pytest
from incidents.world import Told
from kit import PLACE, Answers, deployed, planner, stack

from flowguard.lookups import Contents, ContentsOf, StackResource
from flowguard.model.questions import (
    Absent,
    Lookup,
    Observed,
    Present,
    Unknown,
    UnknownKind,
)
from flowguard.model.readiness import Readiness
from flowguard.prediction import Gate, predict
from flowguard.rollback.readiness import judged
from flowguard.rules import BUILTIN, READINESS

Resources = Mapping[str, Any]
BUCKET_KIND = "AWS::S3::Bucket"
DONE = "CREATE_COMPLETE"
NOT_BY_ITSELF = {Readiness.AMBER, Readiness.RED}


def physical_id(logical_id: str, made: Mapping[str, Any]) -> str:
    """A bucket's is its name."""
    name: str = made.get("Properties", {}).get("BucketName", f"{logical_id}-1")
    return name if made["Type"] == BUCKET_KIND else f"{logical_id}-1"


def foreseen(
    before: Resources, after: Resources, answers: Answers | None = None
) -> Told:
    """What a preflight of an update says of the way back; the rest is not there."""
    rows = [
        StackResource(logical_id, physical_id(logical_id, made), made["Type"], DONE)
        for logical_id, made in before.items()
    ]
    was, will = (json.dumps({"Resources": made}) for made in (before, after))
    known = {**deployed(stack(), was, rows), **(answers or {})}

    def observe(lookups: Collection[Lookup[Any]]) -> Mapping[Lookup[Any], Any]:
        return {lookup: known.get(lookup, Absent()) for lookup in lookups}

    rules = [rule for rule in BUILTIN if rule.id in READINESS]
    report = predict(planner(will), observe, rules, {}, Gate())
    return Told(judged(report), 0)


def kept(kind: str, **properties: Any) -> Resources:
    """A resource whose data every policy keeps."""
    policies = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    return {"X": {"Type": kind, **policies, "Properties": properties}}


# --- what AWS does not undo in place --------------------------------------------------

KEYS = [{"AttributeName": "id", "KeyType": "HASH"}]
INSTANCE = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro"}
ONE_WAY = [
    ("AWS::RDS::DBInstance", "EngineVersion", "14.9", "16.3", INSTANCE),
    ("AWS::RDS::DBInstance", "AllocatedStorage", "20", "40", INSTANCE),
    ("AWS::RDS::DBCluster", "EngineVersion", "14.9", "16.3", {"Engine": "aurora"}),
    (
        "AWS::DynamoDB::Table",
        "BillingMode",
        "PAY_PER_REQUEST",
        "PROVISIONED",
        {"KeySchema": KEYS},
    ),
    (
        "AWS::OpenSearchService::Domain",
        "EngineVersion",
        "OpenSearch_1.3",
        "OpenSearch_2.11",
        {},
    ),
    ("AWS::ElastiCache::ReplicationGroup", "EngineVersion", "6.2", "7.1", {}),
    ("AWS::EKS::Cluster", "Version", "1.28", "1.29", {}),
    ("AWS::MSK::Cluster", "KafkaVersion", "2.8.1", "3.5.1", {}),
]
NAMES = [f"{kind}.{name}" for kind, name, *_ in ONE_WAY]


@pytest.mark.parametrize(
    ("kind", "name", "before", "after", "more"), ONE_WAY, ids=NAMES
)
def test_what_aws_cannot_undo_in_place(
    kind: str, name: str, before: str, after: str, more: Resources
) -> None:
    """An upgrade comes with a release; a downgrade there is none, or not today.

    Threads on "Cannot find upgrade path", on storage that cannot shrink, and on modes
    that change once a day; AWS's pages on each. The deploy is fine. It is no deploy
    that a run takes back by itself.
    """
    told = foreseen(
        kept(kind, **{name: before}, **more), kept(kind, **{name: after}, **more)
    )

    assert told.report.readiness in NOT_BY_ITSELF
    assert any(name in reason for reason in told.report.readiness_reasons)
    told.says(name)


@pytest.mark.parametrize(
    ("kind", "name", "before", "more"),
    [(k, n, b, m) for k, n, b, _, m in ONE_WAY],
    ids=NAMES,
)
def test_what_stays_as_it_is_can_be_taken_back(
    kind: str, name: str, before: str, more: Resources
) -> None:
    """The other side: the same resources, and a change of something else."""
    was = kept(kind, **{name: before}, **more)
    code = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "x"}}}

    told = foreseen(was, {**was, **code})

    assert told.report.readiness is Readiness.GREEN


# --- a bucket that empties itself -----------------------------------------------------


def bucket(name: str, *, empties_itself: bool = True) -> Resources:
    """A bucket of that name, with a custom resource that deletes what it holds."""
    policies = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
    made = {"Type": BUCKET_KIND, "Properties": {"BucketName": name}, **policies}
    custom = {
        "Type": "Custom::S3AutoDeleteObjects",
        "Properties": {"ServiceToken": "arn:f", "BucketName": {"Ref": "Bucket"}},
        "DependsOn": ["Bucket"],
    }
    return {"Bucket": made, **({"Emptier": custom} if empties_itself else {})}


TOPIC: Resources = {"Topic": {"Type": "AWS::SNS::Topic"}}
FULL: Observed[Any] = Present(Contents(25, "objects"))
DENIED: Observed[Any] = Unknown(UnknownKind.DENIED, "No.", "s3:ListBucket")


@pytest.mark.parametrize("after", [bucket("new-photos"), TOPIC], ids=["new", "gone"])
def test_a_bucket_that_is_emptied_by_a_custom_resource(after: Resources) -> None:
    """A bucket with "auto-delete objects" was renamed, and its content was deleted.

    Threads on lost data. That AWS refuses to delete a bucket which holds something is
    true, and does not help: the custom resource has emptied it by then.
    """
    contents = ContentsOf(PLACE, BUCKET_KIND, "photos")

    told = foreseen(bucket("photos"), after, {contents: FULL})

    assert told.report.readiness is Readiness.RED
    told.says("Bucket", "25 objects", ("deletes all that it holds", "is deleted"))
    told.never_says("stays behind", "AWS refuses to delete it")


def test_a_bucket_that_is_emptied_and_nobody_may_look() -> None:
    """The same where what it holds may not be read: that it holds nothing is unproven."""
    contents = ContentsOf(PLACE, BUCKET_KIND, "photos")

    told = foreseen(bucket("photos"), bucket("new-photos"), {contents: DENIED})

    assert told.report.readiness in NOT_BY_ITSELF
    told.never_says("stays behind", "AWS refuses to delete it")


def test_a_bucket_that_nobody_empties_stays_behind() -> None:
    """The other side: without the custom resource AWS does refuse."""
    contents = ContentsOf(PLACE, BUCKET_KIND, "photos")
    was, will = (bucket(n, empties_itself=False) for n in ("photos", "new-photos"))

    told = foreseen(was, will, {contents: FULL})

    assert told.report.readiness is Readiness.AMBER
    told.says("stays behind")


# --- what a custom resource did -------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["Custom::Migration", "AWS::CloudFormation::CustomResource"]
)
def test_what_a_custom_resource_did_is_not_undone(kind: str) -> None:
    """A migration inside of a deploy runs again on the way back, forward once more.

    Threads on migrations in custom resources. What its function does to the data is
    for nobody else to know.
    """
    before, after = (
        {"Migrate": {"Type": kind, "Properties": {"ServiceToken": "f", "Release": n}}}
        for n in "12"
    )

    told = foreseen(before, after)

    assert told.report.readiness in NOT_BY_ITSELF
    told.says("Migrate")
