"""Whatever a file holds: a template, or an error that says where. Nothing else."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from template.templates import OTHERS, SURROUNDINGS, inputs

from flowguard.errors import InternalError, TemplateError
from flowguard.model.questions import AccountState
from flowguard.template import Template
from flowguard.template.cloudformation import read_text

WHOLE: dict[str, Any] = {
    **SURROUNDINGS,
    "Transform": "AWS::LanguageExtensions",
    "Resources": {
        **OTHERS,
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Condition": "IsDev",
            "DependsOn": ["Queue"],
            "Metadata": {"flowguard": {"ignore": ["a"]}},
            "Properties": {
                "TableName": {"Fn::Sub": ["${a}-${Stage}", {"a": {"Ref": "Queue"}}]},
                "A": {"Fn::Join": ["-", ["x", {"Fn::GetAtt": ["Queue", "Arn"]}]]},
                "B": {"Fn::Select": [0, {"Fn::Split": [",", "a,b"]}]},
                "C": {"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "name"]},
                "D": {"Fn::If": ["IsOpen", {"Ref": "AWS::NoValue"}, [1, 2.5, None]]},
                "E": {"Fn::Cidr": ["10.0.0.0/16", 2, 8]},
                "F": {"Fn::Base64": {"Fn::ToJsonString": {"a": {"Ref": "Zones"}}}},
                "G": {"Fn::Length": {"Fn::GetAZs": ""}},
                "H": "{{resolve:ssm:/a:1}}{{resolve:secretsmanager:x}}",
                "I": {"Fn::Transform": {"Name": "AWS::Include"}},
            },
        },
        "Fn::ForEach::L": [
            "N",
            ["a", "b"],
            {"Q${N}": {"Type": "AWS::SQS::Queue", "Properties": {"P": "${N}"}}},
        ],
    },
    "Outputs": {
        "Out": {
            "Condition": "IsDev",
            "Value": {"Fn::ImportValue": {"Fn::Sub": "${AWS::StackName}-x"}},
            "Export": {"Name": "out"},
        }
    },
}
SAM: dict[str, Any] = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Globals": {"Function": {"Runtime": "python3.12", "Handler": "a.b"}},
    "Resources": {
        "Api": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "CodeUri": "src",
                "Policies": [{"SQSPollerPolicy": {"QueueName": "q"}}],
                "Events": {
                    "E": {"Type": "Api", "Properties": {"Path": "/", "Method": "get"}}
                },
            },
        },
        "Table": {"Type": "AWS::Serverless::SimpleTable"},
    },
}
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "Ref",
    "${",
    "${}",
    "${Undefined}",
    "a\x00\x1b[31m::error::",
    "9" * 400,
    "😀",
    [],
    {},
    [[]],
    {"Ref": "Table"},
    {"Ref": ["Table"]},
    {"Fn::If": ["IsDev"]},
    {"Fn::GetAtt": "Table"},
    {"Fn::Sub": "${Table.TableName}"},
    {"Fn::ForEach::X": ["N", ["a"], {"${N}": "b"}]},
    {"Condition": "IsDev"},
    {"": {"": ""}},
    {"Type": {"Ref": "Stage"}},
]
KEYS = ["", "Ref", "Type", "Fn::If", "Fn::ForEach::Z", "Fn::Transform", "\x1b", "a b"]
QUICK = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow]
)


def must_be_a_template_or_an_error(text: str) -> None:
    """Resolve `text`; only a `TemplateError` with a place may come of it."""
    found: Template | TemplateError
    try:
        found = read_text(text, "t.yaml").resolve(inputs(), AccountState({}))
    except TemplateError as error:
        found = error
    if isinstance(found, TemplateError):
        assert found.help
        assert found.location is not None
        assert found.location.line >= 1


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every part of a document but itself."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    return [p for k, v in inner for p in [(*path, k), *places(v, (*path, k))]]


def mutated(document: dict[str, Any], seed: int, times: int) -> dict[str, Any]:
    """`document` with parts deleted, replaced, repeated or renamed at random."""
    rng = random.Random(seed)  # noqa: S311 — reproducible, not secret
    document = copy.deepcopy(document)
    for _ in range(times):
        paths = places(document)
        if not paths:
            return document
        *outer, last = rng.choice(paths)
        parent: Any = document
        for step in outer:
            parent = parent[step]
        match rng.randrange(4):
            case 0:
                del parent[last]
            case 1:
                parent[last] = copy.deepcopy(rng.choice(ODD))
            case 2:
                parent[last] = copy.deepcopy(_part(document, rng.choice(paths)))
            case _ if isinstance(parent, dict):
                parent[rng.choice(KEYS)] = parent.pop(last)
            case _:
                parent.append(copy.deepcopy(parent[last]))
    return document


def _part(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


@QUICK
@given(st.integers(0, 2**32), st.integers(1, 6), st.booleans())
def test_changed_parts(seed: int, times: int, as_json: bool) -> None:
    """Parts that are gone, replaced, moved or called something else."""
    document = mutated(WHOLE, seed, times)
    text = json.dumps(document) if as_json else yaml.safe_dump(document)

    must_be_a_template_or_an_error(text)


@settings(QUICK, max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_changed_parts_of_sam(seed: int, times: int) -> None:
    """The same for SAM, whose transform has bugs of its own: those are not the user's."""
    try:
        must_be_a_template_or_an_error(json.dumps(mutated(SAM, seed, times)))
    except InternalError as error:
        assert "aws-sam-translator broke" in str(error)  # noqa: PT017 — some draws
        assert error.location is not None  # noqa: PT017


TEXTS = [yaml.safe_dump(WHOLE), json.dumps(WHOLE, indent=1), json.dumps(WHOLE)]


@QUICK
@given(
    st.sampled_from(TEXTS),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 9), st.text(max_size=6)), max_size=4
    ),
    st.floats(0, 1),
)
def test_changed_text(
    text: str, edits: list[tuple[float, int, str]], cut: float
) -> None:
    """Characters that are gone or added, and files that break off."""
    for where, gone, added in edits:
        at = int(where * len(text))
        text = text[:at] + added + text[at + gone :]

    must_be_a_template_or_an_error(text)
    must_be_a_template_or_an_error(text[: int(cut * len(text))])


@QUICK
@given(st.text())
def test_any_text(text: str) -> None:
    """Texts that were never meant to be templates."""
    must_be_a_template_or_an_error(text)


@pytest.mark.parametrize("depth", [50, 95, 99, 101, 5000])
@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("[", "]"),
        ('{"a":', "}"),
        ('{"Fn::Sub":["${x}",{"x":', "}]}"),
        ('{"Fn::Join":["",[', "]]}"),
        ('{"Fn::If":["C",', ',"x"]}'),
    ],
)
def test_deep_nesting(opening: str, closing: str, depth: int) -> None:
    """Documents as deep as can be, and far deeper."""
    nested = opening * depth + '"x"' + closing * depth

    must_be_a_template_or_an_error(
        '{"Conditions":{"C":{"Fn::Equals":["a","a"]}},'
        f'"Resources":{{"R":{{"Type":"X","Properties":{{"P":{nested}}}}}}}}}'
    )


def test_long_chains_of_conditions() -> None:
    """Conditions that rest on conditions, thousands of them."""
    chain = {f"C{n}": {"Condition": f"C{n + 1}"} for n in range(3000)}
    document = {
        "Conditions": {**chain, "C3000": {"Fn::Equals": ["a", "a"]}},
        "Resources": {"R": {"Type": "X", "Condition": "C0"}},
    }

    must_be_a_template_or_an_error(json.dumps(document))
