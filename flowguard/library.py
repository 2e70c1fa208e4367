"""The commands, from Python: the same code, which returns what it found.

Each function is told what the command's options say, by the same names. What it is
told is read as the command line is, so that the one refuses what the other refuses.
"""

from __future__ import annotations

import functools
import inspect
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import ParamSpec, Protocol, TypeVar, cast

from flowguard import spoken
from flowguard.aws.fence import Command as Calls
from flowguard.cli import commands, going_on
from flowguard.cli.delivery import fault
from flowguard.cli.fenced import fenced, unless_refused
from flowguard.cli.groups import Configured, Reporting
from flowguard.cli.host import Host
from flowguard.cli.option import Option, Settings
from flowguard.cli.output import Done
from flowguard.cli.parse import told
from flowguard.errors import FlowGuardError, InternalError
from flowguard.model.results import Report
from flowguard.model.snapshot import Snapshot
from flowguard.report.escape import line
from flowguard.rollback.commands import Commands
from flowguard.smoke.secrets import of_environment

P = ParamSpec("P")
S = TypeVar("S", bound=Settings)
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

_PRINTED = Reporting.options.keys() - Configured.options.keys()
"""What says how a report is written and printed, which nobody does here."""
_log = logging.getLogger("flowguard")
_log.addHandler(logging.NullHandler())  # without it, Python would print a warning
_turn = threading.Lock()
"""One command at a time: the fence around its calls is that of the process."""


class Command(Protocol[P, R_co]):
    """A command that can be called: the fields of its settings are its arguments."""

    def __call__(
        self,
        first: str | os.PathLike[str] | None = None,
        /,
        *args: P.args,
        **options: P.kwargs,
    ) -> R_co:
        """Run it; raises `FlowGuardError` where it cannot do its job."""


class _Python(spoken.Surface):
    """Messages to whoever calls a function name its arguments."""

    def option(self, key: str, value: str) -> str:
        """As `stack_name=NAME`."""
        return f"{key.replace('-', '_')}={value}".removesuffix("=")

    def switch(self, key: str) -> str:
        """As `offline=True`."""
        return self.option(key, "True")

    def command(self, name: str, options: dict[str, str]) -> str:
        """As on a terminal, where every command can be run."""
        return spoken.Surface().command(name, options)


def _commands(settings: Settings) -> Commands:
    """The next steps, as on a terminal, where they may be talkative."""
    return going_on.commands(settings.with_(quiet=False))


def _warn(text: str) -> None:
    _log.warning("%s", line(text))


_PYTHON = _Python()
_HOST = Host(commands=_commands, warn=_warn)


def _called(
    kind: Callable[P, S], first: str
) -> Callable[[Callable[[S], Done[R]]], Command[P, R]]:
    """Make a function of what carries out a command of this kind.

    Its arguments are the fields of the settings; `first` may be given without its name.
    """
    command = cast("type[Settings]", kind)

    def decorated(carry_out: Callable[[S], Done[R]]) -> Command[P, R]:
        @functools.wraps(carry_out)
        def call(
            given: str | os.PathLike[str] | None = None,
            /,
            *args: P.args,
            **options: P.kwargs,
        ) -> R:
            leading = () if given is None else (given,)
            values = signature.bind(*leading, *args, **options).arguments
            with _turn, spoken.speaking(_PYTHON):
                return _run(command, values, carry_out)

        signature = _signature(command, first)
        vars(call)["__signature__"] = signature
        return call

    return decorated


def _signature(kind: type[Settings], first: str) -> inspect.Signature:
    """The arguments of a command: what it is told, but for how it prints."""
    left_out = _PRINTED if issubclass(kind, Reporting) else frozenset()
    named = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=option.default)
        for name, option in kind.options.items()
        if name not in {first, *left_out} and not option.is_argument
    ]
    leading = inspect.Parameter(
        first, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None
    )
    return inspect.Signature([leading, *named])


def _run(
    kind: type[Settings],
    given: Mapping[str, object],
    carry_out: Callable[[S], Done[R]],
) -> R:
    """Carry out a command; whatever breaks is a `FlowGuardError` that hides secrets.

    What has led to an error is not told: AWS may have repeated there what is hidden.
    """
    try:
        texts = {name: [*_texts(kind.options[name], given[name])] for name in given}
        if issubclass(kind, Reporting):
            texts["quiet"] = [""]
        settings = cast("S", told(kind, texts))
        with fenced(settings, _log.debug) as calls:
            done = carry_out(settings)
        _require_sent(done.code, calls)
        if done.keep:
            done.keep()
    except FlowGuardError as error:
        raise error from None
    except Exception as error:  # noqa: BLE001 — it is told by name
        raise _in_words(error) from None
    return done.report


def _in_words(error: Exception) -> FlowGuardError:
    """What broke, as the command line tells it."""
    if isinstance(error, OSError) and error.filename:
        found = fault("a file", error)
        return FlowGuardError(found.message, help=found.help)
    mask = of_environment(os.environ).mask
    return InternalError(mask(f"{type(error).__name__}: {error}"))


def _require_sent(code: int, calls: Calls) -> None:
    """Raises `InternalError` where what was found may lack what a call would have told."""
    if unless_refused(code, calls) != code:
        refused = ", ".join(calls.refused)
        raise InternalError(f"a call that is not declared was not sent: {refused}")


def _texts(option: Option, value: object) -> Iterator[str]:
    """A value as the command line has it: once for each time that it is given."""
    match value:
        case None | False:
            pass
        case True:
            yield ""
        case Mapping():
            yield from (f"{key}={each}" for key, each in value.items())
        case str() | os.PathLike():
            yield os.fspath(value)
        case Iterable() if option.takes == "many":
            yield from map(str, value)
        case _:
            yield str(value)


def _check(settings: Settings) -> Done[Report]:
    """Carry out a command that ends in a report."""
    module = import_module(f"flowguard.cli.{settings.command()}")
    done: Done[Report] = module.check(settings, _HOST)
    return done


@_called(commands.Preflight, "template")
def preflight(settings: commands.Preflight) -> Done[Report]:
    """Predict how the deploy of a template would fail; changes nothing.

    The verdict of the report is `BLOCK` where a finding blocks, `INCONCLUSIVE` where
    something could not be told, and `PASS`. Raises `FlowGuardError`.
    """
    return _check(settings)


@_called(commands.Smoke, "spec")
def smoke(settings: commands.Smoke) -> Done[Report]:
    """Run the smoke tests of a spec; with `baseline`, keep what they do in that file.

    `report.smoke` has what came of each. Raises `FlowGuardError`.
    """
    return _check(settings)


@_called(commands.Snapshot, "stack_name")
def snapshot(settings: commands.Snapshot) -> Done[Snapshot]:
    """Write down what a stack is, before a deploy, in the file `output`.

    Needs one of `keep`, `kms_key` and `no_templates`. Raises `FlowGuardError`.
    """
    from flowguard.cli.snapshot import take

    return Done(take(settings), 0)


@_called(commands.Verify, "stack_name")
def verify(settings: commands.Verify) -> Done[Report]:
    """Test the deploy of a stack, and roll it back where that is safe and called for.

    `report.rollback` has what was done. Raises `FlowGuardError`.
    """
    return _check(settings)


@_called(commands.Rollback, "stack_name")
def rollback(settings: commands.Rollback) -> Done[Report]:
    """Roll the last deploy of a stack back, and prove it.

    What destroys something is done with `approve` alone, the hash of the plan, which
    `report.rollback.plan_hash` has. Raises `FlowGuardError`.
    """
    return _check(settings)
