"""A stack that is stuck is explained: what failed, in whose words, and what helps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from cloudformation import serving
from report.sample_smoke import ROLLED_BACK
from rollback.scenarios import CUSTOM, NO_SUCH_KEY, failing, stuck, with_group
from rollback.stage import WHATEVER, Stage, template

from flowguard.model.rollback import RollbackReport
from flowguard.report import FORMATS
from flowguard.rollback.exit_codes import exit_code
from flowguard.rollback.health import Diagnosis, Health

ASKED = Diagnosis(Health.ASKED)
HANDLER = 'Resource handler returned message: "{}" (HandlerErrorCode: InvalidRequest)'
STORIES = [
    (
        (
            "The runtime parameter of nodejs12.x is no longer supported for creating or "
            "updating AWS Lambda functions."
        ),
        "Api",
        "runtime-retired",
        "never",
    ),
    (
        (
            "Subscriber limit exceeded: Update to PayPerRequest mode are limited to once in "
            "1 day(s). Next update can be made at Tue Apr 30 17:25:33 UTC 2019"
        ),
        "Orders",
        "once-a-day",
        "Tue Apr 30 17:25:33 UTC 2019",
    ),
    (
        (
            "You can't currently modify the storage of this DB instance because the "
            "previous storage change is being optimized."
        ),
        "Api",
        "storage-optimizing",
        "six hours",
    ),
    (
        "Alias with weights can not be used with Provisioned Concurrency",
        "Api",
        "alias-weights",
        "once that is done",
    ),
    ("Something that nobody has ever seen", "Api", "unknown", "once that is done"),
]
OWN_WORDS = [
    "revision 3a1b7c not found in the migrations folder",
    "relation orders_v2 does not exist",
    "The specified key does not exist: migrations/7.sql",
    "permission denied: not authorized to drop table",
    "deadlock, relation is being updated",
    "ExpiredToken: the token is expired",
]


@pytest.fixture
def stage() -> Iterator[Stage]:
    """An account with nothing in it yet."""
    with serving() as fake:
        yield Stage(fake, fake.aws(), mine=WHATEVER)


def told_in_every_format(report: RollbackReport, *words: str) -> None:
    """Each format says all of it, however it breaks its lines or marks its letters."""
    whole = replace(ROLLED_BACK, rollback=report)
    for name, render in FORMATS.items():
        text = "".join(c for c in render(whole) if c.isalnum())
        for word in words:
            wanted = "".join(c for c in word if c.isalnum() and c.isascii())
            assert wanted in text, (name, word)


@pytest.mark.parametrize(("words", "name", "cause", "retry"), STORIES)
def test_a_stuck_rollback_is_explained_in_every_format(
    words: str, name: str, cause: str, retry: str, stage: Stage
) -> None:
    stuck(stage, HANDLER.format(words), name)

    report = stage.roll_back(stage.wish(diagnosis=ASKED))

    failed = next(f for f in report.failures if f.during == "rollback")
    assert (failed.name, failed.cause) == (name, cause)
    assert words in failed.words
    assert retry in failed.retry
    assert exit_code(report) == 3
    assert not stage.changed()
    first = words.split("'", maxsplit=1)[0]
    told_in_every_format(report, name, first, failed.says, failed.helps[0], retry)


@pytest.mark.parametrize("words", OWN_WORDS)
def test_nothing_of_a_custom_resource_is_run_again_unasked(
    words: str, stage: Stage
) -> None:
    said = CUSTOM.replace("Rate exceeded", words)
    with_group(stage, "Custom::Migration", "Release")
    stage.fake.script("Other", "rollback", said)
    failing(stage, "Custom::Migration", "Release")

    report = stage.roll_back(stage.wish(diagnosis=ASKED))

    assert report.row == "A3u"
    assert report.needs_approval
    assert not stage.changed()
    assert any("continuing runs Other again" in s.step.why for s in report.steps)
    assert any("Other" in text and "again" in text for text in report.to_do)
    told_in_every_format(report, "Other", words)


def test_what_a_custom_resource_lacks_is_not_put_back(stage: Stage) -> None:
    """Nor is its failing hidden behind another one that FlowGuard can clear."""
    with_group(stage, "Custom::Migration", "Release")
    stage.fake.script("Other", "rollback", CUSTOM)
    stage.fake.world.store("artifacts", "orders/1.zip", None)
    failing(stage, "Custom::Migration", "Release")

    report = stage.roll_back(stage.wish(diagnosis=ASKED))

    assert report.row == "A3u"
    assert [s.step.operation for s in report.steps] == [
        "delete_object",
        "continue_update_rollback",
    ]
    assert report.needs_approval
    assert not stage.changed()


def test_a_deploy_that_was_rolled_back_says_what_it_failed_at(stage: Stage) -> None:
    stage.create()
    stage.snapshot()
    stage.fake.script("Api", "update", NO_SUCH_KEY)
    stage.deploy()

    report = stage.roll_back(stage.wish(diagnosis=ASKED))

    (failed,) = report.failures
    assert (failed.name, failed.during) == ("Api", "deploy")
    assert failed.cause == "artifact-gone"
    told_in_every_format(report, "Api", "The specified key does not exist")


def test_a_stack_that_cannot_be_deleted_says_what_resists(stage: Stage) -> None:
    stage.create()
    stage.fake.script("Topic", "delete", "The bucket you tried to delete is not empty")
    stage.fake.do("delete_stack", StackName="orders-staging")
    stage.fake.settle()

    report = stage.roll_back(stage.wish(diagnosis=ASKED))

    (failed,) = report.failures
    assert (failed.name, failed.during) == ("Topic", "deletion")
    assert failed.cause == "bucket-not-empty"


def test_a_creation_that_failed_says_at_what(stage: Stage) -> None:
    stage.fake.script("Topic", "create", "The maximum number of topics was reached")
    stage.create(DisableRollback=True)

    report = stage.roll_back(stage.wish(diagnosis=ASKED))

    (failed,) = report.failures
    assert (failed.name, failed.during, failed.cause) == ("Topic", "deploy", "quota")


def test_what_failed_in_a_nested_stack_is_named_there(stage: Stage) -> None:
    where = "https://artifacts.s3.eu-central-1.amazonaws.com/{}.json"

    def within(number: str) -> str:
        topic = {"DisplayName": number}
        body = {"Resources": {"Mail": {"Type": "AWS::SNS::Topic", "Properties": topic}}}
        stage.fake.world.store("artifacts", f"{number}.json", json.dumps(body).encode())
        url = {"TemplateURL": where.format(number)}
        return json.dumps({"Type": "AWS::CloudFormation::Stack", "Properties": url})

    stage.create(template(1, Jobs=json.loads(within("one"))))
    stage.snapshot()
    stage.fake.script("Mail", "rollback", "Internal Failure")
    stage.fake.script("Zlast", "update", "Invalid parameter")
    stage.fake.script("Zlast", "create", "Invalid parameter")
    more = {"Jobs": json.loads(within("two")), "Zlast": {"Type": "AWS::SNS::Topic"}}
    stage.deploy(template(2, **more))

    report = stage.roll_back(stage.wish(diagnosis=ASKED, dry_run=True))

    failed = next(f for f in report.failures if f.during == "rollback")
    assert failed.name == "orders-staging-Jobs.Mail"
    assert failed.words == "Internal Failure"


def test_a_creation_that_could_not_be_taken_back_says_what_resists(
    stage: Stage,
) -> None:
    stage.fake.script("Zlast", "create", "Invalid parameter")
    stage.fake.script("Topic", "delete", "resource sg-1 has a dependent object")
    stage.create(template(1, Zlast={"Type": "AWS::SNS::Topic"}))
    assert stage.status == "ROLLBACK_FAILED"

    report = stage.roll_back(stage.wish(diagnosis=ASKED))

    told = {(f.name, f.during, f.cause) for f in report.failures}
    assert ("Topic", "rollback", "security-group-in-use") in told
    assert any(name == "Zlast" and during == "deploy" for name, during, _ in told)
    told_in_every_format(report, "Topic", "has a dependent object")
