"""Stuck rollbacks in other turns: several at once, nested, hostile, denied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from cloudformation import denied
from incidents.test_stuck import RUNTIME, UNKNOWN, handler_said, migration, stuck_at
from incidents.world import Told, World
from report.runner import commands
from rollback.scenarios import stuck
from rollback.stage import template

from flowguard.report import FORMATS

BUSY = "Rate exceeded"
LAST = {"Zlast": {"Type": "AWS::SNS::Topic"}}
CUSTOM = "Received response status [FAILED] from custom resource. Message returned: "


def fails_at(site: World, said: Mapping[str, str]) -> None:
    """Each of these fails on the way back, in these words."""
    for logical_id, words in said.items():
        site.fake.script(logical_id, "rollback", words)
    site.fake.script("Zlast", "update", "Invalid parameter")


def stuck_at_several(site: World, said: Mapping[str, str]) -> Told:
    """A rollback that fails at several resources at once."""
    site.stage.create(template(1, Migrate=migration(1)))
    site.stage.snapshot()
    fails_at(site, said)
    site.stage.deploy(template(2, Migrate=migration(2), **LAST))
    assert site.status == "UPDATE_ROLLBACK_FAILED"
    return site.rolled_back()


# --- several at once ------------------------------------------------------------------


@pytest.mark.parametrize("words", [BUSY, "the migration failed", "not found"])
def test_what_passes_beside_a_custom_resource(site: World, words: str) -> None:
    """One failure passes by itself, and to go on would run the migration again."""
    said = {"Api": BUSY, "Migrate": f"{CUSTOM}{words} (RequestId: 1)"}

    told = stuck_at_several(site, said)

    assert (told.code, told.acts) == (3, ())
    told.says("Api", "Migrate", words, BUSY)


def test_every_failed_resource_is_named(site: World) -> None:
    """A person who mends the first of two would come back for the second."""
    said = {"Api": handler_said(RUNTIME), "Migrate": f"{CUSTOM}it is broken"}

    told = stuck_at_several(site, said)

    assert (told.code, told.acts) == (3, ())
    told.says("Api", "nodejs12.x is no longer supported", "Migrate", "it is broken")


@pytest.mark.parametrize("said", [{"Api": BUSY}, {"Api": "Resource is not stabilized"}])
def test_what_passes_alone_is_tried_again(site: World, said: Mapping[str, str]) -> None:
    """The other side: nothing else is in the way."""
    told = stuck_at_several(site, said)

    assert (told.code, told.acts) == (0, ("continue_update_rollback",))


# --- nested ---------------------------------------------------------------------------


def nests(site: World, release: int) -> Any:
    """The stack around a release of the users' service, as a resource."""
    body = {"Resources": {"Migrate": migration(release)}}
    where = f"nested/{release}.json"
    site.fake.world.store("artifacts", where, json.dumps(body).encode())
    url = f"https://artifacts.s3.eu-central-1.amazonaws.com/{where}"
    properties = {"TemplateURL": url}
    return {"Type": "AWS::CloudFormation::Stack", "Properties": properties}


@pytest.mark.parametrize("words", [BUSY, "not found", "it is broken"])
def test_a_custom_resource_in_a_nested_stack(site: World, words: str) -> None:
    """The stack around it only says that an embedded stack was not updated."""
    site.stage.create(template(1, Users=nests(site, 1)))
    site.stage.snapshot()
    fails_at(site, {"Migrate": f"{CUSTOM}{words} (RequestId: 1)"})
    site.stage.deploy(template(2, Users=nests(site, 2), **LAST))
    assert site.status == "UPDATE_ROLLBACK_FAILED"

    told = site.rolled_back()

    assert (told.code, told.acts) == (3, ())
    told.says("Migrate", words)


# --- what nobody answers, and what says nothing ---------------------------------------

NO_ANSWER = (
    "CloudFormation did not receive a response from your Custom Resource. Please check "
    "your logs for requestId [1]. If you are using the Python cfn-response module, you "
    "may need to update your Lambda function code"
)


@pytest.mark.parametrize(
    "form", ["Custom::Migration", "AWS::CloudFormation::CustomResource"]
)
def test_a_custom_resource_that_never_answered(site: World, form: str) -> None:
    """AWS's own words, of a custom resource: what it did by then nobody knows."""
    before, after = migration(1) | {"Type": form}, migration(2) | {"Type": form}

    told = stuck_at(site, "Migrate", before, after, NO_ANSWER)

    assert (told.code, told.acts) == (3, ())
    told.says("Migrate", "did not receive a response")


@pytest.mark.parametrize("said", ["Out of cheese", "Something went wrong (1)"])
def test_words_that_nobody_knows_are_passed_on(site: World, said: str) -> None:
    """A cause that no table has: the resource and the words are still told."""
    stuck(site.stage, said)

    told = site.rolled_back()

    assert (told.code, told.acts) == (3, ())
    told.says("Api", said)


def test_the_events_may_not_be_read(site: World) -> None:
    """Denied is neither a cause nor none: nothing is done."""
    stuck(site.stage, BUSY)
    site.fake.on("describe_stack_events", 0, denied)

    told = site.rolled_back()

    assert (told.code, told.acts) == (3, ())
    told.says("cloudformation:DescribeStackEvents")


def test_verify_explains_a_stuck_stack_as_well(site: World) -> None:
    """A pipeline runs `verify` after a deploy that has got stuck."""
    stuck(site.stage, handler_said(RUNTIME))

    told = site.verified()

    assert (told.code, told.acts) == (3, ())
    told.says("Api", "nodejs12.x is no longer supported")


# --- hostile words --------------------------------------------------------------------

HOSTILE = "broken\n::error::owned\n<img src=x onerror=alert(1)> | `x` **y** %0A::stop::"


def test_a_reason_that_carries_commands(site: World) -> None:
    """Text from a custom resource is whoever's: no format obeys it."""
    told = stuck_at_several(site, {"Migrate": f"{CUSTOM}{HOSTILE}"})

    for form in FORMATS:
        text = FORMATS[form](told.report)
        assert not [c for c in commands(text) if "owned" in c.data and form != "github"]
        assert "\n::error::owned" not in text
        if form in {"html", "markdown"}:
            assert "<img" not in text


def test_a_reason_without_an_end(site: World) -> None:
    """A custom resource may answer with a page of text: a report stays a report."""
    told = stuck_at_several(site, {"Migrate": f"{CUSTOM}{'x' * 100_000}"})

    for form in set(FORMATS) - {"json", "html"}:
        assert len(FORMATS[form](told.report)) < 20_000


# --- what can be made again -----------------------------------------------------------

BY_NAME = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "orders"}}
GIVEN_IDS = [
    "AWS::EC2::SecurityGroup",
    "AWS::ApiGateway::RestApi",
    "AWS::CloudFront::Distribution",
    "AWS::Lambda::Version",
    "AWS::EC2::Instance",
    "AWS::KMS::Key",
    "AWS::Cognito::UserPool",
]


def changed(kind: str, release: int) -> Any:
    """A resource of that type that every release changes."""
    properties = {"FunctionName": "orders-api", "Description": str(release)}
    return {"Type": kind, "Properties": properties}


@pytest.mark.parametrize("kind", GIVEN_IDS)
def test_what_has_an_id_from_aws_cannot_be_made_again(site: World, kind: str) -> None:
    """It was deleted by hand, and whatever is made anew has another id.

    Threads on stacks whose rollback looks for a resource by an id that never returns.
    """
    said = handler_said("Outpost with identifier x-1 does not exist")

    told = stuck_at(site, "Outpost", changed(kind, 1), changed(kind, 2), said)

    assert (told.code, told.acts) == (3, ())
    told.says("Outpost", "does not exist")
    told.never_says("make it again", UNKNOWN)


def test_what_has_a_name_can_be_made_again(site: World) -> None:
    """The other side: the same name makes the same id."""
    after = BY_NAME | {"Properties": {"TopicName": "orders", "DisplayName": "x"}}
    said = handler_said("Topic does not exist")

    told = stuck_at(site, "Outpost", BY_NAME, after, said)

    assert (told.code, told.acts) == (3, ())
    told.says("Outpost", "Topic does not exist", "again", "same name")


# --- what AWS names is not always the resource itself ---------------------------------

OF_ANOTHER = [
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "One or more target groups not found",
    ),
    ("AWS::CloudFront::Distribution", "The specified SSL certificate doesn't exist"),
    ("AWS::SNS::Subscription", "Topic does not exist"),
    ("AWS::Lambda::EventSourceMapping", "Function does not exist"),
    ("AWS::ECS::Service", "Cluster not found."),
    ("AWS::EC2::Instance", "The subnet ID 'subnet-1' does not exist"),
    ("AWS::RDS::DBInstance", "DBSubnetGroup not found: orders"),
    ("AWS::Logs::SubscriptionFilter", "The specified log group does not exist."),
]


@pytest.mark.parametrize(("kind", "words"), OF_ANOTHER, ids=[k for k, _ in OF_ANOTHER])
def test_what_a_resource_needs_is_gone(site: World, kind: str, words: str) -> None:
    """The resource is there; something that it stands on was deleted by hand.

    Threads on target groups, certificates and clusters that were removed. To make the
    resource again, or to go on without it, would be wrong: what is missing comes back.
    """
    told = stuck_at(
        site, "Outpost", changed(kind, 1), changed(kind, 2), handler_said(words)
    )

    assert (told.code, told.acts) == (3, ())
    told.says("Outpost", words)
    told.never_says(
        "the resource was deleted",
        "no attempt can work",
        "make it again, with the same name",
        "restore its data",
    )


# --- what passes ----------------------------------------------------------------------

PASSES = [
    ("AWS::ApiGateway::Method", "Too Many Requests"),
    ("AWS::RDS::DBInstance", "Database instance is not in available state."),
    (
        "AWS::RDS::DBCluster",
        "DB cluster isn't available for modification with status upgrading",
    ),
    ("AWS::DynamoDB::Table", "Table is being updated: orders"),
    ("AWS::IAM::Role", "Rate exceeded"),
]


@pytest.mark.parametrize(
    ("kind", "words"),
    [pytest.param(kind, words, id=kind) for kind, words in PASSES],
)
def test_what_passes_by_itself_is_tried_again(
    site: World, kind: str, words: str
) -> None:
    """AWS was busy, or the resource was; a minute later it is not."""
    told = stuck_at(
        site, "Outpost", changed(kind, 1), changed(kind, 2), handler_said(words)
    )

    assert (told.code, told.acts) == (0, ("continue_update_rollback",))


TAGS = (
    "Encountered a permissions error performing a tagging operation, please add required "
    "tag permissions."
)


def test_a_right_to_tag_that_lacks(site: World) -> None:
    """The role of the deploy may not tag: once it may, the rollback goes on."""
    kind = "AWS::SNS::Topic"

    told = stuck_at(
        site, "Outpost", changed(kind, 1), changed(kind, 2), handler_said(TAGS)
    )

    assert (told.code, told.acts) == (3, ())
    told.says("Outpost", "tag permissions", ("rights", "role", "permission"))
    told.never_says(UNKNOWN, "FlowGuard does not know")
