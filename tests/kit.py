"""What a rule's author needs to test a rule: a template, answers, and the result.

Nothing is mocked: the template is read, the plan made and the engine run as for a
user; the answers are those that the test gives. A question that the test does not
expect fails it.
"""

from __future__ import annotations

import pathlib
import textwrap
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from flowguard import engine, template
from flowguard.engine import Policy
from flowguard.lookups import (
    DeployedTemplate,
    Stack,
    StackNamed,
    StackResource,
    StackResources,
)
from flowguard.model.places import Place
from flowguard.model.questions import Absent, Lookup, Observed, Present
from flowguard.model.results import RuleResult
from flowguard.naming import Convention
from flowguard.plan import Plan, Planner
from flowguard.rules import Rule
from flowguard.template import cloudformation

PLACE = Place("123456789012", "eu-central-1")
NOW = datetime(2026, 1, 18, 12, tzinfo=UTC)

Answers = Mapping[Lookup[Any], Observed[Any]]


def stack_id(name: str) -> str:
    """The id of a stack of that name, always the same."""
    return f"arn:aws:cloudformation:{PLACE.region}:{PLACE.account_id}:stack/{name}/0a1b"


def stack(name: str = "app", status: str = "UPDATE_COMPLETE", **more: Any) -> Stack:
    """A stack as `DescribeStacks` would show it."""
    return Stack(name, stack_id(name), status, **more)


def deployed(
    now: Stack, text: str = "", resources: Iterable[StackResource] = ()
) -> Answers:
    """The answers that make the plan an update of a stack."""
    return {
        StackNamed(PLACE, now.name): Present(now),
        StackResources(PLACE, now.name): Present(tuple(resources)),
        DeployedTemplate(PLACE, now.name): Present(textwrap.dedent(text)),
    }


def no_stack(name: str = "app") -> Answers:
    """The answers that make the plan a creation."""
    questions = (StackNamed, StackResources, DeployedTemplate)
    return {question(PLACE, name): Absent() for question in questions}


def planner(text: str, **inputs: Any) -> Planner:
    """Plans for a CloudFormation template, for the stack `app` unless said."""
    convention = inputs.pop("convention", Convention())
    source = cloudformation.read_text(textwrap.dedent(text), "template.yaml")
    given = template.Inputs(place=PLACE, **{"stack_name": "app", **inputs})
    return Planner(source, given, NOW, convention)


def project(folder: pathlib.Path, files: Mapping[str, str], **inputs: Any) -> Planner:
    """Plans for a project of several files; the first is the template."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    convention = inputs.pop("convention", Convention())
    source = template.open_template(folder / next(iter(files)), folder)
    return Planner(source, template.Inputs(place=PLACE, **inputs), NOW, convention)


def check(
    rule: Rule[Plan], plans: Planner, answers: Answers, policy: Policy | None = None
) -> RuleResult:
    """Run one rule; a question without an answer in `answers` fails the test."""

    def observe(lookups: Collection[Lookup[Any]]) -> Answers:
        unexpected = [str(lookup) for lookup in lookups if lookup not in answers]
        assert not unexpected, f"asked what the test does not expect: {unexpected}"
        return {lookup: answers[lookup] for lookup in lookups}

    policies = {rule.id: policy} if policy else None
    (result,) = engine.run(plans.build, observe, [rule], policies).results
    assert not result.error, result.error
    return result
