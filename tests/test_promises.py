"""What the docs promise is held by tests that are there."""

from __future__ import annotations

import ast
import pathlib
import re
from functools import cache

import pytest

ROOT = pathlib.Path(__file__).parent.parent
PAGE = ROOT / "docs" / "security.md"
PAGES = (
    "README",
    "action.md",
    "fleet.md",
    "hidden-values.md",
    "rollback.md",
    "smoke.md",
)
NO_PROMISES = ("`--fail-on never` later", "what was never saved")
"""Sentences with "never" that say something else."""


def rows(title: str) -> list[list[str]]:
    """The rows of the table under a title."""
    part = PAGE.read_text(encoding="utf-8").partition(f"## {title}\n")[2]
    table = [
        line for line in part.partition("\n## ")[0].splitlines() if line[:1] == "|"
    ]
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in table[2:]
    ]


THREATS, PROMISES = rows("Threats"), rows("Promises of the other pages")
TESTS = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def page(name: str) -> str:
    """The text of a page, without its examples, on one line."""
    path = ROOT / "README.md" if name == "README" else ROOT / "docs" / name
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    made = re.compile(r"<!-- made: \w+ -->.*?<!-- /made -->", re.DOTALL)
    return " ".join(made.sub("", text).split())


@cache
def names_in(path: str) -> set[str]:
    """The tests in a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return {node.name for node in nodes if node.name.startswith("test_")}


@pytest.mark.parametrize("row", [*THREATS, *PROMISES], ids=lambda row: row[1][:40])
def test_each_is_held_by_tests_that_are_there(row: list[str]) -> None:
    _, promise, held_by = row

    named = TESTS.findall(held_by)

    assert promise
    assert named
    assert ", ".join(f"`{path}::{name}`" for path, name in named) == held_by
    for path, name in named:
        assert name in names_in(path), f"{path} has no {name}"


@pytest.mark.parametrize("row", PROMISES, ids=lambda row: row[1][:40])
def test_each_promise_is_made_where_it_is_said_to_be(row: list[str]) -> None:
    name = row[0][1:].partition("]")[0]

    assert row[1] in page(name)


@pytest.mark.parametrize("name", PAGES)
def test_what_must_never_happen_is_held_by_a_test(name: str) -> None:
    """Each sentence with that word is a promise, and has a row."""
    made = [*NO_PROMISES, *(row[1] for row in PROMISES if row[0][1:].startswith(name))]
    sentences = re.split(r"(?<=[.:;|])\s", page(name))

    open_ = [
        sentence
        for sentence in sentences
        if re.search(r"\bnever\b", sentence)
        and not any(promise in sentence or sentence in promise for promise in made)
    ]

    assert not open_


def test_the_first_promises_are_those_on_calls_and_secrets() -> None:
    assert [row[1] for row in PROMISES[:2]] == [
        "every call to AWS is a read",
        "no secret is read or decrypted",
    ]
