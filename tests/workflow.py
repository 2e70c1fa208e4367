"""Workflows that use the Action, run by act in a Docker engine."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import container

ACT = pathlib.Path(sysconfig.get_path("scripts")) / "act"

_OF_THE_ACTION = (
    ".dockerignore",
    ".github",
    "Dockerfile",
    "action.yml",
    "flowguard",
    "requirements-action.txt",
    "scripts/slim.py",
)
"""What a repository needs to use the Action as `./`."""


@dataclass(frozen=True, slots=True)
class Run:
    """A workflow that has run."""

    code: int
    entries: tuple[Mapping[str, Any], ...]
    """Its log."""

    @property
    def log(self) -> str:
        """What it printed."""
        return "\n".join(str(entry.get("msg", "")).rstrip() for entry in self.entries)

    def commands(self, step: str, name: str) -> list[Mapping[str, Any]]:
        """The workflow commands of a name that a step's id gave."""
        return [
            entry
            for entry in self.entries
            if entry.get("command") == name and entry.get("stepID") == [step]
        ]

    def results(self) -> dict[str, str]:
        """What became of each job, by its name."""
        return {
            entry["job"]: entry["jobResult"]
            for entry in self.entries
            if "jobResult" in entry
        }


def repository(folder: pathlib.Path, *projects: pathlib.Path) -> pathlib.Path:
    """A repository with the Action in it, and the files of those projects."""
    for name in _OF_THE_ACTION:
        _copy(container.CHECKOUT / name, folder / name)
    for project in projects:
        _copy(project, folder)
    return folder


def commit(folder: pathlib.Path) -> None:
    """Commit all of the folder, which becomes a repository the first time."""
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.com")
    begin = (
        ("init", "--quiet", "--initial-branch=main"),
        ("remote", "add", "origin", "https://github.com/acme/orders"),
    )
    for command in (
        *(() if (folder / ".git").exists() else begin),
        ("add", "--all"),
        (*identity, "commit", "--quiet", "--message=all"),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)


def run(
    folder: pathlib.Path,
    workflow: str,
    *options: str,
    environment: Mapping[str, str] | None = None,
) -> Run:
    """Run a workflow of the repository to its end."""
    container.image()  # so that the build within a step finds its layers made
    base = container.base_image()
    variables = (environment or {}).items()
    done = subprocess.run(
        [
            *(ACT, "workflow_dispatch", "--workflows", f".github/workflows/{workflow}"),
            *("--json", "--pull=false", "--network=host", "--rm"),
            *("--platform", f"ubuntu-24.04={base}", "--container-daemon-socket=-"),
            *(
                part
                for name, value in variables
                for part in ("--env", f"{name}={value}")
            ),
            *options,
        ],
        cwd=folder,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Run(done.returncode, tuple(_entries(done.stdout)))


def _entries(log: str) -> Iterator[Mapping[str, Any]]:
    for line in log.splitlines():
        try:
            yield json.loads(line)
        except ValueError:  # what act says before it begins to log
            yield {"msg": line}


def _copy(source: pathlib.Path, target: pathlib.Path) -> None:
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
