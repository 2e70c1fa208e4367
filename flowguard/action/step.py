"""One step of a workflow, from its inputs to its exit code, whatever happens."""

from __future__ import annotations

import os
import pathlib
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module

from flowguard.action import (
    credentials,
    going_on,
    inputs,
    job,
    outputs,
    pages,
    paths,
    runner,
)
from flowguard.action.input import INPUTS
from flowguard.action.job import Job
from flowguard.action.outputs import Output
from flowguard.action.publish import FORMATS, Publication, settled
from flowguard.action.shown import Shown
from flowguard.action.words import Inputs
from flowguard.cli import output, streams
from flowguard.cli.commands import COMMANDS, Record, Snapshot, Targets
from flowguard.cli.delivery import COULD_NOT, Delivery, fault
from flowguard.cli.fenced import fenced, unless_refused
from flowguard.cli.groups import Tests
from flowguard.cli.host import Host
from flowguard.cli.option import Settings
from flowguard.cli.output import Done
from flowguard.cli.signals import interrupted, sigterm_interrupts
from flowguard.errors import AccountError, FlowGuardError, UsageError
from flowguard.fleet.together import FleetReport
from flowguard.model.places import Location, Severity
from flowguard.model.results import Report
from flowguard.report import escape
from flowguard.spoken import speaking


def run() -> int:
    """Run the step and return its exit code; every output is set."""
    command = os.environ.get("INPUT_COMMAND", "").strip()
    with streams.steady_stderr(), speaking(Inputs(command)):
        code = _run(command)
        return code if streams.settle() else code or COULD_NOT


def _run(command: str) -> int:
    try:
        with sigterm_interrupts():
            return _Step(job.read(os.environ)).run()
    except FlowGuardError as error:
        return _could_not(error.message, _next_step(error), error.location)
    except KeyboardInterrupt:
        return _could_not(interrupted(command), "")
    except Exception as error:  # noqa: BLE001 — the outputs must be set all the same
        if isinstance(error, OSError) and error.filename:
            found = fault("a file", error)
            return _could_not(found.message, found.help)
        from flowguard.smoke.secrets import of_environment  # few runs break

        mask = of_environment(os.environ).mask
        with suppress(OSError), runner.group("Traceback"):
            runner.print_text(escape.log(mask(traceback.format_exc())))
        return _could_not(
            mask(f"FlowGuard broke: {type(error).__name__}: {error}"),
            "report it with the traceback that is in the log of the step",
        )


def _next_step(error: FlowGuardError) -> str:
    """What to do."""
    hint = credentials.hint(os.environ) if isinstance(error, AccountError) else ""
    return "\n".join(part for part in (error.help, hint) if part)


def _could_not(message: str, help: str, at: Location | None = None) -> int:
    """Say what is wrong in each place that can be written, and return the exit code."""
    with Delivery(COULD_NOT) as delivery:
        with delivery.part("the log"):
            said = f"{message}\n{help}".rstrip()
            runner.annotation(Severity.ERROR, "FlowGuard", said, at)
        with delivery.part("the outputs"):
            runner.set_outputs(outputs.NOTHING)
        if inputs.wants_summary(os.environ):
            with delivery.part("the summary"):
                where = f"{at}: " if at else ""
                runner.add_summary(pages.could_not(f"{where}{message}", help))
    return settled(delivery, lambda _: outputs.NOTHING)


def _done(
    settings: Settings, host: Host, places: Mapping[str, pathlib.Path]
) -> Done[Report] | Done[FleetReport]:
    """Run the command."""
    if settings.command() == "deploy":
        # A deploy of which nobody could be told is not begun.
        wanted = [(f"the {name} report", o.value) for o, name in FORMATS.items()]
        output.require_writable(
            (what, places[name]) for what, name in wanted if name in places
        )
    command = import_module(f"flowguard.cli.{settings.command()}")
    done: Done[Report] | Done[FleetReport] = command.check(settings, host)
    return done


def _broke(text: str) -> None:
    runner.annotation(Severity.ERROR, "FlowGuard broke", text)


def _tell(found: Mapping[Output, str], text: str, summary: str) -> int:
    """Tell what a command found that judges nothing; returns the exit code."""

    def outputs_of(code: int) -> dict[Output, str]:
        allowed = {Output.DEPLOY_ALLOWED: "", Output.EXIT_CODE: str(code)}
        return {**outputs.NOTHING, **allowed, **found}

    with Delivery(0) as delivery:
        with delivery.part("the outputs"):
            runner.set_outputs(outputs_of(0))
        with delivery.part("the log"):
            runner.print_text(text)
        if summary and inputs.wants_summary(os.environ):
            with delivery.part("the summary"):
                runner.add_summary(summary)
    return settled(delivery, outputs_of)


@dataclass(slots=True)
class _Step:
    """A step under way."""

    job: Job

    def run(self) -> int:
        """Check what the inputs ask for, and tell the runner and people."""
        values = inputs.read(os.environ)
        self._enter(values["working-directory"])
        values.update(self._found(values))
        places = self._places(values)
        is_auto = values["offline"] == "auto" and values["command"] == "preflight"
        left_out = is_auto and credentials.are_left_out(os.environ, self.job)
        settings = inputs.settings(
            values,
            offline=left_out or values["offline"] == "true",
            no_commands=self._leaves_commands_out(values),
        )
        match settings:
            case Targets():
                return self._list_targets(settings)
            case Snapshot():
                return self._take_snapshot(settings, places)
            case Record():
                return self._record(settings, places)
            case _:
                return self._report(settings, values, places, left_out=left_out)

    def _report(
        self,
        settings: Settings,
        values: Mapping[str, str],
        places: Mapping[str, pathlib.Path],
        *,
        left_out: bool,
    ) -> int:
        """Run a command that ends in a report, and publish it."""
        host = Host(going_on.commands, going_on.approve_change_set, runner.mask)
        with fenced(settings, _broke) as calls:
            done = _done(settings, host, places)
        code = unless_refused(done.code, calls)
        shown = Shown.of(done.report)
        return Publication(
            self.job, values, shown, code, places, left_out, done.keep
        ).tell()

    def _leaves_commands_out(self, values: Mapping[str, str]) -> bool:
        """Whether the smoke tests' own commands are not to be run."""
        tests = issubclass(COMMANDS[values["command"]], Tests)
        return tests and self.job.runs_foreign_code and values["run-commands"] != "true"

    def _list_targets(self, settings: Targets) -> int:
        from flowguard.cli import targets

        matrix = targets.matrix(settings)
        found = {Output.MATRIX: matrix, Output.AWS_ASKED: "false"}
        return _tell(found, matrix, "")

    def _take_snapshot(
        self, settings: Snapshot, places: Mapping[str, pathlib.Path]
    ) -> int:
        from flowguard.cli import snapshot as command
        from flowguard.rollback import snapshot_file

        path = places["snapshot"]
        sealed = path.with_name(f"{path.name}.sealed")
        with (
            paths.given_back((path, sealed), self.job.workspace),
            fenced(settings, _broke),
        ):
            taken = command.take(settings)
        told = [*command.told(taken)]
        found = {
            Output.AWS_ASKED: "true",
            Output.STACK_NAME: taken.stack_name,
            Output.STACK_STATUS: taken.status,
            Output.SNAPSHOT_FILE: paths.shown(path, self.job.workspace),
            Output.SNAPSHOT_DIGEST: snapshot_file.digest(taken),
        }
        text = "\n".join(map(escape.line, told))
        return _tell(found, text, pages.snapshot(told))

    def _record(self, settings: Record, places: Mapping[str, pathlib.Path]) -> int:
        from flowguard.cli import record as command

        path = places["record"]
        with paths.given_back((path,), self.job.workspace):
            made = command.take(settings)
        found = {
            Output.AWS_ASKED: "true",
            Output.STACK_NAME: made.stack_name,
            Output.RECORD_FILE: paths.shown(path, self.job.workspace),
        }
        return _tell(found, escape.line(command.told(made)), "")

    def _enter(self, folder: str) -> None:
        try:
            os.chdir(self.job.workspace)
            os.chdir(
                paths.require_inside("working-directory", folder, self.job.workspace)
            )
        except OSError as error:
            raise UsageError(
                f"input 'working-directory' is {folder!r}: {error.strerror}",
                help="name a folder of the repository; actions/checkout must run "
                "before this step",
            ) from error

    def _found(self, values: Mapping[str, str]) -> dict[str, str]:
        """The paths of the inputs that are read, from the folder of the step."""
        return {
            entry.name: paths.found(entry.name, values[entry.name], self.job.workspace)
            for entry in INPUTS
            if entry.is_path
            and values[entry.name]
            and entry.name != "working-directory"
            and values["command"] not in entry.written_by
        }

    def _places(self, values: Mapping[str, str]) -> dict[str, pathlib.Path]:
        """Where each path leads that an input names, to be read or to be written."""
        return {
            entry.name: paths.require_inside(
                entry.name, values[entry.name], self.job.workspace
            )
            for entry in INPUTS
            if entry.is_path and values[entry.name]
        }
