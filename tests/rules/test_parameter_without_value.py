"""The rule `parameter-without-value`."""

from __future__ import annotations

from kit import Answers, check, deployed, no_stack, planner, stack

from flowguard.model.questions import Unknown, UnknownKind
from flowguard.model.results import Outcome
from flowguard.rules.parameter_without_value import ParameterWithoutValue

TEMPLATE = """\
    Parameters:
      Stage: {Type: String}
      Suffix: {Type: String, Default: ''}
      Password: {Type: String, NoEcho: true}
    Resources:
      Topic:
        Type: AWS::SNS::Topic
    """
RULE = ParameterWithoutValue()


def missing(answers: Answers, **inputs: object) -> list[str]:
    found = check(RULE, planner(TEMPLATE, **inputs), answers).findings
    return [finding.logical_id for finding in found]


def test_neither_a_value_nor_a_default() -> None:
    (stage, _) = check(RULE, planner(TEMPLATE), no_stack()).findings

    assert stage.location.line == 2
    assert "--parameter Stage=VALUE" in stage.help


def test_given_values_count() -> None:
    given = {"Stage": "dev", "Password": "x"}

    assert missing(no_stack(), parameters=given) == []


def test_the_values_of_the_deploy_before_count_though_they_are_hidden() -> None:
    now = stack(parameters=(("Stage", "dev"), ("Password", "****")))

    assert missing(deployed(now, TEMPLATE)) == []


def test_nothing_is_claimed_while_the_stack_is_not_known() -> None:
    denied = dict.fromkeys(no_stack(), Unknown(UnknownKind.DENIED, "AccessDenied"))

    result = check(RULE, planner(TEMPLATE), denied)

    assert result.outcome is Outcome.PASSED
