"""`flowguard deploy`: a change set, smoke tests in its window, cancel or let be."""

from __future__ import annotations

import os
import pathlib
from argparse import Namespace
from functools import partial

from flowguard import template
from flowguard.cli import going_on, guarded
from flowguard.cli.guarded import connected, exit_code, held_against_before
from flowguard.errors import FlowGuardError, TemplateError, UsageError
from flowguard.guard.deploy import Asked, deploy
from flowguard.guard.packaged import local_artifacts
from flowguard.guard.release import Release
from flowguard.model import Report
from flowguard.template.parameters import is_no_echo
from flowguard.template.text import parse

__all__ = ["check", "exit_code", "run"]

MOST_TRIGGERS = 5


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    return guarded.run(arguments, check)


def check(arguments: Namespace) -> Report:
    """Do what the options ask for, but print no report; the Action calls this, too.

    Raises `FlowGuardError` where it cannot be done.
    """
    known = connected(arguments)
    asked = Asked(
        run=os.urandom(4).hex(),
        region=known.aws.place.region,
        before=known.before,
        approve=arguments.approve or "",
        approving=partial(going_on.approve_change_set, arguments),
        timeout=60 * arguments.timeout,
    )
    release, hidden = _release(arguments)
    for name in hidden:
        known.secrets.add(release.parameters.get(name, ""))
    try:
        with held_against_before(known):
            return known.report("deploy", deploy(known.world, release, asked))
    except FlowGuardError as error:
        masked = known.secrets.mask(error.message)
        raise FlowGuardError(masked, help=error.help) from None


def _release(arguments: Namespace) -> tuple[Release, list[str]]:
    """What is deployed, and the names of the parameters whose values are secret."""
    path, text = _template(arguments)
    root = parse(text, str(path)).plain()
    if not isinstance(root, dict):
        raise TemplateError(f"{path} is no template", help="name another: --template")
    _require_packaged(root, path)
    if len(arguments.trigger) > MOST_TRIGGERS:
        raise UsageError(
            f"a stack has at most {MOST_TRIGGERS} rollback triggers",
            help="join the alarms in a composite alarm",
        )
    declared = root.get("Parameters")
    declared = declared if isinstance(declared, dict) else {}
    hidden = [name for name, row in declared.items() if _is_hidden(row)]
    release = Release(
        arguments.stack_name,
        text,
        declared=frozenset(declared),
        hidden=frozenset(hidden),
        parameters=_pairs("--parameter", arguments.parameter),
        tags=_pairs("--stack-tag", arguments.stack_tag),
        capabilities=tuple(arguments.capability),
        role_arn=arguments.role_arn or "",
        window=arguments.window,
        triggers=tuple(arguments.trigger),
        storage=arguments.s3 or "",
    )
    return release, hidden


def _is_hidden(parameter: object) -> bool:
    if not isinstance(parameter, dict):
        return False
    return is_no_echo(parameter.get("NoEcho"))


def _template(arguments: Namespace) -> tuple[pathlib.Path, str]:
    path = pathlib.Path(arguments.template or pathlib.Path.cwd())
    if path.is_dir():
        path = template.find(path, arguments.stack_name)
    if path.name.startswith("serverless."):
        raise UsageError(
            f"{path.name} is deployed by the Serverless Framework",
            help=f"flowguard guard --stack-name {arguments.stack_name} -- "
            "npx serverless deploy",
        )
    try:
        return path, path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise TemplateError(
            f"cannot read {path}: {why}", help="name another: --template PATH"
        ) from error


def _require_packaged(root: dict[str, object], path: pathlib.Path) -> None:
    for logical_id, name, value in local_artifacts(root):
        raise TemplateError(
            f"{path}: {name} of {logical_id} is a local path, {value!r}, which "
            "CloudFormation cannot read",
            help="package the template first, and deploy what comes of it: "
            "sam build && sam package --output-template-file packaged.yaml, or "
            "aws cloudformation package; CDK: cdk deploy, under flowguard guard",
        )


def _pairs(option: str, given: list[str]) -> dict[str, str]:
    for entry in given:
        if "=" not in entry:
            raise UsageError(
                f"{option} {entry.partition('=')[0]!r} has no value",
                help=f"write {option} KEY=VALUE",
            )
    return dict(entry.split("=", 1) for entry in given)
