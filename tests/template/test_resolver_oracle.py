"""The resolver against cfn-lint's, on generated expressions.

Left out is where cfn-lint is known to differ from CloudFormation: it keeps `${!x}`
as it is, puts spaces into Fn::ToJsonString, and does not work out Fn::Base64,
Fn::Cidr and Fn::Length. The tests of each function hold those.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from cfnlint.context import create_context_for_template
from cfnlint.decode import decode_str
from cfnlint.jsonschema import CfnTemplateValidator
from cfnlint.template import Template as LintedTemplate
from template.templates import PLACE, inputs

from flowguard.model.questions import AccountState, find_unresolved
from flowguard.template.cloudformation import read_text

HOW_MANY = 400
AT_LEAST = 200

PARAMETERS = {
    "Stage": ("String", "dev"),
    "Size": ("Number", "3"),
    "Path": ("String", "one/two/three"),
    "Names": ("CommaDelimitedList", "red,green,blue"),
}
TEMPLATE: dict[str, Any] = {
    "Parameters": {
        name: {"Type": kind, "Default": default}
        for name, (kind, default) in PARAMETERS.items()
    },
    "Mappings": {
        "Env": {
            "dev": {"suffix": "d", "zones": ["x", "y"], "next": "prod"},
            "prod": {"suffix": "p", "zones": ["u", "v"], "next": "dev"},
        },
        "Short": {"eu-central-1": {"name": "euc1"}, "us-east-1": {"name": "use1"}},
    },
    "Conditions": {
        "IsDev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]},
        "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
        "NotDev": {"Fn::Not": [{"Condition": "IsDev"}]},
        "Either": {"Fn::Or": [{"Condition": "IsDev"}, {"Condition": "IsProd"}]},
        "Both": {"Fn::And": [{"Condition": "IsDev"}, {"Condition": "IsProd"}]},
        "Here": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-central-1"]},
    },
}
PSEUDO = ["AWS::Region", "AWS::AccountId", "AWS::StackName", "AWS::Partition"]
WORDS = ["a", "app", "x-y", "one/two", "", "a,b", "dev", "1"]


class Grammar:
    """Expressions that give a text or a list, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 — reproducible, not secret

    def text(self, depth: int) -> Any:
        """An expression whose value is a text."""
        simple: list[Callable[[int], Any]] = [self._word, self._ref]
        nested = [
            self._sub,
            self._sub_with_map,
            self._join,
            self._select,
            self._find,
            self._find_default,
            self._if,
        ]
        return self._random.choice(nested if depth else simple)(depth - 1)

    def texts(self, depth: int) -> Any:
        """An expression whose value is a list of texts."""
        if depth > 0:
            return self._random.choice([self._split, self._find_list, self._list])(
                depth - 1
            )
        return self._random.choice([{"Ref": "Names"}, ["l", "m", "n"]])

    def _word(self, depth: int) -> str:
        del depth
        return self._random.choice(WORDS)

    def _ref(self, depth: int) -> Any:
        del depth
        return {"Ref": self._random.choice([*PSEUDO, "Stage", "Size", "Path"])}

    def _condition(self) -> str:
        conditions: dict[str, Any] = TEMPLATE["Conditions"]
        return self._random.choice(list(conditions))

    def _sub(self, depth: int) -> Any:
        del depth
        names = self._random.sample([*PSEUDO, "Stage", "Size", "Path"], 2)
        return {"Fn::Sub": f"{names[0][:2]}-${{{names[0]}}}/${{{names[1]}}}"}

    def _sub_with_map(self, depth: int) -> Any:
        values = {"v": self.text(depth), "w": self.text(0)}
        return {"Fn::Sub": ["${v}.${Stage}.${w}", values]}

    def _join(self, depth: int) -> Any:
        delimiter = self._random.choice(["-", "", "/", ", "])
        parts = [self.text(max(depth, 0)), self.text(0), self.text(0)]
        whole = self._random.random() < 0.3
        return {"Fn::Join": [delimiter, self.texts(depth) if whole else parts]}

    def _select(self, depth: int) -> Any:
        index: Any = self._random.choice([0, 1, "0", "1"])
        return {"Fn::Select": [index, self.texts(depth)]}

    def _split(self, depth: int) -> Any:
        del depth
        path = {"Fn::Sub": self._random.choice(["${Path}/${Stage}", "a/${Path}"])}
        return {"Fn::Split": ["/", self._random.choice([{"Ref": "Path"}, path])]}

    def _list(self, depth: int) -> Any:
        return [self.text(max(depth, 0)), self.text(0)]

    def _find(self, depth: int) -> Any:
        del depth
        env: Any = self._random.choice([{"Ref": "Stage"}, "prod", "dev"])
        return self._random.choice(
            [
                {"Fn::FindInMap": ["Env", env, "suffix"]},
                {"Fn::FindInMap": ["Short", {"Ref": "AWS::Region"}, "name"]},
                {
                    "Fn::FindInMap": [
                        "Env",
                        {"Fn::FindInMap": ["Env", env, "next"]},
                        "suffix",
                    ]
                },
            ]
        )

    def _find_list(self, depth: int) -> Any:
        del depth
        return {"Fn::FindInMap": ["Env", {"Ref": "Stage"}, "zones"]}

    def _find_default(self, depth: int) -> Any:
        default = {"DefaultValue": self.text(max(depth, 0))}
        return {"Fn::FindInMap": ["Env", "nowhere", "suffix", default]}

    def _if(self, depth: int) -> Any:
        yes, no = self.text(max(depth, 0)), self.text(max(depth, 0))
        return {"Fn::If": [self._condition(), yes, no]}


def expressions() -> list[Any]:
    """Distinct expressions, from shallow to deep."""
    grammar = Grammar(20260118)
    found: dict[str, Any] = {}
    for depth in (1, 2, 3, 4):
        while len(found) < HOW_MANY * depth // 4:
            make = grammar.texts if len(found) % 5 == 0 else grammar.text
            expression = make(depth)
            found[json.dumps(expression)] = expression
    return list(found.values())


def template_of(written: dict[str, Any]) -> dict[str, Any]:
    """A template with a resource for each expression."""
    resources = {
        name: {"Type": "AWS::SQS::Queue", "Properties": {"P": expression}}
        for name, expression in written.items()
    }
    return {**TEMPLATE, "Resources": resources}


def by_flowguard(template: dict[str, Any], stage: str) -> dict[str, Any]:
    """What FlowGuard makes of each resource's property."""
    source = read_text(json.dumps(template), "t.json")
    found = source.resolve(inputs(parameters={"Stage": stage}), AccountState({}))
    return {name: r.properties["P"] for name, r in found.resources.items()}


def by_cfn_lint(template: dict[str, Any], stage: str) -> dict[str, Any]:
    """What cfn-lint makes of it; without what it does not work out to the end."""
    document, problems = decode_str(json.dumps(template))
    assert not problems
    linted = LintedTemplate("t.json", document, [PLACE.region])
    context = create_context_for_template(linted).evolve(
        ref_values={
            "AWS::AccountId": PLACE.account_id,
            "AWS::StackName": "app",
            "Stage": stage,
            "Size": "3",
            "Path": "one/two/three",
            "Names": ["red", "green", "blue"],
        }
    )
    validator = CfnTemplateValidator(schema={}, context=context, cfn=linted)
    found = {}
    for name, resource in document["Resources"].items():
        values = [v for v, *_ in validator.resolve_value(resource["Properties"]["P"])]
        if len(values) == 1 and not _holds_functions(values[0]):
            found[name] = values[0]
    return found


def _holds_functions(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return any(isinstance(item, dict) for item in items)


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_agreement(stage: str) -> None:
    """Wherever cfn-lint knows a value, ours is the same."""
    template = template_of({f"R{n}": e for n, e in enumerate(expressions())})
    ours, theirs = by_flowguard(template, stage), by_cfn_lint(template, stage)

    agreed = {name for name, value in theirs.items() if ours[name] == value}

    assert agreed == theirs.keys()
    assert len(agreed) >= AT_LEAST


def test_nothing_is_left_unknown() -> None:
    """Every generated expression has a value, as nothing in it is unknown."""
    template = template_of({f"R{n}": e for n, e in enumerate(expressions())})

    assert not list(find_unresolved(by_flowguard(template, "dev")))
