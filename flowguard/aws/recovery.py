"""Sources: what stands between a deploy and its rollback."""

from __future__ import annotations

from collections.abc import Sequence

from flowguard.aws.answers import observed
from flowguard.aws.session import Aws
from flowguard.aws.source import Answers, Source, each, permits
from flowguard.aws.stacks import NO_STACK, unless
from flowguard.lookups import AlarmState, RecoveryOf, StackPolicyOf
from flowguard.model.questions import Absent, Observed, Present

ALARMS_PER_CALL = 100
"""Of the API reference: `DescribeAlarms`, `AlarmNames`."""


def recovery_of(aws: Aws, lookup: RecoveryOf) -> Observed[bool]:
    """Whether a table has point-in-time recovery."""

    def ask() -> bool:
        answer = aws.call(
            "dynamodb",
            "describe_continuous_backups",
            region=lookup.place.region,
            TableName=lookup.table,
        )
        backups = answer.get("ContinuousBackupsDescription", {})
        recovery = backups.get("PointInTimeRecoveryDescription", {})
        return bool(recovery.get("PointInTimeRecoveryStatus") == "ENABLED")

    return observed(
        ask,
        absent={"TableNotFoundException", "ResourceNotFoundException"},
        permission="dynamodb:DescribeContinuousBackups",
    )


def stack_policy_of(aws: Aws, lookup: StackPolicyOf) -> Observed[str]:
    """The stack policy; a stack without one lets everything be updated."""

    def ask() -> str | None:
        answer = aws.call(
            "cloudformation",
            "get_stack_policy",
            region=lookup.place.region,
            StackName=lookup.stack,
        )
        return answer.get("StackPolicyBody") or None

    return observed(
        lambda: unless(NO_STACK, ask), permission="cloudformation:GetStackPolicy"
    )


def fetch_alarms(aws: Aws, lookups: Sequence[AlarmState]) -> Answers:
    """The states of alarms, composite ones too."""
    names = [lookup.name for lookup in lookups]
    starts = range(0, len(names), ALARMS_PER_CALL)

    def ask() -> dict[str, str]:
        return {
            row["AlarmName"]: row.get("StateValue", "")
            for start in starts
            for row in aws.pages(
                "cloudwatch",
                "describe_alarms",
                "[MetricAlarms, CompositeAlarms][]",
                region=lookups[0].place.region,
                AlarmNames=names[start : start + ALARMS_PER_CALL],
                AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            )
        }

    found = observed(ask, permission="cloudwatch:DescribeAlarms")
    if not isinstance(found, Present):
        return dict.fromkeys(lookups, found)
    states = {lookup: found.value.get(lookup.name) for lookup in lookups}
    return {
        lookup: Absent() if state is None else Present(state)
        for lookup, state in states.items()
    }


ALARM_STATE = Source(fetch_alarms, permits("cloudwatch:DescribeAlarms"))
RECOVERY_OF = Source(each(recovery_of), permits("dynamodb:DescribeContinuousBackups"))
STACK_POLICY_OF = Source(
    each(stack_policy_of), permits("cloudformation:GetStackPolicy")
)
