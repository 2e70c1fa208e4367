"""`flowguard targets`."""

from __future__ import annotations

import os
import pathlib
from argparse import Namespace
from collections.abc import Sequence

from flowguard import targets, template
from flowguard.cli.project import find_root
from flowguard.cli.streams import print_text
from flowguard.config import Config, Job, load
from flowguard.report import escape
from flowguard.rules import EVERY


def run(arguments: Namespace) -> int:
    """Print the jobs that were asked for and return 0."""
    if arguments.format == "table":
        print_text(escape.log(targets.table(_chosen(arguments))))
    else:
        print_text(f"{matrix(arguments)}\n")
    return 0


def matrix(arguments: Namespace) -> str:
    """The jobs as `fromJSON` takes them; the Action calls this, too.

    Raises `ConfigError`, `UsageError` where there are none or too many, and
    `TemplateError` where nothing says which template is meant.
    """
    return escape.json_document(targets.matrix(_chosen(arguments)))


def _chosen(arguments: Namespace) -> Sequence[Job]:
    config, jobs = _read(arguments)
    return targets.of_stage(jobs, arguments.stage, config)


def _read(arguments: Namespace) -> tuple[Config, tuple[Job, ...]]:
    """The configuration and its jobs; without `targets`, those of one template."""
    folder = pathlib.Path.cwd()
    root = find_root(folder)
    path = pathlib.Path(arguments.config) if arguments.config else None
    config = load(path, root, rule_ids=[rule.id for rule in EVERY])
    if config.jobs:
        return config, config.jobs
    found = pathlib.Path(os.path.relpath(template.find(folder), root)).as_posix()
    return config, config.jobs_of(found, root.name)
