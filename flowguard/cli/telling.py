"""Who is told what came of a deploy, and what Sentry says of it, as flowguard.yml says."""

from __future__ import annotations

import os
import pathlib
from dataclasses import replace
from datetime import datetime

from flowguard.cli.groups import Configured, DryRun
from flowguard.cli.host import Host
from flowguard.config import load
from flowguard.model.questions import Present
from flowguard.model.results import Report
from flowguard.model.smoke import SmokeOutcome, SmokeReport, SmokeResult

ISSUES = "new issues in Sentry"
"""What they are called among the checks."""


class Telling:
    """What follows from the sections `notify` and `sentry`."""

    def __init__(self, settings: Configured, root: pathlib.Path, host: Host) -> None:
        """Read them; raises `ConfigError` for what is wrong, before anything is done."""
        self._config, self._warn = load(settings.config, root), host.warn
        self._silent = isinstance(settings, DryRun) and settings.dry_run
        self._asked = False

    def __call__(self, report: Report) -> Report:
        """Tell people; the report has who was not reached among what is to do."""
        if self._silent or not (self._config.notify or self._config.sentry):
            return report
        warnings = self._warnings(report)
        for warning in warnings:
            self._warn(warning)
        done = report.rollback
        if not done:
            return report
        return replace(report, rollback=replace(done, to_do=(*done.to_do, *warnings)))

    def _warnings(self, report: Report) -> tuple[str, ...]:
        """Tell people; what became of the deploy stands, whatever breaks here."""
        try:
            from flowguard.notify import teller

            return tuple(teller(self._config, os.environ)(report))
        except KeyboardInterrupt:
            return ("nobody was told: interrupted",)
        except Exception as error:  # noqa: BLE001 — it is told by name
            return (f"nobody was told: {type(error).__name__}: {error}",)

    def judged(self, smoke: SmokeReport, since: datetime, stage: str) -> SmokeReport:
        """The smoke tests, with Sentry's new issues of the release as one more check.

        Asked once: after a rollback the release still has the issues that it had.
        """
        project = self._config.sentry
        if project is None or project.new_issues is None or self._asked:
            return smoke
        from flowguard.notify.sentry import Gate

        self._asked = True
        found = Gate(project, os.environ).new_issues(since, stage=stage)
        result = SmokeResult(ISSUES, SmokeOutcome.PASSED, kind="alarm")
        if not isinstance(found, Present):
            result = replace(result, outcome=SmokeOutcome.ERRORED, message=found.reason)
        elif found.value > project.new_issues:
            result = replace(
                result,
                outcome=SmokeOutcome.FAILED,
                message=f"the release brought {found.value}, and may bring "
                f"{project.new_issues}",
                help="look at the issues that were first seen in this release",
            )
        return replace(smoke, results=(*smoke.results, result))
