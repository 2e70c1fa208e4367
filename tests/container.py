"""FlowGuard's image, run as GitHub's runner runs a container action.

What is mounted where, what is set and what is not follows the runner's own source
(ContainerActionHandler.cs, DockerCommandManager.cs, Handler.cs).
"""

from __future__ import annotations

import functools
import json
import pathlib
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import yaml

CHECKOUT = pathlib.Path(__file__).parents[1]
TAG = "flowguard:test"

_FOLDERS = ("workspace", "home", "workflow", "file_commands", "runner_temp")
_OUTPUT = "file_commands/set_output"
_SUMMARY = "file_commands/step_summary"
_NO_CONTEXT = {"${{ github.token }}": ""}


@functools.cache
def image() -> str:
    """The name of the image, built from the checkout the first time."""
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", TAG, str(CHECKOUT)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return TAG


def base_image() -> str:
    """The name of the image that the Dockerfile starts from."""
    text = (CHECKOUT / "Dockerfile").read_text()
    return text.partition("ARG PYTHON_IMAGE=")[2].split()[0]


def python(program: str, *options: str) -> str:
    """What a program prints that the image's interpreter runs, isolated."""
    interpreter = ("--entrypoint", "/opt/flowguard/bin/python")
    return subprocess.run(
        ["docker", "run", "--rm", *options, *interpreter, image(), "-Ic", program],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


@dataclass(frozen=True, slots=True)
class Ended:
    """A step that has ended."""

    code: int
    log: str
    """What it printed, on both streams."""
    outputs: Mapping[str, str]
    summary: str

    def commands(self, name: str) -> list[str]:
        """The workflow commands of a name that it gave, such as `error`."""
        return [line for line in self.log.splitlines() if line.startswith(f"::{name} ")]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a job, with the folders that the runner mounts."""

    folder: pathlib.Path
    event: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    """What the workflow sets for the step."""
    options: tuple[str, ...] = ()
    """Of `docker run`, before the runner's own; `:ro` of a volume among them."""
    read_only: bool = False
    """Whether the workspace can only be read."""

    @property
    def workspace(self) -> pathlib.Path:
        """The folder that actions/checkout fills."""
        return self._made("workspace")

    def run(self, **inputs: str) -> Ended:
        """Run the step to its end; `_` in the name of an input is a hyphen."""
        with self.start(**inputs) as running:
            return running.wait()

    def start(self, **inputs: str) -> Running:
        """Start the step."""
        for name in _FOLDERS:
            self._made(name)
        event = self.folder / "workflow" / "event.json"
        event.write_text(json.dumps(self.event))
        for name in (_OUTPUT, _SUMMARY):
            (self.folder / name).write_text("")
        name = f"flowguard-{uuid.uuid4().hex}"
        variables = {**self.environment, **self._variables(), **_inputs(inputs)}
        process = subprocess.Popen(
            [
                *("docker", "run", "--name", name, "--rm", *self.options),
                *("--workdir", "/github/workspace"),
                *(part for entry in variables.items() for part in _variable(*entry)),
                *(part for folder in _FOLDERS for part in self._volume(folder)),
                image(),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Running(name, process, self)

    def ended(self, code: int, log: str) -> Ended:
        """What the step left behind."""
        outputs = (self.folder / _OUTPUT).read_text()
        summary = (self.folder / _SUMMARY).read_text()
        return Ended(code, log, dict(_records(outputs)), summary)

    def _made(self, name: str) -> pathlib.Path:
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _volume(self, name: str) -> tuple[str, str]:
        mode = ":ro" if self.read_only and name == "workspace" else ""
        return "--volume", f"{self.folder / name}:/github/{name}{mode}"

    def _variables(self) -> dict[str, str]:
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "pull_request" if self.event else "push",
            "GITHUB_EVENT_PATH": "/github/workflow/event.json",
            "GITHUB_OUTPUT": f"/github/{_OUTPUT}",
            "GITHUB_REPOSITORY": "acme/orders",
            "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
            "GITHUB_STEP_SUMMARY": f"/github/{_SUMMARY}",
            "GITHUB_WORKSPACE": "/github/workspace",
            "HOME": "/github/home",
            "RUNNER_ENVIRONMENT": "github-hosted",
            "RUNNER_TEMP": "/github/runner_temp",
        }


@dataclass(slots=True)
class Running:
    """A step that runs; a context manager that ends it."""

    name: str
    process: subprocess.Popen[str]
    step: Step

    def __enter__(self) -> Self:
        """Nothing but the pair of `__exit__`."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the container if it runs."""
        if self.process.poll() is None:
            command = ["docker", "kill", self.name]
            subprocess.run(command, check=False, capture_output=True)
        self.process.communicate()

    def signal(self, signal: str) -> None:
        """Send a signal to the first process of the container."""
        command = ["docker", "kill", "--signal", signal, self.name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def wait(self, seconds: float = 60) -> Ended:
        """Wait until it ends, which takes no longer than that."""
        log, _ = self.process.communicate(timeout=seconds)
        return self.step.ended(self.process.returncode, log)


def _inputs(given: Mapping[str, str]) -> dict[str, str]:
    """Every input of action.yml as the variable that the runner makes of it."""
    action = yaml.safe_load((CHECKOUT / "action.yml").read_text())
    values = {
        name: str(entry.get("default", "")) for name, entry in action["inputs"].items()
    }
    values = {name: _NO_CONTEXT.get(value, value) for name, value in values.items()}
    values |= {name.replace("_", "-"): value for name, value in given.items()}
    return {
        f"INPUT_{name.replace(' ', '_').upper()}": value
        for name, value in values.items()
    }


def _variable(name: str, value: str) -> tuple[str, str]:
    return "--env", f"{name}={value}"


def _records(text: str) -> Iterator[tuple[str, str]]:
    """The records of a file of outputs, as the runner reads them."""
    lines = iter(text.splitlines())
    for line in lines:
        name, delimiter = line.split("<<", 1)
        value = "\n".join(iter(functools.partial(next, lines), delimiter))
        yield name, value
