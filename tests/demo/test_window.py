"""A monitored deploy waits when all resources are done, and can be cancelled."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from demo.stacks import (
    cloudformation,
    create,
    events,
    queue,
    settled,
    status,
    template,
    until,
)

from flowguard.demo.controls import Controls
from flowguard.demo.server import EmbeddedAccount

pytestmark = pytest.mark.usefixtures("account")

BEFORE = template(Kept=queue("kept"), Removed=queue("removed"))
AFTER = template(Kept=queue("kept", 60), Added=queue("added"))
WINDOW = {"MonitoringTimeInMinutes": 5}


def begin(**arguments: Any) -> None:
    """Update the stack `s` with a window, and wait until all resources are done."""
    create("s", BEFORE)
    cloudformation().update_stack(
        StackName="s", TemplateBody=AFTER, RollbackConfiguration=WINDOW, **arguments
    )
    until(all_done)


def all_done() -> bool:
    """Whether the update has told of each resource that it is done."""
    told = {(where, what) for where, what, _ in events("s")}
    return {("Kept", "UPDATE_COMPLETE"), ("Added", "CREATE_COMPLETE")} <= told


def pass_the_window(account: EmbeddedAccount) -> None:
    """Let the minutes pass at once."""
    account.control(Controls(minute=0))


def described() -> dict[str, Any]:
    """The stack `s`."""
    [found] = cloudformation().describe_stacks(StackName="s")["Stacks"]
    stack: dict[str, Any] = found
    return stack


def queues() -> set[str]:
    """The logical ids of what the stack holds."""
    rows = cloudformation().describe_stack_resources(StackName="s")["StackResources"]
    return {row["LogicalResourceId"] for row in rows}


def test_update_waits_and_then_cleans_up(account: EmbeddedAccount) -> None:
    begin()
    assert status("s") == "UPDATE_IN_PROGRESS"
    assert queues() == {"Kept", "Removed", "Added"}
    with pytest.raises(ClientError, match="UPDATE_IN_PROGRESS state and can not"):
        cloudformation().update_stack(StackName="s", TemplateBody=BEFORE)

    pass_the_window(account)

    assert settled("s") == "UPDATE_COMPLETE"
    assert queues() == {"Kept", "Added"}
    assert [what for where, what, _ in events("s") if where == "s"][-2:] == [
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]


def test_stack_has_the_new_template_within_the_window() -> None:
    begin()

    for stage in ("Original", "Processed"):
        answer = cloudformation().get_template(StackName="s", TemplateStage=stage)
        assert answer["TemplateBody"] == json.loads(AFTER)


def test_update_is_cancelled_within_the_window() -> None:
    begin(ClientRequestToken="deploy")

    cloudformation().cancel_update_stack(StackName="s", ClientRequestToken="cancel")

    assert settled("s") == "UPDATE_ROLLBACK_COMPLETE"
    assert queues() == {"Kept", "Removed"}
    told = cloudformation().describe_stack_events(StackName="s")["StackEvents"]
    [start] = [
        event
        for event in told
        if event["ResourceStatus"] == "UPDATE_ROLLBACK_IN_PROGRESS"
    ]
    assert start["ResourceStatusReason"] == "User Initiated"
    assert start["ClientRequestToken"] == "cancel"
    assert "UPDATE_FAILED" not in {event["ResourceStatus"] for event in told}
    for stage in ("Original", "Processed"):
        answer = cloudformation().get_template(StackName="s", TemplateStage=stage)
        assert answer["TemplateBody"] == json.loads(BEFORE)


def test_window_is_over_with_the_clean_up(account: EmbeddedAccount) -> None:
    begin()
    pass_the_window(account)
    assert settled("s") == "UPDATE_COMPLETE"

    with pytest.raises(ClientError, match="cannot be called from current stack status"):
        cloudformation().cancel_update_stack(StackName="s")


def test_change_set_opens_a_window(account: EmbeddedAccount) -> None:
    create("s", BEFORE)
    cloudformation().create_change_set(
        StackName="s",
        ChangeSetName="deploy",
        TemplateBody=AFTER,
        RollbackConfiguration=WINDOW,
    )
    assert "RollbackConfiguration" not in described() or not described()[
        "RollbackConfiguration"
    ].get("MonitoringTimeInMinutes"), "the change set is not executed yet"
    cloudformation().execute_change_set(StackName="s", ChangeSetName="deploy")

    until(all_done)

    assert status("s") == "UPDATE_IN_PROGRESS"
    pass_the_window(account)
    assert settled("s") == "UPDATE_COMPLETE"


def test_configuration_is_kept_until_another_is_given(
    account: EmbeddedAccount,
) -> None:
    alarm = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:a"
    trigger = {"Arn": alarm, "Type": "AWS::CloudWatch::Alarm"}
    pass_the_window(account)
    cloudformation().create_stack(
        StackName="s",
        TemplateBody=BEFORE,
        RollbackConfiguration={**WINDOW, "RollbackTriggers": [trigger]},
    )
    settled("s")

    cloudformation().update_stack(StackName="s", TemplateBody=AFTER)
    settled("s")
    assert described()["RollbackConfiguration"] == {
        "RollbackTriggers": [trigger],
        "MonitoringTimeInMinutes": 5,
    }

    cloudformation().update_stack(
        StackName="s",
        TemplateBody=BEFORE,
        RollbackConfiguration={"RollbackTriggers": [], "MonitoringTimeInMinutes": 0},
    )
    settled("s")
    assert described()["RollbackConfiguration"] == {"MonitoringTimeInMinutes": 0}


def test_emptied_account_has_no_window_any_more(account: EmbeddedAccount) -> None:
    """What the window would have rolled back belongs to the next test."""
    begin()
    account.reset()
    create("s", AFTER)

    pass_the_window(account)

    assert settled("s") == "CREATE_COMPLETE"
    assert queues() == {"Kept", "Added"}
