"""The rule `deployed-resource-gone`."""

from __future__ import annotations

import pytest
from kit import PLACE, Answers, check, deployed, planner, stack

from flowguard.lookups import NamedResource, ResourceNamed, StackResource
from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind
from flowguard.model.results import Outcome
from flowguard.rules.deployed_resource_gone import DeployedResourceGone

KIND = "AWS::Lambda::Function"
OLD = """\
    Parameters:
      Secret: {Type: String, NoEcho: true, Default: x}
    Resources:
      Create:
        Type: AWS::Lambda::Function
        Properties:
          FunctionName: shop-create
          MemorySize: 1024
    """
NEW = OLD.replace("1024", "512")
FUNCTION = StackResource("Create", "shop-create", KIND, "CREATE_COMPLETE")
NAMED = ResourceNamed(PLACE, KIND, (("FunctionName", "shop-create"),))


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Absent(), Outcome.FAILED),
        (Present(NamedResource("shop-create")), Outcome.PASSED),
        (Unknown(UnknownKind.DENIED, "AccessDenied"), Outcome.INCONCLUSIVE),
        (Unknown(UnknownKind.UNSUPPORTED, "no such call"), Outcome.PASSED),
    ],
)
def test_outcome(answer: Observed[NamedResource], outcome: Outcome) -> None:
    given: Answers = {**deployed(stack(), OLD, [FUNCTION]), NAMED: answer}

    assert check(DeployedResourceGone(), planner(NEW), given).outcome is outcome


def test_the_finding_says_what_was_to_be_updated() -> None:
    given: Answers = {**deployed(stack(), OLD, [FUNCTION]), NAMED: Absent()}

    (finding,) = check(DeployedResourceGone(), planner(NEW), given).findings

    assert "'shop-create', which is Create of this stack" in finding.message
    assert "update of its MemorySize" in finding.message
    assert finding.location.line == 7


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (OLD, FUNCTION),  # nothing changes
        (OLD.replace("1024", "!Ref Secret"), FUNCTION),  # perhaps nothing changes
        (OLD.replace("shop-create", "shop-make"), FUNCTION),  # a new one is made
        ("Resources: {Other: {Type: AWS::SNS::Topic}}", FUNCTION),  # it is to go
        (NEW, StackResource("Create", "shop-1X2Y", KIND, "CREATE_COMPLETE")),
    ],
)
def test_nobody_is_asked_about_what_is_not_updated(
    text: str, row: StackResource
) -> None:
    given = deployed(stack(), OLD, [row])

    result = check(DeployedResourceGone(), planner(text), given)

    assert result.outcome is Outcome.PASSED
