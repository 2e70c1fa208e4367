"""Incidents of a restore: what stood in its way, and what it left or lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from guard.service import template
from incidents.test_stuck import database, handler_said
from incidents.world import OK, Answer, Told, World
from rollback.scenarios import WINDOW

from flowguard.model.readiness import Readiness

RESTORED = ("create_change_set", "execute_change_set")
NEVER_LIVE = "the release from before fails, too"


@pytest.fixture(autouse=True)
def bad_release(site: World) -> None:
    """The second release is the bad one."""
    site.broken = {"orders/2.zip"}


def refused(told: Told) -> None:
    """The restore was not executed, and the bad release stays for a person.

    Either no way back is left (1), or it is for a person to look and approve (3).
    """
    assert "execute_change_set" not in told.acts
    assert told.code in {1, 3}
    told.never_says(NEVER_LIVE, "live now: the release of the snapshot")


# --- what AWS does not undo in place --------------------------------------------------


def engine(version: str, gigabytes: int = 20) -> Any:
    """A database with that version of its engine."""
    made = database(gigabytes)
    made["Properties"]["EngineVersion"] = version
    return made


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        (engine("14.9"), engine("16.3"), "EngineVersion"),
        (database(20), database(40), "AllocatedStorage"),
    ],
    ids=["engine", "storage"],
)
def test_an_upgrade_is_not_undone_by_itself(
    site: World, before: Any, after: Any, named: str
) -> None:
    """The deploy brings an upgrade of a database, and a bad release of the code.

    Threads on "Cannot find upgrade path". The snapshot may be older than what is known
    of the type, so that the restore is looked at again: it is not executed unasked.
    """
    first, then = template(1, Db=before), template(2, Db=after)
    site.releases(2, first=first, body=then)
    site.fake.script("Db", "update", handler_said("Cannot find upgrade path"))

    told = site.verified()

    refused(told)
    told.says("Db", named)


# --- the old code is gone -------------------------------------------------------------


def test_the_old_code_is_gone_before_the_restore(site: World) -> None:
    """Every old artifact was pruned between the deploy and the rollback.

    Threads on buckets with a life-cycle rule. What cannot succeed is not begun.
    """
    site.releases(2)
    del site.fake.world.buckets["artifacts"]["orders/1.zip"]

    told = site.verified()

    refused(told)
    told.says("orders/1.zip")


def test_the_old_code_was_deleted_and_a_version_is_kept(site: World) -> None:
    """The same, in a bucket that keeps versions: it is put back, and it works.

    That an approval is asked for is as right, since an object of the user's appears.
    """
    site.releases(2)
    site.fake.world.store("artifacts", "orders/1.zip", None)

    told = site.verified()
    if told.rollback.needs_approval:
        assert (told.code, told.acts) == (3, ())
        told = site.verified(approve=told.rollback.plan_hash)

    assert told.code == 4
    assert told.acts[-2:] == RESTORED
    assert site.live(1)


# --- somebody imports by now ----------------------------------------------------------


def exporting(release: int) -> str:
    """A release that exports its topic."""
    body = json.loads(template(release))
    export = {"Value": {"Ref": "Topic"}, "Export": {"Name": "orders-topic"}}
    return json.dumps(body | {"Outputs": {"Q": export}})


def importing() -> str:
    """The template of a stack that imports the topic."""
    topic = {"TopicArn": {"Fn::ImportValue": "orders-topic"}}
    resource = {"Type": "AWS::SNS::Subscription", "Properties": topic}
    return json.dumps({"Resources": {"S": resource}})


def test_another_stack_imports_the_new_export(site: World) -> None:
    """The deploy added an export, and a second team has built on it since.

    Threads on "Export … cannot be deleted as it is in use by". Who imports it is named.
    """
    site.releases(2, body=exporting(2))
    site.fake.do("create_stack", StackName="billing", TemplateBody=importing())
    site.fake.settle()

    told = site.verified()

    refused(told)
    told.says("billing", "orders-topic")


# --- what stays behind ----------------------------------------------------------------


def with_version(release: int, *, retain: bool) -> str:
    """A release with a version of its function, as deploy tools add one each time."""
    body = json.loads(template(release))
    version: dict[str, Any] = {
        "Type": "AWS::Lambda::Version",
        "Properties": {"FunctionName": {"Ref": "Api"}},
    }
    if retain:
        version["DeletionPolicy"] = "Retain"
    body["Resources"][f"ApiLambdaVersion{'-AB'[release] * 6}"] = version
    return json.dumps(body)


def taken_back(site: World, way: str, *, retain: bool) -> Told:
    """The bad release is taken back, in one of the ways there are."""
    first, then = (with_version(n, retain=retain) for n in (1, 2))
    site.stage.create(first)
    if way == "deploy":
        return site.deployed(then)
    site.stage.snapshot(Readiness.GREEN)
    if way == "restore":
        site.stage.deploy(then)
    else:
        site.stage.begin("update_stack", then, RollbackConfiguration=WINDOW)
        site.fake.advance(60)
    return site.verified()


def versions(site: World) -> list[str]:
    """The versions of the function that there are."""
    kind = "AWS::Lambda::Version"
    return [name for of, name in site.fake.world.live if of == kind]


def harmless(told: Told, *why: str) -> None:
    """It is rolled back and verified; what is left is a to-do."""
    assert told.code == 4
    assert told.rollback.verified
    assert told.rollback.to_do
    told.says("ApiLambdaVersionBBBBBB", why)
    told.never_says("could not be verified", "act now")


@pytest.mark.parametrize("way", ["cancel", "restore"])
def test_retained_versions_of_functions_stay_behind(site: World, way: str) -> None:
    """A framework publishes a version with each deploy, and retains them all.

    The commonest rollback there is. That numbers go up is as it should be.
    """
    told = taken_back(site, way, retain=True)

    assert len(versions(site)) > 1
    harmless(told, "stay", "stays")


def test_a_guarded_deploy_leaves_no_version_behind(site: World) -> None:
    """The same where FlowGuard deploys, and asks for new resources to go again."""
    told = taken_back(site, "deploy", retain=True)

    assert told.code == 4
    assert told.rollback.verified
    assert len(versions(site)) == 1
    told.never_says("stay", "stays", "could not be verified", "act now")


@pytest.mark.parametrize("way", ["deploy", "cancel", "restore"])
def test_a_replica_of_the_new_version_cannot_be_deleted(site: World, way: str) -> None:
    """An edge holds replicas of the version for hours, and AWS refuses to delete it.

    Threads on functions at the edge. The release is back; the version is left over.
    """
    said = (
        "Lambda was unable to delete arn:aws:lambda:us-east-1:1:function:orders-api:2 "
        "because it is a replicated function."
    )
    site.fake.script("ApiLambdaVersionBBBBBB", "delete", said)

    told = taken_back(site, way, retain=False)

    harmless(told, "replicated function", "replicas at the edge")


# --- what no rollback of a stack touches ----------------------------------------------


def test_the_frontend_of_the_new_release_stays(site: World) -> None:
    """A pipeline uploads the frontend beside the stack, and only the stack goes back.

    Threads on pages that call an interface which is no longer there. FlowGuard cannot
    know that it was uploaded: it says what a rollback of a stack does not touch.
    """
    site.releases(2)

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)
    told.says(
        "frontend", ("not rolled back", "not taken back", "stays", "does not touch")
    )


FOUR = (
    "checks: {health: {get: /health}, orders: {get: /orders}, users: {get: /users}, "
    "partner: {get: /partner}}"
)
NO_COLUMN = b'column "booking_ref" does not exist'


def migrates_beside(site: World) -> Callable[[], None]:
    """A service whose schema is migrated beside its deploys; gives what does so.

    Under the new schema one of four fails of the new release, three of the old one.
    """
    migrated: list[bool] = []

    def respond(path: str, _headers: Mapping[str, str]) -> Answer:
        old, new = site.live(1) and path != "/health", path == "/partner"
        if migrated and (old or new):
            return 500, {}, NO_COLUMN if old else b"KeyError: booking_ref"
        return OK

    site.respond = respond
    return lambda: migrated.append(True)


def test_the_old_release_fails_more_under_the_new_schema(site: World) -> None:
    """The schema was migrated before the deploy, and nothing migrates it back.

    Threads on rollbacks that made an outage of a fault. It is 5: a person must act
    now, and needs to know which of the two is less bad, and the way forward.
    """
    site.spec = FOUR
    migrate = migrates_beside(site)
    site.stage.create()
    site.take_baseline()
    site.stage.snapshot(Readiness.GREEN)
    migrate()
    site.stage.deploy(template(3))

    told = site.verified()

    assert (told.code, told.acts) == (5, RESTORED)
    assert site.live(1)
    told.says(("worse", "less bad"), "orders", "users", ("forward", "deploy it again"))
    told.never_says("rolled back and verified")


# --- credentials that expire ----------------------------------------------------------

READS = (
    "describe_stacks",
    "describe_stack_events",
    "list_stack_resources",
    "get_template",
)
ACTS = ("create_change_set", "execute_change_set", "cancel_update_stack")
GOES_ON = ("flowguard rollback --stack-name orders-staging", "run this again")


def expires_after_the_tests(site: World) -> None:
    """The smoke tests are the last that the session of the run outlives."""
    site.after_measuring = lambda: site.expires(*READS, *ACTS)


def says_how_to_go_on(told: Told) -> None:
    """That they expired, and the command; nothing of a right that lacks."""
    told.says("expired", GOES_ON)
    told.never_says("it needs cloudformation:", "lack of rights", NEVER_LIVE)


def test_the_credentials_expire_before_the_restore(site: World) -> None:
    """A session of an hour, in a run of longer.

    Threads on pipelines whose role is assumed once. Nothing was done: 3.
    """
    site.releases(2)
    expires_after_the_tests(site)

    told = site.verified()

    assert (told.code, told.acts) == (3, ())
    says_how_to_go_on(told)


def test_the_credentials_expire_in_the_window(site: World) -> None:
    """The same in a guarded deploy: the bad release is live while nobody can act.

    The window closes by itself and keeps it, which is told.
    """
    site.up()
    expires_after_the_tests(site)

    told = site.deployed(template(2))

    assert (told.code, told.acts) == (3, RESTORED)
    says_how_to_go_on(told)


def test_the_credentials_expire_at_the_restore(site: World) -> None:
    """The same once the change set is made: it is not executed.

    Nothing of the stack was changed, and AWS refused the one call that would have.
    """
    site.releases(2)
    site.expires("execute_change_set")

    told = site.verified()

    assert told.code in {3, 5}
    assert site.live(2)
    says_how_to_go_on(told)
