"""Inputs: what they become, and what is told of those that are wrong."""

from __future__ import annotations

import ast
import json
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import pytest

import flowguard
from flowguard.action import inputs
from flowguard.action.words import Inputs
from flowguard.cli.commands import COMMANDS, Preflight
from flowguard.cli.parse import parse
from flowguard.config import parse as parse_config
from flowguard.errors import UsageError
from flowguard.spoken import Surface, either, speaking
from flowguard.targets import matrix


def variables(**given: str) -> dict[str, str]:
    """The inputs as the runner hands them to a container."""
    return {f"INPUT_{k.upper().replace('_', '-')}": v for k, v in given.items()}


def told(**given: str) -> Any:
    """The settings that the inputs become."""
    with speaking(Inputs(given.get("command", "preflight"))):
        return inputs.settings(inputs.read(variables(**given)))


@pytest.mark.parametrize(
    ("given", "message", "advice"),
    [
        (
            {"INPUT_FAIL_ON": "error"},
            "no input 'fail_on'; did you mean 'fail-on'",
            "fail-on",
        ),
        ({"INPUT_STACK": "app"}, "no input 'stack'", "stack-name"),
        (
            variables(fail_on="eror"),
            "input 'fail-on' is 'eror'; did you mean 'error'",
            "write one of error, warning, info, never",
        ),
        (variables(strict="yes"), "input 'strict' is 'yes'", "true, false"),
        (variables(offline="off"), "input 'offline' is 'off'", "auto, true, false"),
        (variables(pr_comment="true"), "input 'pr-comment' is 'true'", "on-findings"),
        (variables(command="preflite"), "did you mean 'preflight'", "merge"),
        (
            variables(capabilities="CAPABILITY_IAM\nCAPABILITY_NAME_IAM"),
            "input 'capabilities' is 'CAPABILITY_NAME_IAM'; did you mean",
            "CAPABILITY_NAMED_IAM",
        ),
        (
            variables(parameter_overrides="Stage=prod\nDebug"),
            "parameter-overrides 'Debug' has no value",
            "write parameter-overrides: Debug=VALUE",
        ),
        (
            variables(parameter_overrides="Stage=prod,Debug=s3cret"),
            "has a line in the syntax of another tool: Stage, Debug$",
            "write one a line:\n  Stage=...\n  Debug=...\n",
        ),
        (
            variables(parameter_overrides='Ids="a,b",Debug=1'),
            "has a line in the syntax of another tool: Ids, Debug$",
            "  Ids=...\n  Debug=...\n",
        ),
        (
            variables(parameter_overrides="Stage=prod Debug=1"),
            "has a line in the syntax of another tool: Stage, Debug$",
            "in double quotes",
        ),
        (
            variables(parameter_overrides="ParameterKey=Stage,ParameterValue=prod"),
            "has a line in the syntax of another tool: Stage$",
            "  Stage=...\n",
        ),
    ],
)
def test_what_is_wrong_is_named_as_the_user_spells_it(
    given: dict[str, str], message: str, advice: str
) -> None:
    with (
        speaking(Inputs("preflight")),
        pytest.raises(UsageError, match=message) as error,
    ):
        inputs.settings(inputs.read(given))

    assert advice in error.value.help


@pytest.mark.parametrize(
    "line",
    ["Ids=a,b", "Url=https://x/?a=1&b=2", "Opts=-Xmx1g -Da=b", "A=x, y", "A="],
)
def test_a_value_with_commas_stays_one(line: str) -> None:
    name, _, value = line.partition("=")
    assert told(parameter_overrides=line).parameter == {name: value}


def test_a_line_in_quotes_is_one_value() -> None:
    line = "Tags=team=web,stage=prod"

    parameters = told(parameter_overrides=f'"{line}"').parameter
    assert parameters == {"Tags": "team=web,stage=prod"}


def test_a_matrix_s_parameters_are_read_as_they_were_written() -> None:
    value = "team=web,stage=prod"
    text = f"targets: [{{template: t, parameters: {{Tags: '{value}'}}}}]"
    config = parse_config(text, "flowguard.yml")
    (entry,) = json.loads(matrix(config.jobs))["include"]

    given = told(parameter_overrides=entry["parameter-overrides"])

    assert given.parameter == {"Tags": value}


SOURCES = pathlib.Path(flowguard.__file__).parent
OURS = {f"--{o.key}" for kind in COMMANDS.values() for o in kind.options.values()}
OF_A_TERMINAL = {"--verbose"}
OTHER_TOOLS = re.compile(r"(?:aws|sam|cdk) [^`\n]*", re.MULTILINE)
WORD = re.compile(r"--[a-z][a-z0-9-]*")


def test_no_error_writes_an_option_in_the_words_of_one_surface() -> None:
    """Each names it by its key, and whoever shows the error has a word for it."""
    seen = [*texts()]

    wrong = [
        text
        for text in seen
        if (OURS - OF_A_TERMINAL) & set(WORD.findall(OTHER_TOOLS.sub("", text)))
    ]

    assert len(seen) > 200
    assert not wrong


def texts() -> Iterator[str]:
    """The texts of errors, as far as they are written there."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name)) if name.endswith("Error"):
                    yield from written(node)


def written(call: ast.Call) -> Iterator[str]:
    """The texts that a call is given."""
    for given in [*call.args, *(keyword.value for keyword in call.keywords)]:
        for node in ast.walk(given):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_an_empty_input_has_its_default() -> None:
    """As one whose expression came to nothing."""
    assert inputs.read(variables(fail_on="", offline=" ")) == inputs.read({})


def test_what_the_runner_gives_to_every_container_is_no_mistake() -> None:
    assert inputs.read({"INPUT_ARGS": "x", "INPUT_ENTRYPOINT": "y"})


def test_without_inputs_the_command_line_has_its_defaults() -> None:
    assert vars(told()) == vars(parse(["preflight"]))


def test_inputs_become_settings() -> None:
    given = told(
        template="a b.yaml",
        stack_name="app",
        stage="prod",
        parameter_overrides="A=1\n\n  B=x=y, z  \n",
        capabilities="CAPABILITY_IAM\nCAPABILITY_AUTO_EXPAND",
        role_arn="arn:r",
        aws_region="eu-central-1",
        role_to_assume="arn:a",
        fail_on="never",
        strict="true",
        accept="name-taken",
        config="f.yml",
    )

    assert vars(given) == vars(
        Preflight(
            template=pathlib.Path("a b.yaml"),
            stack_name="app",
            stage="prod",
            parameter={"A": "1", "B": "x=y, z"},
            capability=("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
            role_arn="arn:r",
            region="eu-central-1",
            assume_role="arn:a",
            fail_on="never",
            strict=True,
            accept=("name-taken",),
            config=pathlib.Path("f.yml"),
        )
    )


@pytest.mark.parametrize("value", ["--help", "-x", "a --strict", "=", '"'])
def test_a_value_is_never_taken_for_an_option(value: str) -> None:
    assert told(stack_name=value).stack_name == value
    assert not told(stack_name=value).strict


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("stack-name", "NAME", "stack-name: NAME"),
        ("region", "", "aws-region"),
        ("trigger", "", "alarms"),
        ("snapshot", "FILE", "snapshot: FILE"),
        ("output", "json=PATH", "report-file: PATH"),
        ("kms-key", "ARN", ""),
    ],
)
def test_options_are_called_by_the_names_of_inputs(
    key: str, value: str, words: str
) -> None:
    assert Inputs("preflight").option(key, value) == words


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("snapshot", {"output": "FILE"}, "command: snapshot, snapshot: FILE"),
        (
            "rollback",
            {"stack-name": "orders", "dry-run": ""},
            "command: rollback, stack-name: orders, dry-run: true",
        ),
        (
            "preflight",
            {"output": "json=FILE"},
            "command: preflight, report-file: FILE",
        ),
        ("guard", {"stack-name": "x"}, "flowguard guard --stack-name x"),
    ],
)
def test_commands_are_called_by_the_names_of_inputs(
    name: str, options: dict[str, str], words: str
) -> None:
    assert Inputs("").command(name, options) == words


def test_a_way_that_a_workflow_has_not_is_not_told_it() -> None:
    ways = (("keep", "URL"), ("kms-key", "ARN"))

    with speaking(Surface()):
        assert either(*ways) == "--keep URL or --kms-key ARN"
    with speaking(Inputs("snapshot")):
        assert either(*ways) == "keep: URL"


def test_every_option_of_the_command_is_an_input_or_has_no_use_in_a_job() -> None:
    """A new option asks for a decision here."""
    left = {name for name, option in Preflight.options.items() if not option.input}
    by_other_means = {"offline", "output", "format"}  # other inputs
    of_a_terminal = {"profile", "quiet", "verbose", "no_color"}

    assert left == by_other_means | of_a_terminal
