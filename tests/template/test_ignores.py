"""Comments and metadata that tell rules to be silent."""

from __future__ import annotations

from textwrap import dedent

from flowguard.model.changes import Ignore
from flowguard.model.places import Location
from flowguard.template.ignores import ignores
from flowguard.template.text import parse


def found(text: str) -> tuple[Ignore, ...]:
    """The ignores of a template that is dedented first."""
    text = dedent(text).lstrip("\n")
    return ignores(text, "t.yaml", parse(text, "t.yaml"))


def test_comment_on_a_value() -> None:
    """A comment behind a value speaks of that line."""
    assert found("""
        Resources:
          T:
            Properties:
              TableName: users  # flowguard: ignore[name-taken] adopted by hand
        """) == (Ignore(("name-taken",), "adopted by hand", Location("t.yaml", 4)),)


def test_comment_above() -> None:
    """A comment on a line of its own speaks of the next written line."""
    assert found("""
        Resources:
          T:
            Properties:
              # flowguard: ignore[a, b]

              # and some words
              TableName: users
        """) == (Ignore(("a", "b"), "", Location("t.yaml", 7)),)


def test_comment_on_a_resource() -> None:
    """On the line of a logical id it speaks of the whole resource."""
    one = Ignore(("a",), "old", None, "One")
    two = Ignore(("b",), "", None, "Two")

    assert found("""
        Resources:
          One:  # flowguard: ignore[a] old
            Type: X
          # flowguard: ignore[b]
          Two:
            Type: X
        """) == (one, two)


def test_metadata() -> None:
    """Metadata of a resource speaks of that resource, also in JSON."""
    text = """
        {"Resources": {"One": {"Metadata": {"flowguard":
            {"ignore": ["a", "b"], "reason": "kept"}}}}}
        """

    assert found(text) == (Ignore(("a", "b"), "kept", None, "One"),)


def test_what_ignores_nothing_is_told() -> None:
    """A comment that names no rule ignores nothing, and says where it is."""
    (ignore,) = found("""
        Resources:
          One: {}
          Two: {Type: X}  # flowguard: ignore all of it
        """)[-1:]

    assert ignore.rule_ids == ()
    assert ignore.reason == "ignore all of it"


def test_serverless_resources() -> None:
    """Logical ids under Serverless's `resources` count too, lines of others by name."""
    text = dedent("""\
        functions:
          api: {}  # flowguard: ignore[a]
        resources:
          Resources:
            T: {}  # flowguard: ignore[b]
        """)

    got = ignores(text, "s.yml", parse(text, "s.yml"), {2: "ApiLambdaFunction"})

    assert [(i.logical_id, i.rule_ids) for i in got] == [
        ("ApiLambdaFunction", ("a",)),
        ("T", ("b",)),
    ]


def test_hash_inside_a_word_is_no_comment() -> None:
    """Only a comment is a comment."""
    assert (
        found("""
        Resources:
          One: {Type: 'x#flowguard: ignore[a]'}
        """)
        == ()
    )
