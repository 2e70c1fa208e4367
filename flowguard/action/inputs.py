"""The inputs of the Action, as action.yml and the README list them.

GitHub checks none of them: `required` is not enforced, and of an unknown input it
only warns. What is wrong with one is told with its name as the user writes it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flowguard.errors import UsageError

PREFIX = "INPUT_"
_RUNNERS_OWN = frozenset({"args", "entrypoint"})
"""Inputs of every container action: the runner takes them itself."""

_BOOLEAN = ("true", "false")
_REPORTING = ("preflight", "merge")
"""The commands that end in a report and a verdict."""
_CAPABILITIES = (
    "CAPABILITY_IAM",
    "CAPABILITY_NAMED_IAM",
    "CAPABILITY_AUTO_EXPAND",
)


@dataclass(frozen=True, slots=True)
class Input:
    """One input, and what becomes of it."""

    name: str
    description: str
    default: str = ""
    option: str = ""
    """The option of the command line that it is, if it is one."""
    choices: tuple[str, ...] = ()
    """The values that it may have; none where any will do."""
    many: bool = False
    """Whether it holds one value a line; the option is given for each."""
    is_path: bool = False
    commands: tuple[str, ...] = ()
    """The commands that take it; all where none is named."""

    def is_for(self, command: str) -> bool:
        """Whether the command takes it."""
        return not self.commands or command in self.commands


INPUTS = (
    Input(
        "command",
        'What to do: "preflight" predicts how a deploy would fail and changes nothing, '
        '"targets" lists the stacks of the repository for a matrix, "merge" takes '
        "their reports together.",
        default="preflight",
        choices=("preflight", "targets", "merge"),
    ),
    Input(
        "working-directory",
        "Folder that all other paths are relative to; itself relative to the workspace.",
        default=".",
        is_path=True,
    ),
    Input(
        "config",
        "Path of the configuration; without it flowguard.yml, if there is one.",
        option="--config",
        is_path=True,
    ),
    Input(
        "template",
        "Path of the template, serverless.yml or a template in cdk.out/; without it "
        "the one that the folder has.",
        option="--template",
        is_path=True,
        commands=("preflight",),
    ),
    Input(
        "stack-name",
        "Name of the stack that is deployed to; a Serverless project says it itself.",
        option="--stack-name",
        commands=("preflight",),
    ),
    Input(
        "stage",
        "Stage that is deployed, as the deploy tool gets it.",
        option="--stage",
        commands=("preflight", "targets"),
    ),
    Input(
        "parameter-overrides",
        "Values of template parameters, one Name=Value a line.",
        option="--parameter",
        many=True,
        commands=("preflight",),
    ),
    Input(
        "capabilities",
        "Capabilities that the deploy grants, one a line.",
        option="--capability",
        choices=_CAPABILITIES,
        many=True,
        commands=("preflight",),
    ),
    Input(
        "role-arn",
        "ARN of the role that CloudFormation deploys with.",
        option="--role-arn",
        commands=("preflight",),
    ),
    Input(
        "aws-region",
        "Region of the deploy; without it the job's AWS_REGION, or the template's own.",
        option="--region",
        commands=("preflight",),
    ),
    Input(
        "role-to-assume",
        "ARN of a role to ask AWS with, taken with the credentials of the job.",
        option="--assume-role",
        commands=("preflight",),
    ),
    Input(
        "offline",
        'Whether to judge by the template alone: "true", "false", or "auto", which '
        "does so on a pull request whose job has no AWS credentials, as one from a "
        "fork has none.",
        default="auto",
        choices=("auto", *_BOOLEAN),
        commands=("preflight",),
    ),
    Input(
        "fail-on",
        "Least severity that blocks the deploy and fails the step: "
        '"error", "warning", "info" or "never".',
        default="error",
        option="--fail-on",
        choices=("error", "warning", "info", "never"),
        commands=_REPORTING,
    ),
    Input(
        "strict",
        "Whether what could not be told fails the step, too.",
        default="false",
        option="--strict",
        choices=_BOOLEAN,
        commands=_REPORTING,
    ),
    Input(
        "accept",
        "Rules whose findings pass this time, one a line; the report says so.",
        option="--accept",
        many=True,
        commands=("preflight",),
    ),
    Input(
        "reports",
        'For "merge": folder with the JSON reports of the targets, each in a file of '
        "its target's name.",
        is_path=True,
        commands=("merge",),
    ),
    Input(
        "expect",
        'For "merge": the output matrix of "targets", so that a target without a '
        "report is told.",
        option="--expect",
        commands=("merge",),
    ),
    Input(
        "annotations",
        "Whether to annotate the files with the findings; GitHub shows 10 of each "
        "severity.",
        default="true",
        choices=_BOOLEAN,
        commands=_REPORTING,
    ),
    Input(
        "job-summary",
        "Whether to write the report to the summary of the job.",
        default="true",
        choices=_BOOLEAN,
        commands=_REPORTING,
    ),
    Input(
        "pr-comment",
        "When to keep one comment with the report on the pull request: "
        '"always", "on-findings" or "never"; needs the permission '
        "pull-requests: write.",
        default="never",
        choices=("always", "on-findings", "never"),
        commands=_REPORTING,
    ),
    Input(
        "report-file",
        "Path to write the report to as JSON.",
        is_path=True,
        commands=_REPORTING,
    ),
    Input(
        "sarif-file",
        "Path to write the report to as SARIF, for github/codeql-action/upload-sarif.",
        is_path=True,
        commands=_REPORTING,
    ),
    Input(
        "github-token",
        "Token to write the comment with.",
        default="${{ github.token }}",
    ),
)
"""Every input, in the order of action.yml."""

_BY_NAME = {entry.name: entry for entry in INPUTS}


def read(environment: Mapping[str, str]) -> dict[str, str]:
    """Every input's value, its default where it is empty.

    Raises `UsageError` for an input that there is not and for a value that cannot
    be.
    """
    given = dict(_given(environment))
    for name in sorted(given.keys() - _BY_NAME.keys() - _RUNNERS_OWN):
        raise UsageError(
            f"there is no input {name!r}", help=_suggest(name, tuple(_BY_NAME))
        )
    values = {
        entry.name: _checked(entry, given.get(entry.name, "")) for entry in INPUTS
    }
    _require_fit(values)
    return values


def _require_fit(values: Mapping[str, str]) -> None:
    """Refuse what the command would pass over without a word."""
    command = values["command"]
    for entry in INPUTS:
        is_said = values[entry.name] not in {"", entry.default}
        if is_said and not entry.is_for(command):
            raise UsageError(
                f"input {entry.name!r} is not for the command {command!r}",
                help=f"leave it out, or say command: {entry.commands[0]}",
            )


def wants_summary(environment: Mapping[str, str]) -> bool:
    """Whether to write a summary, also where another input is wrong."""
    return environment.get(f"{PREFIX}JOB-SUMMARY", "").strip() != "false"


def options(values: Mapping[str, str]) -> Iterator[str]:
    """The inputs as options of the command line."""
    for entry in INPUTS:
        value = values[entry.name]
        if not entry.option or not value or not entry.is_for(values["command"]):
            continue
        if entry.choices == _BOOLEAN:
            yield from [entry.option] if value == "true" else []
        else:
            for item in lines(value) if entry.many else [value]:
                yield f"{entry.option}={item}"


def lines(value: str) -> list[str]:
    """The values of an input that has one a line."""
    return [line.strip() for line in value.splitlines() if line.strip()]


def in_words_of_inputs(text: str) -> str:
    """`text` with the options of the command line called by the inputs' names."""
    for entry in sorted(INPUTS, key=lambda entry: -len(entry.option)):
        if entry.option:
            text = text.replace(f"{entry.option} ", f"{entry.name}: ")
            text = text.replace(entry.option, entry.name)
    return text.replace("--offline", "offline: true")


def _given(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The runner upper-cases a name, and makes its spaces underscores."""
    for variable, value in environment.items():
        if variable.startswith(PREFIX):
            yield variable.removeprefix(PREFIX).lower(), value.strip()


def _checked(entry: Input, value: str) -> str:
    if not value:  # also an expression that came to nothing
        return "" if entry.default.startswith("${{") else entry.default
    for item in lines(value) if entry.many else [value]:
        if entry.choices and item not in entry.choices:
            raise UsageError(
                f"input {entry.name!r} is {item!r}", help=_suggest(item, entry.choices)
            )
        if entry.option == "--parameter" and not item.partition("=")[1]:
            raise UsageError(
                f"input {entry.name!r} has a line without a value: {item!r}",
                help="write Name=Value, one a line",
            )
    return value


def _suggest(wrong: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(wrong.replace("_", "-"), known, 1)
    allowed = f"write one of {', '.join(known)}"
    return f"did you mean {near[0]}? {allowed}" if near else allowed
