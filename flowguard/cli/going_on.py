"""The command lines that a report names: what goes on, and what approves of a plan.

Each is a whole one, that can be run as it stands. What may be a secret is not
repeated: a value in its place is for the reader to write.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator

from flowguard.cli.commands import Guard, Rollback, Verify
from flowguard.cli.option import Option, Settings
from flowguard.rollback.commands import Approve, Commands, name_of

HIDDEN = "..."
"""Stands for a value that may be secret."""
_SIGNED_IN = (
    *("stack_name", "region", "profile", "assume_role", "config", "snapshot"),
    *("snapshot_digest", "deployed_change_set"),
)
"""What `flowguard rollback` is told as the run was that names it."""
_TESTED = (
    *("spec", "base", "check", "tag", "variable", "against", "template", "stage"),
    *_SIGNED_IN,
    "parameter",
)
"""What `flowguard verify` is told as the `guard` was that names it."""


def commands(settings: Settings) -> Commands:
    """What a run that was told this names."""
    takes_it = isinstance(settings, Rollback | Verify)
    back = _back(settings)
    approve = _same(settings) if takes_it else _by_rollback(back)
    if not isinstance(settings, Guard):
        return Commands(approve=approve, back=back)
    # The command that is guarded would deploy anew.
    verify = settings.for_(Verify, *_TESTED)
    return Commands(f"run: {line(verify)}", approve, back)


def approve_change_set(settings: Settings, plan: str) -> str:
    """What carries out a deploy that waits for an approval."""
    return _same(settings)("", plan)


def line(settings: Settings) -> str:
    """The command line that says this, but for what may be secret."""
    return shlex.join(("flowguard", settings.command(), *_words(settings)))


def _words(settings: Settings) -> Iterator[str]:
    arguments: list[str] = []
    for name, option in settings.options.items():
        value = vars(settings)[name]
        if value == option.default:
            continue
        for text in _texts(option, value):
            if option.is_argument:
                arguments.append(text)
            elif option.takes == "switch":
                yield f"--{option.key}"
            elif text.startswith("-"):
                yield f"--{option.key}={text}"
            else:
                yield from (f"--{option.key}", text)
    yield from ("--", *arguments) if arguments else ()


def _texts(option: Option, value: object) -> Iterator[str]:
    """What stands for a value, once for each time that the option is given."""
    if isinstance(value, dict):
        yield from (f"{key}={HIDDEN}" for key in value)
        return
    for one in value if isinstance(value, tuple) else (value,):
        text = "=".join(map(str, one)) if isinstance(one, tuple) else str(one)
        may_be = option.is_secret and ("@" in text or "?" in text)
        yield HIDDEN if may_be else text


def _same(settings: Settings) -> Approve:
    """The same command line, with the approval, and no longer dry."""

    def approve(_stack: str, plan: str) -> str:
        dry = {"dry_run": False} if "dry_run" in settings.options else {}
        return f"run: {line(settings.with_(approve=plan, **dry))}"

    return approve


def _by_rollback(back: Callable[[str], str]) -> Approve:
    def approve(stack: str, plan: str) -> str:
        return f"{back(stack)} {shlex.join(['--approve', plan])}"

    return approve


def _back(settings: Settings) -> Callable[[str], str]:
    def back(stack: str) -> str:
        rollback = settings.for_(Rollback, *_SIGNED_IN)
        return f"run: {line(rollback.with_(stack_name=name_of(stack)))}"

    return back
