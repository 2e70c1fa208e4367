"""The inputs of the Action: what its commands' options say of them, and a few of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from flowguard.cli.commands import COMMANDS, Preflight
from flowguard.cli.groups import Reporting, Tests, Verdict
from flowguard.cli.option import Option, Settings
from flowguard.cli.parse import ordered

SWITCH = ("true", "false")
OFFERED = (
    *("preflight", "snapshot", "record", "smoke", "verify", "rollback", "deploy"),
    *("targets", "merge"),
)
"""The commands that a step can run."""
REPORTS = {
    "report-file": "json",
    "sarif-file": "sarif",
    "html-file": "html",
    "junit-file": "junit",
}
"""The formats of the files that a report is written to, by the inputs that name them."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input, as users of the Action see it."""

    name: str
    description: str
    default: str = ""
    choices: tuple[str, ...] = ()
    """The values that it may have; none where any will do."""
    takes: str = "one"
    """As an option: `one` value, `many` or `pairs`, one a line."""
    is_path: bool = False
    commands: tuple[str, ...] = OFFERED
    """The commands that take it."""
    written_by: tuple[str, ...] = ()
    """Those that write to the path; the others read it."""

    @property
    def told(self) -> str:
        """The description, with the command where only one takes it."""
        if len(self.commands) == 1:
            return f'For "{self.commands[0]}": {self.description}.'
        return f"{self.description[0].upper()}{self.description[1:]}."


def _of_group(group: type[Settings]) -> tuple[str, ...]:
    return tuple(name for name in OFFERED if issubclass(COMMANDS[name], group))


def _written(name: str, what: str) -> Input:
    by = _of_group(Reporting)
    text = f"path to write the report to {what}"
    return Input(name, text, is_path=True, commands=by, written_by=by)


_FIRST = (
    Input(
        "command",
        'what to do: "preflight" predicts how a deploy would fail and changes nothing; '
        '"snapshot" writes down what is live, and "record", right after the deploy, what '
        'was deployed; "smoke" tests the service; "verify" '
        'tests it and takes a bad deploy back; "rollback" takes the last one back; '
        '"deploy" deploys a template under all of that; "targets" lists the stacks of '
        'the repository for a matrix; "merge" takes their reports together',
        default="preflight",
        choices=OFFERED,
    ),
    Input(
        "working-directory",
        "folder that all other paths are relative to; itself relative to the workspace. "
        "What another step wrote is found by its output all the same",
        default=".",
        is_path=True,
    ),
)
_LAST = (
    Input(
        "offline",
        'whether to judge by the template alone: "true", "false", or "auto", which '
        "does so on a pull request whose job has no AWS credentials, as one from a "
        "fork has none",
        default="auto",
        choices=("auto", *SWITCH),
        commands=_of_group(Preflight),
    ),
    Input(
        "run-commands",
        "whether to run the smoke tests' own commands (`command`) on a pull request, "
        "where they are what it proposes; anywhere else they are run",
        default="false",
        choices=SWITCH,
        commands=_of_group(Tests),
    ),
    Input(
        "annotations",
        "whether to annotate the files with the findings; GitHub shows 10 of each "
        "severity",
        default="true",
        choices=SWITCH,
        commands=_of_group(Reporting),
    ),
    Input(
        "job-summary",
        "whether to write the report to the summary of the job",
        default="true",
        choices=SWITCH,
        commands=_of_group(Reporting),
    ),
    Input(
        "pr-comment",
        "when to keep one comment with the report on the pull request: "
        '"always", "on-findings" or "never"; needs the permission '
        "pull-requests: write",
        default="never",
        choices=("always", "on-findings", "never"),
        commands=_of_group(Verdict),
    ),
    _written("report-file", "as JSON"),
    _written("sarif-file", "as SARIF, for github/codeql-action/upload-sarif"),
    _written("html-file", "as a page, to be kept as an artifact"),
    _written("junit-file", "as JUnit's XML"),
    Input(
        "github-token", "token to write the comment with", default="${{ github.token }}"
    ),
)
"""What the step itself reads, and makes the options `--offline`, `--no-commands` and
`--output` of."""


def _of_option(option: Option, command: str) -> Input:
    text = option.input_help or option.help
    takes = "one" if option.is_path else option.takes
    if option.choices and takes == "one":
        *others, last = (f'"{choice}"' for choice in option.choices)
        text = f"{text}: {', '.join(others)} or {last}"
    lines = {"many": " (one a line)", "pairs": " (one Name=Value a line)"}.get(
        takes, ""
    )
    is_default = option.default is not None and takes == "one"
    unless = f"; without it {option.unless}" if option.unless and not is_default else ""
    is_switch = takes == "switch"
    return Input(
        option.input,
        f"{text}{lines}{unless}",
        default="false" if is_switch else option.unless if is_default else "",
        choices=SWITCH if is_switch else tuple(option.choices),
        takes=takes,
        is_path=option.is_path,
        commands=(command,),
        written_by=(command,) if option.is_written else (),
    )


def _of_options() -> Iterator[Input]:
    """An input for each option that is one; it belongs to all commands that have it."""
    found: dict[str, Input] = {}
    for command in OFFERED:
        for option in filter(lambda o: o.input, ordered(COMMANDS[command])):
            made = _of_option(option, command)
            known = found.get(made.name, replace(made, commands=(), written_by=()))
            found[made.name] = replace(
                known,
                commands=(*known.commands, *made.commands),
                written_by=(*known.written_by, *made.written_by),
            )
    yield from found.values()


INPUTS = (*_FIRST, *_of_options(), *_LAST)
"""Every input, in the order of action.yml and of the README."""
BY_NAME: Mapping[str, Input] = {entry.name: entry for entry in INPUTS}
