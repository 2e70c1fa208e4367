"""What stands between a deploy and its rollback."""

from __future__ import annotations

import pytest
from aws.stubbed import PLACE, account

from flowguard.lookups import AlarmState, RecoveryOf, StackNamed, StackPolicyOf
from flowguard.model.questions import Absent, Present


@pytest.mark.parametrize(("status", "kept"), [("ENABLED", True), ("DISABLED", False)])
def test_continuous_backups_of_a_table(status: str, kept: bool) -> None:
    recovery = {"PointInTimeRecoveryStatus": status}
    with account() as aws:
        aws.answers(
            "dynamodb",
            "describe_continuous_backups",
            {
                "ContinuousBackupsDescription": {
                    "ContinuousBackupsStatus": "ENABLED",
                    "PointInTimeRecoveryDescription": recovery,
                }
            },
            asked={"TableName": "orders"},
        )

        assert aws.answer(RecoveryOf(PLACE, "orders")) == Present(kept)


def test_no_such_table() -> None:
    with account() as aws:
        aws.refuses("dynamodb", "describe_continuous_backups", "TableNotFoundException")

        assert aws.answer(RecoveryOf(PLACE, "orders")) == Absent()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [({"StackPolicyBody": '{"Statement": []}'}, '{"Statement": []}'), ({}, "")],
)
def test_a_stack_has_a_policy_or_none(answer: dict[str, str], expected: str) -> None:
    with account() as aws:
        aws.answers("cloudformation", "get_stack_policy", answer)

        found = aws.answer(StackPolicyOf(PLACE, "app"))

    assert found == (Present(expected) if expected else Absent())


def test_alarms_of_both_kinds_by_one_call() -> None:
    names = ("errors", "all", "gone")
    errors, both, gone = (AlarmState(PLACE, name) for name in names)
    with account() as aws:
        aws.answers(
            "cloudwatch",
            "describe_alarms",
            {
                "MetricAlarms": [{"AlarmName": "errors", "StateValue": "OK"}],
                "CompositeAlarms": [{"AlarmName": "all", "StateValue": "ALARM"}],
            },
            asked={
                "AlarmNames": list(names),
                "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
            },
        )

        answers = aws.all(errors, both, gone)

    assert answers == {errors: Present("OK"), both: Present("ALARM"), gone: Absent()}


def test_what_a_stack_says_of_its_rollback() -> None:
    arn = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:errors"
    row = {
        "StackName": "app",
        "StackId": "id",
        "StackStatus": "UPDATE_COMPLETE",
        "CreationTime": "2026-01-18T12:00:00Z",
        "ChangeSetId": "set-7",
        "DisableRollback": True,
        "NotificationARNs": ["topic"],
        "RollbackConfiguration": {
            "MonitoringTimeInMinutes": 5,
            "RollbackTriggers": [{"Arn": arn, "Type": "AWS::CloudWatch::Alarm"}],
        },
    }
    with account() as aws:
        aws.answers("cloudformation", "describe_stacks", {"Stacks": [row]})

        answer = aws.answer(StackNamed(PLACE, "app"))

    assert isinstance(answer, Present)
    stack = answer.value
    assert (stack.change_set_id, stack.notification_arns) == ("set-7", ("topic",))
    assert stack.disable_rollback
    assert stack.monitoring_minutes == 5
    assert stack.triggers == ((arn, "AWS::CloudWatch::Alarm"),)
