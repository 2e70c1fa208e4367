"""The fake's stacks live as AWS's do: told by their statuses, events and resources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloudformation import Fake, cut, serving, throttled
from flowguard.aws.session import Aws

CFN = "cloudformation"
TABLE, FUNCTION = "AWS::DynamoDB::Table", "AWS::Lambda::Function"


def body(code: str = "one.zip", *, name: str = "users", **more: Any) -> str:
    """A table and a function with that code."""
    function = {"FunctionName": "api", "Code": {"S3Bucket": "code", "S3Key": code}}
    rows = {
        "Table": {"Type": TABLE, "Properties": {"TableName": name}},
        "Function": {"Type": FUNCTION, "Properties": function},
    }
    return json.dumps({"Resources": rows, **more})


@pytest.fixture
def fake() -> Iterator[Fake]:
    """An account with two builds of the code in it."""
    with serving() as fake:
        fake.world.store("code", "one.zip", b"one")
        fake.world.store("code", "two.zip", b"two")
        yield fake


@pytest.fixture
def aws(fake: Fake) -> Aws:
    """Signed in to it, with the stack `app` deployed."""
    aws = fake.aws()
    aws.call(CFN, "create_stack", StackName="app", TemplateBody=body())
    fake.settle()
    return aws


def statuses(fake: Fake, name: str = "app") -> list[str]:
    """Those that the stack itself has had, consecutive ones once."""
    stack = fake.stack(name)
    rows = [e for e in stack.events if e["PhysicalResourceId"] == stack.id]
    return [row["ResourceStatus"] for row in rows]


def update(aws: Aws, text: str, **more: Any) -> None:
    """Deploy another template."""
    aws.call(CFN, "update_stack", StackName="app", TemplateBody=text, **more)


def code(fake: Fake) -> Any:
    """What the function runs."""
    return fake.world.live[FUNCTION, "api"]["Code"]["S3Key"]


@pytest.mark.usefixtures("aws")
def test_a_stack_is_created(fake: Fake) -> None:
    assert statuses(fake) == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert {(TABLE, "users"), (FUNCTION, "api")} <= fake.world.live.keys()


def test_a_creation_that_fails_leaves_a_stack_that_can_only_be_deleted(
    fake: Fake,
) -> None:
    aws = fake.aws()
    fake.script("Function", "create", "No")

    aws.call(CFN, "create_stack", StackName="app", TemplateBody=body())
    fake.settle()

    assert statuses(fake)[1:] == ["ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"]
    assert fake.world.live == {}
    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE state and can not be"):
        update(aws, body("two.zip"))


@pytest.mark.parametrize(
    ("on_failure", "status"),
    [("DO_NOTHING", "CREATE_FAILED"), ("DELETE", "DELETE_COMPLETE")],
)
def test_a_creation_that_fails_ends_as_it_was_asked_to(
    fake: Fake, on_failure: str, status: str
) -> None:
    asked: dict[str, Any] = {
        "StackName": "app",
        "TemplateBody": body(),
        "OnFailure": on_failure,
    }
    fake.script("Function", "create", "No")

    fake.aws().call(CFN, "create_stack", **asked)
    fake.settle()

    assert fake.stack("app").status == status


def test_an_update_keeps_what_it_replaces_until_the_clean_up(
    fake: Fake, aws: Aws
) -> None:
    update(
        aws, body(name="people"), RollbackConfiguration={"MonitoringTimeInMinutes": 5}
    )
    fake.advance(60)

    assert fake.stack("app").status == "UPDATE_IN_PROGRESS"
    assert {(TABLE, "users"), (TABLE, "people")} <= fake.world.live.keys()

    fake.settle()

    assert fake.stack("app").status == "UPDATE_COMPLETE"
    assert (TABLE, "users") not in fake.world.live


def test_an_update_that_is_cancelled_in_its_window_loses_nothing(
    fake: Fake, aws: Aws
) -> None:
    text = body("two.zip", name="people")
    update(aws, text, RollbackConfiguration={"MonitoringTimeInMinutes": 5})
    fake.advance(60)

    aws.call(CFN, "cancel_update_stack", StackName="app")
    fake.settle()

    assert statuses(fake)[-3:] == [
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]
    assert code(fake) == "one.zip"
    assert (TABLE, "users") in fake.world.live
    assert (TABLE, "people") not in fake.world.live
    assert aws.call(CFN, "get_template", StackName="app")["TemplateBody"] == json.loads(
        body()
    )


def test_the_window_of_one_update_is_that_of_the_next(fake: Fake, aws: Aws) -> None:
    update(aws, body("two.zip"), RollbackConfiguration={"MonitoringTimeInMinutes": 5})
    fake.settle()

    update(aws, body())
    fake.advance(60)

    assert fake.stack("app").status == "UPDATE_IN_PROGRESS"


@pytest.mark.parametrize("state", ["ALARM", "gone"])
def test_an_alarm_takes_an_update_back(fake: Fake, aws: Aws, state: str) -> None:
    fake.world.alarms["errors"] = "OK"
    arn = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:errors"
    trigger = {"Arn": arn, "Type": "AWS::CloudWatch::Alarm"}
    watch = {"MonitoringTimeInMinutes": 5, "RollbackTriggers": [trigger]}
    update(aws, body("two.zip"), RollbackConfiguration=watch)
    fake.advance(60)

    if state == "gone":
        del fake.world.alarms["errors"]
    else:
        fake.world.alarms["errors"] = state
    fake.settle()

    assert fake.stack("app").status == "UPDATE_ROLLBACK_COMPLETE"


def test_an_update_that_fails_is_rolled_back_and_says_why(fake: Fake, aws: Aws) -> None:
    fake.script("Table", "update", "Not now")

    update(aws, body("two.zip", name="people"), ClientRequestToken="ours")
    fake.settle()

    said = [
        (e["LogicalResourceId"], e["ResourceStatusReason"])
        for e in fake.stack("app").events
        if e["ResourceStatus"] == "UPDATE_FAILED"
    ]
    assert said == [("Table", "Not now"), ("Function", "Resource update cancelled")]
    assert code(fake) == "one.zip"
    assert {e.get("ClientRequestToken") for e in fake.stack("app").events[-5:]} == {
        "ours"
    }


def test_a_rollback_that_fails_goes_on_once_the_cause_is_gone(
    fake: Fake, aws: Aws
) -> None:
    fake.script("Function", "update", "Too big")
    objects = fake.world.buckets["code"]["one.zip"]
    kept = objects.pop()
    update(aws, body("two.zip"))
    fake.settle()

    assert fake.stack("app").status == "UPDATE_ROLLBACK_FAILED"
    assert "specified key does not exist" in fake.stack("app").states["Function"][1]

    objects.append(kept)
    aws.call(CFN, "continue_update_rollback", StackName="app")
    fake.settle()

    assert fake.stack("app").status == "UPDATE_ROLLBACK_COMPLETE"


def stuck(fake: Fake, aws: Aws) -> None:
    """Leave a stack whose function cannot be rolled back."""
    fake.script("Function", "rollback", "Cannot be undone")
    fake.script("Table", "update", "Not now")
    # The order of the template: the function is done before the table fails.
    rows = json.loads(body("two.zip", name="people"))["Resources"]
    text = json.dumps({"Resources": dict(reversed(rows.items()))})
    update(aws, text)
    fake.settle()
    assert fake.stack("app").status == "UPDATE_ROLLBACK_FAILED"


def test_a_rollback_goes_on_without_what_is_skipped(fake: Fake, aws: Aws) -> None:
    stuck(fake, aws)

    skip: dict[str, Any] = {"StackName": "app", "ResourcesToSkip": ["Function"]}
    aws.call(CFN, "continue_update_rollback", **skip)
    fake.settle()

    assert fake.stack("app").status == "UPDATE_ROLLBACK_COMPLETE"
    assert code(fake) == "two.zip"


@pytest.mark.parametrize(
    ("skip", "said"),
    [
        ("Nobody", "Resources with logicalIds [Nobody] do not belong to stack app"),
        (
            "Table",
            "Only the resources in UPDATE_FAILED state are allowed to be skipped",
        ),
        ("Inner.Table", "Stack [Inner] does not exist"),
    ],
)
def test_what_may_not_be_skipped_is_found_out_later(
    fake: Fake, aws: Aws, skip: str, said: str
) -> None:
    stuck(fake, aws)

    asked: dict[str, Any] = {"StackName": "app", "ResourcesToSkip": [skip]}
    aws.call(CFN, "continue_update_rollback", **asked)
    fake.settle()

    assert fake.stack("app").status == "UPDATE_ROLLBACK_FAILED"
    assert fake.stack("app").reason == said


def test_a_failed_update_is_left_as_it_is_until_it_is_rolled_back(
    fake: Fake, aws: Aws
) -> None:
    fake.script("Function", "update", "No")
    update(aws, body("two.zip", name="people"), DisableRollback=True)
    fake.settle()

    assert fake.stack("app").status == "UPDATE_FAILED"
    assert (TABLE, "people") in fake.world.live

    aws.call(CFN, "rollback_stack", StackName="app")
    fake.settle()

    assert fake.stack("app").status == "UPDATE_ROLLBACK_COMPLETE"
    assert (TABLE, "people") not in fake.world.live


@pytest.mark.parametrize("deleted", [False, True])
def test_what_a_failed_update_made_and_retains_outlives_the_rollback(
    fake: Fake, aws: Aws, *, deleted: bool
) -> None:
    rows = json.loads(body("two.zip"))["Resources"]
    added = {
        "Type": TABLE,
        "Properties": {"TableName": "new"},
        "DeletionPolicy": "Retain",
    }
    text = json.dumps({"Resources": {"New": added, **rows}})
    fake.script("Function", "update", "No")
    update(aws, text, DisableRollback=True)
    fake.settle()

    asked: dict[str, Any] = {"StackName": "app", "RetainExceptOnCreate": deleted}
    aws.call(CFN, "rollback_stack", **asked)
    fake.settle()

    assert fake.stack("app").status == "UPDATE_ROLLBACK_COMPLETE"
    assert ((TABLE, "new") in fake.world.live) is not deleted


def test_a_change_set_says_what_it_does_and_does_it(fake: Fake, aws: Aws) -> None:
    named = {"StackName": "app", "ChangeSetName": "next"}
    aws.call(CFN, "create_change_set", **named, TemplateBody=body("two.zip"))
    read = aws.call(CFN, "describe_change_set", **named)

    aws.call(CFN, "execute_change_set", **named, DisableRollback=False)
    fake.settle()

    (change,) = read["Changes"]
    assert change["ResourceChange"]["LogicalResourceId"] == "Function"
    assert code(fake) == "two.zip"
    with pytest.raises(ClientError, match="does not exist"):
        aws.call(CFN, "describe_change_set", **named)


def test_a_change_set_without_changes_has_failed(aws: Aws) -> None:
    named = {"StackName": "app", "ChangeSetName": "next"}
    aws.call(CFN, "create_change_set", **named, TemplateBody=body())

    read = aws.call(CFN, "describe_change_set", **named)

    assert (read["Status"], read["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert read["StatusReason"].startswith("The submitted information didn't contain")


def test_a_change_set_that_somebody_overtook_is_obsolete(fake: Fake, aws: Aws) -> None:
    named = {"StackName": "app", "ChangeSetName": "next"}
    aws.call(CFN, "create_change_set", **named, TemplateBody=body("two.zip"))

    fake.do("update_stack", StackName="app", TemplateBody=body(name="people"))
    fake.settle()

    with pytest.raises(ClientError, match=r"current status of \[OBSOLETE\]"):
        aws.call(CFN, "execute_change_set", **named, DisableRollback=False)


def test_the_same_token_twice_is_one_operation(fake: Fake, aws: Aws) -> None:
    for _ in range(2):
        update(aws, body("two.zip"), ClientRequestToken="ours")
    fake.settle()

    assert statuses(fake).count("UPDATE_IN_PROGRESS") == 1


def test_a_secret_parameter_is_never_told(fake: Fake) -> None:
    parameters = {"Key": {"Type": "String", "NoEcho": True}}
    given = [{"ParameterKey": "Key", "ParameterValue": "hunter2"}]
    aws = fake.aws()
    text = body(Parameters=parameters)
    asked: dict[str, Any] = {
        "StackName": "app",
        "TemplateBody": text,
        "Parameters": given,
    }

    aws.call(CFN, "create_stack", **asked)

    (row,) = aws.call(CFN, "describe_stacks", StackName="app")["Stacks"]
    assert row["Parameters"] == [{"ParameterKey": "Key", "ParameterValue": "****"}]


def test_an_export_that_is_imported_stays(fake: Fake) -> None:
    aws = fake.aws()
    outputs = {"Out": {"Value": "v", "Export": {"Name": "vpc"}}}
    asked: dict[str, Any] = {"StackName": "app", "TemplateBody": body(Outputs=outputs)}
    aws.call(CFN, "create_stack", **asked)
    uses = {"Type": "AWS::SNS::Topic", "Properties": {"A": {"Fn::ImportValue": "vpc"}}}
    text = json.dumps({"Resources": {"Topic": uses}})
    aws.call(CFN, "create_stack", StackName="user", TemplateBody=text)
    fake.settle()

    update(aws, body("two.zip"))
    fake.settle()

    assert aws.call(CFN, "list_imports", ExportName="vpc")["Imports"] == ["user"]
    assert fake.stack("app").status == "UPDATE_ROLLBACK_COMPLETE"
    reasons = [e.get("ResourceStatusReason") for e in fake.stack("app").events]
    assert "Export vpc cannot be deleted as it is in use by user" in reasons


def test_what_is_left_of_a_deletion_can_be_retained(fake: Fake, aws: Aws) -> None:
    fake.script("Table", "delete", "It is protected")
    aws.call(CFN, "delete_stack", StackName="app")
    fake.settle()

    assert fake.stack("app").status == "DELETE_FAILED"

    aws.call(CFN, "delete_stack", StackName="app", RetainResources=["Table"])
    fake.settle()

    assert fake.stack("app").status == "DELETE_COMPLETE"
    assert list(fake.world.live) == [(TABLE, "users")]


def test_a_deleted_stack_answers_to_its_id_alone(fake: Fake, aws: Aws) -> None:
    stack = fake.stack("app")
    aws.call(CFN, "delete_stack", StackName="app")
    fake.settle()

    (row,) = aws.call(CFN, "describe_stacks", StackName=stack.id)["Stacks"]
    assert row["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="Stack with id app does not exist"):
        aws.call(CFN, "describe_stacks", StackName="app")


def test_the_refusals_are_in_the_words_that_others_match_on(aws: Aws) -> None:
    said = r"Stack:arn:\S+ is in UPDATE_IN_PROGRESS state and can not be updated\."
    update(aws, body("two.zip"))

    with pytest.raises(ClientError, match=said):
        update(aws, body())
    with pytest.raises(
        ClientError, match="cannot be deleted while in status UPDATE_IN"
    ):
        aws.call(CFN, "delete_stack", StackName="app")


def test_old_code_comes_back_through_an_alias(fake: Fake) -> None:
    def with_alias(zip_: str, version: str) -> str:
        rows = json.loads(body(zip_))["Resources"]
        function = {"FunctionName": {"Ref": "Function"}}
        for name in ("V1", version):
            rows[name] = {
                "Type": "AWS::Lambda::Version",
                "DeletionPolicy": "Retain",
                "Properties": function,
            }
        target = {"FunctionVersion": {"Fn::GetAtt": [version, "Version"]}}
        rows["Live"] = {
            "Type": "AWS::Lambda::Alias",
            "Properties": {**function, **target, "Name": "live"},
        }
        return json.dumps({"Resources": rows})

    aws = fake.aws()
    aws.call(
        CFN, "create_stack", StackName="app", TemplateBody=with_alias("one.zip", "V1")
    )
    fake.settle()
    update(aws, with_alias("two.zip", "V2"))
    fake.settle()
    named = {"FunctionName": "api", "Name": "live"}
    alias = aws.call("lambda", "get_alias", **named)
    assert alias["FunctionVersion"] == "2"

    aws.call("lambda", "update_alias", **named, FunctionVersion="1")

    assert aws.call("lambda", "get_alias", **named)["FunctionVersion"] == "1"
    with pytest.raises(ClientError, match="RevisionId"):
        aws.call("lambda", "update_alias", **named, RevisionId=alias["RevisionId"])


def test_a_stage_goes_back_to_a_deployment_that_is_still_there(fake: Fake) -> None:
    def with_api(deployment: str) -> str:
        stage = {"RestApiId": {"Ref": "Api"}, "StageName": "dev"}
        return json.dumps(
            {
                "Resources": {
                    "Api": {"Type": "AWS::ApiGateway::RestApi"},
                    deployment: {
                        "Type": "AWS::ApiGateway::Deployment",
                        "Properties": stage,
                    },
                }
            }
        )

    aws = fake.aws()
    aws.call(CFN, "create_stack", StackName="app", TemplateBody=with_api("First"))
    fake.settle()
    api = fake.stack("app").resources["Api"].physical_id
    first = fake.stack("app").resources["First"].physical_id
    named = {"restApiId": api, "stageName": "dev"}
    update(
        aws, with_api("Second"), RollbackConfiguration={"MonitoringTimeInMinutes": 5}
    )
    fake.advance(60)
    patch = {"op": "replace", "path": "/deploymentId", "value": first}

    assert aws.call("apigateway", "get_stage", **named)["deploymentId"] != first
    aws.call("apigateway", "update_stage", **named, patchOperations=[patch])
    assert aws.call("apigateway", "get_stage", **named)["deploymentId"] == first
    fake.settle()
    with pytest.raises(ClientError, match="Invalid Deployment identifier"):
        aws.call("apigateway", "update_stage", **named, patchOperations=[patch])


@pytest.mark.usefixtures("aws")
def test_the_sdk_overcomes_what_is_throttled_or_lost(fake: Fake) -> None:
    patient = fake.aws(retries=3)
    fake.on("describe_stacks", 1, throttled)
    fake.on("describe_stacks", 2, cut)

    answer = patient.call(CFN, "describe_stacks", StackName="app")

    assert answer["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    assert len(fake.asked("describe_stacks")) == 3
