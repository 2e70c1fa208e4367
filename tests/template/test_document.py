"""YAML and JSON: what is read, where it stands, and what is refused where."""

from __future__ import annotations

import json

import pytest
from template.templates import at, start

from flowguard.errors import TemplateError
from flowguard.template.text import parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 2020-01-01", "2020-01-01"),
        ("a: 012", 10),
        ("a: 0x1F", 31),
        ("a: 0b101", 5),
        ("a: 1_000", 1000),
        ("a: 1.50", 1.5),
        ("a: 1:30", 90),
        ("a: 1e3", "1e3"),
        ("a: .inf", ".inf"),
        ("a:\n  -", [None]),
        ("a: yes", True),
        ("a: 'yes'", "yes"),
        ("a: ~", None),
        ("a:", None),
        ("a: !!str 12", "12"),
        ("a: !!int '12'", 12),
        ("a: " + "9" * 5000, "9" * 5000),
        ("a: |\n  x\n  y\n", "x\ny\n"),
        ("a: >-\n  x\n  y\n", "x y"),
        ("a: !Ref X", {"Ref": "X"}),
        ("a: !Condition X", {"Condition": "X"}),
        ("a: !GetAtt A.B.C", {"Fn::GetAtt": ["A", "B.C"]}),
        ("a: !GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}),
        ("a: !Sub 12", {"Fn::Sub": "12"}),
        ("a: !GetAZs ''", {"Fn::GetAZs": ""}),
        ("a: !Base64\n  Fn::Sub: x", {"Fn::Base64": {"Fn::Sub": "x"}}),
        ("b: &x {p: 1, q: 2}\na: *x", {"p": 1, "q": 2}),
        ("b: &x {p: 1, q: 2}\na: {<<: *x, q: 3}", {"p": 1, "q": 3}),
        ("a: {<<: [{p: 1}, {p: 2, q: 2}]}", {"p": 1, "q": 2}),
        ("&k b: {*k : 1}\na: &v w\nc: *v", "w"),
        ("b: &x y\na: {*x : 1}", {"y": 1}),
        ("a: {1: x, yes: y, null: z}", {"1": "x", "yes": "y", "null": "z"}),
        ('{"a": "\\/ \\ud83d\\ude00 \\n"}', "/ 😀 \n"),
        ('{"a": [1, -2.5, 1e3, true, null]}', [1, -2.5, 1000.0, True, None]),
        ('\ufeff{"a": 1e999}', "1e999"),
        ("{a: flow}", "flow"),
    ],
)
def test_values(text: str, expected: object) -> None:
    """YAML 1.1, as CloudFormation reads it, with its short tags; and JSON."""
    found = parse(text, "t.yaml").plain()["a"]

    assert found == expected


def test_yaml_1_2() -> None:
    """The Serverless Framework reads YAML 1.2: `yes` is a word, `010` is ten."""
    root = parse("a: yes\nb: 010\nc: 1e3\nd: 0o17\ne: true", "s.yml", version="1.2")

    assert root.plain() == {"a": "yes", "b": 10, "c": 1000.0, "d": 15, "e": True}


YAML = """\
Resources:
  Table:   # a comment
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub 'users-${Stage}'
      Tags:
        - {Key: a, Value: b}
"""


def test_places_in_yaml() -> None:
    """Every key and every value has its line and column."""
    root = parse(YAML, "t.yaml")
    resources = root.get("Resources")

    assert resources
    assert start(resources.keys["Table"]) == at(2, 3)
    name = root.get("Resources", "Table", "Properties", "TableName")
    assert name
    assert start(name.location) == at(5, 18)
    assert (name.location.end_line, name.location.end_column) == (5, 39)
    places = {path: start(place) for path, place in resources.locations().items()}
    assert places["Table", "Properties"] == at(4, 5)
    assert places["Table", "Properties", "Tags", 0] == at(7, 11)
    assert places["Table", "Properties", "Tags", 0, "Value"] == at(7, 27)


@pytest.mark.parametrize("indent", ["  ", "\t"])
def test_places_in_json(indent: str) -> None:
    """JSON keeps places too, indented with tabs or with spaces."""
    document = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "N": [1, 22]}}}
    root = parse(json.dumps(document, indent=indent), "t.json")

    places = root.locations()

    width = len(indent)
    assert places["Resources", "Q"].line == 3
    assert places["Resources", "Q"].column == 2 * width + 1
    assert places["Resources", "Q", "Type"].column == 3 * width + 9
    assert places["Resources", "Q", "N", 1].line == 7
    assert places["Resources", "Q", "N", 1].end_column == 4 * width + 3
    assert root.plain() == document


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "empty"),
        ("# only a comment", 1, 1, "empty"),
        ("a: 1\nb: 2\na: 3", 3, 1, "'a' is written twice"),
        ('{"a": 1,\n "a": 2}', 2, 2, "'a' is written twice"),
        ("a: [b", 2, 1, "not well-formed YAML"),
        ("a:\n\tb: 1", 2, 1, "not well-formed YAML"),
        ("a: b: c", 1, 5, "not well-formed YAML"),
        ("a: !Base64 !Sub x", 1, 12, "not well-formed YAML"),
        ("a: 'x\x01'", 1, 6, "U+0001"),
        ("a: 1\n---\nb: 2", 2, 1, "second YAML document"),
        ("a: &x [*x]", 1, 8, "contains itself"),
        ("a: *nowhere", 1, 4, "written nowhere above"),
        ("? [1]\n: 2", 1, 3, "a key must be a string"),
        ("? !Sub x\n: 2", 1, 3, "a key must be a string"),
        ("a: &x [1]\nb: {*x : 1}", 2, 5, "a key must be a string"),
        ("a: !<tag:x> [1]", 1, 4, "means nothing"),
        ("a: &x " + "[" * 60 + "]" * 60 + "\nb: " + "[" * 60 + "*x", 2, 64, "stand in"),
        ("\ud800", 1, 1, "not Unicode"),
        ("[]]", 1, 3, "not well-formed"),
        ("{]", 1, 2, "not well-formed"),
        ("a: {<<: 5}", 1, 9, "only a mapping can be merged"),
        ("a: !<tag:x> 1", 1, 4, "means nothing"),
        ("a: !!python/object:os.system x", 1, 4, "means nothing"),
        ('{"a": "\\ud800"}', 1, 7, "not well-formed JSON"),
        ('{"a" 1}', 1, 6, 'expected ":"'),
        ('{"a": 1', 1, 8, 'expected "," or "}"'),
        ('{"a": ["b" 1]}', 1, 12, 'expected "," or "]"'),
        ('{"a": 1} b', 1, 10, "not well-formed JSON"),
        ("- " * 200, 1, 201, "stand in each other"),
        ("[" * 5000, 1, 101, "stand in each other"),
        ('{"a":' * 5000, 1, 501, "stand in each other"),
    ],
)
def test_refused(text: str, line: int, column: int, message: str) -> None:
    """What is no document says what is wrong, where, and what to do."""
    with pytest.raises(TemplateError) as caught:
        parse(text, "t.yaml")

    assert message in caught.value.message
    assert start(caught.value.location) == at(line, column)
    assert caught.value.help


def test_aliases_that_explode() -> None:
    """Aliases of aliases are refused before they fill the memory."""
    levels = [f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 10)}]" for n in range(1, 30)]

    with pytest.raises(TemplateError, match="aliases expand"):
        parse("\n".join(["b0: &b0 [x]", *levels]), "t.yaml")


def test_the_pure_loader_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML has no libyaml, its own parser serves."""
    import yaml

    from flowguard.template import yaml_text

    with_libyaml = parse(YAML, "t.yaml")
    monkeypatch.setattr(yaml_text, "_Parser", yaml.SafeLoader)
    without = parse(YAML, "t.yaml")

    assert without.plain() == with_libyaml.plain()
    assert without.locations() == with_libyaml.locations()
