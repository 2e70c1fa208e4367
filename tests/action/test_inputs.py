"""Inputs: what they become, and what is told of those that are wrong."""

from __future__ import annotations

import pytest

from flowguard.action import inputs
from flowguard.action.inputs import INPUTS
from flowguard.cli.parser import build_parser
from flowguard.errors import UsageError


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
    ],
)
def test_what_is_wrong_is_named_as_the_user_spells_it(
    given: dict[str, str], message: str, advice: str
) -> None:
    with pytest.raises(UsageError, match=message) as error:
        inputs.read(given)

    assert advice in error.value.help


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
