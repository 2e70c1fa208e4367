"""`flowguard preflight`."""

from __future__ import annotations

import difflib
import logging
import os
import pathlib
import re
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from flowguard import template
from flowguard.cli import output
from flowguard.cli.project import (
    ANYWHERE,
    find_root,
    region_of_environment,
    smoke_tested,
)
from flowguard.config import Config, Stage, load
from flowguard.engine import Observer
from flowguard.errors import UsageError
from flowguard.model import (
    AccountState,
    Outcome,
    Place,
    Report,
    Severity,
    Verdict,
    hidden,
)
from flowguard.plan import NOWHERE, Planner
from flowguard.preflight import Gate, offline, preflight
from flowguard.rollback.readiness import judged
from flowguard.rules import BUILTIN, EVERY

_CREDENTIAL = re.compile(
    r"INPUT_|ACTIONS_|(GITHUB|GH)_TOKEN$|AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$"
)
"""The variables of a workflow's job that hold its own credentials."""


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    if arguments.verbose:
        logging.basicConfig(handlers=[_handler()])
        logging.getLogger("flowguard").setLevel(logging.DEBUG)
    output.parse(arguments.output)
    report = check(arguments)
    code = exit_code(report, strict=arguments.strict)
    return output.deliver(code, report, arguments)


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


def check(arguments: Namespace) -> Report:
    """Do what the options ask for, but print nothing; the Action calls this, too.

    Raises `FlowGuardError` where it cannot be done.
    """
    root = find_root(pathlib.Path.cwd())
    config = load(_path(arguments.config), root, rule_ids=[rule.id for rule in EVERY])
    _require_rules(arguments.accept)
    planner, observe = _prepare(arguments, root, config)
    report = judged(
        preflight(
            planner,
            observe,
            [rule for rule in BUILTIN if rule.id not in config.rules_off],
            config.policies,
            Gate(_severity(arguments.fail_on), tuple(arguments.accept)),
        )
    )
    passes = report.verdict is Verdict.PASS
    if arguments.strict and passes and report.leaves_aws_unasked:
        return replace(report, verdict=Verdict.INCONCLUSIVE)
    return report


def exit_code(report: Report, *, strict: bool) -> int:
    """Blocked before crashed before inconclusive, as the contract orders them."""
    if report.verdict is Verdict.BLOCK:
        return 1
    if any(result.outcome is Outcome.CRASHED for result in report.results):
        return 2
    return 3 if strict and report.verdict is Verdict.INCONCLUSIVE else 0


def _prepare(
    arguments: Namespace, root: pathlib.Path, config: Config
) -> tuple[Planner, Observer]:
    path = _path(arguments.template) or pathlib.Path.cwd()
    if path.is_dir():
        path = template.find(path, arguments.stack_name)
    source = template.open_template(path, root)
    parameters = _parameters(arguments.parameter)

    def inputs(place: Place) -> template.Inputs:
        return template.Inputs(
            place=place,
            stack_name=arguments.stack_name,
            stage=arguments.stage,
            region=arguments.region,
            capabilities=tuple(arguments.capability),
            role_arn=arguments.role_arn,
            parameters=parameters,
            environment=_environment(),
            shown=config.shown,
        )

    stage = _stage(arguments.stage, config)
    region = arguments.region or _region_of_template(source, inputs)
    if region is None and not arguments.profile:
        # The deploy tools look there, too; what the stage says is the last resort.
        region = region_of_environment() or (stage.region if stage else None)
    if arguments.offline:
        place: Place = Place(None, region or ANYWHERE)
        observe: Observer = offline
    else:
        place, observe = _account(arguments, region)
    home = Place(stage.account_id, stage.region or "") if stage else NOWHERE
    now = datetime.now(UTC)
    tested = smoke_tested(config, root, arguments.stage)
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
    if name and not stage and (near := difflib.get_close_matches(name, known, 1, 0.8)):
        raise UsageError(
            f"--stage: flowguard.yml has no stage {name!r}",
            help=f"did you mean {near[0]}? if it is a stage of its own, add it to stages",
        )
    return stage


def _region_of_template(
    source: template.Source, inputs: Callable[[Place], template.Inputs]
) -> str | None:
    """The region that the template itself says (Serverless Framework, CDK)."""
    place = Place(None, region_of_environment() or ANYWHERE)
    return source.resolve(inputs(place), AccountState({})).region


def _account(arguments: Namespace, region: str | None) -> tuple[Place, Observer]:
    from flowguard.aws.observe import Observer as AwsObserver
    from flowguard.aws.session import connect

    aws = connect(
        profile=arguments.profile, region=region, assume_role=arguments.assume_role
    )
    progress = None if arguments.quiet else output.progress(sys.stderr)
    return aws.place, AwsObserver(aws, progress)


def _path(given: str | None) -> pathlib.Path | None:
    return pathlib.Path(given) if given else None


def _parameters(given: list[str]) -> dict[str, str]:
    for entry in given:
        if "=" not in entry:
            raise UsageError(
                f"--parameter {entry!r} has no value",
                help="write --parameter KEY=VALUE",
            )
    return dict(entry.split("=", 1) for entry in given)


def _severity(word: str) -> Severity | None:
    return None if word == "never" else Severity[word.upper()]


def _require_rules(ids: list[str]) -> None:
    known = {rule.id for rule in BUILTIN}
    for unknown in sorted(set(ids) - known):
        near = difflib.get_close_matches(unknown, known, 1)
        raise UsageError(
            f"--accept: there is no rule {unknown!r}",
            help=f"did you mean {near[0]}?" if near else "`flowguard rules` lists them",
        )
