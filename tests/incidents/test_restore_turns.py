"""Restores in other turns: what is not in the way must not stop them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from cloudformation import denied, throttled
from guard.service import template
from incidents.test_restore import (
    FOUR,
    NEVER_LIVE,
    READS,
    RESTORED,
    importing,
    refused,
    says_how_to_go_on,
)
from incidents.world import OK, Answer, World
from rollback.scenarios import WINDOW

from flowguard.model.readiness import Readiness


@pytest.fixture(autouse=True)
def bad_release(site: World) -> None:
    """The second release is the bad one."""
    site.broken = {"orders/2.zip"}


# --- importers ------------------------------------------------------------------------


def exports(release: int, value: Any, **more: Any) -> str:
    """A release that exports something under the name of the topic."""
    body = json.loads(template(release, **more))
    export = {"Value": value, "Export": {"Name": "orders-topic"}}
    return json.dumps(body | {"Outputs": {"Q": export}})


def imported(site: World, *stacks: str) -> None:
    """These stacks import the topic by now."""
    for name in stacks:
        site.fake.do("create_stack", StackName=name, TemplateBody=importing())
    site.fake.settle()


TOPIC = {"Ref": "Topic"}
OTHER = {"Other": {"Type": "AWS::SNS::Topic"}}


def test_an_export_that_was_there_before_stops_nothing(site: World) -> None:
    """It is imported, and the restore leaves it as it is."""
    site.releases(2, first=exports(1, TOPIC), body=exports(2, TOPIC))
    imported(site, "billing")

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)


def test_an_export_that_nobody_imports_stops_nothing(site: World) -> None:
    """The deploy added it, and it goes again."""
    site.releases(2, body=exports(2, TOPIC))

    told = site.verified()

    assert (told.code, told.acts) == (4, RESTORED)


def test_every_importer_is_named(site: World) -> None:
    """Two teams have built on the export: who asks one of them would come back."""
    site.releases(2, body=exports(2, TOPIC))
    imported(site, "billing", "shipping")

    told = site.verified()

    refused(told)
    told.says("billing", "shipping", "orders-topic")


def test_an_export_whose_value_changed_and_is_imported_since(site: World) -> None:
    """AWS refuses to change the value of an export that is in use, too."""
    site.releases(
        2, first=exports(1, TOPIC), body=exports(2, {"Ref": "Other"}, **OTHER)
    )
    imported(site, "billing")

    told = site.verified()

    refused(told)
    told.says("billing", "orders-topic")


def test_nobody_may_ask_who_imports(site: World) -> None:
    """Denied is neither somebody nor nobody: a person decides, and of that alone.

    Whose deploy it is is proven, so that nobody is told to prove it.
    """
    site.releases(2, body=exports(2, TOPIC))
    site.fake.on("list_imports", 0, denied)

    told = site.verified()

    assert (told.code, told.acts) == (3, ())
    told.says("cloudformation:ListImports", "orders-topic", "--approve")
    told.never_says("prove whose deploy it is")

    told = site.verified(approve=told.rollback.plan_hash)

    assert (told.code, told.acts) == (4, RESTORED)


# --- artifacts ------------------------------------------------------------------------


def function(key: str) -> Any:
    """Another function, with its code under that key."""
    properties = {
        "FunctionName": "orders-mail",
        "Code": {"S3Bucket": "artifacts", "S3Key": key},
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def test_code_that_the_restore_does_not_touch_stops_nothing(site: World) -> None:
    """Another function has the same code in both releases, and its file was pruned."""
    site.fake.world.store("artifacts", "mail/1.zip", b"mail")
    mail = function("mail/1.zip")
    site.releases(2, first=template(1, Mail=mail), body=template(2, Mail=mail))
    site.fake.world.store("artifacts", "mail/1.zip", None)

    told = site.verified()

    assert told.code == 4
    assert told.acts[-2:] == RESTORED


@pytest.mark.parametrize("call", ["head_object", "list_object_versions"])
def test_artifacts_that_nobody_may_look_at(site: World, call: str) -> None:
    """Denied is no lack: that the code is gone is not known, and the release is bad."""
    site.releases(2)
    site.fake.on(call, 0, denied)

    told = site.verified()

    assert told.code in {3, 4}
    assert told.code == 3 or told.acts == RESTORED
    told.never_says("is gone")


def test_other_bytes_stand_under_the_key(site: World) -> None:
    """Somebody has uploaded other code under the old key, over the old one.

    To restore would deploy code that was never live. The old version is still kept.
    """
    site.releases(2)
    site.fake.world.store("artifacts", "orders/1.zip", b"something else")

    told = site.verified()

    assert site.live(2) or told.code == 4
    assert told.code in {1, 3, 4}
    if told.code == 4:
        old = site.fake.world.buckets["artifacts"]["orders/1.zip"][-1]
        assert old.body == b"release 1"


# --- the templates may not be compared ------------------------------------------------


@pytest.mark.parametrize("how", [denied, throttled], ids=["denied", "throttled"])
def test_nobody_can_tell_what_aws_does_not_set_back(
    site: World, how: Callable[[Any], None]
) -> None:
    """The live template may not be read: that is no proof that the deploy changed what
    stays, and none that it did not."""
    site.releases(2)
    site.fake.on("get_template", 0, how)

    told = site.verified()

    assert told.code == 3
    assert "execute_change_set" not in told.acts
    told.says("nobody can tell", "the live template")
    told.never_says("the deploy changed what AWS does not set back")


# --- a restore that fails -------------------------------------------------------------


def test_a_restore_that_aws_refuses_says_nothing_of_the_old_release(
    site: World,
) -> None:
    """CloudFormation took the restore back: the old release was never live again.

    It is 5: a restore was begun, and the bad release is live.
    """
    site.releases(2)
    site.fake.script("Api", "update", "Invalid parameter: the layer is gone")

    told = site.verified()

    assert (told.code, told.acts) == (5, RESTORED)
    assert site.live(2)
    told.says("the layer is gone", "Api")
    told.never_says(NEVER_LIVE, "after the rollback")


# --- credentials ----------------------------------------------------------------------

CODES = ["ExpiredToken", "ExpiredTokenException", "RequestExpired"]


def test_the_credentials_expire_while_it_is_cancelled(site: World) -> None:
    """The window's update is cancelled, and nobody sees how that ends.

    It goes on in AWS by itself. No pass, and no second act.
    """
    site.up(Readiness.GREEN)
    site.fake.on("cancel_update_stack", 1, lambda _: site.expires(*READS))

    told = site.deployed(template(2))

    assert told.acts.count("cancel_update_stack") == 1
    assert told.code in {3, 5}
    says_how_to_go_on(told)


def test_the_credentials_expire_before_the_second_tests(site: World) -> None:
    """Rolled back, and the proof cannot be read: not verified."""
    site.releases(2)
    site.fake.on("execute_change_set", 1, lambda _: site.expires(*READS), answered=True)

    told = site.verified()

    assert told.acts == RESTORED
    assert told.code in {3, 5}
    told.says("expired")
    told.never_says("rolled back and verified", NEVER_LIVE)


# --- which release is worse -----------------------------------------------------------


def fails(site: World, old: set[str], new: set[str]) -> Callable[[], None]:
    """Which paths fail of which release once something has happened outside."""
    happened: list[bool] = []

    def respond(path: str, _headers: Mapping[str, str]) -> Answer:
        bad = old if site.live(1) else new
        return (500, {}, b"{}") if happened and path in bad else OK

    site.respond = respond
    return lambda: happened.append(True)


ALL = {"/health", "/orders", "/users", "/partner"}


def rolled_back_to_no_avail(site: World, old: set[str], new: set[str]) -> Any:
    """The bad release is taken back, and the old one fails as well."""
    site.spec = FOUR
    happen = fails(site, old, new)
    site.stage.create()
    site.take_baseline()
    site.stage.snapshot(Readiness.GREEN)
    happen()
    site.stage.deploy(template(3))
    return site.verified()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"/orders"}, ALL),
        ({"/orders"}, {"/orders"}),
        (ALL, ALL),
        ({"/orders"}, {"/partner"}),
    ],
    ids=["better", "same", "all", "another"],
)
def test_the_old_release_fails_no_more_than_the_new(
    site: World, old: set[str], new: set[str]
) -> None:
    """It is not well, and it is not worse: the way forward is not the bad release."""
    told = rolled_back_to_no_avail(site, old, new)

    assert (told.code, told.acts) == (5, RESTORED)
    told.never_says("rolled back and verified", "is worse", "fails more")
    told.says("orders")


# --- nothing deployed -----------------------------------------------------------------


def test_nothing_was_deployed_and_all_is_well(site: World) -> None:
    """A pipeline whose deploy changed nothing: a pass, which says so."""
    site.broken = set()
    site.stage.create()
    site.stage.deploy(template(3))
    site.take_baseline()
    site.stage.snapshot(Readiness.GREEN)

    told = site.verified()

    assert (told.code, told.acts) == (0, ())
    told.says("nothing was deployed")


def test_a_dry_run_changes_nothing(site: World) -> None:
    """Whatever is looked at before a restore is looked at by a dry run, too."""
    site.releases(2)

    told = site.verified(dry_run=True)

    assert told.acts in {(), ("create_change_set", "delete_change_set")}
    assert site.live(2)


# --- a cancellation that gets stuck ---------------------------------------------------


def test_a_cancellation_that_gets_stuck_is_explained_and_goes_on(site: World) -> None:
    """In the window, and the old code was pruned meanwhile: CloudFormation itself asks
    for it, and cannot go back.

    It is 5. The next run puts back what the bucket keeps, once somebody approves.
    """
    site.stage.create()
    site.take_baseline()
    site.stage.snapshot(Readiness.GREEN)
    site.stage.begin("update_stack", template(2), RollbackConfiguration=WINDOW)
    site.fake.advance(60)
    site.fake.world.store("artifacts", "orders/1.zip", None)

    told = site.verified()

    assert (told.code, told.acts) == (5, ("cancel_update_stack",))
    told.says("Api", "NoSuchKey", "a file that the template names is not in S3")
    told.says(
        "to go on from there, run: flowguard rollback --stack-name orders-staging"
    )
    told.never_says(NEVER_LIVE, "rolled back and verified")

    plan = site.rolled_back()
    assert (plan.code, plan.acts) == (3, ())
    done = site.rolled_back(approve=plan.rollback.plan_hash)

    assert (done.code, done.acts) == (0, ("delete_object", "continue_update_rollback"))
    assert site.live(1)
