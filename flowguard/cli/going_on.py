"""The command lines that a report names: what goes on, and what approves of a plan.

Each is a whole one, that can be run as it stands. What may be a secret is not
repeated: a value in its place is for the reader to write.
"""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence

from flowguard.rollback.commands import Approve, Commands, name_of

HIDDEN = "..."
"""Stands for a value that may be secret."""
_PAIRS = frozenset({"--parameter", "--variable", "--stack-tag"})
_ADDRESS = "--base"
ROLLBACK = (
    ("--region", "region"),
    ("--profile", "profile"),
    ("--assume-role", "assume_role"),
    ("--config", "config"),
    ("--snapshot", "snapshot"),
    ("--snapshot-digest", "snapshot_digest"),
    ("--deployed-change-set", "deployed_change_set"),
)
"""What `flowguard rollback` is told as the run was that names it."""
_TESTED = (
    *("--spec", "--base", "--check", "--tag", "--variable", "--against"),
    *("--template", "--stage", "--parameter"),
)
"""What `flowguard verify` is told as the `guard` was that names it."""
_TAKES_APPROVAL = frozenset({"rollback", "verify"})
"""Commands that carry out the plan of a rollback themselves."""


def commands(arguments: Namespace) -> Commands:
    """What a run with these options names."""
    if named := getattr(arguments, "commands", None):
        found: Commands = named
        return found
    approve = _same(arguments) if _takes(arguments) else _by_rollback(arguments)
    back = _back(arguments)
    if arguments.command != "guard":
        return Commands(approve=approve, back=back)
    # The command that is guarded would deploy anew.
    line = shlex.join([*_line("verify", arguments), *_tests(arguments)])
    return Commands(f"run: {line}", approve, back)


def approve_change_set(arguments: Namespace, plan: str) -> str:
    """What carries out a deploy that waits for an approval."""
    if named := getattr(arguments, "approve_deploy", None):
        return str(named(plan))
    return _same(arguments)("", plan)


def _takes(arguments: Namespace) -> bool:
    return arguments.command in _TAKES_APPROVAL


def _same(arguments: Namespace) -> Approve:
    """The same command line, with the approval."""

    def approve(_stack: str, plan: str) -> str:
        given = getattr(arguments, "given", (arguments.command,))
        line = shlex.join(["flowguard", *_shown(given), "--approve", plan])
        return f"run: {line}"

    return approve


def _by_rollback(arguments: Namespace) -> Approve:
    back = _back(arguments)

    def approve(stack: str, plan: str) -> str:
        return f"{back(stack)} {shlex.join(['--approve', plan])}"

    return approve


def _back(arguments: Namespace) -> Callable[[str], str]:
    def back(stack: str) -> str:
        named = Namespace(**{**vars(arguments), "stack_name": name_of(stack)})
        return f"run: {shlex.join(_line('rollback', named))}"

    return back


def _line(command: str, arguments: Namespace) -> Iterator[str]:
    yield from ("flowguard", command, "--stack-name", arguments.stack_name or "NAME")
    for option, name in ROLLBACK:
        if value := getattr(arguments, name, None):
            yield from (option, str(value))


def _tests(arguments: Namespace) -> Iterator[str]:
    for option in _TESTED:
        found = getattr(arguments, option.removeprefix("--"), None) or []
        for value in found if isinstance(found, list) else [found]:
            yield from (option, _hidden(option, str(value)))


def _shown(given: Sequence[str]) -> Iterator[str]:
    """The options as they were given, but for what would keep the plan from being
    carried out, and for secrets."""
    rest = iter(given)
    for word in rest:
        option, equals, value = word.partition("=")
        takes = option in {*_PAIRS, _ADDRESS, "--approve"}
        if takes and not equals:
            value = next(rest, "")
        if option in {"--approve", "--dry-run"}:
            continue
        if takes:
            yield from (option, _hidden(option, value))
        else:
            yield word


def _hidden(option: str, value: str) -> str:
    if option in _PAIRS:
        return f"{value.partition('=')[0]}={HIDDEN}"
    secret = option == _ADDRESS and ("@" in value or "?" in value)
    return HIDDEN if secret else value
