"""Which value of a parameter the deploy would use."""

from __future__ import annotations

from typing import Any

import pytest
from template.templates import PLACE, at, reason, resolve, start

from flowguard.errors import TemplateError
from flowguard.lookups import Parameter, ParameterNamed
from flowguard.model.questions import Absent, Present, Unknown, UnknownKind
from flowguard.template import Template


def template(parameter: str, answers: Any = None, **more: Any) -> Template:
    """A template with the parameter `P`."""
    return resolve(
        f"Parameters:\n  P: {parameter}\n"
        "Resources:\n  Q: {Type: 'AWS::SQS::Queue', Properties: {N: !Ref P}}\n",
        answers,
        **more,
    )


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("{Type: String, Default: x}", "x"),
        ("{Type: String, Default: ''}", ""),
        ("{Type: Number, Default: 3}", "3"),
        ("{Type: String, Default: true}", "true"),
        ("{Type: CommaDelimitedList, Default: 'a, b'}", ["a", "b"]),
        ("{Type: CommaDelimitedList, Default: [a, b]}", ["a", "b"]),
        ("{Type: 'List<Number>', Default: '1,2'}", ["1", "2"]),
        ("{Type: 'List<AWS::EC2::Subnet::Id>', Default: 's-1'}", ["s-1"]),
        ("{Type: 'AWS::EC2::VPC::Id', Default: v}", "v"),
        ("{Type: 'AWS::SSM::Parameter::Name', Default: /n}", "/n"),
    ],
)
def test_default(parameter: str, expected: object) -> None:
    """A default is read as its type says."""
    found = template(parameter)

    assert found.parameters == {"P": expected}
    assert found.resources["Q"].properties["N"] == expected


def test_precedence() -> None:
    """Given stands before deployed, deployed before default."""
    parameter = "{Type: String, Default: default}"
    both = template(parameter, parameters={"P": "given"}, previous={"P": "deployed"})

    assert both.parameters["P"] == "given"
    assert template(parameter, previous={"P": "deployed"}).parameters["P"] == "deployed"


def test_without_a_value() -> None:
    """A parameter without a value is left to a rule, not an error here."""
    found = template("{Type: String}")

    assert reason(found.parameters["P"]) == "parameter P has no value"
    assert [(n, start(place)) for n, place in found.parameters_missing] == [
        ("P", at(2, 3))
    ]


@pytest.mark.parametrize("more", [{}, {"parameters": {"P": "given"}}])
@pytest.mark.parametrize("written", ["'true'", "'TRUE'", "1", "yes", "'On'", "!Ref A"])
def test_no_echo(written: str, more: dict[str, Any]) -> None:
    """A NoEcho value is used for nothing that a report may show."""
    found = template(f"{{Type: String, NoEcho: {written}, Default: hunter2}}", **more)

    assert "NoEcho" in reason(found.resources["Q"].properties["N"])
    shown = repr((found.resources, found.parameters))
    assert "hunter2" not in shown
    assert "given" not in shown


def test_a_hidden_value_is_kept() -> None:
    """The deploy keeps a NoEcho value that nobody gives; a default is no guess at it."""
    found = template(
        "{Type: String, NoEcho: true, Default: ''}", previous={"P": "****"}
    )

    assert reason(found.parameters["P"]) == (
        "parameter P keeps its value, which CloudFormation hides"
    )
    assert found.parameters_missing == ()


STORED = "AWS::SSM::Parameter::Value<{}>"
NAME = ParameterNamed(PLACE, "/ami")


@pytest.mark.parametrize(
    ("kind", "stored", "expected"),
    [
        ("String", "ami-1", "ami-1"),
        ("AWS::EC2::Image::Id", "ami-1", "ami-1"),
        ("List<String>", "a,b", ["a", "b"]),
        ("CommaDelimitedList", "a,b", ["a", "b"]),
    ],
)
def test_stored_value(kind: str, stored: str, expected: object) -> None:
    """A parameter of the Parameter Store is asked for, and read as its type says."""
    parameter = f"{{Type: '{STORED.format(kind)}', Default: /ami}}"
    found = template(parameter, {NAME: Present(Parameter("String", stored))})

    assert found.parameters["P"] == expected


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Absent(), "parameter P has no value: there is no SSM parameter '/ami'"),
        (
            Present(Parameter("SecureString", None)),
            "parameter P is encrypted in the Parameter Store",
        ),
        (Unknown(UnknownKind.DENIED, "AccessDenied"), "AccessDenied"),
    ],
)
def test_stored_value_that_is_not_known(answer: Any, why: str) -> None:
    """Every way not to know it says why."""
    parameter = f"{{Type: '{STORED.format('String')}', Default: /ami}}"

    assert reason(template(parameter, {NAME: answer}).parameters["P"]) == why


def test_a_given_name_is_asked_for() -> None:
    """The name in the Parameter Store is the parameter's value, as given."""
    parameter = f"{{Type: '{STORED.format('String')}', Default: /ami}}"
    found = template(parameter, parameters={"P": "/other"})

    assert [r.lookup for r in found.references] == [ParameterNamed(PLACE, "/other")]


@pytest.mark.parametrize("parameter", ["x", "{Default: x}", "{Type: [a]}", "null"])
def test_refused(parameter: str) -> None:
    """A parameter without a type is an error at its name."""
    with pytest.raises(TemplateError, match="parameter 'P' has no type") as caught:
        template(parameter)

    assert start(caught.value.location) == at(2, 3)
