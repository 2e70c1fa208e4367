"""A run of smoke tests with the real world: the service, AWS, processes, time."""

from __future__ import annotations

import os
import pathlib
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from flowguard.aws.fence import limited
from flowguard.aws.smoke import world
from flowguard.cli.clock import Clock
from flowguard.cli.groups import Tested
from flowguard.cli.host import TERMINAL, Host
from flowguard.cli.project import Project, sign_in
from flowguard.errors import UsageError
from flowguard.model.results import Coverage, Report, Target, Verdict
from flowguard.model.smoke import SmokeReport, SmokeResult
from flowguard.probe import Probe
from flowguard.report import escape
from flowguard.smoke import baseline, runner
from flowguard.smoke.doubt import doubted
from flowguard.smoke.findings import results
from flowguard.smoke.links import logs_link
from flowguard.smoke.secrets import Secrets
from flowguard.smoke.suite import Command, Suite
from flowguard.smoke.verdict import verdict
from flowguard.smoke.world import CommandResult
from flowguard.version import __version__

if TYPE_CHECKING:
    from flowguard.aws.session import Aws
    from flowguard.smoke.blame import Suspects

_NOT_RUN = (
    "it is not run: it is code of the repository, which --no-commands leaves out, and "
    "so does a pull request without the input run-commands"
)
_MOST_LOGS = 3
"""How many functions' logs are linked: the changed ones stand first."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What a run of smoke tests is held against."""

    baseline: baseline.Baseline | None = None
    is_last_good: bool = False
    """Whether it was kept of the last good release, since the live one is bad."""


def given_yardstick(settings: Tested) -> Yardstick:
    """The baseline that the options name; raises `ConfigError` for what is none."""
    path = settings.against
    return Yardstick(baseline.read(path)) if path else Yardstick()


class Session:
    """One run; a context manager that ends what it has open.

    What is in flight is ended by a Ctrl-C, and what the run made is removed.
    """

    def __init__(
        self,
        settings: Tested,
        host: Host = TERMINAL,
        *,
        takes: bool = False,
        yardstick: Yardstick | None = None,
        proves_release: bool = True,
        suite: Suite | None = None,
    ) -> None:
        """Read the spec and the yardstick, unless they are at hand.

        Unless the run `proves_release`, whatever release is live is tested; where it
        `takes` a baseline, nothing is judged. Raises `ConfigError` for a spec that
        cannot be run.
        """
        self.project = Project(settings)
        suite = suite or self.project.suite()
        self.suite = suite if proves_release else replace(suite, release=None)
        self.secrets = Secrets()
        self.secrets.add_urls(os.environ.values())
        self.taken: baseline.Baseline | None = None
        """What the service does now, once it was taken."""
        self._settings, self._host, self._takes = settings, host, takes
        self._clock = Clock()
        self._probe = Probe(user_agent=f"flowguard/{__version__}")
        self._aws: Aws | None = None
        self._suspects: Suspects | None = None
        self._yardstick = yardstick or given_yardstick(settings)
        self._started = datetime.now(UTC)
        self._world = world(
            self._connect,
            self.suite,
            send=self._probe,
            clock=self._clock,
            run=self._run_command,
            git=_checked_out,
            run_id=os.urandom(6).hex(),
            stack_name=self.project.stack_name,
            progress=self._progress,
            cancel=self._cancel,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End what is open."""
        self._probe.close()

    def run(self) -> SmokeReport:
        """Run the suite, as the options say: as a baseline, or held against one.

        Raises `ConfigError` for what only the run shows to be wrong in the spec.
        """
        with limited(self.suite.budget):
            return self._run()

    def _run(self) -> SmokeReport:
        folder = (self.project.root / self.suite.path).parent
        if self._takes:
            report, self.taken = runner.take(
                self.suite, self._world, secrets=self.secrets, folder=folder
            )
            return report
        report = runner.run(
            self.suite,
            self._world,
            baseline=self._yardstick.baseline,
            suspects=self._suspect,
            secrets=self.secrets,
            folder=folder,
            oldest=timedelta(hours=self._settings.baseline_age),
        )
        if is_run_again() and not self._yardstick.is_last_good:
            report = doubted(report)
        return replace(
            report,
            results=tuple(map(self._with_logs, report.results)),
            coverage="; ".join(filter(None, (self._coverage(), report.coverage))),
        )

    def keep(self, path: pathlib.Path) -> None:
        """Write the baseline; raises `UsageError` where it cannot."""
        if self.taken is None:
            return
        try:
            baseline.write(self.taken, path)
        except OSError as error:
            raise UsageError(
                f"cannot write the baseline to {path}: {error.strerror}",
                help="name a file in a folder that can be written to",
            ) from error

    def report(self, command: str, smoke: SmokeReport) -> Report:
        """The report of a command that ran the suite."""
        place = self._aws.place if self._aws else None
        region = place.region if place else self.project.region
        said = verdict(smoke, self.suite.gate)
        if smoke.is_baseline and said is Verdict.BLOCK:
            said = Verdict.PASS  # it judges nothing: what is broken now is told as such
        return Report(
            command=command,
            target=Target(
                self.project.stack_name,
                self._settings.stage,
                region or "",
                place.account_id if place else None,
            ),
            results=results(smoke),
            coverage=Coverage(),
            started_at=self._started,
            duration=smoke.duration,
            flowguard_version=__version__,
            verdict=said,
            smoke=smoke,
            sources=self.secrets.in_files(self.suite.sources),
        )

    def _coverage(self) -> str:
        template = self.project.template
        if template is None:
            return ""
        from flowguard.smoke import coverage
        from flowguard.template.routes import routes_of

        # Nobody is asked for this alone: only suspects need to know what changed.
        changed = self._suspects.changed if self._suspects else None
        return coverage.in_words(self.suite, routes_of(template), changed)

    def _suspect(self, base: str) -> Suspects:
        self._suspects = self.project.suspects(
            self._world.changed, base, self._world.added
        )
        return self._suspects

    def _with_logs(self, result: SmokeResult) -> SmokeResult:
        """The result with links to what its functions logged while it was tested."""
        if result.blame is None or self._suspects is None:
            return result
        place = self._aws.place if self._aws else None
        region = place.region if place else self.project.region
        names = self._suspects.functions(result.blame) if region else ()
        failing = next((e for e in result.exchanges if not e.passed), None)
        links = (
            logs_link(
                self._world.physical(name),
                region or "",
                self._started,
                datetime.now(UTC),
                failing.request_id if failing else "",
            )
            for name in names[:_MOST_LOGS]
        )
        return replace(result, logs=(*result.logs, *links))

    def _run_command(self, command: Command) -> CommandResult:
        if self._settings.no_commands:
            return CommandResult(None, "", error=_NOT_RUN)
        from flowguard.process import Processes

        # What it is handed may come out in a later step, from a file that it wrote;
        # what nobody is handed needs no order to hide it, which would only tell it.
        for _, value in command.environment:
            for piece, secret in self.secrets.split(value):
                if secret and self._host.hide:
                    self._host.hide(piece)
        processes = Processes(
            self._echo, lambda: self._clock.ended, folder=self.project.root
        )
        return processes(command)

    def _connect(self) -> Aws:
        self._aws = sign_in(self._settings, self.project.region)
        return self._aws

    def _cancel(self) -> None:
        self._clock.end()
        self._probe.cancel()

    def _progress(self, text: str) -> None:
        self._say(text)

    def _echo(self, line: str) -> None:
        self._say(f"| {line}")

    def _say(self, text: str) -> None:
        if not self._settings.quiet:
            sys.stderr.write(f"{escape.line(self.secrets.mask(text))}\n")
            sys.stderr.flush()


def is_run_again() -> bool:
    """Whether the workflow run was run before: then that attempt may have left the
    release that the baseline is of."""
    attempt = os.environ.get("GITHUB_RUN_ATTEMPT", "")
    return attempt.isdecimal() and int(attempt) > 1


def _checked_out(what: str) -> str | None:
    """What git has checked out; processes are rarely needed, and slow to import."""
    from flowguard.process import checked_out

    return checked_out(what)
