"""`flowguard deploy`: a change set, smoke tests in its window, cancel or let be."""

from __future__ import annotations

import os
import pathlib

from flowguard import spoken, template
from flowguard.cli import output
from flowguard.cli.commands import Deploy
from flowguard.cli.guarded import connected, held_against_before
from flowguard.cli.host import TERMINAL, Host
from flowguard.cli.output import Done
from flowguard.errors import FlowGuardError, TemplateError, UsageError
from flowguard.guard.deploy import Asked, deploy
from flowguard.guard.packaged import local_artifacts
from flowguard.guard.release import Release
from flowguard.model.results import Report
from flowguard.template.parameters import is_no_echo
from flowguard.template.text import parse

MOST_TRIGGERS = 5


def run(settings: Deploy) -> int:
    """Run the command and return its exit code."""
    return output.run(settings, check)


def check(settings: Deploy, host: Host = TERMINAL) -> Done[Report]:
    """Do what the options ask for, but print no report; the Action calls this, too.

    Raises `FlowGuardError` where it cannot be done.
    """
    known = connected(settings, host)
    asked = Asked(
        run=os.urandom(4).hex(),
        region=known.aws.place.region,
        before=known.before,
        approve=settings.approve or "",
        approving=lambda plan: host.approve_change_set(settings, plan),
        timeout=60 * settings.timeout,
    )
    release, hidden = _release(settings, known.stack_name)
    for name in hidden:
        known.secrets.add(release.parameters.get(name, ""))
    try:
        with held_against_before(known):
            return known.done("deploy", deploy(known.world, release, asked))
    except FlowGuardError as error:
        masked = known.secrets.mask(error.message)
        raise FlowGuardError(masked, help=error.help) from None


def _release(settings: Deploy, stack_name: str) -> tuple[Release, list[str]]:
    """What is deployed, and the names of the parameters whose values are secret."""
    path, text = _template(settings, stack_name)
    root = parse(text, str(path)).plain()
    if not isinstance(root, dict):
        raise TemplateError(
            f"{path} is no template",
            help=f"name another: {spoken.option('template', 'PATH')}",
        )
    _require_packaged(root, path)
    if len(settings.trigger) > MOST_TRIGGERS:
        raise UsageError(
            f"a stack has at most {MOST_TRIGGERS} rollback triggers",
            help="join the alarms in a composite alarm",
        )
    declared = root.get("Parameters")
    declared = declared if isinstance(declared, dict) else {}
    hidden = [name for name, row in declared.items() if _is_hidden(row)]
    release = Release(
        stack_name,
        text,
        declared=frozenset(declared),
        hidden=frozenset(hidden),
        parameters=settings.parameter,
        tags=settings.stack_tag,
        capabilities=settings.capability,
        role_arn=settings.role_arn or "",
        window=settings.window,
        triggers=settings.trigger,
        storage=settings.s3 or "",
    )
    return release, hidden


def _is_hidden(parameter: object) -> bool:
    if not isinstance(parameter, dict):
        return False
    return is_no_echo(parameter.get("NoEcho"))


def _template(settings: Deploy, stack_name: str) -> tuple[pathlib.Path, str]:
    path = settings.template or pathlib.Path.cwd()
    if path.is_dir():
        path = template.find(path, stack_name)
    if path.name.startswith("serverless."):
        raise UsageError(
            f"{path.name} is deployed by the Serverless Framework",
            help=spoken.command("guard", stack_name=stack_name)
            + " -- npx serverless deploy",
        )
    try:
        return path, path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise TemplateError(
            f"cannot read {path}: {why}",
            help=f"name another: {spoken.option('template', 'PATH')}",
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
