"""What is done to a stack, against the fake over HTTP."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from cloudformation import Fake, cut, denied, serving, throttled

from flowguard.aws.operations import READS, Operations
from flowguard.errors import FlowGuardError
from flowguard.model.questions import Absent, Present, Unknown, UnknownKind
from flowguard.model.rollback import Accepted, ObjectVersions, Refused, Sealed, Step
from flowguard.model.snapshot import Kept

CFN = "cloudformation"


def body(code: str = "one.zip", *, name: str = "users") -> str:
    """A table and a function with that code."""
    table = {"TableName": name, "BillingMode": "PAY_PER_REQUEST"}
    function = {"FunctionName": "api", "Code": {"S3Bucket": "code", "S3Key": code}}
    return json.dumps(
        {
            "Resources": {
                "Table": {"Type": "AWS::DynamoDB::Table", "Properties": table},
                "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
            }
        }
    )


@pytest.fixture
def fake() -> Iterator[Fake]:
    """An account with the stack `app` in it."""
    with serving() as fake:
        fake.world.store("code", "one.zip", b"one")
        fake.world.store("code", "two.zip", b"two")
        fake.seed("app", "CREATE_COMPLETE", body())
        yield fake


@pytest.fixture
def operations(fake: Fake) -> Operations:
    """The account, as a rollback has it."""
    return Operations(fake.aws())


def update(fake: Fake, code: str = "two.zip", **more: Any) -> None:
    """Somebody begins a deploy."""
    fake.do("update_stack", StackName="app", TemplateBody=body(code), **more)


def step(operation: str, service: str = CFN, **parameters: Any) -> Step:
    """A step that makes that call."""
    return Step(operation, service, operation, parameters)


# --- reading ----------------------------------------------------------------


def test_without_http_all_is_the_same(fake: Fake) -> None:
    direct = Operations(fake.direct())
    over_http = Operations(fake.aws())
    stack_id = fake.stack("app").id
    fake.stacks.page_size = 2
    update(fake)
    fake.settle()
    fake.do(
        "create_change_set", StackName="app", ChangeSetName="x", TemplateBody=body()
    )

    for read in ("stack", "resources", "events", "template", "original"):
        assert getattr(direct, read)(stack_id) == getattr(over_http, read)(stack_id)
    assert direct.change_set(stack_id, "x") == over_http.change_set(stack_id, "x")
    assert direct.change_set(stack_id, "y") == over_http.change_set(stack_id, "y")
    where = "s3://code/one.zip"
    assert direct.versions(where) == over_http.versions(where)
    asked = step("cancel_update_stack", StackName=stack_id)
    assert direct.perform(asked) == over_http.perform(asked)


def test_the_template_is_read_as_it_was_given_and_as_the_transforms_left_it(
    fake: Fake, operations: Operations
) -> None:
    made = {"Resources": {"Made": {"Type": "AWS::SQS::Queue"}}}
    given = json.dumps(
        {"Transform": "AWS::Serverless-2016-10-31", **json.loads(body())}
    )
    fake.stacks.process = lambda _template: made
    stack_id = fake.seed("sam", "CREATE_COMPLETE", given).id

    original, processed = operations.original(stack_id), operations.template(stack_id)

    assert isinstance(original, Present)
    assert isinstance(processed, Present)
    assert json.loads(original.value) == json.loads(given)
    assert json.loads(processed.value) == made
    gone = f"{stack_id}-gone"
    assert operations.original(gone) == operations.template(gone) == Absent()

    fake.on("get_template", 0, denied)
    refused = operations.original(stack_id)
    assert isinstance(refused, Unknown)
    assert refused.permission == "cloudformation:GetTemplate"


# --- acting -----------------------------------------------------------------


def test_an_update_in_its_window_is_cancelled_and_the_old_release_runs(
    fake: Fake, operations: Operations
) -> None:
    stack = fake.stack("app")
    before = fake.world.live["AWS::Lambda::Function", "api"]["CodeSha256"]
    update(fake, RollbackConfiguration={"MonitoringTimeInMinutes": 30})
    fake.advance(60)

    done = operations.perform(step("cancel_update_stack", StackName=stack.id), "ours-1")
    fake.settle()

    assert isinstance(done, Accepted)
    assert fake.stack("app").status == "UPDATE_ROLLBACK_COMPLETE"
    assert fake.world.live["AWS::Lambda::Function", "api"]["CodeSha256"] == before
    assert fake.asked("cancel_update_stack")[0].parameters == {
        "StackName": stack.id,
        "ClientRequestToken": "ours-1",
    }


def test_what_aws_refuses_is_refused_in_its_words(
    fake: Fake, operations: Operations
) -> None:
    stack = fake.stack("app")

    done = operations.perform(step("cancel_update_stack", StackName=stack.id), "ours-1")

    assert done == Refused(
        "ValidationError",
        "CancelUpdateStack cannot be called from current stack status",
    )


def test_a_lost_answer_is_not_known_and_the_call_is_not_made_again(
    fake: Fake, operations: Operations
) -> None:
    stack = fake.stack("app")
    update(fake)
    fake.on("cancel_update_stack", 1, cut, answered=True)

    done = operations.perform(step("cancel_update_stack", StackName=stack.id), "ours-1")

    assert isinstance(done, Unknown)
    assert done.kind is UnknownKind.UNREACHABLE
    assert len(fake.asked("cancel_update_stack")) == 1
    assert stack.status == "UPDATE_ROLLBACK_IN_PROGRESS"


@pytest.mark.parametrize(
    ("mishap", "code"), [(throttled, "Throttling"), (denied, "AccessDenied")]
)
def test_a_call_that_aws_would_not_hear_did_nothing(
    fake: Fake, operations: Operations, mishap: Any, code: str
) -> None:
    update(fake)
    fake.on("cancel_update_stack", 1, mishap)
    asked = step("cancel_update_stack", StackName=fake.stack("app").id)

    done = operations.perform(asked)

    assert isinstance(done, Refused)
    assert done.code == code
    assert fake.stack("app").status == "UPDATE_IN_PROGRESS"


def test_a_call_that_never_left_did_nothing(fake: Fake) -> None:
    fake.url = "http://127.0.0.1:9"
    nowhere = Operations(fake.aws())

    done = nowhere.perform(step("cancel_update_stack", StackName=ARN))

    assert isinstance(done, Refused)
    assert done.code == "EndpointConnectionError"


def test_a_sealed_value_reaches_aws_and_nothing_else(
    fake: Fake, operations: Operations
) -> None:
    stack = fake.stack("app")
    asked = step(
        "create_change_set",
        StackName=stack.id,
        ChangeSetName="back",
        TemplateBody=Sealed(body("two.zip"), "<template>"),
    )

    done = operations.perform(asked, "ours-1")

    assert isinstance(done, Accepted)
    assert fake.asked("create_change_set")[0].parameters["TemplateBody"] == body(
        "two.zip"
    )
    assert "two.zip" not in repr(asked)


ARN = "arn:aws:cloudformation:eu-central-1:111122223333:stack/app/1"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (step("delete_table", "dynamodb", TableName="users"), "never calls"),
        (step("update_stack", StackName=ARN), "never calls"),
        (
            step("cancel_update_stack", StackName="app"),
            "by something other than its id",
        ),
        (step("delete_stack", StackName=ARN), "nobody was told what it destroys"),
        (
            step("delete_stack", StackName=ARN, DeletionMode="FORCE_DELETE_STACK"),
            "forces the deletion",
        ),
        (
            step("continue_update_rollback", StackName=ARN, ResourcesToSkip=["Table"]),
            "nobody was told what it destroys",
        ),
        (
            step("execute_change_set", StackName=ARN, ChangeSetName="back"),
            "does not say whether a failure is to be rolled back",
        ),
        (step("delete_object", "s3", Bucket="code", Key="one.zip"), "hides an object"),
        (step("copy_object", "s3", Bucket="code", Key="one.zip"), "could overwrite"),
        (step("put_object", "s3", Bucket="code", Key="one.zip"), "could overwrite"),
        (
            step(
                "update_stage",
                "apigateway",
                patchOperations=[
                    {"op": "replace", "path": "/variables/x", "value": ""}
                ],
            ),
            "more of the stage than its deployment",
        ),
    ],
)
def test_what_is_not_on_the_list_never_reaches_aws(
    fake: Fake, operations: Operations, asked: Step, why: str
) -> None:
    with pytest.raises(FlowGuardError, match=why):
        operations.perform(asked)

    assert fake.calls == []


def test_a_delete_marker_is_dropped_and_the_object_is_back(
    fake: Fake, operations: Operations
) -> None:
    old = fake.world.buckets["code"]["one.zip"][0]
    marker = fake.world.store("code", "one.zip", None)
    asked = {"Bucket": "code", "Key": "one.zip", "VersionId": marker.id}

    done = operations.perform(step("delete_object", "s3", **asked))

    assert isinstance(done, Accepted)
    assert operations.versions("s3://code/one.zip") == Present(
        ObjectVersions(versions=(old.id,), etags=(old.id,))
    )


def test_a_version_that_holds_bytes_is_never_deleted(
    fake: Fake, operations: Operations
) -> None:
    kept = fake.world.store("code", "one.zip", b"newer")
    asked = {"Bucket": "code", "Key": "one.zip", "VersionId": kept.id}

    done = operations.perform(step("delete_object", "s3", **asked))

    assert isinstance(done, Refused)
    assert fake.asked("delete_object") == []


def test_an_old_version_comes_back_where_nothing_is(
    fake: Fake, operations: Operations
) -> None:
    where = {"Bucket": "code", "Key": "one.zip"}
    old = fake.world.buckets["code"]["one.zip"][0]
    back = step(
        "copy_object",
        "s3",
        **where,
        CopySource={**where, "VersionId": old.id},
        IfNoneMatch="*",
    )

    refused = operations.perform(back)
    fake.world.store("code", "one.zip", None)
    done = operations.perform(back)

    assert isinstance(refused, Refused)
    assert refused.code == "PreconditionFailed"
    assert isinstance(done, Accepted)


# --- reading ----------------------------------------------------------------


def test_a_change_set_is_read_with_what_it_would_do(
    fake: Fake, operations: Operations
) -> None:
    stack = fake.stack("app")
    fake.do(
        "create_change_set",
        StackName="app",
        ChangeSetName="next",
        TemplateBody=body("two.zip", name="people"),
    )

    read = operations.change_set(stack.id, "next")

    assert isinstance(read, Present)
    assert read.value.execution_status == "AVAILABLE"
    assert [
        (c.logical_id, c.replacement, c.policy_action) for c in read.value.changes
    ] == [("Table", "True", "ReplaceAndDelete"), ("Function", "False", "")]


def test_a_change_set_that_is_not_there_is_absent(
    fake: Fake, operations: Operations
) -> None:
    assert operations.change_set(fake.stack("app").id, "none") == Absent()


def test_the_deployment_that_shifts_traffic_is_found_by_its_group(
    fake: Fake, operations: Operations
) -> None:
    kinds = {"App": "Application", "Group": "DeploymentGroup"}
    rows = {n: {"Type": f"AWS::CodeDeploy::{k}"} for n, k in kinds.items()}
    stack = fake.seed("shifts", "UPDATE_IN_PROGRESS", json.dumps({"Resources": rows}))
    fake.world.deployments["d-ABCDEFGHI"] = {"status": "InProgress"}
    said = operations.events(stack.id)

    assert isinstance(said, Present)
    assert operations.shifting(said.value) == Present("d-ABCDEFGHI")
    fake.world.deployments["d-ABCDEFGHI"]["status"] = "Succeeded"
    assert operations.shifting(said.value) == Absent()


def test_the_snapshot_of_now_has_what_runs_now(
    fake: Fake, operations: Operations
) -> None:
    taken = operations.snapshot(fake.stack("app").id)

    assert isinstance(taken, Present)
    assert [f.name for f in taken.value.functions] == ["api"]
    assert operations.snapshot("nowhere") == Absent()


def test_a_stack_in_express_mode_has_no_way_back_of_its_own(
    fake: Fake, operations: Operations
) -> None:
    fake.script("Function", "update", "No")
    update(fake, DisableRollback=True, DeploymentConfig={"Mode": "EXPRESS"})
    fake.settle()
    stack = operations.stack(fake.stack("app").id)

    assert isinstance(stack, Present)
    assert stack.value.mode == "EXPRESS"
    done = operations.perform(step("rollback_stack", StackName=stack.value.stack_id))
    assert isinstance(done, Refused)


def test_what_it_asks_is_what_it_says_that_it_needs(
    fake: Fake, operations: Operations
) -> None:
    stack_id = fake.stack("app").id
    said = operations.events(stack_id)
    assert isinstance(said, Present)

    operations.stack(stack_id)
    operations.resources(stack_id)
    operations.template(stack_id)
    operations.original(stack_id)
    operations.change_set(stack_id, "none")
    operations.versions("s3://code/one.zip")
    operations.shifting(said.value)
    operations.snapshot(stack_id)

    # IAM has names of its own for some of S3's, and one for all of API Gateway's.
    own = {"list_object_versions": "list_bucket_versions"}
    asked = {f"{c.service}:{own.get(c.operation, c.operation)}" for c in fake.calls}
    known = {f"{p.partition(':')[0]}:{xform_name(p.partition(':')[2])}" for p in READS}
    assert asked <= known


def test_a_text_that_the_snapshot_kept_is_read_back_and_no_other(
    fake: Fake, tmp_path: Path
) -> None:
    fake.world.store("kept", "app/original", body().encode())
    data = body().encode()
    original = Kept(
        hashlib.sha256(data).hexdigest(), len(data), "s3://kept/app/original"
    )
    taken = Operations(fake.aws()).snapshot(fake.stack("app").id)
    assert isinstance(taken, Present)
    before = replace(taken.value, original=original)
    operations = Operations(fake.aws(), before=before, folder=tmp_path)

    assert operations.text(original) == Present(body())
    assert operations.text(replace(original, location="s3://kept/else")) == Absent()
    fake.world.store("kept", "app/original", b"{}")
    assert operations.text(original) == Absent()
