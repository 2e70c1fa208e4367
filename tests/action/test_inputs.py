"""Inputs: what they become, and what is told of those that are wrong."""

from __future__ import annotations

import ast
import json
import pathlib
import re
from collections.abc import Iterator

import pytest

import flowguard
from flowguard.action import inputs
from flowguard.action.inputs import INPUTS
from flowguard.cli.parser import build_parser
from flowguard.config import parse as parse_config
from flowguard.errors import UsageError
from flowguard.targets import matrix


def variables(**given: str) -> dict[str, str]:
    """The inputs as the runner hands them to a container."""
    return {f"INPUT_{k.upper().replace('_', '-')}": v for k, v in given.items()}


def options(**given: str) -> list[str]:
    """The options that the inputs become."""
    return list(inputs.options(inputs.read(variables(**given))))


@pytest.mark.parametrize(
    ("given", "message", "advice"),
    [
        ({"INPUT_FAIL_ON": "error"}, "no input 'fail_on'", "did you mean fail-on?"),
        ({"INPUT_STACK": "app"}, "no input 'stack'", "stack-name"),
        (
            variables(fail_on="eror"),
            "input 'fail-on' is 'eror'",
            "did you mean error? write one of error, warning, info, never",
        ),
        (variables(strict="yes"), "input 'strict' is 'yes'", "true, false"),
        (variables(offline="off"), "input 'offline' is 'off'", "auto, true, false"),
        (variables(pr_comment="true"), "input 'pr-comment' is 'true'", "on-findings"),
        (variables(command="preflite"), "input 'command' is", "did you mean preflight"),
        (
            variables(capabilities="CAPABILITY_IAM\nCAPABILITY_NAME_IAM"),
            "input 'capabilities' is 'CAPABILITY_NAME_IAM'",
            "did you mean CAPABILITY_NAMED_IAM?",
        ),
        (
            variables(parameter_overrides="Stage=prod\nDebug"),
            "input 'parameter-overrides' has a line without a value: 'Debug'",
            "Name=Value",
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
    with pytest.raises(UsageError, match=message) as error:
        inputs.read(given)

    assert advice in error.value.help


@pytest.mark.parametrize(
    "line",
    ["Ids=a,b", "Url=https://x/?a=1&b=2", "Opts=-Xmx1g -Da=b", "A=x, y", "A="],
)
def test_a_value_with_commas_stays_one(line: str) -> None:
    assert f"--parameter={line}" in options(parameter_overrides=line)


def test_a_line_in_quotes_is_one_value() -> None:
    line = "Tags=team=web,stage=prod"

    assert f"--parameter={line}" in options(parameter_overrides=f'"{line}"')


def test_a_matrix_s_parameters_are_read_as_they_were_written() -> None:
    value = "team=web,stage=prod"
    text = f"targets: [{{template: t, parameters: {{Tags: '{value}'}}}}]"
    config = parse_config(text, "flowguard.yml")
    (entry,) = json.loads(matrix(config.jobs))["include"]

    given = options(parameter_overrides=entry["parameter-overrides"])

    assert f"--parameter=Tags={value}" in given


SOURCES = pathlib.Path(flowguard.__file__).parent
ROOMS = ("aws", "cli", "config", "guard", "plan", "rollback", "smoke", "template")
OF_A_TERMINAL = {"commands.py", "options.py", "parser.py", "release.py", "going_on.py"}


def test_no_error_speaks_of_an_option_that_is_an_input() -> None:
    """Each text in the code that may be in an error, as far as it is written there."""
    ours = {entry.option for entry in INPUTS if entry.option} | {"--offline"}
    spoken = {text: inputs.in_words_of_inputs(text) for text in texts()}

    left = [
        text
        for text, words in spoken.items()
        if ours & set(re.findall(r"--[a-z][a-z-]*", OTHER_TOOLS.sub("", words)))
    ]

    assert len(spoken) > 20
    assert not left


OTHER_TOOLS = re.compile(
    r"(?:aws|sam|cdk|flowguard (?:guard|permissions)) [^`\n]*", re.MULTILINE
)


def texts() -> Iterator[str]:
    """The texts of errors that name an option."""
    for room in ROOMS:
        for path in (SOURCES / room).rglob("*.py"):
            if path.name in OF_A_TERMINAL:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    found = written(node) if node.func.id.endswith("Error") else ()
                    yield from (text for text in found if "--" in text)


def written(call: ast.Call) -> Iterator[str]:
    """The texts that a call is given, with `X` in place of what is put in."""
    for given in [*call.args, *(keyword.value for keyword in call.keywords)]:
        if isinstance(given, ast.JoinedStr):
            parts = (getattr(part, "value", "X") for part in given.values)
            yield "".join(part if isinstance(part, str) else "X" for part in parts)
        elif isinstance(given, ast.Constant) and isinstance(given.value, str):
            yield given.value


def test_an_empty_input_has_its_default() -> None:
    """As one whose expression came to nothing."""
    assert inputs.read(variables(fail_on="", offline=" ")) == inputs.read({})


def test_what_the_runner_gives_to_every_container_is_no_mistake() -> None:
    assert inputs.read({"INPUT_ARGS": "x", "INPUT_ENTRYPOINT": "y"})


def test_without_inputs_the_command_line_has_its_defaults() -> None:
    given = build_parser().parse_args(["preflight", *options()])

    assert given == build_parser().parse_args(["preflight"])


def test_inputs_become_options() -> None:
    given = options(
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

    arguments = build_parser().parse_args(["preflight", *given])
    assert arguments.template == "a b.yaml"
    assert arguments.stack_name == "app"
    assert arguments.stage == "prod"
    assert arguments.parameter == ["A=1", "B=x=y, z"]
    assert arguments.capability == ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    assert arguments.role_arn == "arn:r"
    assert arguments.region == "eu-central-1"
    assert arguments.assume_role == "arn:a"
    assert arguments.fail_on == "never"
    assert arguments.strict
    assert arguments.accept == ["name-taken"]
    assert arguments.config == "f.yml"


@pytest.mark.parametrize("value", ["--help", "-x", "a --strict", "=", '"'])
def test_a_value_is_never_taken_for_an_option(value: str) -> None:
    arguments = build_parser().parse_args(["preflight", *options(stack_name=value)])

    assert arguments.stack_name == value
    assert not arguments.strict


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("add --stack-name NAME", "add stack-name: NAME"),
        ("give --region, or set AWS_REGION", "give aws-region, or set AWS_REGION"),
        ("--assume-role is wrong", "role-to-assume is wrong"),
        ("alone with --offline", "alone with offline: true"),
        ("write --stack-name orders, or", "write stack-name: orders, or"),
        ("--stack-name names nothing", "stack-name names nothing"),
        ("grant it: --capability X", "grant it: `capabilities: X`"),
        (
            "the compiled template: --template .serverless/x.json",
            "the compiled template: `template: .serverless/x.json`",
        ),
        ("--keep 'x' is no place in S3", "keep: 'x' is no place in S3"),
        ("write --keep s3://B/P", "write keep: s3://B/P"),
        ("run this with --approve abc123", "run this with approve: abc123"),
        (
            "aws ssm get-parameter --name x --region eu-west-1",
            "aws ssm get-parameter --name x --region eu-west-1",
        ),
        (
            "take one before: flowguard snapshot --output FILE",
            "take one before: command: snapshot, snapshot: FILE",
        ),
        (
            "what `flowguard preflight --output json=PATH` wrote",
            "what `command: preflight, report-file: PATH` wrote",
        ),
        (
            "see: flowguard rollback --stack-name orders --dry-run",
            "see: command: rollback, stack-name: orders, dry-run: true",
        ),
        (
            "grant what `flowguard permissions` prints",
            "grant what `flowguard permissions` prints",
        ),
        (
            "with --keep s3://BUCKET/PREFIX or --kms-key ARN",
            "with keep: s3://BUCKET/PREFIX",
        ),
        ("--accept: there is no rule", "accept: there is no rule"),
        (
            "--window '9x' is no number of minutes",
            "window: '9x' is no number of minutes",
        ),
        ("correct --stack-name: letters", "correct stack-name: letters"),
    ],
)
def test_options_are_called_by_the_names_of_inputs(text: str, words: str) -> None:
    assert inputs.in_words_of_inputs(text) == words


def test_every_option_of_the_command_is_an_input_or_has_no_use_in_a_job() -> None:
    """A new option asks for a decision here."""
    arguments = vars(build_parser().parse_args(["preflight"]))
    ours = {entry.option.removeprefix("--").replace("-", "_") for entry in INPUTS}
    by_other_means = {"command", "offline", "output", "format"}  # other inputs
    of_a_terminal = {"profile", "quiet", "verbose", "no_color"}

    assert arguments.keys() - ours == by_other_means | of_a_terminal
