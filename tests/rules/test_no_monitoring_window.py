"""The rule `no-monitoring-window`."""

from __future__ import annotations

import pathlib
from dataclasses import replace

import pytest
from kit import PLACE, Answers, check, deployed, no_stack, planner, project, stack

from flowguard.lookups import Parameter, ParameterNamed
from flowguard.model.questions import Present
from flowguard.model.results import Outcome
from flowguard.rules.no_monitoring_window import NoMonitoringWindow

PLAIN = (
    "service: shop\nprovider: {name: aws, runtime: nodejs20.x, region: eu-central-1}\n"
)
WINDOW = PLAIN.replace("}", ", rollbackConfiguration: {MonitoringTimeInMinutes: 5}}")
COMMENTED = f"{PLAIN}# rollbackConfiguration: {{MonitoringTimeInMinutes: 5}}\n"
NONE = WINDOW.replace("5", "0")
LATER = WINDOW.replace("5", "'${ssm:/minutes}'")
ALARMS = PLAIN.replace("}", ", rollbackConfiguration: {RollbackTriggers: []}}")
NAME = "shop-dev"
SECRET: Answers = {
    ParameterNamed(PLACE, "/minutes"): Present(Parameter("SecureString", None))
}
TESTED = (("GET", "/health"),)


@pytest.mark.parametrize(
    ("text", "tested", "answers", "outcome"),
    [
        (PLAIN, TESTED, no_stack(NAME), Outcome.FAILED),
        (PLAIN, None, no_stack(NAME), Outcome.PASSED),
        (COMMENTED, TESTED, no_stack(NAME), Outcome.FAILED),
        (NONE, TESTED, no_stack(NAME), Outcome.FAILED),
        (ALARMS, TESTED, no_stack(NAME), Outcome.FAILED),
        (LATER, TESTED, {**no_stack(NAME), **SECRET}, Outcome.PASSED),
        (WINDOW, TESTED, no_stack(NAME), Outcome.PASSED),
        (PLAIN, TESTED, deployed(stack(NAME, monitoring_minutes=5)), Outcome.PASSED),
    ],
)
def test_outcome(
    tmp_path: pathlib.Path,
    text: str,
    tested: tuple[tuple[str, str], ...] | None,
    answers: Answers,
    outcome: Outcome,
) -> None:
    plan = project(tmp_path, {"serverless.yml": text}, stack_name=NAME, stage="dev")
    result = check(NoMonitoringWindow(), replace(plan, tested=tested), answers)

    assert result.outcome is outcome
    assert all(
        "MonitoringTimeInMinutes: 5" in finding.help for finding in result.findings
    )


def test_other_tools_have_a_command_of_their_own() -> None:
    """`flowguard deploy` gives their stacks a window."""
    plan = replace(planner("Resources: {T: {Type: AWS::SNS::Topic}}"), tested=TESTED)

    assert check(NoMonitoringWindow(), plan, no_stack()).outcome is Outcome.PASSED
