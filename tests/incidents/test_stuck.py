"""Incidents of a rollback that CloudFormation could not finish."""

from __future__ import annotations

from typing import Any

import pytest
from incidents.world import Told, World
from rollback.scenarios import other_topic, stuck
from rollback.stage import template

from flowguard.report import FORMATS

UNKNOWN = "a reason that FlowGuard does not know"


def stuck_at(site: World, logical_id: str, before: Any, after: Any, said: str) -> Told:
    """A deploy that failed, and whose rollback fails at a resource with these words."""
    site.stage.create(template(1, **{logical_id: before}))
    site.stage.snapshot()
    site.fake.script(logical_id, "rollback", said)
    site.fake.script("Zlast", "update", "Invalid parameter")
    last = {"Zlast": {"Type": "AWS::SNS::Topic"}}
    site.stage.deploy(template(2, **{logical_id: after}, **last))
    assert site.status == "UPDATE_ROLLBACK_FAILED"
    return site.rolled_back()


# --- an old runtime -------------------------------------------------------------------

RUNTIME = (
    "The runtime parameter of nodejs12.x is no longer supported for creating or updating "
    "AWS Lambda functions. We recommend you use the new runtime (nodejs20.x) while "
    "creating or updating functions."
)


def handler_said(message: str) -> str:
    """A resource handler's message as CloudFormation passes it on."""
    return (
        f'Resource handler returned message: "{message} (Service: Lambda, Status Code: '
        '400, Request ID: 1)" (RequestToken: 1, HandlerErrorCode: InvalidRequest)'
    )


def test_the_old_runtime_is_no_longer_supported(site: World) -> None:
    """The release from before has a runtime that AWS takes no more.

    Threads on stacks that were stuck after an end of support. To try again cannot
    work; to leave the function out is for a person to approve.
    """
    stuck(site.stage, handler_said(RUNTIME))

    told = site.rolled_back()

    assert (told.code, told.acts) == (3, ())
    told.says("Api", "nodejs12.x is no longer supported", ("skip", "without"))
    told.never_says(UNKNOWN, "make it again")


@pytest.mark.parametrize("form", FORMATS)
def test_a_stuck_stack_is_explained_in_every_format(site: World, form: str) -> None:
    """The resource and AWS's own words, wherever somebody reads."""
    stuck(site.stage, handler_said(RUNTIME))

    told = site.rolled_back()

    told.says("Api", "nodejs12.x is no longer supported", among=(form,))


# --- what AWS does once a day, or not at once -----------------------------------------

ON_DEMAND = (
    "Subscriber limit exceeded: Update to PayPerRequest mode are limited to once in 1 "
    "day(s). Last update at Mon Apr 29 17:25:33 UTC 2019. Next update can be made at Tue "
    "Apr 30 17:25:33 UTC 2019 (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: "
    "LimitExceededException)"
)


def test_a_billing_mode_that_changes_once_a_day(site: World) -> None:
    """A table went to another billing mode, and may not go back on the same day.

    A thread on a stack that was stuck until the next day. To try at once cannot work,
    so that nothing is tried.
    """
    stuck(site.stage, ON_DEMAND, "Orders")

    told = site.rolled_back()

    assert (told.code, told.acts) == (3, ())
    told.says("Orders", "once in 1 day(s)", "Tue Apr 30 17:25:33 UTC 2019")
    told.never_says(UNKNOWN)


OPTIMIZING = (
    "You can't currently modify the storage of this DB instance because the previous "
    "storage change is being optimized."
)
SMALLER = (
    "Invalid max storage size for engine name postgres and storage type gp2: Requested "
    "storage size (20) cannot be less than the current storage size (40)"
)


def database(gigabytes: int) -> Any:
    """A database of that size."""
    properties = {"Engine": "postgres", "AllocatedStorage": str(gigabytes)}
    kept = {"DeletionPolicy": "Snapshot", "UpdateReplacePolicy": "Snapshot"}
    return {"Type": "AWS::RDS::DBInstance", **kept, "Properties": properties}


def test_a_database_whose_storage_is_being_optimized(site: World) -> None:
    """The storage was changed, and AWS takes no other change for hours.

    A thread on a database. It passes, but not while a run waits: the person is told
    when a retry can work.
    """
    told = stuck_at(site, "Db", database(20), database(40), handler_said(OPTIMIZING))

    assert (told.code, told.acts) == (3, ())
    told.says("Db", "storage change is being optimized", ("hours", "a day"))
    told.never_says(UNKNOWN)


def test_a_database_whose_storage_cannot_shrink(site: World) -> None:
    """The storage grew with the deploy; AWS makes none smaller.

    A thread on a database. To try again cannot work, ever.
    """
    told = stuck_at(site, "Db", database(20), database(40), handler_said(SMALLER))

    assert (told.code, told.acts) == (3, ())
    told.says("Db", "cannot be less than the current", ("skip", "without"))
    told.never_says(UNKNOWN, "make it again")


# --- a custom resource's own words ----------------------------------------------------

OWN_WORDS = (
    "Can't locate revision identified by '3a1b7c'",
    "revision 3a1b7c not found in the migrations folder",
    "relation orders_v2 does not exist",
    "The specified key does not exist: migrations/7.sql",
    "permission denied: not authorized to drop table",
    "deadlock, relation is being updated",
    "Rate exceeded",
    "schema attributes cannot be modified",
)


def migration(release: int) -> Any:
    """A custom resource that migrates a database."""
    properties = {"ServiceToken": "arn:f", "Release": release}
    return {"Type": "Custom::Migration", "Properties": properties}


@pytest.mark.parametrize("words", OWN_WORDS)
def test_a_custom_resources_own_words_decide_nothing(site: World, words: str) -> None:
    """A migration fails on the way back, in words that read like AWS's.

    Threads on migrations that run inside of a deploy. Nobody but its author knows what
    a second run of it does, so that it is not run again unasked.
    """
    said = (
        "Received response status [FAILED] from custom resource. Message returned: "
        f"{words} (RequestId: 1)"
    )

    told = stuck_at(site, "Migrate", migration(1), migration(2), said)

    assert (told.code, told.acts) == (3, ())
    told.says("Migrate", words, "custom resource")
    told.never_says("make it again", "lack of rights", "a reason that passes")


# --- the old code is gone -------------------------------------------------------------


def test_the_old_code_is_gone_for_good(site: World) -> None:
    """The artifact of the old release was deleted, and no version of it is kept.

    Threads on deployment buckets that keep the last five releases. Nothing can be done
    but to upload it again.
    """
    site.stage.create()
    site.stage.snapshot()
    site.fake.script("Topic", "update", "Invalid parameter")
    del site.fake.world.buckets["artifacts"]["orders/1.zip"]
    site.stage.deploy(template(2, Topic=other_topic()))
    assert site.status == "UPDATE_ROLLBACK_FAILED"

    told = site.rolled_back()

    assert (told.code, told.acts) == (3, ())
    told.says("s3://artifacts/orders/1.zip is gone", "upload")
    told.never_says("it is put back, and the rollback goes on")
