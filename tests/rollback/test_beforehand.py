"""What stands in the way of a restore is found before anything is carried out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from cloudformation import denied, serving
from rollback.scenarios import restore
from rollback.stage import WHATEVER, Json, Stage, template

from flowguard.aws.operations import Operations
from flowguard.lookups import StoredArtifact
from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind
from flowguard.model.readiness import Readiness
from flowguard.model.rollback import Decision, RollbackReport, Wants
from flowguard.model.snapshot import Artifact
from flowguard.rollback.exit_codes import exit_code

OLD = "s3://artifacts/orders/1.zip"
IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/orders:1"
DIGEST = f"sha256:{'a' * 64}"
LAYER = "arn:aws:lambda:eu-central-1:111122223333:layer:tools:3"
DENIED = Unknown(UnknownKind.DENIED, "no", "some:Right")


@pytest.fixture
def stage() -> Iterator[Stage]:
    """An account with nothing in it yet."""
    with serving() as fake:
        yield Stage(fake, fake.aws(), mine=WHATEVER)


def deployed(stage: Stage, first: str = "", second: str = "") -> None:
    stage.create(first)
    stage.snapshot(Readiness.GREEN)
    stage.deploy(second)


def operations(stage: Stage) -> list[str]:
    return [name for name, _ in stage.changed()]


def asks(report: RollbackReport, stage: Stage, *words: str) -> None:
    """The plan is shown and waits, and says what nobody could tell."""
    assert report.needs_approval, report
    assert exit_code(report, verifying=True) == 3
    assert not stage.changed()
    for word in words:
        assert any(word in reason for reason in report.reasons), report.reasons


def refuses(report: RollbackReport, stage: Stage, *words: str) -> None:
    """Nothing is carried out, and it is no proof or answer that lacks."""
    assert report.decision is Decision.STOP, report
    assert report.wants is None
    assert not stage.changed()
    told = [*report.reasons, *report.to_do]
    for word in words:
        assert any(word in text for text in told), told


# --- files ----------------------------------------------------------------------------


def test_a_deleted_file_is_a_step_of_the_plan(stage: Stage) -> None:
    deployed(stage)
    hidden = stage.fake.world.store("artifacts", "orders/1.zip", None)

    planned = stage.roll_back(stage.wish(dry_run=True))
    assert not stage.changed()
    done = stage.roll_back()

    first = planned.steps[0].step
    assert (first.service, first.operation) == ("s3", "delete_object")
    asked = {"Bucket": "artifacts", "Key": "orders/1.zip", "VersionId": hidden.id}
    assert first.parameters == asked
    assert planned.plan_hash == done.plan_hash
    assert stage.changed() == [("delete_object", asked), *restore(stage)]
    assert done.verified


def test_the_hash_binds_the_files_that_must_be_there(stage: Stage) -> None:
    deployed(stage)
    before = stage.roll_back(stage.wish(dry_run=True)).plan_hash
    assert stage.before
    other = replace(stage.before.artifacts[0], version_id="v-other", digest="")
    stage.before = replace(stage.before, artifacts=(other,))
    stage.fake.world.buckets["artifacts"]["orders/1.zip"].append(
        replace(stage.fake.world.buckets["artifacts"]["orders/1.zip"][0], id="v-other")
    )

    assert stage.roll_back(stage.wish(dry_run=True)).plan_hash != before


def test_a_file_that_is_gone_refuses_the_restore(stage: Stage) -> None:
    deployed(stage)
    del stage.fake.world.buckets["artifacts"]["orders/1.zip"]

    refuses(stage.roll_back(), stage, f"{OLD} is gone", "upload that very file again")


def test_a_file_that_nobody_may_look_at_asks(stage: Stage) -> None:
    deployed(stage)
    stage.fake.on("list_object_versions", 0, denied)

    report = stage.roll_back()

    asks(report, stage, f"whether {OLD} is still there", "it needs s3:List")


def test_a_doubt_is_overruled_by_an_approval(stage: Stage) -> None:
    deployed(stage)
    stage.fake.on("list_object_versions", 0, denied)
    first = stage.roll_back()

    report = stage.roll_back(stage.wish(approve=first.plan_hash))

    assert exit_code(report, verifying=True) == 4
    assert operations(stage) == ["create_change_set", "execute_change_set"]


def test_a_file_that_both_releases_use_is_not_needed(stage: Stage) -> None:
    other = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "x"}}
    deployed(stage, template(1), template(1, Extra=other))
    del stage.fake.world.buckets["artifacts"]["orders/1.zip"]

    report = stage.roll_back()

    assert exit_code(report, verifying=True) == 4


def test_another_file_under_the_key_refuses_the_restore(stage: Stage) -> None:
    deployed(stage)
    stage.fake.world.store("artifacts", "orders/1.zip", b"something else")

    refuses(stage.roll_back(), stage, "is another file now", "aws s3api copy-object")


def test_a_version_that_the_template_names_is_read_whatever_came_since(
    stage: Stage,
) -> None:
    first = json.loads(template(1))
    version = stage.fake.world.buckets["artifacts"]["orders/1.zip"][0].id
    first["Resources"]["Api"]["Properties"]["Code"]["S3ObjectVersion"] = version
    deployed(stage, json.dumps(first))
    stage.fake.world.store("artifacts", "orders/1.zip", b"something else")

    report = stage.roll_back()

    assert exit_code(report, verifying=True) == 4, report
    assert operations(stage) == ["create_change_set", "execute_change_set"]


def test_the_code_alone_needs_its_files_as_well(stage: Stage) -> None:
    stage.create()
    stage.snapshot(Readiness.AMBER)
    stage.deploy(template(2, Extra={"Type": "AWS::SNS::Topic"}))
    stage.fake.world.store("artifacts", "orders/1.zip", None)

    report = stage.roll_back()

    assert exit_code(report, verifying=True) == 4
    assert operations(stage)[0] == "delete_object"


# --- nested stacks --------------------------------------------------------------------


def with_jobs(stage: Stage, number: int) -> str:
    """A release with a nested stack, whose function has its code in a file of its own."""
    properties = {
        "FunctionName": "jobs",
        "Code": {"S3Bucket": "artifacts", "S3Key": f"jobs/{number}.zip"},
    }
    function = {"Type": "AWS::Lambda::Function", "Properties": properties}
    body = json.dumps({"Resources": {"Worker": function}}).encode()
    stage.fake.world.store("artifacts", f"jobs/{number}.zip", f"{number}".encode())
    stage.fake.world.store("artifacts", f"jobs/{number}.json", body)
    host = "https://artifacts.s3.eu-central-1.amazonaws.com"
    url = {"TemplateURL": f"{host}/jobs/{number}.json"}
    jobs = {"Type": "AWS::CloudFormation::Stack", "Properties": url}
    return template(1, Jobs=jobs)


@pytest.mark.parametrize("name", ["jobs/1.zip", "jobs/1.json"])
def test_what_a_nested_stack_is_made_from_is_looked_at(stage: Stage, name: str) -> None:
    deployed(stage, with_jobs(stage, 1), with_jobs(stage, 2))
    del stage.fake.world.buckets["artifacts"][name]

    refuses(stage.roll_back(), stage, f"s3://artifacts/{name} is gone")


def test_what_a_nested_stack_is_made_from_is_put_back(stage: Stage) -> None:
    deployed(stage, with_jobs(stage, 1), with_jobs(stage, 2))
    for name in ("jobs/1.zip", "jobs/1.json"):
        stage.fake.world.store("artifacts", name, None)

    report = stage.roll_back()

    assert operations(stage) == [
        "delete_object",
        "delete_object",
        "create_change_set",
        "execute_change_set",
    ]
    assert exit_code(report, verifying=True) == 4, report


def test_a_nested_stack_that_stays_needs_no_files(stage: Stage) -> None:
    first = with_jobs(stage, 1)
    second = json.loads(first)
    second["Resources"]["Api"]["Properties"]["Code"]["S3Key"] = "orders/2.zip"
    deployed(stage, first, json.dumps(second))
    del stage.fake.world.buckets["artifacts"]["jobs/1.zip"]

    assert exit_code(stage.roll_back(), verifying=True) == 4


def test_a_stuck_nested_stack_gets_its_file_back(stage: Stage) -> None:
    first, second = with_jobs(stage, 1), json.loads(with_jobs(stage, 2))
    second["Resources"]["Zlast"] = {"Type": "AWS::SNS::Topic"}
    stage.create(first)
    stage.snapshot()
    stage.fake.script("Zlast", "create", "Invalid parameter")
    stage.fake.script("Zlast", "update", "Invalid parameter")
    stage.fake.world.store("artifacts", "jobs/1.zip", None)
    stage.deploy(json.dumps(second))
    assert stage.status == "UPDATE_ROLLBACK_FAILED"

    report = stage.approved()

    assert report.row == "A3a"
    assert operations(stage) == ["delete_object", "continue_update_rollback"]
    assert stage.status == "UPDATE_ROLLBACK_COMPLETE"


# --- images and layers ----------------------------------------------------------------


class Answers(Operations):
    """The account, with answers of ECR and Lambda, which the fake does not have."""

    images: dict[str, Observed[StoredArtifact]]
    layers: dict[str, Observed[str]]

    def artifact(self, location: str) -> Observed[StoredArtifact]:
        """What is stored under an address."""
        return self.images.get(location, Absent())

    def layer(self, arn: str) -> Observed[str]:
        """The layer with that ARN."""
        return self.layers.get(arn, Absent())


def answering(
    stage: Stage,
    images: dict[str, Observed[StoredArtifact]] | None = None,
    layers: dict[str, Observed[str]] | None = None,
) -> RollbackReport:
    """A rollback in an account that answers so of images and layers."""
    account = Answers(stage.aws, before=stage.before)
    account.images, account.layers = images or {}, layers or {}
    usual: Callable[[], Any] = stage.world
    stage.world = lambda: replace(usual(), account=account)  # type: ignore[method-assign]
    return stage.roll_back()


def by_image(number: int) -> Json:
    """A function that is an image."""
    where = IMAGE.rpartition(":")[0]
    properties = {"FunctionName": "mail", "Code": {"ImageUri": f"{where}:{number}"}}
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def images(stage: Stage) -> None:
    deployed(stage, template(1, Mail=by_image(1)), template(2, Mail=by_image(2)))
    assert stage.before
    known = [a for a in stage.before.artifacts if a.location != IMAGE]
    image = Artifact("Mail", IMAGE, digest=DIGEST, there=True)
    stage.before = replace(stage.before, artifacts=(*known, image))


AT_DIGEST = f"{IMAGE.rpartition(':')[0]}@{DIGEST}"
THERE = Present(StoredArtifact(True, digest=DIGEST))
ANOTHER = Present(StoredArtifact(True, digest=f"sha256:{'b' * 64}"))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({}, ("is gone", "push that very image again")),
        ({AT_DIGEST: THERE}, ("is gone", "the tag 1 again")),
        ({IMAGE: ANOTHER, AT_DIGEST: THERE}, ("is another one now", "the tag 1 again")),
        ({IMAGE: ANOTHER}, ("is another one now", DIGEST)),
    ],
)
def test_an_image_that_is_gone_refuses_the_restore(
    stage: Stage, found: dict[str, Any], words: tuple[str, ...]
) -> None:
    images(stage)

    refuses(answering(stage, found), stage, IMAGE, *words)


def test_an_image_that_is_there_stops_nothing(stage: Stage) -> None:
    images(stage)

    report = answering(stage, {IMAGE: THERE})

    assert operations(stage) == ["create_change_set", "execute_change_set"], report


def test_an_image_that_nobody_may_look_at_asks(stage: Stage) -> None:
    images(stage)

    asks(answering(stage, {IMAGE: DENIED}), stage, IMAGE, "some:Right")


def with_layer(number: int) -> str:
    """A release whose function has a layer."""
    body = json.loads(template(number))
    layer = LAYER.removesuffix("3") + str(number + 2)
    body["Resources"]["Api"]["Properties"]["Layers"] = [layer]
    return json.dumps(body)


@pytest.mark.parametrize(
    ("found", "code"),
    [(Absent(), 1), (Present(LAYER), 4), (DENIED, 3)],
)
def test_a_layer_that_is_deleted_refuses_the_restore(
    stage: Stage, found: Observed[str], code: int
) -> None:
    deployed(stage, with_layer(1), with_layer(2))

    report = answering(stage, layers={LAYER: found})

    wants = {1: None, 3: Wants.APPROVAL, 4: None}[code]
    assert report.wants is wants, report
    told = any(LAYER in text for text in report.reasons)
    assert told is (code != 4)
    assert bool(stage.changed()) is (code == 4)


# --- who imports ----------------------------------------------------------------------


def exporting(release: int, name: str = "orders-topic") -> str:
    """A release that exports its topic."""
    body = json.loads(template(release))
    export = {"Value": {"Ref": "Topic"}, "Export": {"Name": name}}
    return json.dumps(body | {"Outputs": {"Q": export}})


def importing(stage: Stage, *names: str) -> None:
    """Stacks that import it."""
    topic = {"TopicArn": {"Fn::ImportValue": "orders-topic"}}
    resource = {"Type": "AWS::SNS::Subscription", "Properties": topic}
    body = json.dumps({"Resources": {"S": resource}})
    for name in names:
        stage.fake.do("create_stack", StackName=name, TemplateBody=body)
    stage.fake.settle()


def test_an_import_of_a_new_export_refuses_the_restore(stage: Stage) -> None:
    deployed(stage, "", exporting(2))
    importing(stage, "billing", "shipping")

    report = stage.roll_back()

    refuses(report, stage, "'orders-topic' would be removed", "billing, shipping")
    ways = [text for text in report.to_do if "import" in text]
    assert ways[0].startswith("deploy billing, shipping without the import")
    assert "list-imports --export-name orders-topic" in ways[1]


def test_who_imports_is_not_known(stage: Stage) -> None:
    deployed(stage, "", exporting(2))
    stage.fake.on("list_imports", 0, denied)

    asks(stage.roll_back(), stage, "who imports 'orders-topic'", "ListImports")


def test_an_export_that_nobody_imports_goes(stage: Stage) -> None:
    deployed(stage, "", exporting(2))

    assert exit_code(stage.roll_back(), verifying=True) == 4


def with_export_within(stage: Stage, number: int, name: str = "") -> str:
    """A release with a nested stack that exports its topic, under that name."""
    body: Json = {"Resources": {"Mail": {"Type": "AWS::SNS::Topic"}}}
    if name:
        export = {"Value": {"Ref": "Mail"}, "Export": {"Name": name}}
        body["Outputs"] = {"Q": export}
    where = f"within/{number}.json"
    stage.fake.world.store("artifacts", where, json.dumps(body).encode())
    url = f"https://artifacts.s3.eu-central-1.amazonaws.com/{where}"
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    return template(number, Jobs=nested)


def test_an_import_from_a_nested_stack_refuses_the_restore(stage: Stage) -> None:
    first = with_export_within(stage, 1)
    deployed(stage, first, with_export_within(stage, 2, "orders-topic"))
    importing(stage, "billing")

    refuses(stage.roll_back(), stage, "'orders-topic' would be removed", "billing")


def test_an_export_of_a_nested_stack_that_stays_stops_nothing(stage: Stage) -> None:
    first = with_export_within(stage, 1, "orders-topic")
    deployed(stage, first, with_export_within(stage, 2, "orders-topic"))
    importing(stage, "billing")

    assert exit_code(stage.roll_back(), verifying=True) == 4


def test_a_snapshot_that_tells_nothing_of_nested_exports_asks(stage: Stage) -> None:
    first = with_export_within(stage, 1, "orders-topic")
    deployed(stage, first, with_export_within(stage, 2, "orders-topic"))
    assert stage.before
    stage.before = replace(stage.before, nested_exports=None)

    asks(stage.roll_back(), stage, "does not tell what nested stacks exported")


def test_who_asks_by_hand_is_told_the_same(stage: Stage) -> None:
    deployed(stage, "", exporting(2))
    importing(stage, "billing")

    report = stage.roll_back(stage.wish(dry_run=True))

    assert not stage.changed()
    assert any("billing" in reason for reason in report.reasons)
