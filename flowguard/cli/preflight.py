"""`flowguard preflight`."""

from __future__ import annotations

import logging
import os
import pathlib
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from flowguard import spoken, template
from flowguard.cli import output
from flowguard.cli.commands import Preflight
from flowguard.cli.host import TERMINAL, Host
from flowguard.cli.output import Done
from flowguard.cli.project import (
    ANYWHERE,
    find_root,
    region_of_environment,
    sign_in,
    smoke_tested,
)
from flowguard.cli.values import severity
from flowguard.config import Config, Stage, load
from flowguard.engine import Observer
from flowguard.errors import UsageError, nearest
from flowguard.model import hidden
from flowguard.model.places import Place
from flowguard.model.questions import AccountState
from flowguard.model.results import Outcome, Report, Verdict
from flowguard.plan import NOWHERE, Planner
from flowguard.prediction import Gate, offline, predict
from flowguard.rollback.readiness import judged
from flowguard.rules import BUILTIN, EVERY

_CREDENTIAL = re.compile(
    r"INPUT_|ACTIONS_|(GITHUB|GH)_TOKEN$|AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$"
)
"""The variables of a workflow's job that hold its own credentials."""


def run(settings: Preflight) -> int:
    """Run the command and return its exit code."""
    if settings.verbose:
        logging.basicConfig(handlers=[_handler()])
        logging.getLogger("flowguard").setLevel(logging.DEBUG)
    return output.deliver(check(settings), settings)


def _handler() -> logging.Handler:
    """Writes what is logged, whatever it quotes, without what may not be shown."""
    from flowguard.smoke.secrets import of_environment

    class Shown(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            text = hidden.shown(super().format(record))
            return of_environment(os.environ).mask(text)

    handler = logging.StreamHandler()
    handler.setFormatter(Shown("%(name)s: %(message)s"))
    return handler


def check(settings: Preflight, _host: Host = TERMINAL) -> Done[Report]:
    """Do what the options ask for, but print nothing; the Action calls this, too.

    Raises `FlowGuardError` where it cannot be done.
    """
    root = find_root(pathlib.Path.cwd())
    config = load(settings.config, root, rule_ids=[rule.id for rule in EVERY])
    _require_rules(settings.accept)
    planner, observe = _prepare(settings, root, config)
    report = judged(
        predict(
            planner,
            observe,
            [rule for rule in BUILTIN if rule.id not in config.rules_off],
            config.policies,
            Gate(severity(settings.fail_on), settings.accept),
        )
    )
    passes = report.verdict is Verdict.PASS
    if settings.strict and passes and report.leaves_aws_unasked:
        report = replace(report, verdict=Verdict.INCONCLUSIVE)
    return Done(report, _exit_code(report, strict=settings.strict))


def _exit_code(report: Report, *, strict: bool) -> int:
    """Blocked before crashed before inconclusive, as the contract orders them."""
    if report.verdict is Verdict.BLOCK:
        return 1
    if any(result.outcome is Outcome.CRASHED for result in report.results):
        return 2
    return 3 if strict and report.verdict is Verdict.INCONCLUSIVE else 0


def _prepare(
    settings: Preflight, root: pathlib.Path, config: Config
) -> tuple[Planner, Observer]:
    path = settings.template or pathlib.Path.cwd()
    if path.is_dir():
        path = template.find(path, settings.stack_name)
    source = template.open_template(path, root)

    def inputs(place: Place) -> template.Inputs:
        return template.Inputs(
            place=place,
            stack_name=settings.stack_name,
            stage=settings.stage,
            region=settings.region,
            capabilities=settings.capability,
            role_arn=settings.role_arn,
            parameters=settings.parameter,
            environment=_environment(),
            shown=config.shown,
        )

    stage = _stage(settings.stage, config)
    region = settings.region or _region_of_template(source, inputs)
    if region is None and not settings.profile:
        # The deploy tools look there, too; what the stage says is the last resort.
        region = region_of_environment() or (stage.region if stage else None)
    if settings.offline:
        place: Place = Place(None, region or ANYWHERE)
        observe: Observer = offline
    else:
        place, observe = _account(settings, region)
    home = Place(stage.account_id, stage.region or "") if stage else NOWHERE
    now = datetime.now(UTC)
    tested = smoke_tested(config, root, settings.stage)
    made = Planner(source, inputs(place), now, config.convention, home, tested)
    return made, observe


def _environment() -> dict[str, str]:
    """The environment as `${env:…}` sees it, without what signs the job in.

    A value may reach a name, and so a report, and nobody would mask it there.
    """
    return {
        name: "****" if _CREDENTIAL.match(name) else value
        for name, value in os.environ.items()
    }


def _stage(name: str | None, config: Config) -> Stage | None:
    """The stage that is meant; raises `UsageError` for what looks mistyped.

    A stage that the configuration does not list is fine (`pr-481`), unless its
    name is all but that of one.
    """
    stage = config.stage(name)
    known = [word for each in config.stages for word in (each.name, *each.aliases)]
    # A name as near as `dev2` is to `dev` may be a stage of its own.
    if name and not stage and (near := nearest(name, known, least=0.8)):
        raise UsageError(
            f"{spoken.option('stage')}: flowguard.yml has no stage {name!r}",
            help=f"did you mean {near}? if it is a stage of its own, add it to stages",
        )
    return stage


def _region_of_template(
    source: template.Source, inputs: Callable[[Place], template.Inputs]
) -> str | None:
    """The region that the template itself says (Serverless Framework, CDK)."""
    place = Place(None, region_of_environment() or ANYWHERE)
    return source.resolve(inputs(place), AccountState({})).region


def _account(settings: Preflight, region: str | None) -> tuple[Place, Observer]:
    from flowguard.aws.observe import Observer as AwsObserver

    aws = sign_in(settings, region)
    progress = None if settings.quiet else output.progress(sys.stderr)
    return aws.place, AwsObserver(aws, progress)


def _require_rules(ids: Sequence[str]) -> None:
    known = {rule.id for rule in BUILTIN}
    for unknown in sorted(set(ids) - known):
        near = nearest(unknown, known)
        raise UsageError(
            f"{spoken.option('accept')}: there is no rule {unknown!r}",
            help=f"did you mean {near}?" if near else "`flowguard rules` lists them",
        )
