"""The rule `rollback-alarm-missing`."""

from __future__ import annotations

import pytest
from kit import PLACE, check, deployed, planner, stack

from flowguard.lookups import AlarmState
from flowguard.model.places import Severity
from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind
from flowguard.model.results import Outcome
from flowguard.rules.rollback_alarm_missing import RollbackAlarmMissing

TEMPLATE = "    Resources: {Topic: {Type: AWS::SNS::Topic}}\n"
ARN = f"arn:aws:cloudwatch:{PLACE.region}:123456789012:alarm:errors: all"
TRIGGERS = ((ARN, "AWS::CloudWatch::Alarm"),)


@pytest.mark.parametrize(
    ("state", "outcome", "severity"),
    [
        (Absent(), Outcome.FAILED, Severity.ERROR),
        (Present("ALARM"), Outcome.FAILED, Severity.ERROR),
        (Present("OK"), Outcome.PASSED, None),
        (Present("INSUFFICIENT_DATA"), Outcome.PASSED, None),
        (Unknown(UnknownKind.THROTTLED, "Slow."), Outcome.INCONCLUSIVE, None),
    ],
)
def test_outcome(
    state: Observed[str], outcome: Outcome, severity: Severity | None
) -> None:
    given = {
        **deployed(stack(triggers=TRIGGERS), TEMPLATE),
        AlarmState(PLACE, "errors: all"): state,
    }

    result = check(RollbackAlarmMissing(), planner(TEMPLATE), given)

    assert result.outcome is outcome
    assert [f.severity for f in result.findings] == ([severity] if severity else [])


def test_an_alarm_that_sounds_is_named_with_the_way_on() -> None:
    given = {
        **deployed(stack(triggers=TRIGGERS), TEMPLATE),
        AlarmState(PLACE, "errors: all"): Present("ALARM"),
    }
    (finding,) = check(RollbackAlarmMissing(), planner(TEMPLATE), given).findings

    assert "'errors: all'" in finding.message
    assert "an empty list" in finding.help


def test_a_stack_without_triggers_asks_nothing() -> None:
    result = check(
        RollbackAlarmMissing(), planner(TEMPLATE), deployed(stack(), TEMPLATE)
    )

    assert result.outcome is Outcome.PASSED
