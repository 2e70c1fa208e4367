"""`flowguard smoke init`."""

from __future__ import annotations

import pathlib
from argparse import Namespace

from flowguard import template
from flowguard.cli import streams
from flowguard.cli.project import ANYWHERE, find_root
from flowguard.model import AccountState, Place, hidden
from flowguard.smoke.draft import draft


def run(arguments: Namespace) -> int:
    """Print a spec for the routes of the template, and return 0."""
    folder = pathlib.Path.cwd()
    path = pathlib.Path(arguments.template or folder)
    if path.is_dir():
        path = template.find(path, arguments.stack_name)
    root = find_root(folder)
    inputs = template.Inputs(
        place=Place(None, arguments.region or ANYWHERE),
        stack_name=arguments.stack_name or "app",
        stage=arguments.stage,
        region=arguments.region,
    )
    found = template.open_template(path, root).resolve(inputs, AccountState({}))
    shown = path.resolve()
    name = shown.relative_to(root) if shown.is_relative_to(root) else shown
    streams.print_text(hidden.shown(draft(found, name.as_posix())))
    return 0
