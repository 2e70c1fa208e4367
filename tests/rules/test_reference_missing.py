"""The rule `reference-missing`."""

from __future__ import annotations

from typing import Any

import pytest
from kit import PLACE, check, no_stack, planner

from flowguard.lookups import ExportNamed, Parameter, ParameterNamed, ResourceNamed
from flowguard.model.places import Severity
from flowguard.model.questions import Absent, Observed, Present, Unknown, UnknownKind
from flowguard.model.results import Finding, Outcome
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


CONDITIONAL = """\
    Parameters: {{Open: {{Type: String, NoEcho: false}}}}
    Conditions: {{Open: !Equals [!Ref Open, 'yes'], Closed: !Not [Condition: Open]}}
    Resources:
      Topic:
        Type: AWS::SNS::Topic
{condition}        Properties: {{DisplayName: {name}}}
    """


def one(text: str, missing: Any, **inputs: Any) -> Finding:
    """What is said of the one thing that is not there."""
    given = {**no_stack(), missing: Absent()}
    (finding,) = check(ReferenceMissing(), planner(text, **inputs), given).findings
    return finding


@pytest.mark.parametrize(
    ("condition", "name", "opened", "severity"),
    [
        (
            "        Condition: Open\n",
            "!ImportValue shop-title",
            None,
            Severity.WARNING,
        ),
        ("", "!If [Open, !ImportValue shop-title, x]", None, Severity.WARNING),
        ("", "!If [Open, !ImportValue shop-title, x]", "yes", Severity.ERROR),
        ("        Condition: Open\n", "!ImportValue shop-title", "yes", Severity.ERROR),
        ("", "!ImportValue shop-title", None, Severity.ERROR),
    ],
)
def test_what_a_condition_that_is_not_known_asks_for_is_a_warning(
    condition: str, name: str, opened: str | None, severity: Severity
) -> None:
    text = CONDITIONAL.format(condition=condition, name=name)
    given = {} if opened is None else {"Open": opened}

    assert one(text, TITLE, parameters=given).severity is severity


def test_a_role_is_in_no_region() -> None:
    role = ResourceNamed(PLACE, "AWS::IAM::Role", (("RoleName", "deployer"),))
    finding = one(
        "    Resources: {T: {Type: AWS::SNS::Topic}}\n",
        role,
        role_arn="arn:aws:iam::123456789012:role/deployer",
    )

    assert "eu-central-1" not in finding.message + finding.help


@pytest.mark.parametrize(
    ("qualifier", "tail"), [("hnb659fds", ""), ("toolkit", " --qualifier toolkit")]
)
def test_an_account_without_cdk_is_bootstrapped(qualifier: str, tail: str) -> None:
    name = f"/cdk-bootstrap/{qualifier}/version"
    finding = one(
        f"""\
    Parameters:
      BootstrapVersion: {{Type: 'AWS::SSM::Parameter::Value<String>', Default: {name}}}
    Resources: {{T: {{Type: AWS::SNS::Topic}}}}
    """,
        ParameterNamed(PLACE, name),
    )

    assert finding.help.endswith(f"cdk bootstrap aws://123456789012/eu-central-1{tail}")


def test_the_name_of_a_stored_parameter_must_be_there() -> None:
    text = """\
    Parameters: {Key: {Type: 'AWS::SSM::Parameter::Name', Default: /key}}
    Resources: {T: {Type: AWS::SNS::Topic}}
    """

    assert "SSM parameter /key" in one(text, ParameterNamed(PLACE, "/key")).message
