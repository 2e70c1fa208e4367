"""`flowguard targets`."""

from __future__ import annotations

import os
import pathlib
import sys
from argparse import Namespace

from flowguard import targets, template
from flowguard.cli.preflight import find_root
from flowguard.config import Config, Job, load
from flowguard.report import escape
from flowguard.rules import EVERY


def run(arguments: Namespace) -> int:
    """Print the jobs that were asked for and return 0."""
    config, jobs = read(arguments)
    chosen = targets.of_stage(jobs, arguments.stage, config)
    if arguments.format == "table":
        sys.stdout.write(escape.log(targets.table(chosen)))
    else:
        sys.stdout.write(escape.json_document(targets.matrix(chosen)) + "\n")
    return 0


def read(arguments: Namespace) -> tuple[Config, tuple[Job, ...]]:
    """The configuration and its jobs; without `targets`, those of one template.

    Raises `ConfigError`, and `TemplateError` where no template is found either.
    """
    folder = pathlib.Path.cwd()
    root = find_root(folder)
    path = pathlib.Path(arguments.config) if arguments.config else None
    config = load(path, root, rule_ids=[rule.id for rule in EVERY])
    if config.jobs:
        return config, config.jobs
    found = pathlib.Path(os.path.relpath(template.find(folder), root)).as_posix()
    return config, config.jobs_of(found, root.name)
