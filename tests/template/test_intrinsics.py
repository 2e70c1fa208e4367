"""Each intrinsic function, on values that are known and on values that are not."""

from __future__ import annotations

from typing import Any

import pytest
from template.templates import reason, resolve, value

from flowguard.errors import TemplateError

SUB, JOIN, SELECT, SPLIT = "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split"
FIND, ZONES = "Fn::FindInMap", {"Ref": "Zones"}
STAGE = {"Ref": "Stage"}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param({SUB: "jobs-${Stage}"}, "jobs-dev", id="sub parameter"),
        pytest.param({SUB: "${AWS::StackName}-x"}, "app-x", id="sub pseudo"),
        pytest.param({SUB: "a-${!Lit}"}, "a-${Lit}", id="sub literal"),
        pytest.param({SUB: "$ {Stage} $5"}, "$ {Stage} $5", id="sub plain dollars"),
        pytest.param({SUB: "${Queue.QueueName}-2"}, "jobs-2", id="sub attribute"),
        pytest.param({SUB: ["${x}-${Stage}", {"x": STAGE}]}, "dev-dev", id="sub map"),
        pytest.param({SUB: ["${Stage}", {"Stage": "own"}]}, "own", id="sub map wins"),
        pytest.param({SUB: ["${n}", {"n": 5}]}, "5", id="sub number"),
        pytest.param({SUB: ["${n}", {"n": True}]}, "true", id="sub boolean"),
        pytest.param({JOIN: ["-", ["a", STAGE, 3]]}, "a-dev-3", id="join"),
        pytest.param({JOIN: [",", ZONES]}, "a,b,c", id="join list parameter"),
        pytest.param({JOIN: ["", []]}, "", id="join nothing"),
        pytest.param(
            {JOIN: ["-", ["a", {"Ref": "AWS::NoValue"}, "b"]]},
            "a-b",
            id="join no value",
        ),
        pytest.param({SELECT: [1, ["a", "b"]]}, "b", id="select"),
        pytest.param({SELECT: ["2", ZONES]}, "c", id="select text index"),
        pytest.param(
            {SELECT: [0, ["known", {"Ref": "Open"}]]},
            "known",
            id="select beside unknown",
        ),
        pytest.param({SPLIT: ["/", "a/b//"]}, ["a", "b", "", ""], id="split"),
        pytest.param(
            {SELECT: [1, {SPLIT: ["-", {SUB: "x-${Stage}"}]}]}, "dev", id="select split"
        ),
        pytest.param({FIND: ["Sizes", STAGE, "name"]}, "small", id="find"),
        pytest.param({FIND: ["Sizes", STAGE, "zones"]}, ["x", "y"], id="find list"),
        pytest.param({FIND: ["Sizes", "dev", "count"]}, 1, id="find number"),
        pytest.param(
            {FIND: ["Sizes", {"Ref": "AWS::Region"}, "short"]}, "euc1", id="find region"
        ),
        pytest.param(
            {FIND: ["Sizes", "dev", {SUB: ["na${x}", {"x": "me"}]}]},
            "small",
            id="find nested",
        ),
        pytest.param(
            {FIND: ["Sizes", "no", "name", {"DefaultValue": STAGE}]},
            "dev",
            id="find default",
        ),
        pytest.param(
            {FIND: ["Nope", "no", "name", {"DefaultValue": "d"}]},
            "d",
            id="find default without mapping",
        ),
        pytest.param({"Fn::If": ["IsDev", "yes", "no"]}, "yes", id="if true"),
        pytest.param({"Fn::If": ["Never", "yes", "no"]}, "no", id="if false"),
        pytest.param(
            {"Fn::If": ["Never", "x", {"Ref": "AWS::NoValue"}]}, None, id="if no value"
        ),
        pytest.param(
            {"Fn::If": ["IsOpen", STAGE, "dev"]}, "dev", id="if unknown, both equal"
        ),
        pytest.param({"Fn::Base64": {SUB: "${Stage}!"}}, "ZGV2IQ==", id="base64"),
        pytest.param(
            {"Fn::Cidr": ["10.0.0.0/16", 2, 8]},
            ["10.0.0.0/24", "10.0.1.0/24"],
            id="cidr",
        ),
        pytest.param(
            {SELECT: [2, {"Fn::Cidr": ["192.168.0.0/24", "6", "5"]}]},
            "192.168.0.64/27",
            id="cidr of the documentation",
        ),
        pytest.param(
            {"Fn::Cidr": ["2001:db8::/56", 1, 64]}, ["2001:db8::/64"], id="cidr v6"
        ),
        pytest.param({"Fn::Length": ZONES}, 3, id="length"),
        pytest.param({"Fn::Length": [{"Ref": "Open"}, 1]}, 2, id="length of unknowns"),
        pytest.param(
            {"Fn::ToJsonString": {"a": STAGE, "b": [1, True]}},
            '{"a":"dev","b":[1,true]}',
            id="json",
        ),
        pytest.param({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}, id="mapping"),
        pytest.param([{"Ref": "AWS::NoValue"}, STAGE], ["dev"], id="list"),
        pytest.param(
            {"Condition": "x", "Ref": "y"}, {"Condition": "x", "Ref": "y"}, id="no call"
        ),
    ],
)
def test_value(expression: object, expected: object) -> None:
    """A function whose parts are known gives CloudFormation's value."""
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "written", "why"),
    [
        ({SUB: "q-${Open}"}, "!Sub 'q-${Open}'", "parameter Open has no value"),
        (
            {SUB: "${Nameless.Arn}/*"},
            "!Sub '${Nameless.Arn}/*'",
            "only the deploy knows the Arn of Nameless",
        ),
        (
            {JOIN: ["-", ["a", {"Ref": "Open"}]]},
            "!Join ['-', [a, !Ref Open]]",
            "parameter Open has no value",
        ),
        (
            {SELECT: [9, ZONES]},
            "!Select [9, !Ref Zones]",
            "the list has no value number 9",
        ),
        (
            {SELECT: [1, [1, {"Ref": "Open"}]]},
            "!Select [1, [1, !Ref Open]]",
            "parameter Open has no value",
        ),
        (
            {"Fn::If": ["IsOpen", "a", "b"]},
            "!If [IsOpen, a, b]",
            "parameter Open has no value",
        ),
        (
            {FIND: ["Sizes", "prod", "name"]},
            "!FindInMap [Sizes, prod, name]",
            "mapping Sizes has no 'prod' → 'name'",
        ),
        (
            {"Fn::Cidr": ["10.0.0.0/24", 9, 7]},
            "!Cidr [10.0.0.0/24, 9, 7]",
            "10.0.0.0/24 has no 9 blocks of /25",
        ),
        (
            {"Fn::Transform": {"Name": "Mine"}},
            "!Transform {Name: Mine}",
            "the macro Mine is run by the deploy",
        ),
        (
            {"Fn::Novel": "x"},
            "!Novel x",
            "Fn::Novel is no function that FlowGuard can work out",
        ),
        (
            {SPLIT: ["", "abc"]},
            "!Split ['', abc]",
            "the delimiter or the source is no text",
        ),
        ({SUB: "${Zones}"}, "!Sub '${Zones}'", "${Zones} is no text"),
        (
            {JOIN: [",", [["a"]]]},
            "!Join [',', [[a]]]",
            "a part of the list is no text",
        ),
        (
            {SELECT: [0, {SPLIT: ["-", {"Ref": "Open"}]}]},
            "!Select [0, !Split ['-', !Ref Open]]",
            "parameter Open has no value",
        ),
        ({SELECT: ["x", ["a"]]}, "!Select [x, [a]]", "the index is no number"),
        (
            {"Fn::Length": {"Fn::GetAtt": ["Nameless", "List"]}},
            "!Length !GetAtt Nameless.List",
            "only the deploy knows the List of Nameless",
        ),
        (
            {"Fn::Cidr": ["not-a-block", 1, 8]},
            "!Cidr [not-a-block, 1, 8]",
            "'not-a-block' does not appear to be an IPv4 or IPv6 network",
        ),
        (
            {"Fn::ToJsonString": {"a b": True, "c": [1, None, {"Ref": "Open"}]}},
            "!ToJsonString {'a b': true, c: [1, null, !Ref Open]}",
            "parameter Open has no value",
        ),
    ],
)
def test_unresolved(expression: object, written: str, why: str) -> None:
    """What is not known says how it was written, and why."""
    found = value(expression)

    assert reason(found) == why
    assert found.expression == written


@pytest.mark.parametrize(
    "expression",
    [
        {SUB: ["${x}"]},
        {SUB: 5},
        {JOIN: ["-", "a", "b"]},
        {JOIN: ["-", "text"]},
        {SELECT: [1]},
        {FIND: ["Sizes"]},
        {FIND: ["Nope", "a", "b"]},
        {FIND: ["Sizes", ["a"], "b"]},
        {"Fn::Base64": ["a"]},
        {"Fn::Cidr": ["10.0.0.0/8"]},
        {"Fn::Length": "text"},
        {"Fn::GetAZs": ["a"]},
        {"Fn::ImportValue": ["a"]},
        {"Ref": ["a"]},
        {"Fn::If": ["IsDev", "a"]},
        {"Fn::If": ["Undefined", "a", "b"]},
        {SUB: "${a b}"},
        {SUB: "${Undefined}"},
        {SUB: "${Undefined.Arn}"},
        {"Ref": "Undefined"},
        {"Ref": "AWS::Undefined"},
        {"Fn::GetAtt": ["Undefined", "Arn"]},
        {"Fn::GetAtt": ["Queue"]},
    ],
)
def test_what_cloudformation_refuses(expression: Any) -> None:
    """A call that no deploy could use is an error, with its place and a next step."""
    with pytest.raises(TemplateError) as caught:
        value(expression)

    assert caught.value.location is not None
    assert caught.value.location.column > 1
    assert caught.value.help


def test_short_and_long_tags_are_one() -> None:
    """The same call is the same value, however it is written."""
    template = resolve("""
        Resources:
          Short:
            Type: AWS::SQS::Queue
            Properties: {QueueName: !Join ['-', [!Ref AWS::StackName, !Sub 'x']]}
          Long:
            Type: AWS::SQS::Queue
            Properties:
              QueueName:
                Fn::Join: ['-', [{Ref: 'AWS::StackName'}, {'Fn::Sub': 'x'}]]
        """)

    names = {r.properties["QueueName"] for r in template.resources.values()}

    assert names == {"app-x"}


def test_every_question_of_a_sub_is_asked() -> None:
    """One part that is not known does not hide what the others ask."""
    found = resolve("""
        Resources:
          Q:
            Type: AWS::SQS::Queue
            Properties:
              QueueName: !Sub ['${Q.Arn}-${v}', {v: !ImportValue net}]
        """)

    assert [r.expression for r in found.references] == ["!ImportValue net"]


def test_long_expressions_are_cut() -> None:
    """An expression in a message has its length; two of other lengths differ."""
    long, longer = (value({SUB: "${Open}" + "x" * n}) for n in (500, 501))

    assert long.expression.endswith("…(314 more)")
    assert longer.expression != long.expression


def test_texts_that_double_each_other_end() -> None:
    """A template that would write without end is refused, not run."""
    names = "\n".join(
        f"  R{n}: {{Type: 'AWS::SQS::Queue', Properties: "
        f"{{QueueName: !Sub '${{R{n - 1}.QueueName}}${{R{n - 1}.QueueName}}'}}}}"
        for n in range(1, 40)
    )
    first = "  R0: {Type: 'AWS::SQS::Queue', Properties: {QueueName: xx}}"

    with pytest.raises(TemplateError, match="characters"):
        resolve(f"Resources:\n{first}\n{names}")
