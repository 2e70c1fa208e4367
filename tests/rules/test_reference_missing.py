"""The rule `reference-missing`."""

from __future__ import annotations

from typing import Any

import pytest
from kit import PLACE, check, no_stack, planner

from flowguard.lookups import ExportNamed, Parameter, ParameterNamed
from flowguard.model import Absent, Observed, Outcome, Present, Unknown, UnknownKind
from flowguard.rules.reference_missing import ReferenceMissing

TEMPLATE = """\
    Resources:
      Topic:
        Type: AWS::SNS::Topic
        Properties:
          DisplayName: !ImportValue shop-title
          TopicName: '{{resolve:ssm:/shop/topic}}'
    """
TOPIC = ParameterNamed(PLACE, "/shop/topic")
TITLE = ExportNamed(PLACE, "shop-title")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Present(Parameter("String", "events")), Outcome.PASSED),
        (Present(Parameter("SecureString", None)), Outcome.PASSED),
        (Absent(), Outcome.FAILED),
        (Unknown(UnknownKind.DENIED, "AccessDenied"), Outcome.INCONCLUSIVE),
    ],
)
def test_outcome(answer: Observed[Any], outcome: Outcome) -> None:
    given = {**no_stack(), TOPIC: answer, TITLE: Present("Shop")}

    assert check(ReferenceMissing(), planner(TEMPLATE), given).outcome is outcome


def test_the_finding_stands_where_it_is_asked_for() -> None:
    given = {**no_stack(), TOPIC: Present(Parameter("String", "t")), TITLE: Absent()}

    (finding,) = check(ReferenceMissing(), planner(TEMPLATE), given).findings

    assert finding.location.line == 5
    assert "export shop-title" in finding.message
    assert "in eu-central-1" in finding.help
