"""`Fn::ForEach`, as AWS::LanguageExtensions unrolls it."""

from __future__ import annotations

import pytest
from template.templates import at, reason, resolve, start

from flowguard.errors import TemplateError
from flowguard.model.questions import Unresolved


def test_resources() -> None:
    """Each turn makes a resource; its parts stand where the loop's body does."""
    found = resolve("""
        Transform: AWS::LanguageExtensions
        Parameters: {Names: {Type: CommaDelimitedList, Default: 'users,plans'}}
        Resources:
          Fn::ForEach::Tables:
            - Name
            - !Ref Names
            - ${Name}Table:
                Type: AWS::DynamoDB::Table
                Properties:
                  TableName: !Sub app-${Name}
                  Tags: [{Key: n, Value: !Ref Name}]
        """)

    names = {i: r.properties["TableName"] for i, r in found.resources.items()}

    assert names == {"usersTable": "app-users", "plansTable": "app-plans"}
    table = found.resources["plansTable"]
    assert table.properties["Tags"] == [{"Key": "n", "Value": "plans"}]
    assert start(table.at("Properties", "TableName")) == at(11, 22)


def test_nested_with_stripped_names() -> None:
    """Loops stand in loops; `&{}` leaves out what a logical id may not have."""
    found = resolve("""
        Resources:
          Fn::ForEach::Outer:
            - Zone
            - [eu-1, us-2]
            - Fn::ForEach::Inner:
                - Kind
                - [a, b]
                - Q&{Zone}${Kind}:
                    Type: AWS::SQS::Queue
                    Properties: {QueueName: '${Zone}/${Kind}'}
        """)

    names = {i: r.properties["QueueName"] for i, r in found.resources.items()}

    assert names == {
        "Qeu1a": "eu-1/a",
        "Qeu1b": "eu-1/b",
        "Qus2a": "us-2/a",
        "Qus2b": "us-2/b",
    }


def test_properties_conditions_and_outputs() -> None:
    """Loops work in properties, conditions and outputs too."""
    found = resolve("""
        Conditions:
          Fn::ForEach::C: [X, [dev, prod], {'Is${X}': !Equals [!Ref X, dev]}]
        Resources:
          T:
            Type: AWS::SQS::Queue
            Condition: Isdev
            Properties:
              Fn::ForEach::P: [K, [A, B], {'Name${K}': !Sub 'v-${K}'}]
          Gone: {Type: 'AWS::SQS::Queue', Condition: Isprod}
        Outputs:
          Fn::ForEach::O:
            - K
            - [a, b]
            - Out${K}: {Value: x, Export: {Name: !Sub 'e-${K}'}}
        """)

    assert list(found.resources) == ["T"]
    assert found.resources["T"].properties == {"NameA": "v-A", "NameB": "v-B"}
    assert [export.name for export in found.exports] == ["e-a", "e-b"]


def test_over_what_is_not_known() -> None:
    """What a loop over unknown values would make is no mistake where it is used."""
    found = resolve("""
        Parameters: {Names: {Type: CommaDelimitedList}}
        Resources:
          Fn::ForEach::T: [N, !Ref Names, {'${N}Q': {Type: 'AWS::SQS::Queue'}}]
          It: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Ref usersQ}}
        """)

    name = found.resources["It"].properties["QueueName"]

    assert list(found.resources) == ["It"]
    assert isinstance(name, Unresolved)
    assert "'usersQ' is neither a parameter nor a resource" in reason(name)


@pytest.mark.parametrize(
    ("loop", "message"),
    [
        ("[N, [a]]", "Fn::ForEach takes"),
        ("[N, [a], x]", "Fn::ForEach takes"),
        ("[[N], [a], {}]", "Fn::ForEach takes"),
        ("[N, [[a]], {'Q${N}': {Type: x}}]", "Fn::ForEach takes"),
        ("[N, [a, b], {Q: {Type: x}}]", "a loop makes 'Q' twice"),
    ],
)
def test_refused(loop: str, message: str) -> None:
    """A loop that CloudFormation refuses is an error with a place."""
    with pytest.raises(TemplateError, match=r"ForEach|loop") as caught:
        resolve(f"Resources:\n  Fn::ForEach::T: {loop}")

    assert message in caught.value.message
    assert caught.value.location is not None
    assert caught.value.location.line == 2


def test_too_many_turns() -> None:
    """Loops in loops end before they fill the memory."""
    many = ", ".join(str(n) for n in range(900))

    with pytest.raises(TemplateError, match="expand to more than"):
        resolve(
            f"Resources:\n  Fn::ForEach::A:\n  - A\n  - [{many}]\n"
            f"  - Fn::ForEach::B: [B, [{many}], {{'R${{A}}x${{B}}': {{Type: x}}}}]\n"
        )
