"""The jobs of a repository as GitHub's matrix, and as a table."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from flowguard import spoken
from flowguard.config import Config, Job
from flowguard.errors import UsageError

QUOTE = '"'
MOST = 256
"""Jobs that GitHub takes in one matrix."""


def of_stage(jobs: Sequence[Job], stage: str | None, config: Config) -> list[Job]:
    """The jobs of one stage, by its name or an alias; all where none is named.

    Raises `UsageError` where there is none, since GitHub fails an empty matrix.
    """
    chosen = [job for job in jobs if stage is None or _same(job.stage, stage, config)]
    if chosen:
        return chosen
    known = sorted({job.stage for job in jobs if job.stage})
    raise UsageError(
        f"no target has the stage {stage!r}" if stage else "there are no targets",
        help=f"the stages are {', '.join(known)}"
        if known
        else "list them under `targets` in flowguard.yml",
    )


def _same(ours: str | None, wanted: str, config: Config) -> bool:
    if ours is None:
        return False
    known = config.stage(wanted)
    if known is None:
        return ours.lower() == wanted.lower()
    return config.stage(ours) is known


def matrix(jobs: Sequence[Job]) -> str:
    """The jobs as `fromJSON` takes them, on one line.

    Every value is text, and empty where nothing is said. Raises `UsageError`
    where GitHub would refuse their number.
    """
    if len(jobs) > MOST:
        raise UsageError(
            f"the targets make {len(jobs):,} jobs; GitHub takes {MOST} in a matrix",
            help=f"run one stage at a time: {spoken.option('stage', 'STAGE')}",
        )
    include = [_entry(job) for job in jobs]
    return json.dumps({"include": include}, ensure_ascii=True, separators=(",", ":"))


def _entry(job: Job) -> dict[str, str]:
    """One job, by the names of the Action's inputs."""
    return {
        "name": job.name,
        "template": job.template,
        "stack-name": job.stack_name or "",
        "stage": job.stage or "",
        "aws-region": job.region or "",
        "account-id": job.account_id or "",
        "role-to-assume": job.role_to_assume or "",
        "parameter-overrides": "\n".join(map(_line, job.parameters)),
        "config": job.config or "",
    }


def _line(parameter: tuple[str, str]) -> str:
    """A parameter as the Action takes it, in quotes where it looks like several."""
    line = "=".join(parameter)
    return f"{QUOTE}{line}{QUOTE}" if misread(line) else line


_NAMED = re.compile(r"\s*([A-Za-z][A-Za-z0-9]*)=")
_SAM = re.compile(r"ParameterKey=(\w+),ParameterValue=")


def misread(line: str) -> list[str]:
    """The names of the parameters in a line that is written for another tool.

    `A=1,B=2` is what aws-cloudformation-github-deploy takes, `A=1 B=2` the AWS CLI and
    SAM, `ParameterKey=A,ParameterValue=1` SAM before. Empty where the line is one
    parameter, `A=1`.
    """
    if found := _SAM.findall(line):
        return found
    for parts in (_at_commas(line), line.split()):
        named = [_NAMED.match(part) for part in parts]
        if len(parts) > 1 and all(named):
            return [match[1] for match in named if match]
    return []


def _at_commas(line: str) -> list[str]:
    """The line in parts, at commas outside of double quotes."""
    parts = [""]
    for number, text in enumerate(line.split(QUOTE)):
        if number % 2:
            parts[-1] += f"{QUOTE}{text}{QUOTE}"
        else:
            first, *rest = text.split(",")
            parts[-1] += first
            parts += rest
    return parts


def table(jobs: Sequence[Job]) -> str:
    """The jobs for people, a line each below the columns' names."""
    head = ("name", "template", "stack", "stage", "region", "account")
    rows = [
        head,
        *(
            (
                job.name,
                job.template,
                job.stack_name or "-",
                job.stage or "-",
                job.region or "-",
                job.account_id or "-",
            )
            for job in jobs
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(text.ljust(n) for text, n in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "".join(f"{line}\n" for line in lines)
