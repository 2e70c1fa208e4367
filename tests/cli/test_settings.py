"""One declaration of an option, and one way in which every command is told."""

from __future__ import annotations

import ast
import pathlib
import shlex
from collections.abc import Iterator
from importlib import import_module
from typing import get_type_hints

import pytest

import flowguard
from flowguard.cli.commands import COMMANDS, Preflight, Verify
from flowguard.cli.going_on import line
from flowguard.cli.groups import HEADINGS
from flowguard.cli.option import Option, Settings
from flowguard.cli.parse import parse

ROOT = pathlib.Path(flowguard.__file__).parent
DECLARE = {"commands", "groups", "option", "parse"}
"""The files that name options, and read none."""


def test_settings_do_not_change() -> None:
    settings = Preflight(stage="qa")

    with pytest.raises(AttributeError, match="frozen"):
        settings.stage = "prod"  # type: ignore[misc]
    assert settings.with_(stage="prod").stage == "prod"
    assert settings.stage == "qa"


def test_settings_have_the_fields_of_their_command_alone() -> None:
    with pytest.raises(TypeError, match="no field 'stagge'"):
        Preflight(stagge="qa")  # type: ignore[call-arg]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_run_with_its_settings(name: str) -> None:
    hints = get_type_hints(import_module(f"flowguard.cli.{name}").run)

    assert hints.pop("return") is int
    assert [*hints.values()] == [COMMANDS[name]]


def test_nobody_but_the_parser_knows_argparse() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if "import argparse" in path.read_text("utf-8")
    }

    assert users == {"cli/parse.py"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_that_a_command_takes_is_read(name: str) -> None:
    files = [*used(name, {*DECLARE})]

    read = {
        node.attr
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
        if {"settings", "_settings", "_chosen", "account"} & set(owner(node.value))
    }

    assert COMMANDS[name].options.keys() <= read


def owner(node: ast.expr) -> Iterator[str]:
    """What an attribute is read of: `settings`, or `_settings` of `self`."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr


def used(name: str, seen: set[str]) -> Iterator[pathlib.Path]:
    """The file of a command, and those of the same room that it imports, and so on."""
    path = ROOT / "cli" / f"{name}.py"
    if name in seen or not path.exists():
        return
    seen.add(name)
    yield path
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "flowguard.cli":
                for alias in node.names:
                    yield from used(alias.name, seen)
            elif node.module.startswith("flowguard.cli."):
                yield from used(node.module.rpartition(".")[2], seen)


def options() -> Iterator[tuple[str, Option]]:
    """Every option of every command."""
    for name, kind in COMMANDS.items():
        yield from ((name, option) for option in kind.options.values())


def test_what_is_one_input_is_described_once() -> None:
    texts: dict[str, set[str]] = {}
    for _, option in options():
        if option.input:
            texts.setdefault(option.input, set()).add(option.input_help or option.help)

    assert not {name: said for name, said in texts.items() if len(said) > 1}


def test_every_option_stands_under_a_heading_of_the_help() -> None:
    assert {option.group for _, option in options()} <= {*HEADINGS}


def test_a_line_that_is_shown_says_the_same() -> None:
    given = Verify(
        stack_name="-odd",
        check=("a", "b c"),
        template=pathlib.Path("t.yaml"),
        output=(("json", pathlib.Path("r.json")),),
        timeout=90.0,
        no_rollback=True,
    )

    shown: Settings = parse(shlex.split(line(given))[1:])

    assert vars(shown) == vars(given)
