"""The command lines that a report names can be run as they stand."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import flowguard
from flowguard.action import going_on as in_action
from flowguard.action.input import INPUTS
from flowguard.cli import going_on
from flowguard.cli.commands import COMMANDS
from flowguard.cli.option import Settings
from flowguard.cli.parse import parse

PLAN = "0123456789abcdef"
STACK = "arn:aws:cloudformation:eu-central-1:111122223333:stack/orders/5f0"
GIVEN = {
    "verify": "--stack-name orders --region eu-central-1 --snapshot before.json",
    "rollback": "--stack-name orders --snapshot before.json --snapshot-digest=sha256:1",
    "deploy": "--stack-name orders --profile shop --snapshot before.json",
    "guard": "--stack-name orders --snapshot before.json -- npx serverless deploy",
}


def parsed(line: str) -> Any:
    """What a command line says; one that is refused ends the test."""
    program, *argv = shlex.split(line)
    assert program == "flowguard"
    return parse(argv)


def settings(command: str, given: str = "") -> Settings:
    """What `main` hands to a command."""
    return parse([command, *shlex.split(given or GIVEN[command])])


@pytest.mark.parametrize("command", GIVEN)
def test_a_plan_is_approved_by_a_command_that_takes_it(command: str) -> None:
    said = going_on.commands(settings(command)).approval(STACK, PLAN)

    line = parsed(said.removeprefix("read the plan, then run: "))
    assert line.approve == PLAN
    assert line.stack_name == "orders"
    assert line.snapshot == Path("before.json")
    own = command in {"verify", "rollback"}
    assert line.command() == (command if own else "rollback")


def test_a_guarded_command_is_not_run_again_by_what_goes_on() -> None:
    again = going_on.commands(settings("guard")).again

    line = parsed(again.removeprefix("run: "))
    assert (line.command(), line.stack_name) == ("verify", "orders")


def test_what_follows_a_guarded_command_tests_and_goes_back_to_the_same() -> None:
    given = (
        "--stack-name orders --region eu-west-1 --snapshot before.json --stage prod "
        "--template packaged.yaml --spec a.yml --check health --check users --tag fast "
        "--base https://me:canary1@example.com --variable key=canary2 "
        "--parameter Password=canary3"
    )

    found = going_on.commands(settings("guard", given))
    verify = parsed(found.again.removeprefix("run: "))
    rollback = parsed(found.back(STACK).removeprefix("run: "))

    assert (verify.command(), rollback.command()) == ("verify", "rollback")
    for line in (verify, rollback):
        assert (line.region, line.snapshot) == ("eu-west-1", Path("before.json"))
    files = (verify.template, verify.spec)
    assert (verify.stage, *files) == ("prod", Path("packaged.yaml"), Path("a.yml"))
    assert (verify.check, verify.tag) == (("health", "users"), ("fast",))
    assert (verify.variable, verify.parameter) == ({"key": "..."}, {"Password": "..."})
    assert "canary" not in found.again


def test_a_deploy_is_approved_by_itself() -> None:
    said = going_on.approve_change_set(settings("deploy"), PLAN)

    assert parsed(said.removeprefix("run: ")).command() == "deploy"


def test_an_earlier_approval_and_a_dry_run_are_left_out() -> None:
    given = "--stack-name orders --dry-run --approve 1 --snapshot before.json"

    said = going_on.commands(settings("rollback", given)).approve(STACK, PLAN)

    assert said == (
        f"run: flowguard rollback --stack-name orders --snapshot before.json "
        f"--approve {PLAN}"
    )


def test_no_secret_is_repeated() -> None:
    given = (
        "--stack-name orders --parameter Password=canary1 --variable=key=canary2 "
        "--base https://me:canary3@example.com --stack-tag team=canary4"
    )

    said = going_on.approve_change_set(settings("deploy", given), PLAN)

    assert "canary" not in said
    assert "Password=..." in said


@pytest.mark.parametrize("command", ["verify", "rollback", "deploy"])
def test_a_workflow_is_told_of_inputs_that_there_are(command: str) -> None:
    known = {entry.name: entry.commands for entry in INPUTS}

    said = in_action.commands(settings(command)).approval(STACK, PLAN)

    assert f"approve: {PLAN}" in said
    named = set(re.findall(r"([a-z-]+): ", said))
    assert named <= known.keys()
    assert "--" not in said


# --- every text in the code that names a command of ours -------------------------------

_LINE = re.compile(r"flowguard ([a-z]+)((?: +[^\s,;()`]+)*)")


def texts() -> Iterator[tuple[str, str]]:
    """Each string of the code, joined as Python joins it, and where it stands."""
    root = Path(flowguard.__file__).parent
    for path in sorted(root.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            where = f"{path.relative_to(root)}:{getattr(node, 'lineno', 0)}"
            match node:
                case ast.Constant(value=str(text)):
                    yield where, text
                case ast.JoinedStr(values=parts):
                    yield (
                        where,
                        "".join(
                            str(p.value) if isinstance(p, ast.Constant) else "X"
                            for p in parts
                        ),
                    )
                case _:
                    pass


def options_of(command: str) -> set[str]:
    """The options that a command takes."""
    kind = COMMANDS[command]
    return {"--help", *(f"--{option.key}" for option in kind.options.values())}


def test_each_text_that_names_a_command_names_options_that_it_takes() -> None:
    wrong, seen = [], 0
    for where, text in texts():
        for command, rest in _LINE.findall(text):
            named = re.findall(r"(?<!\S)--[a-z][a-z0-9-]*", rest.partition(" -- ")[0])
            if command not in COMMANDS or not named:
                continue
            seen += 1
            missing = set(named) - options_of(command)
            wrong += [f"{where}: flowguard {command} {option}" for option in missing]

    assert not wrong
    assert seen > 10
