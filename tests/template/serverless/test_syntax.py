"""Variables are told from text, from CloudFormation's braces, and from mistakes."""

from __future__ import annotations

import pytest

from flowguard.template.serverless.syntax import (
    Escaped,
    Source,
    Value,
    Variable,
    VariableSyntaxError,
    parse,
)


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "${AWS::Region}",
        "arn:${AWS::Partition}:sns:${Topic.TopicName}",
        "${Bucket}",
        "${bucket}",
        "${bucket.Arn}",
        "${!Literal}",
        "${}",
        "${'text'}",
        "${true}",
        "${foo::bar}",
        "cost: 5$ {a}",
        "$",
        "${",
    ],
)
def test_what_is_no_variable_is_left_alone(text: str) -> None:
    assert all(isinstance(part, str) for part in parse(text))


def test_a_variable_alone_is_all_of_its_text() -> None:
    assert parse("${self:a.b}") == (
        Variable((Source("self", None, ("a.b",)),), "${self:a.b}"),
    )


def test_sources_and_fallbacks_keep_their_order() -> None:
    (variable,) = parse("${file(./${opt:x}.yml, 2):a , env:B,self:, 'it, is'}")

    assert isinstance(variable, Variable)
    assert [getattr(source, "type", "literal") for source in variable.sources] == [
        "file",
        "env",
        "self",
        "literal",
    ]
    assert variable.sources[-1] == Value("it, is")
    file = variable.sources[0]
    assert isinstance(file, Source)
    assert file.params is not None
    assert file.params[1] == Value(2)


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("'dev'", "dev"),
        ('"a \\"b\\""', 'a "b"'),
        ("true", True),
        ("false", False),
        ("null", None),
        ("30", 30),
        ("-1.5", -1.5),
        ("''", ""),
    ],
)
def test_literals_have_their_type(literal: str, value: object) -> None:
    (variable,) = parse("${opt:x, " + literal + "}")

    assert isinstance(variable, Variable)
    fallback = variable.sources[1]
    assert isinstance(fallback, Value)
    assert fallback.value == value
    assert type(fallback.value) is type(value)


def test_a_variable_stands_within_text_and_within_foreign_braces() -> None:
    parts = parse("a-${self:b}-${AWS::Region-${opt:c}}")

    assert [part if isinstance(part, str) else part.expression for part in parts] == [  # type: ignore[union-attr]
        "a-",
        "${self:b}",
        "-${AWS::Region-",
        "${opt:c}",
        "}",
    ]


def test_an_escaped_variable_is_text() -> None:
    assert parse(r"a \${self:b}") == ("a ", Escaped("$"), "{self:b}")


def test_escaped_backslashes_leave_the_variable() -> None:
    parts = parse(r"\\${self:b}")

    assert parts[0] == Escaped("\\")
    assert isinstance(parts[1], Variable)


@pytest.mark.parametrize(
    "text",
    [
        "${self:a",
        "${self:a.${opt:b}",
        "${self:a, b}",
        "${self:a,}",
        "${self:a, 'b}",
        "${self:a, 'b' c}",
        "${file(./a.yml}",
        "${file('a' b):c}",
        "${self:${AWS::Region}}",
        "${file(a)::b}",
        '${opt:a, "\\x"}',
        "${opt:a, b c:d}",
    ],
)
def test_a_variable_that_is_begun_and_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(VariableSyntaxError):
        parse(text)
