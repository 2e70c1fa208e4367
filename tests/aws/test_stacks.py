"""Stacks, their templates, resources, change sets, history and exports."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from aws.stubbed import PLACE, Account, account

from flowguard.lookups import (
    ChangeSet,
    ChangeSetsOf,
    DeployedTemplate,
    ExportNamed,
    ImportersOf,
    LastOperation,
    Stack,
    StackNamed,
    StackResource,
    StackResources,
    StacksIn,
    StackSummary,
)
from flowguard.model.questions import Absent, Present, Unknown

CFN = "cloudformation"
ID = "arn:aws:cloudformation:eu-central-1:111122223333:stack/app/1-2-3"
NOON = datetime(2026, 1, 18, 12, tzinfo=UTC)


def row(name: str = "app", status: str = "CREATE_COMPLETE", **more: Any) -> Any:
    """A stack as DescribeStacks has it."""
    return {
        "StackName": name,
        "StackId": ID.replace("app", name),
        "StackStatus": status,
        "CreationTime": NOON,
        **more,
    }


def no_stack(aws: Account, operation: str, said: str) -> None:
    """Let the next call say that there is no such stack."""
    aws.refuses(CFN, operation, "ValidationError", said)


# --- StackNamed -------------------------------------------------------------


def test_a_stack_with_all_its_fields() -> None:
    with account() as aws:
        described = row(
            status="UPDATE_ROLLBACK_FAILED",
            StackStatusReason="it broke",
            DetailedStatus="CONFIGURATION_COMPLETE",
            LastUpdatedTime=NOON,
            Parameters=[
                {"ParameterKey": "Stage", "ParameterValue": "dev"},
                {
                    "ParameterKey": "Image",
                    "ParameterValue": "/image",
                    "ResolvedValue": "ami-1",
                },
            ],
            Outputs=[
                {"OutputKey": "Vpc", "OutputValue": "vpc-1", "ExportName": "vpc"},
                {"OutputKey": "Url", "OutputValue": "https://x"},
            ],
            Tags=[{"Key": "team", "Value": "a"}],
            Capabilities=["CAPABILITY_IAM"],
            RoleARN="arn:aws:iam::111122223333:role/deploy",
            ParentId=ID + "-parent",
            RootId=ID + "-root",
            EnableTerminationProtection=True,
        )
        aws.answers(
            CFN, "describe_stacks", {"Stacks": [described]}, asked={"StackName": "app"}
        )

        answer = aws.answer(StackNamed(PLACE, "app"))

    assert answer == Present(
        Stack(
            name="app",
            stack_id=ID,
            status="UPDATE_ROLLBACK_FAILED",
            status_reason="it broke",
            detailed_status="CONFIGURATION_COMPLETE",
            created=NOON,
            updated=NOON,
            parameters=(("Stage", "dev"), ("Image", "/image")),
            resolved=(("Image", "ami-1"),),
            outputs=(("Vpc", "vpc-1", "vpc"), ("Url", "https://x", "")),
            tags=(("team", "a"),),
            capabilities=("CAPABILITY_IAM",),
            role_arn="arn:aws:iam::111122223333:role/deploy",
            parent_id=ID + "-parent",
            root_id=ID + "-root",
            termination_protection=True,
        )
    )


@pytest.mark.parametrize(
    "said", ["Stack with id app does not exist", "Stack [app] does not exist."]
)
def test_no_stack(said: str) -> None:
    with account() as aws:
        no_stack(aws, "describe_stacks", said)

        assert aws.answer(StackNamed(PLACE, "app")) == Absent()


def test_a_deleted_stack_answers_to_its_id_alone() -> None:
    deleted = row(status="DELETE_COMPLETE")
    with account() as aws:
        aws.answers(CFN, "describe_stacks", {"Stacks": [deleted]})
        aws.answers(CFN, "describe_stacks", {"Stacks": [deleted]})

        by_name = aws.answer(StackNamed(PLACE, "app"))
        by_id = aws.answer(StackNamed(PLACE, ID))

    assert by_name == Absent()
    assert isinstance(by_id, Present)
    assert by_id.value.status == "DELETE_COMPLETE"


def test_many_stacks_are_asked_for_at_once() -> None:
    asked = [StackNamed(PLACE, f"s{number}") for number in range(6)]
    with account() as aws:
        aws.answers(
            CFN,
            "describe_stacks",
            {"Stacks": [row("s0")], "NextToken": "more"},
            asked={},
        )
        aws.answers(
            CFN,
            "describe_stacks",
            {"Stacks": [row("s5"), row("other")]},
            asked={"NextToken": "more"},
        )

        answers = aws.all(*asked)

    found = {str(q.name) for q in asked if isinstance(answers[q], Present)}
    assert found == {"s0", "s5"}
    assert answers[asked[1]] == Absent()


def test_a_deleted_stack_among_many_is_asked_for_by_its_id() -> None:
    names = [StackNamed(PLACE, f"s{number}") for number in range(5)]
    deleted = StackNamed(PLACE, ID)
    with account() as aws:
        aws.answers(CFN, "describe_stacks", {"Stacks": []}, asked={})
        aws.answers(
            CFN,
            "describe_stacks",
            {"Stacks": [row(status="DELETE_COMPLETE")]},
            asked={"StackName": ID},
        )

        answers = aws.all(*names, deleted)

    assert [answers[name] for name in names] == [Absent()] * 5
    assert isinstance(answers[deleted], Present)


def test_many_stacks_without_the_right_to_list_are_asked_for_one_by_one() -> None:
    asked = [StackNamed(PLACE, f"s{number}") for number in range(6)]
    with account() as aws:
        aws.refuses(CFN, "describe_stacks", "AccessDenied")
        for lookup in asked:
            aws.answers(
                CFN,
                "describe_stacks",
                {"Stacks": [row(str(lookup.name))]},
                asked={"StackName": lookup.name},
            )

        answers = aws.all(*asked)

    assert all(isinstance(answer, Present) for answer in answers.values())


# --- what belongs to a stack ------------------------------------------------


def test_resources_over_all_pages() -> None:
    def page(name: str, **more: Any) -> Any:
        summary = {
            "LogicalResourceId": name,
            "PhysicalResourceId": f"id-{name}",
            "ResourceType": "AWS::SQS::Queue",
            "ResourceStatus": "CREATE_COMPLETE",
            "LastUpdatedTimestamp": NOON,
        }
        return {"StackResourceSummaries": [summary], **more}

    with account() as aws:
        aws.answers(CFN, "list_stack_resources", page("A", NextToken="more"))
        aws.answers(CFN, "list_stack_resources", page("B"))

        answer = aws.answer(StackResources(PLACE, "app"))

    assert answer == Present(
        tuple(
            StackResource(name, f"id-{name}", "AWS::SQS::Queue", "CREATE_COMPLETE")
            for name in "AB"
        )
    )


def test_a_resource_that_never_got_an_id() -> None:
    summary = {
        "LogicalResourceId": "Table",
        "ResourceType": "AWS::DynamoDB::Table",
        "ResourceStatus": "CREATE_FAILED",
        "ResourceStatusReason": "already exists",
        "LastUpdatedTimestamp": NOON,
    }
    with account() as aws:
        aws.answers(CFN, "list_stack_resources", {"StackResourceSummaries": [summary]})

        answer = aws.answer(StackResources(PLACE, "app"))

    assert answer == Present(
        (
            StackResource(
                "Table",
                "",
                "AWS::DynamoDB::Table",
                "CREATE_FAILED",
                "already exists",
            ),
        )
    )


def test_no_stack_no_resources() -> None:
    with account() as aws:
        no_stack(aws, "list_stack_resources", "Stack with id app does not exist")

        assert aws.answer(StackResources(PLACE, "app")) == Absent()


def test_the_processed_template() -> None:
    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}
    with account() as aws:
        aws.answers(
            CFN,
            "get_template",
            {"TemplateBody": json.dumps(template)},
            asked={"StackName": "app", "TemplateStage": "Processed"},
        )

        answer = aws.answer(DeployedTemplate(PLACE, "app"))

    assert isinstance(answer, Present)
    assert json.loads(answer.value) == template


def test_a_template_in_yaml_is_as_it_was_written() -> None:
    text = "Resources:\n  Q: {Type: AWS::SQS::Queue}  # mine\n"
    with account() as aws:
        aws.answers(CFN, "get_template", {"TemplateBody": text})

        assert aws.answer(DeployedTemplate(PLACE, "app")) == Present(text)


@pytest.mark.parametrize(
    "said",
    [
        "Stack with id app does not exist",
        "GetTemplate cannot be called on REVIEW_IN_PROGRESS stacks.",
    ],
)
def test_no_template(said: str) -> None:
    with account() as aws:
        no_stack(aws, "get_template", said)

        assert aws.answer(DeployedTemplate(PLACE, "app")) == Absent()


def test_stacks_of_a_region_without_the_deleted() -> None:
    rows = [row("a"), row("b", ParentId=ID, LastUpdatedTime=NOON)]
    with account() as aws:
        aws.answers(CFN, "list_stacks", {"StackSummaries": rows[:1], "NextToken": "2"})
        aws.answers(CFN, "list_stacks", {"StackSummaries": rows[1:]})

        answer = aws.answer(StacksIn(PLACE))

    summary = StackSummary("a", ID.replace("app", "a"), "CREATE_COMPLETE", NOON)
    assert isinstance(answer, Present)
    assert answer.value[0] == summary
    assert answer.value[1].parent_id == ID


def test_stacks_are_listed_in_every_status_that_aws_has_but_deleted() -> None:
    with account() as aws:
        client = aws.aws.client(CFN)
        every = set(client.meta.service_model.shape_for("StackStatus").enum)
        aws.answers(CFN, "list_stacks", {"StackSummaries": []})
        calls: list[Any] = []
        aws.aws.on_call = lambda _service, _name, asked: calls.append(asked)

        assert aws.answer(StacksIn(PLACE)) == Present(())

    assert set(calls[0]["StackStatusFilter"]) == every - {"DELETE_COMPLETE"}


def test_change_sets() -> None:
    summary = {
        "ChangeSetName": "review",
        "Status": "CREATE_COMPLETE",
        "ExecutionStatus": "AVAILABLE",
        "CreationTime": NOON,
    }
    with account() as aws:
        aws.answers(CFN, "list_change_sets", {"Summaries": [summary]})

        answer = aws.answer(ChangeSetsOf(PLACE, "app"))

    assert answer == Present(
        (ChangeSet("review", "CREATE_COMPLETE", "AVAILABLE", NOON),)
    )


def test_no_stack_no_change_sets() -> None:
    with account() as aws:
        no_stack(aws, "list_change_sets", "Stack [app] does not exist")

        assert aws.answer(ChangeSetsOf(PLACE, "app")) == Absent()


# --- LastOperation ----------------------------------------------------------


def event(status: str, reason: str = "", *, of: str = "app", token: str = "") -> Any:
    """An event of the stack, or of its resource `of`."""
    made = {
        "StackId": ID,
        "StackName": "app",
        "EventId": f"{of}-{status}",
        "LogicalResourceId": of,
        "PhysicalResourceId": ID if of == "app" else f"id-{of}",
        "ResourceType": "AWS::CloudFormation::Stack"
        if of == "app"
        else "AWS::SQS::Queue",
        "ResourceStatus": status,
        "Timestamp": NOON,
    }
    if reason:
        made["ResourceStatusReason"] = reason
    if token:
        made["ClientRequestToken"] = token
    return made


def last_operation(*newest_first: Any) -> list[str]:
    """The statuses of the last operation, as the events of one page tell it."""
    with account() as aws:
        # There is a further page: asking for it would end in an error.
        aws.answers(
            CFN,
            "describe_stack_events",
            {"StackEvents": list(newest_first), "NextToken": "older"},
        )

        answer = aws.answer(LastOperation(PLACE, ID))

    assert isinstance(answer, Present)
    return [seen.status for seen in answer.value]


def test_the_events_since_an_update_began_oldest_first() -> None:
    statuses = last_operation(
        event("UPDATE_ROLLBACK_COMPLETE"),
        event("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        event("UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed"),
        event("UPDATE_FAILED", "Nope", of="Queue"),
        event("UPDATE_IN_PROGRESS", of="Queue"),
        event("UPDATE_IN_PROGRESS", "User Initiated"),
        event("CREATE_COMPLETE"),
    )

    assert statuses == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]


def test_a_deletion_that_somebody_began() -> None:
    statuses = last_operation(
        event("DELETE_FAILED"),
        event("DELETE_IN_PROGRESS", "User Initiated"),
        event("ROLLBACK_COMPLETE"),
    )

    assert statuses == ["DELETE_IN_PROGRESS", "DELETE_FAILED"]


def test_a_roll_back_that_somebody_went_on_with() -> None:
    statuses = last_operation(
        event("UPDATE_ROLLBACK_FAILED"),
        event("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"),
        event("UPDATE_ROLLBACK_FAILED"),
    )

    assert statuses == ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED"]


def test_another_token_is_another_operation() -> None:
    statuses = last_operation(
        event("DELETE_FAILED", token="two"),
        event("DELETE_IN_PROGRESS", token="two"),
        event("CREATE_COMPLETE", token="one"),
    )

    assert statuses == ["DELETE_IN_PROGRESS", "DELETE_FAILED"]


def test_an_operation_that_reaches_over_pages() -> None:
    with account() as aws:
        aws.answers(
            CFN,
            "describe_stack_events",
            {"StackEvents": [event("CREATE_COMPLETE")], "NextToken": "older"},
        )
        first = event("CREATE_IN_PROGRESS", "User Initiated", token="abc")
        aws.answers(
            CFN,
            "describe_stack_events",
            {"StackEvents": [first]},
            asked={"StackName": ID, "NextToken": "older"},
        )

        answer = aws.answer(LastOperation(PLACE, ID))

    assert isinstance(answer, Present)
    assert [seen.token for seen in answer.value] == ["abc", ""]


def test_no_stack_no_events() -> None:
    with account() as aws:
        no_stack(aws, "describe_stack_events", f"Stack [{ID}] does not exist")

        assert aws.answer(LastOperation(PLACE, ID)) == Absent()


# --- exports ----------------------------------------------------------------


def test_one_list_answers_for_all_exports() -> None:
    here, gone = ExportNamed(PLACE, "vpc"), ExportNamed(PLACE, "subnet")
    with account() as aws:
        aws.answers(
            CFN,
            "list_exports",
            {"Exports": [{"Name": "x", "Value": "1"}], "NextToken": "2"},
        )
        aws.answers(CFN, "list_exports", {"Exports": [{"Name": "vpc", "Value": "v-1"}]})

        answers = aws.all(here, gone)

    assert answers == {here: Present("v-1"), gone: Absent()}


def test_importers() -> None:
    with account() as aws:
        aws.answers(
            CFN, "list_imports", {"Imports": ["orders"]}, asked={"ExportName": "vpc"}
        )

        assert aws.answer(ImportersOf(PLACE, "vpc")) == Present(("orders",))


def test_no_importers() -> None:
    with account() as aws:
        said = "Export 'vpc' is not imported by any stack."
        aws.refuses(CFN, "list_imports", "ValidationError", said)

        assert aws.answer(ImportersOf(PLACE, "vpc")) == Absent()


def test_the_importers_of_an_export_are_not_known_by_a_lost_answer() -> None:
    with account() as aws:
        aws.refuses(CFN, "list_imports", "InternalFailure", "is not imported by any")

        assert isinstance(aws.answer(ImportersOf(PLACE, "vpc")), Unknown)
