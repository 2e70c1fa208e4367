"""Conditions: true, false, and not known beforehand."""

from __future__ import annotations

from typing import Any

import pytest
from template.templates import at, reason, resolve, start

from flowguard.errors import TemplateError
from flowguard.model.questions import Unresolved
from flowguard.template import Template

PARAMETERS = """
Parameters:
  Stage: {Type: String, Default: dev}
  Open: {Type: String}
  Password: {Type: String, NoEcho: true, Default: ''}
  Flag: {Type: String, Default: 'true'}
"""


def template(condition: str, **more: Any) -> Template:
    """A template with one resource under a condition."""
    return resolve(
        f"{PARAMETERS}\nConditions:\n  It: {condition}\n  Holds: !Equals [a, a]\n"
        "  Fails: !Equals [a, b]\n  Unsure: !Equals [!Ref Open, a]\n"
        "Resources:\n  Queue: {Type: 'AWS::SQS::Queue', Condition: It}\n"
        "  Always: {Type: 'AWS::SQS::Queue'}\n",
        **more,
    )


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("!Equals [!Ref Stage, dev]", True),
        ("!Equals [!Ref Stage, prod]", False),
        ("!Equals ['1', 1]", True),
        ("!Equals [true, 'true']", True),
        ("!Equals [[a, 1], [a, '1']]", True),
        ("!Equals [!Sub '${Stage}-${AWS::Region}', dev-eu-central-1]", True),
        ("!Not [!Equals [a, b]]", True),
        ("!Not [{Condition: Holds}]", False),
        ("!And [!Condition Holds, {Condition: Holds}]", True),
        ("!And [!Condition Holds, !Condition Fails]", False),
        ("!And [!Condition Fails, !Condition Unsure]", False),
        ("!Or [!Condition Unsure, !Condition Holds]", True),
        ("!Or [!Condition Fails, !Condition Fails]", False),
        ("{Condition: Holds}", True),
        ("!Contains [[a, b], b]", True),
        ("!Contains [[a, b], c]", False),
        ("!Equals [!Ref Password, '']", True),
    ],
)
def test_known(condition: str, holds: object) -> None:
    """A resource is there if its condition holds, and only then."""
    assert ("Queue" in template(condition).resources) is holds


@pytest.mark.parametrize(
    "condition",
    [
        "!Equals [!Ref Open, a]",
        "!Not [!Condition Unsure]",
        "!And [!Condition Holds, !Condition Unsure]",
        "!Or [!Condition Fails, !Condition Unsure]",
        "!Contains [[!Ref Open], a]",
        "{'Fn::EachMemberIn': [[a], [b]]}",
    ],
)
def test_unknown(condition: str) -> None:
    """A resource under a condition that is not known is kept, and says so."""
    found = template(condition).resources["Queue"].condition

    assert isinstance(found, Unresolved)
    assert reason(found)


def test_given_values_decide() -> None:
    """What the user gives stands before the template's default."""
    condition = "!Equals [!Ref Stage, prod]"

    assert "Queue" in template(condition, parameters={"Stage": "prod"}).resources
    assert "Queue" in template(condition, previous={"Stage": "prod"}).resources


def test_a_secret_decides_but_is_not_shown() -> None:
    """A condition may look at a NoEcho value; nothing else has it."""
    found = template(
        "!Not [!Equals [!Ref Password, '']]", parameters={"Password": "hunter2"}
    )

    assert "Queue" in found.resources
    assert "hunter2" not in repr((found.resources, found.parameters))


@pytest.mark.parametrize(
    ("condition", "line", "column", "message"),
    [
        ("!Condition Nowhere", 9, 7, "no condition 'Nowhere'"),
        ("!Not [!Condition It]", 9, 7, "'It' depends on itself"),
        ("!Equals [a]", 9, 7, "Fn::Equals takes"),
        ("!Contains [[a]]", 9, 7, "Fn::Contains takes"),
        ("{Condition: 5}", 9, 19, "Condition takes"),
        ("[a]", 9, 7, "a condition takes"),
        ("{a: b, c: d}", 9, 7, "a condition takes"),
    ],
)
def test_refused(condition: str, line: int, column: int, message: str) -> None:
    """A condition that no deploy could use is an error at its place."""
    with pytest.raises(TemplateError) as caught:
        template(condition)

    assert message in caught.value.message
    assert start(caught.value.location) == at(line, column)


def test_undefined_condition_of_a_resource() -> None:
    """The place is where the name is written."""
    with pytest.raises(TemplateError, match="no condition 'Nope'") as caught:
        resolve("""
            Resources:
              A: {Type: 'AWS::SQS::Queue', Condition: Nope}
            """)

    assert start(caught.value.location) == at(3, 43)
