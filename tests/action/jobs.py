"""A job of a workflow, as far as a step of it sees it."""

from __future__ import annotations

import json
import os
import pathlib
from dataclasses import dataclass
from typing import Any

import pytest
from report.runner import Command, commands

from flowguard.action import main

TEMPLATE = """\
Resources:
  Users:
    Type: AWS::DynamoDB::Table
    Properties: {TableName: users}
"""


@dataclass(frozen=True)
class Ran:
    """What a step left behind."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str

    @property
    def commands(self) -> list[Command]:
        """What the runner would obey."""
        return commands(self.log)

    def annotations(self, kind: str) -> list[Command]:
        """The annotations of one kind: error, warning or notice."""
        return [command for command in self.commands if command.name == kind]


class Job:
    """A job whose workspace has a template, and no AWS anywhere near."""

    def __init__(
        self,
        folder: pathlib.Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.folder = folder
        self.workspace = folder / "workspace"
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        (self.workspace / ".git").mkdir(parents=True)
        (self.workspace / "template.yaml").write_text(TEMPLATE)
        for name in list(os.environ):
            if name.startswith(("AWS_", "GITHUB_", "INPUT_", "RUNNER_")):
                monkeypatch.delenv(name)
        for name, value in self.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(self.workspace)

    def environment(self) -> dict[str, str]:
        """The variables of the job."""
        (self.folder / "output").touch()
        (self.folder / "summary").touch()
        return {
            "AWS_CONFIG_FILE": str(self.folder / "none"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": "eu-central-1",
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "none"),
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_REPOSITORY": "shop/backend",
            "GITHUB_SHA": "c0ffee",
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_WORKSPACE": str(self.workspace),
        }

    def set(self, **variables: str) -> None:
        """Set variables of the job."""
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)

    def is_about(self, pull_request: int, **event: Any) -> None:
        """Make it a job of a pull request."""
        path = self.folder / "event.json"
        path.write_text(json.dumps({"pull_request": {"number": pull_request}, **event}))
        self.set(GITHUB_EVENT_NAME="pull_request", GITHUB_EVENT_PATH=str(path))

    def run(self, **inputs: str) -> Ran:
        """Run the step; an input's hyphens are underscores here."""
        given = {"stack_name": "app", **inputs}
        for name, value in given.items():
            variable = f"INPUT_{name.upper().replace('_', '-')}"
            self._monkeypatch.setenv(variable, value)
        for name in ("output", "summary"):
            (self.folder / name).write_text("")
        self._monkeypatch.chdir(self.workspace)
        self._capsys.readouterr()
        code = main()
        printed = self._capsys.readouterr()
        return Ran(
            code,
            printed.out + printed.err,
            read_outputs(self.folder / "output"),
            (self.folder / "summary").read_text(),
        )


def read_outputs(path: pathlib.Path) -> dict[str, str]:
    """The outputs in a file as the runner reads them (`FileCommandManager.cs`)."""
    outputs: dict[str, str] = {}
    lines = iter(path.read_text().split("\n"))
    for line in lines:
        if "<<" in line:
            name, _, delimiter = line.partition("<<")
            value = []
            while (part := next(lines)) != delimiter:
                value.append(part)
            outputs[name] = "\n".join(value)
        elif line:
            name, _, text = line.partition("=")
            outputs[name] = text
    return outputs
