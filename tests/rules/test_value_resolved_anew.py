"""The rule `value-resolved-anew`."""

from __future__ import annotations

import pytest
from kit import PLACE, check, deployed, no_stack, planner, stack

from flowguard.lookups import Parameter, ParameterNamed
from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind
from flowguard.model.results import Outcome
from flowguard.rules.value_resolved_anew import ValueResolvedAnew

TEMPLATE = """\
    Parameters:
      Image: {Type: "AWS::SSM::Parameter::Value<String>", Default: /app/image}
    Resources: {Topic: {Type: AWS::SNS::Topic}}
    """
NAME = ParameterNamed(PLACE, "/app/image")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Present(Parameter("String", "api:8")), Outcome.FAILED),
        (Present(Parameter("String", "api:7")), Outcome.PASSED),
        (Present(Parameter("SecureString", None)), Outcome.PASSED),
        (Absent(), Outcome.PASSED),
        (Unknown(UnknownKind.DENIED, "No."), Outcome.INCONCLUSIVE),
    ],
)
def test_outcome(answer: Observed[Parameter], outcome: Outcome) -> None:
    now = stack(parameters=(("Image", "/app/image"),), resolved=(("Image", "api:7"),))
    given = {**deployed(now, TEMPLATE), NAME: answer}

    result = check(ValueResolvedAnew(), planner(TEMPLATE), given)

    assert result.outcome is outcome
    assert "api:" not in str(result.findings)


def test_a_parameter_that_is_read_under_another_name_can_be_read_again() -> None:
    now = stack(parameters=(("Image", "/app/old"),), resolved=(("Image", "api:7"),))
    given = {**deployed(now, TEMPLATE), NAME: Present(Parameter("String", "api:8"))}
    plans = planner(TEMPLATE, parameters={"Image": "/app/image"})

    assert check(ValueResolvedAnew(), plans, given).outcome is Outcome.PASSED


def test_a_new_stack_has_read_nothing_yet() -> None:
    given = {**no_stack(), NAME: Present(Parameter("String", "api:8"))}

    result = check(ValueResolvedAnew(), planner(TEMPLATE), given)

    assert result.outcome is Outcome.PASSED
