"""The rule `secret-parameter-not-restorable`."""

from __future__ import annotations

from typing import Any

import pytest
from kit import check, deployed, no_stack, planner, stack

from flowguard.rules.secret_parameter_not_restorable import (
    SecretParameterNotRestorable,
)

TEMPLATE = """\
    Parameters:
      Password: {Type: String, NoEcho: true}
      Stage: {Type: String}
    Resources: {Topic: {Type: AWS::SNS::Topic}}
    """
DEPLOYED = (("Password", "****"), ("Stage", "dev"))
GIVEN = {"Password": "hunter2", "Stage": "dev"}


@pytest.mark.parametrize(
    ("given", "settings", "found"),
    [
        (GIVEN, {}, True),
        ({"Stage": "dev"}, {}, False),
        (GIVEN, {"monitoring_minutes": 5}, False),
    ],
)
def test_a_hidden_value_that_is_given_anew(
    given: dict[str, str], settings: dict[str, Any], found: bool
) -> None:
    now = deployed(stack(parameters=DEPLOYED, **settings), TEMPLATE)

    findings = check(
        SecretParameterNotRestorable(), planner(TEMPLATE, parameters=given), now
    ).findings

    assert bool(findings) is found
    assert all("to Password (NoEcho)" in finding.message for finding in findings)
    assert "hunter2" not in str(findings)


def test_a_new_stack_has_no_old_value() -> None:
    plans = planner(TEMPLATE, parameters=GIVEN)

    assert not check(SecretParameterNotRestorable(), plans, no_stack()).findings
