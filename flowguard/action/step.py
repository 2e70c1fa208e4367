"""One step of a workflow, from its inputs to its exit code, whatever happens."""

from __future__ import annotations

import argparse
import io
import os
import pathlib
import traceback
from collections import Counter
from collections.abc import Mapping
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass, field
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
from flowguard.action.comment import CommentError, Comments
from flowguard.action.job import Job
from flowguard.action.outputs import Output
from flowguard.action.shown import Shown
from flowguard.cli.parser import build_parser
from flowguard.cli.signals import interrupted, sigterm_interrupts
from flowguard.errors import AccountError, FlowGuardError, UsageError
from flowguard.fleet.together import FleetReport
from flowguard.model import Location, Report, Severity
from flowguard.report import escape
from flowguard.report.github import annotate

COULD_NOT = 2
"""The exit code for "FlowGuard could not do its job"."""
_WORSE = frozenset({5, 4, 1})
"""Those that are told before it."""

_FORMATS = {
    Output.REPORT_FILE: "json",
    Output.SARIF_FILE: "sarif",
    Output.HTML_FILE: "html",
    Output.JUNIT_FILE: "junit",
}
"""The reports that are written to files, by the input and output of that name."""


def run() -> int:
    """Run the step and return its exit code; every output is set."""
    try:
        with sigterm_interrupts():
            return _Step(job.read(os.environ)).run()
    except FlowGuardError as error:
        _could_not(error.message, _next_step(error), error.location)
    except KeyboardInterrupt:
        command = os.environ.get("INPUT_COMMAND", "").strip()
        _could_not(interrupted(command), "")
    except OSError as error:
        _could_not(
            f"{error.filename or 'a file'} cannot be used: {error.strerror or error}",
            "see that the step may read and write it, and that the disk is not full",
        )
    except Exception as error:  # noqa: BLE001 — the outputs must be set all the same
        with runner.group("Traceback"):
            runner.print_text(escape.log(traceback.format_exc()))
        _could_not(
            f"FlowGuard broke: {type(error).__name__}: {error}",
            "report it with the traceback that is in the log of the step",
        )
    return COULD_NOT


def _next_step(error: FlowGuardError) -> str:
    """What to do, in the words of the inputs."""
    hint = credentials.hint(os.environ) if isinstance(error, AccountError) else ""
    advice = inputs.in_words_of_inputs(error.help)
    return "\n".join(part for part in (advice, hint) if part)


def _could_not(message: str, help: str, at: Location | None = None) -> None:
    message = inputs.in_words_of_inputs(message)
    runner.annotation(Severity.ERROR, "FlowGuard", f"{message}\n{help}".rstrip(), at)
    message = f"{at}: {message}" if at else message
    with suppress(OSError):  # there is nobody left to tell
        runner.set_outputs(outputs.NOTHING)
        if inputs.wants_summary(os.environ):
            runner.add_summary(pages.could_not(message, help))


def _parse(argv: list[str]) -> argparse.Namespace:
    """The options of the command line; raises `UsageError` for what it refuses."""
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            return build_parser().parse_args(argv)
    except SystemExit as refusal:
        raise UsageError(
            said.getvalue().rpartition("error: ")[2].strip(),
            help="the README of the Action has a table of the inputs",
        ) from refusal


@dataclass(slots=True)
class _Step:
    """A step under way."""

    job: Job
    told: Counter[Severity] = field(default_factory=Counter)
    """How many annotations the step has made already, by their kind."""
    written: dict[Output, str] = field(default_factory=dict)
    """The files that the step wrote."""

    def run(self) -> int:
        """Check what the inputs ask for, and tell the runner and people."""
        values = inputs.read(os.environ)
        runner.mask(values["github-token"])
        self._enter(values["working-directory"])
        places = self._places(values)
        files = {o: places[o.value] for o in _FORMATS if o.value in places}
        argv, note = [values["command"], *inputs.options(values)], ""
        if values["command"] == "targets":
            return self._list_targets(argv)
        if values["command"] == "snapshot":
            return self._take_snapshot(argv, places)
        offline = values["command"] == "preflight" and values["offline"] == "true"
        if values["command"] == "preflight" and values["offline"] == "auto":
            offline = credentials.are_left_out(os.environ, self.job)
        argv += ["--offline"] * offline
        argv += ["--", values["reports"]] if values["reports"] else []
        arguments = _parse(argv)
        arguments.commands = going_on.commands(arguments.command)
        arguments.approve_deploy = going_on.approve_change_set
        command = import_module(f"flowguard.cli.{arguments.command}")
        kept = [places["baseline"]] if values["baseline"] else []
        with paths.given_back(kept, self.job.workspace):
            found: Report | FleetReport = command.check(arguments)
        shown = Shown.of(found)
        if offline and values["offline"] == "auto":
            note = pages.left_out(shown.report)
            self._tell(Severity.INFO, "AWS was not asked", note)
        if isinstance(found, FleetReport) or found.command == "preflight":
            code: int = command.exit_code(found, strict=arguments.strict)
        else:
            code = command.exit_code(found, arguments)
        if kept and kept[0].exists():
            self.written[Output.BASELINE_FILE] = self._shown(kept[0])
        return self._publish(shown, code, values, files, note)

    def _list_targets(self, argv: list[str]) -> int:
        from flowguard.cli import targets

        matrix = targets.matrix(_parse(argv))
        runner.print_text(matrix)
        found = {
            Output.MATRIX: matrix,
            Output.DEPLOY_ALLOWED: "",
            Output.AWS_ASKED: "false",
            Output.EXIT_CODE: "0",
        }
        runner.set_outputs({**outputs.NOTHING, **found})
        return 0

    def _take_snapshot(
        self, argv: list[str], places: Mapping[str, pathlib.Path]
    ) -> int:
        from flowguard.cli import snapshot as command
        from flowguard.rollback import snapshot_file

        if "snapshot" not in places:
            raise UsageError(
                "the command 'snapshot' needs the input 'snapshot'",
                help="write the path of the file, such as snapshot: before.json",
            )
        path = places["snapshot"]
        arguments = _parse(argv)
        sealed = path.with_name(f"{path.name}.sealed")
        with paths.given_back((path, sealed), self.job.workspace):
            taken = command.take(arguments)
        told = [*command.told(taken)]
        runner.print_text("\n".join(map(escape.line, told)))
        found = {
            Output.DEPLOY_ALLOWED: "",
            Output.AWS_ASKED: "true",
            Output.EXIT_CODE: "0",
            Output.STACK_NAME: taken.stack_name,
            Output.STACK_STATUS: taken.status,
            Output.SNAPSHOT_FILE: self._shown(path),
            Output.SNAPSHOT_DIGEST: snapshot_file.digest(taken),
        }
        runner.set_outputs({**outputs.NOTHING, **found})
        if inputs.wants_summary(os.environ):
            runner.add_summary(pages.snapshot(told))
        return 0

    def _shown(self, path: pathlib.Path) -> str:
        """A path as outputs have it: relative to the workspace."""
        return str(path.relative_to(self.job.workspace))

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

    def _places(self, values: Mapping[str, str]) -> dict[str, pathlib.Path]:
        """Where each path leads that an input names, to be read or to be written."""
        return {
            entry.name: paths.require_inside(
                entry.name, values[entry.name], self.job.workspace
            )
            for entry in inputs.INPUTS
            if entry.is_path and values[entry.name]
        }

    def _publish(
        self,
        shown: Shown,
        code: int,
        values: Mapping[str, str],
        files: Mapping[Output, pathlib.Path],
        note: str,
    ) -> int:
        """Tell the runner first, then people; the exit code may get worse."""
        report = shown.report
        for output, path in files.items():
            name = _FORMATS[output]
            try:
                paths.write(name, shown.render(name), path, self.job.workspace)
                self.written[output] = self._shown(path)
            except UsageError as error:
                self._tell(Severity.ERROR, "FlowGuard", f"{error}\n{error.help}")
                code = code if code in _WORSE else COULD_NOT
        # A template alone is enough where somebody said so, and nowhere else.
        is_whole = values["offline"] == "true" or not shown.leaves_aws_unasked
        said = outputs.of(shown, code, allowed=code == 0 and is_whole)
        runner.set_outputs({**said, **self.written})
        if values["job-summary"] == "true":
            runner.add_summary(pages.summary(shown, self.job, note))
        self._print(shown)
        if url := self._comment(shown, values, note):
            runner.set_outputs({Output.COMMENT_URL: url})
        if values["annotations"] == "true" and (found := annotate(report, self.told)):
            with runner.group("Annotations"):
                runner.print_text("\n".join(found))
        return code

    def _print(self, shown: Shown) -> None:
        color = not os.environ.get("NO_COLOR")
        runner.print_text(shown.terminal(color=color, verbose=runner.is_debugging()))

    def _comment(self, shown: Shown, values: Mapping[str, str], note: str) -> str:
        report = shown.report
        wanted = values["pr-comment"]
        if wanted == "never" or self.job.pull_request is None:
            return ""
        try:
            return Comments(self.job, values["github-token"]).keep(
                pages.marker(report),
                pages.comment(shown, self.job, note),
                create=wanted == "always" or bool(report.findings),
            )
        except CommentError as error:
            self._tell(Severity.INFO, "No comment on the pull request", str(error))
            return ""

    def _tell(self, severity: Severity, title: str, message: str) -> None:
        runner.annotation(severity, title, message)
        self.told[severity] += 1
