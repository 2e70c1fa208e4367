"""What the runner of the workflow is told: the only module that speaks to it.

It stands on actions-toolkit, which encodes workflow commands and the files that
outputs are written to as the runner decodes them. Its module `core` puts one more
call on top of these, and imports `requests` for a sign-in that is of no use here;
that takes 0.15 s, half as long as a whole run, and brings PyGithub. So `core`'s own
parts are called, and neither is installed.

What actions-toolkit leaves to its caller is here: text that carries workflow
commands is disarmed, and the summary is kept below the size that GitHub takes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from actions_toolkit.command import Command
from actions_toolkit.file_command import prepare_key_value_message

from flowguard.action.outputs import Output
from flowguard.cli import output
from flowguard.model.places import Location, Severity
from flowguard.report import escape
from flowguard.report.github import COMMANDS, LONGEST


def annotation(
    severity: Severity, title: str, message: str, at: Location | None = None
) -> None:
    """Annotate the step, or a line of a file."""
    where = {"file": escape.line(at.path), "line": str(at.line)} if at else {}
    properties = {**where, "title": escape.line(title)}
    text = escape.clip(escape.log(message), LONGEST)
    print_text(str(Command(COMMANDS[severity], properties, text)))


def mask(secret: str) -> None:
    """Have the runner hide `secret` in all that is printed from now on.

    Where no runner reads the order, it would only tell the secret, and is not given.
    """
    if secret and os.environ.get("GITHUB_ACTIONS") == "true":
        print_text(str(Command("add-mask", {}, secret)))


@contextmanager
def group(title: str) -> Iterator[None]:
    """Fold what is printed in the block."""
    print_text(str(Command("group", {}, escape.line(title))))
    try:
        yield
    finally:
        print_text(str(Command("endgroup", {}, "")))


def print_text(text: str) -> None:
    """Print text of which each format has disarmed its own.

    The runner reads standard error alike, so that it goes there where standard output
    takes nothing; raises `OSError` then.
    """
    output.print_or_say(text if text.endswith("\n") else f"{text}\n", acted=True)


def is_debugging() -> bool:
    """Whether the user has this run logged in detail."""
    return os.environ.get("RUNNER_DEBUG") == "1"


def set_outputs(values: Mapping[Output, str]) -> None:
    """Set outputs; raises `OSError` where the runner's file cannot be written."""
    path = os.environ.get("GITHUB_OUTPUT")
    if not path:  # started by hand
        return
    records = "\n".join(
        prepare_key_value_message(
            name.value, escape.visible(value).replace("\n", r"\n")
        )
        for name, value in values.items()
    )
    # All at once: of a record that is cut, the runner can make nothing.
    with open(path, "a", encoding="utf-8", newline="") as file:  # noqa: PTH123
        file.write(f"{records}\n")


def add_summary(markdown: str) -> None:
    """Add to the summary; raises `OSError` where the file cannot be written."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with open(path, "a", encoding="utf-8", errors="replace") as summary:  # noqa: PTH123
            summary.write(markdown)
