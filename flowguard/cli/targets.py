"""`flowguard targets`."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Sequence

from flowguard import targets, template
from flowguard.cli.commands import Targets
from flowguard.cli.project import find_root
from flowguard.cli.streams import print_text
from flowguard.config import Config, Job, load
from flowguard.report import escape
from flowguard.rules import EVERY


def run(settings: Targets) -> int:
    """Print the jobs that were asked for and return 0."""
    if settings.format == "table":
        print_text(escape.log(targets.table(_chosen(settings))))
    else:
        print_text(f"{matrix(settings)}\n")
    return 0


def matrix(settings: Targets) -> str:
    """The jobs as `fromJSON` takes them; the Action calls this, too.

    Raises `ConfigError`, `UsageError` where there are none or too many, and
    `TemplateError` where nothing says which template is meant.
    """
    return escape.json_document(targets.matrix(_chosen(settings)))


def _chosen(settings: Targets) -> Sequence[Job]:
    config, jobs = _read(settings)
    return targets.of_stage(jobs, settings.stage, config)


def _read(settings: Targets) -> tuple[Config, tuple[Job, ...]]:
    """The configuration and its jobs; without `targets`, those of one template."""
    folder = pathlib.Path.cwd()
    root = find_root(folder)
    config = load(settings.config, root, rule_ids=[rule.id for rule in EVERY])
    if config.jobs:
        return config, config.jobs
    found = pathlib.Path(os.path.relpath(template.find(folder), root)).as_posix()
    return config, config.jobs_of(found, root.name)
