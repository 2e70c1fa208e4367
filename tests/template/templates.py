"""Templates for tests, resolved as a run would, with the answers a test gives."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from typing import Any

from flowguard.model.places import Location, Place
from flowguard.model.questions import AccountState, Observed, Pending, Unresolved
from flowguard.template import Inputs, Template
from flowguard.template.cloudformation import read_text

PLACE = Place("123456789012", "eu-central-1")
Answers = Mapping[Any, Observed[Any]]


def inputs(**more: Any) -> Inputs:
    """The inputs of a deploy of the stack `app`."""
    return Inputs(**{"place": PLACE, "stack_name": "app", **more})


def resolve(text: str, answers: Answers | None = None, **more: Any) -> Template:
    """The template that `text` is, in the file `t.yaml`, worked out."""
    source = read_text(textwrap.dedent(text), "t.yaml")
    return source.resolve(inputs(**more), AccountState(answers or {}))


SURROUNDINGS = {
    "Parameters": {
        "Stage": {"Type": "String", "Default": "dev"},
        "Count": {"Type": "Number", "Default": 3},
        "Zones": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
        "Open": {"Type": "String"},
        "Secret": {"Type": "String", "NoEcho": True, "Default": "hunter2"},
    },
    "Mappings": {
        "Sizes": {
            "dev": {"name": "small", "zones": ["x", "y"], "count": 1},
            "eu-central-1": {"short": "euc1"},
        }
    },
    "Conditions": {
        "IsDev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]},
        "IsOpen": {"Fn::Equals": [{"Ref": "Open"}, "yes"]},
        "Never": {"Fn::Equals": ["a", "b"]},
    },
}
"""Sections that expressions of tests may refer to."""

OTHERS = {
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}},
    "Nameless": {"Type": "AWS::SQS::Queue"},
    "Absent": {"Type": "AWS::SNS::Topic", "Condition": "Never"},
}
"""Resources that expressions of tests may refer to."""


def value(expression: object, answers: Answers | None = None, **more: Any) -> Any:
    """What `expression` comes to as a property; None where it leaves it out."""
    resource = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": expression}}
    template = {**SURROUNDINGS, "Resources": {**OTHERS, "It": resource}}
    found = resolve(json.dumps(template), answers, **more).resources["It"]
    return found.properties.get("QueueName")


def reason(unresolved: object) -> str:
    """Why a value is not known; fails where it is known."""
    assert isinstance(unresolved, Unresolved), unresolved
    return "" if isinstance(unresolved.cause, Pending) else unresolved.cause.reason


def at(line: int, column: int) -> tuple[str, int, int]:
    """A place in `t.yaml`, to compare with `start`."""
    return "t.yaml", line, column


def start(location: Location | None) -> tuple[str, int, int]:
    """Where a place begins."""
    assert location is not None
    return location.path, location.line, location.column
