"""The rule `first-deploy`."""

from __future__ import annotations

import pytest
from kit import PLACE, Answers, check, deployed, no_stack, planner, stack

from flowguard.lookups import DeployedTemplate, StackNamed, StackResources
from flowguard.model.places import Severity
from flowguard.model.questions import Unknown, UnknownKind
from flowguard.model.results import Outcome
from flowguard.rules.first_deploy import FirstDeploy

TEMPLATE = "    Resources: {Topic: {Type: AWS::SNS::Topic}}\n"
DENIED = Unknown(UnknownKind.DENIED, "No.")


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (no_stack(), Outcome.FAILED),
        (deployed(stack(status="REVIEW_IN_PROGRESS")), Outcome.FAILED),
        (deployed(stack(), TEMPLATE), Outcome.PASSED),
        (
            {
                StackNamed(PLACE, "app"): DENIED,
                StackResources(PLACE, "app"): DENIED,
                DeployedTemplate(PLACE, "app"): DENIED,
            },
            Outcome.INCONCLUSIVE,
        ),
    ],
)
def test_outcome(answers: Answers, outcome: Outcome) -> None:
    result = check(FirstDeploy(), planner(TEMPLATE), answers)

    assert result.outcome is outcome
    assert all(finding.severity is Severity.INFO for finding in result.findings)
