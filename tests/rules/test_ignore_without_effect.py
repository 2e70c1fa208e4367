"""The rule `ignore-without-effect`."""

from __future__ import annotations

import pytest
from kit import check, no_stack, planner

from flowguard.rules import BUILTIN, EVERY
from flowguard.rules.ignore_without_effect import IgnoreWithoutEffect

RULE = IgnoreWithoutEffect(["name-taken", "naming-drift"])


def found(comment: str = "", metadata: str = "{}") -> list[tuple[str, int]]:
    """What is said, and of which line."""
    text = f"""\
    Resources:
      Queue:
        Type: AWS::SQS::Queue
        Metadata: {metadata}
        Properties:
          QueueName: jobs  {comment}
    """
    findings = check(RULE, planner(text), no_stack()).findings
    return [(f.message, f.location.line) for f in findings]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        (
            "# flowguard: ignore[name-takn] known",
            "there is no rule 'name-takn' to ignore; did you mean 'name-taken'?",
        ),
        ("# flowguard: ignore[W1] why", "there is no rule 'W1' to ignore"),
        (
            "# flowguard: ignore name-taken",
            "this ignores nothing ('ignore name-taken'): it names no rule",
        ),
        ("# flowguard: ignore[]", "this ignores nothing: it names no rule"),
    ],
)
def test_a_comment_that_silences_nothing(comment: str, message: str) -> None:
    assert found(comment) == [(message, 6)]


def test_metadata_that_silences_nothing() -> None:
    ((message, line),) = found(metadata="{flowguard: {ignore: [nonesuch]}}")

    assert "'nonesuch'" in message
    assert line == 2


@pytest.mark.parametrize(
    "comment",
    [
        "# flowguard: ignore[name-taken] adopted by hand",
        "# flowguard: ignore[naming-drift, ignore-without-effect]",
        "# an ordinary comment",
    ],
)
def test_a_comment_that_does(comment: str) -> None:
    assert found(comment) == []


def test_the_listed_rule_knows_all_rules() -> None:
    (listed,) = (rule for rule in BUILTIN if isinstance(rule, IgnoreWithoutEffect))

    assert listed.known == {rule.id for rule in EVERY}
