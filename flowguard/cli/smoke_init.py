"""`flowguard smoke init`."""

from __future__ import annotations

import pathlib

from flowguard import template
from flowguard.cli import streams
from flowguard.cli.commands import Smoke
from flowguard.cli.project import ANYWHERE, find_root
from flowguard.model import hidden
from flowguard.model.places import Place
from flowguard.model.questions import AccountState
from flowguard.smoke.draft import draft


def run(settings: Smoke) -> int:
    """Print a spec for the routes of the template, and return 0."""
    folder = pathlib.Path.cwd()
    path = settings.template or folder
    if path.is_dir():
        path = template.find(path, settings.stack_name)
    root = find_root(folder)
    inputs = template.Inputs(
        place=Place(None, settings.region or ANYWHERE),
        stack_name=settings.stack_name or "app",
        stage=settings.stage,
        region=settings.region,
    )
    found = template.open_template(path, root).resolve(inputs, AccountState({}))
    shown = path.resolve()
    name = shown.relative_to(root) if shown.is_relative_to(root) else shown
    streams.print_text(hidden.shown(draft(found, name.as_posix())))
    return 0
