"""The exact calls of each row, and the hash that they are bound by."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from rollback.history import (
    FUNCTION,
    ID,
    SNAPSHOT,
    STACK,
    TABLE,
    facts,
    resource,
)

from flowguard.model.rollback import ObjectVersions, Sealed, Step
from flowguard.model.snapshot import (
    Artifact,
    FunctionAlias,
    FunctionState,
    Kept,
    StackParameter,
)
from flowguard.rollback import restore
from flowguard.rollback.causes import Failure
from flowguard.rollback.facts import Facts
from flowguard.rollback.plan import plan, shown
from flowguard.rollback.restore import NoWay
from flowguard.rollback.steps import Materials, steps
from flowguard.rollback.table import BY_ID

CANARY = "canary-0b5e"
WHERE = {"Bucket": "artifacts", "Key": "orders/1.zip"}


def made(row: str, found: Facts, **given: Any) -> tuple[Step, ...]:
    return steps(BY_ID[row], found, Materials(**given), "0123")


def calls(row: str, found: Facts, **given: Any) -> list[tuple[str, Any]]:
    return [(s.operation, dict(s.parameters)) for s in made(row, found, **given)]


# --- artifacts ----------------------------------------------------------------------


def stuck(version: str = "v1") -> Facts:
    artifact = Artifact("Api", "s3://artifacts/orders/1.zip", version)
    failed = Failure("Api", FUNCTION, "orders-api", "S3 Error Code: NoSuchKey")
    return facts(
        "UPDATE_ROLLBACK_FAILED",
        failures=(failed,),
        before=replace(SNAPSHOT, artifacts=(artifact,)),
    )


@pytest.mark.parametrize(
    ("there", "call"),
    [
        (ObjectVersions("m", ("v1",)), ("delete_object", {**WHERE, "VersionId": "m"})),
        (
            ObjectVersions("m", ("v2", "v1")),
            (
                "copy_object",
                {
                    **WHERE,
                    "CopySource": {**WHERE, "VersionId": "v1"},
                    "IfNoneMatch": "*",
                },
            ),
        ),
        (ObjectVersions("", ("v1",)), None),
    ],
)
def test_a_file_comes_back_and_nothing_is_written_over(
    there: ObjectVersions, call: tuple[str, Any] | None
) -> None:
    found = calls("A3a", stuck(), objects={"s3://artifacts/orders/1.zip": there})

    assert found[:-1] == ([call] if call else [])
    assert found[-1] == ("continue_update_rollback", {"StackName": ID})


@pytest.mark.parametrize(
    "objects",
    [{}, {"s3://artifacts/orders/1.zip": ObjectVersions("m", ("v2",))}],
)
def test_a_file_that_is_gone_for_good_is_for_a_person(objects: Any) -> None:
    with pytest.raises(NoWay, match="is gone with the version"):
        made("A3a", stuck(), objects=objects)


def test_without_a_snapshot_nobody_knows_the_file() -> None:
    with pytest.raises(NoWay, match="nobody knows which file"):
        made("A3a", replace(stuck(), before=None))


def test_only_what_is_in_the_way_is_skipped() -> None:
    nested = Failure("Pool", FUNCTION, "x", "Invalid AttributeDataType", "orders-Users")
    failed = (*stuck().failures, nested)
    there = {"s3://artifacts/orders/1.zip": ObjectVersions("", ("v1",))}

    found = made("A3e", replace(stuck(), failures=failed), objects=there)

    assert found[-1].parameters["ResourcesToSkip"] == ["orders-Users.Pool"]
    assert found[-1].destroys


def test_another_role_is_handed_on() -> None:
    there = {"s3://artifacts/orders/1.zip": ObjectVersions("", ("v1",))}
    found = calls("A3c", stuck(), role_arn="arn:aws:iam::1:role/x", objects=there)

    assert found[0][1]["RoleARN"] == "arn:aws:iam::1:role/x"


# --- deletion -----------------------------------------------------------------------


def test_what_holds_data_or_resists_is_retained() -> None:
    left = (
        resource("Orders", TABLE),
        resource("Bucket", "AWS::S3::Bucket", "DELETE_FAILED"),
        resource("Topic", "AWS::SNS::Topic", "DELETE_FAILED"),
        resource("Api"),
        resource("Gone", TABLE, "DELETE_COMPLETE"),
    )

    (step,) = made("A7", facts("DELETE_FAILED", resources=left))

    assert step.parameters["RetainResources"] == ["Bucket", "Orders", "Topic"]
    assert step.destroys


def test_termination_protection_is_left_on() -> None:
    stack = replace(STACK, status="ROLLBACK_COMPLETE", termination_protection=True)

    with pytest.raises(NoWay, match="termination protection"):
        made("A6", facts("ROLLBACK_COMPLETE", stack=stack))


# --- the snapshot -------------------------------------------------------------------


def test_a_snapshot_is_sent_whole_and_explicitly() -> None:
    before = replace(
        SNAPSHOT,
        parameters=(
            StackParameter("Stage", "prod"),
            StackParameter("Key", "****", no_echo=True),
            StackParameter("Token", "****", withheld=True),
        ),
        tags=(("team", "shop"),),
        capabilities=("CAPABILITY_IAM",),
        role_arn="arn:aws:iam::1:role/deploy",
        resources=(("Role", "AWS::IAM::Role", "orders-role"),),
    )
    stack = replace(STACK, parameters=(("Stage", "prod"), ("Key", "****")))

    create, review, execute = made(
        "B3", facts(before=before, stack=stack), values={"Token": CANARY}
    )

    assert create.parameters == {
        "StackName": ID,
        "ChangeSetName": "flowguard-rollback-0123",
        "ChangeSetType": "UPDATE",
        "TemplateURL": "https://kept.s3.eu-central-1.amazonaws.com/orders/original"
        "?versionId=v1",
        "Parameters": [
            {"ParameterKey": "Stage", "ParameterValue": "prod"},
            {"ParameterKey": "Key", "UsePreviousValue": True},
            {"ParameterKey": "Token", "ParameterValue": Sealed(CANARY)},
        ],
        "Tags": [{"Key": "team", "Value": "shop"}],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        "NotificationARNs": [],
        "RollbackConfiguration": {"RollbackTriggers": [], "MonitoringTimeInMinutes": 0},
        "RoleARN": "arn:aws:iam::1:role/deploy",
    }
    assert review.service == ""
    assert execute.parameters["DisableRollback"] is False
    assert execute.parameters["RetainExceptOnCreate"] is True
    assert CANARY not in json.dumps(shown(create)) + repr(create)


def test_a_macro_is_not_run_again() -> None:
    processed = Kept("b" * 64, 10, "s3://kept/orders/processed", "v1")
    before = replace(SNAPSHOT, processed=processed)

    create = made("B3", facts(before=before))[0]

    assert "/orders/processed?" in create.parameters["TemplateURL"]


@pytest.mark.parametrize(
    ("changed", "text", "why"),
    [
        (
            {"parameters": (StackParameter("Key", "****", no_echo=True),)},
            "",
            "NoEcho parameter Key is lost",
        ),
        (
            {"parameters": (StackParameter("Key", "****", withheld=True),)},
            "",
            "does not give the value",
        ),
        ({"original": None, "processed": None}, "", "keeps no template"),
        (
            {"processed": Kept("c" * 64, 1, "before.json.sealed"), "original": None},
            "x" * 51_201,
            "more than 51,200 bytes",
        ),
    ],
)
def test_what_cannot_be_restored_whole_is_not_restored(
    changed: Any, text: str, why: str
) -> None:
    with pytest.raises(NoWay, match=why):
        made("B3", facts(before=replace(SNAPSHOT, **changed)), template=text)


def test_a_template_from_a_file_is_sent_and_never_shown() -> None:
    kept = Kept("c" * 64, 1, "before.json.sealed")
    before = replace(SNAPSHOT, processed=kept, original=None)

    create = made("B3", facts(before=before), template=CANARY)[0]

    assert create.parameters["TemplateBody"] == Sealed(CANARY, f"<template {'c' * 12}>")
    assert CANARY not in repr(create)


# --- the code alone -----------------------------------------------------------------


def body(key: str, **more: Any) -> str:
    api = {"Type": FUNCTION, "Properties": {"Code": {"S3Key": key}, "MemorySize": 128}}
    return json.dumps({"Resources": {"Api": api, **more}})


def test_code_alone_leaves_all_else_as_deployed() -> None:
    topic = {"Type": "AWS::SNS::Topic"}

    text = restore.with_code_of(body("1.zip"), body("2.zip", Topic=topic))

    assert json.loads(text) == json.loads(body("1.zip", Topic=topic))


def test_yaml_is_as_good() -> None:
    old = (
        "Resources:\n  Api:\n    Type: AWS::Lambda::Function\n"
        "    Properties:\n      Code: {S3Key: !Sub '${A}.zip'}\n"
    )

    text = restore.with_code_of(old, body("2.zip"))

    assert json.loads(text)["Resources"]["Api"]["Properties"] == {
        "Code": {"S3Key": {"Fn::Sub": "${A}.zip"}},
        "MemorySize": 128,
    }


def test_code_that_did_not_change_is_not_at_fault() -> None:
    with pytest.raises(NoWay, match="the fault is elsewhere"):
        restore.with_code_of(body("1.zip"), body("1.zip"))


def test_an_alias_goes_back_where_its_version_is_left() -> None:
    old = FunctionState("Api", "api", "1", aliases=(FunctionAlias("live", "5"),))
    new = FunctionState(
        "Api", "api", "2", "", ("5", "6"), (FunctionAlias("live", "6", "r6"),)
    )
    before = replace(SNAPSHOT, functions=(old,))
    given: Any = {
        "template": body("1.zip"),
        "running": body("2.zip"),
        "live": replace(SNAPSHOT, functions=(new,)),
    }

    found = calls("B4", facts(before=before), **given)

    assert [name for name, _ in found] == [
        "create_change_set",
        "review",
        "update_alias",
        "execute_change_set",
    ]
    assert found[2][1] == {
        "FunctionName": "api",
        "Name": "live",
        "FunctionVersion": "5",
        "RoutingConfig": {"AdditionalVersionWeights": {}},
        "RevisionId": "r6",
    }


def test_a_long_template_is_put_beside_the_one_that_is_kept() -> None:
    long = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "x" * 52_000}}

    put, create, *_ = made(
        "B4", facts(), template=body("1.zip"), running=body("2.zip", Topic=long)
    )

    assert (put.operation, put.parameters["IfNoneMatch"]) == ("put_object", "*")
    assert put.parameters["Key"] in create.parameters["TemplateURL"]


# --- the hash -----------------------------------------------------------------------


def hash_of(row: str, found: Facts, **given: Any) -> str:
    return plan(
        BY_ID[row],
        found,
        lambda name: steps(BY_ID[row], found, Materials(**given), name),
    ).hash


def test_the_hash_is_of_the_stack_as_it_was_read() -> None:
    first = facts("ROLLBACK_COMPLETE", resources=(resource("Api"),))
    others = [
        facts("ROLLBACK_COMPLETE", resources=(resource("Api"), resource("New"))),
        facts("ROLLBACK_COMPLETE", resources=(resource("Api", status="X"),)),
        replace(first, stack=replace(STACK, stack_id=f"{ID}2")),
        replace(first, stack=replace(STACK, change_set_id="arn:new")),
        replace(first, stack=replace(STACK, updated=None)),
    ]

    hashes = {hash_of("A6", found) for found in [first, *others]}

    assert len(hashes) == 1 + len(others)
    assert hash_of("A6", first) in hashes


def test_what_was_put_back_needs_no_second_approval() -> None:
    where = "s3://artifacts/orders/1.zip"
    hidden = {where: ObjectVersions("m", ("v1",))}
    there = {where: ObjectVersions("", ("v1",))}

    assert hash_of("A3a", stuck(), objects=hidden) == hash_of(
        "A3a", stuck(), objects=there
    )


def test_every_call_to_cloudformation_carries_the_token_of_its_plan() -> None:
    found = facts()
    row = BY_ID["B3"]

    made = plan(row, found, lambda name: steps(row, found, Materials(), name))

    create, _, execute = made.steps
    prefix = f"flowguard-rollback-B3-{made.hash}"
    assert create.parameters["ClientToken"] == f"{prefix}-create-change-set"
    assert execute.parameters["ClientRequestToken"] == f"{prefix}-execute-change-set"
    assert made.change_set == f"flowguard-rollback-{made.hash}"
