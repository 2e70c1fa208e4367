"""The image says and does to the letter what FlowGuard does on this machine.

The demo's preflights, a snapshot kept in S3, a bad release whose template goes by way
of S3 and is taken back, and a rollback by hand: each command is a step of a workflow in
the image, and a command line here. The reports are the same but for times, and for
what AWS draws.
"""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from container import Step

from flowguard.cli.commands import COMMANDS
from flowguard.demo.backend import FILES, SNAPSHOTS, STACK, Backend
from flowguard.demo.seed import FLOWLOGIC, seed
from flowguard.demo.server import EmbeddedAccount
from flowguard.rollback import snapshot_file

pytestmark = pytest.mark.timeout(600)

GOOD, BAD = "1.4.0", "1.5.0"
ON_STACK = ("--stack-name", STACK)
AS_BAD = ("--parameter", f"Release={BAD}", "--capability", "CAPABILITY_IAM")
TESTED = ("--check", "users", "--variable", f"release={BAD}")
KEPT = f"s3://{SNAPSHOTS}/qa"
STORAGE = f"s3://{SNAPSHOTS}/templates"

HASTY = (
    (r"(?m)^gate: .*", "gate: {spread: 300ms, samples: {pass: 1}}"),
    (r"(?m)^ *latency: .*\n", ""),  # of two machines, one slower
)
FLAGS = {"--dry-run"}
INLINE = 51_200
"""The bytes of the largest template that goes without a bucket."""

DRAWN = (
    (r"\d{4}-\d\d-\d\dT\d\d(:|\*3a)\d\d(:|\*3a)\d\d(\.\d+)?(Z|\+00:00)?", "TIME"),
    (r"\d{8}T\d{12}Z", "TIME"),
    (r"\b\d\d:\d\d:\d\d\b", "TIME"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
    (r'"[0-9A-Za-z+/]{43}="', '"DIGEST OF A ZIP"'),  # which holds times
    (r"sha256:[0-9a-f]{64}", "DIGEST OF A SNAPSHOT"),
    (r"\b[0-9a-f]{16}\b", "HASH OF A PLAN"),
    (r'"read the plan, then run[^"]*', '"HOW TO APPROVE'),  # by a line, or an input
    (r'("\w+_seconds": )[\d.e-]+', r"\1SECONDS"),
)


Run = Callable[[pathlib.Path, EmbeddedAccount, Sequence[str]], tuple[int, str]]
"""A folder below the workspace, the account and a command line → its exit code, and
what it printed."""


def here(
    folder: pathlib.Path, account: EmbeddedAccount, command: Sequence[str]
) -> tuple[int, str]:
    """Run a command line on this machine."""
    done = subprocess.run(
        [sys.executable, "-I", "-m", "flowguard", *command],
        cwd=folder,
        env=account.environment(),
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def there(
    folder: pathlib.Path, account: EmbeddedAccount, command: Sequence[str]
) -> tuple[int, str]:
    """Run it in the image, as the step of a workflow that says the same by inputs."""
    workspace = next(path for path in folder.parents if path.name == "workspace")
    step = Step(
        workspace.parent,
        environment=account.variables(),
        options=("--network=host",),
    )
    where = folder.relative_to(workspace).as_posix()
    ended = step.run(working_directory=where, **dict(inputs(command)))
    return ended.code, ended.log


def project(folder: pathlib.Path) -> pathlib.Path:
    """The workspace of a step, which paths are told from on this machine, too."""
    workspace = folder / "workspace"
    (workspace / ".github").mkdir(parents=True)
    return workspace


def inputs(command: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The inputs that say what a command line says."""
    name, *options = command
    names = {f"--{o.key}": o.input for o in COMMANDS[name].options.values()}
    yield "command", name
    words = iter(options)
    for option in words:
        if option == "--output":
            written = next(words).removeprefix("json=")
            yield ("snapshot" if name == "snapshot" else "report-file"), written
        else:
            yield names[option], ("true" if option in FLAGS else next(words))


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedAccount]:
    """An account for all of them."""
    with EmbeddedAccount() as account:
        yield account


@pytest.fixture
def account(running: EmbeddedAccount) -> EmbeddedAccount:
    """The account, empty."""
    running.reset()
    return running


def without_what_is_drawn(told: object, ids: Mapping[str, str]) -> Any:
    """What was told, without times and with each drawn id named by its logical id."""
    text = json.dumps(told, indent=1, sort_keys=True)
    for drawn in sorted(ids, key=len, reverse=True):
        text = text.replace(drawn, ids[drawn])
    for pattern, name in DRAWN:
        text = re.sub(pattern, name, text)
    return text.splitlines()


# --- preflights ----------------------------------------------------------------------


def preflight(
    run: Run, account: EmbeddedAccount, folder: pathlib.Path, stage: str
) -> Any:
    """The exit code and the report of a stage's preflight."""
    path = folder / "report.json"
    options = ("--stage", stage, "--output", f"json={path.name}")
    code, log = run(folder, account, ("preflight", *options))
    assert path.exists(), log
    return code, json.loads(path.read_text())


def test_the_preflights_of_the_demo(
    account: EmbeddedAccount, tmp_path: pathlib.Path
) -> None:
    folder = project(tmp_path) / "infra" / "serverless"
    shutil.copytree(FLOWLOGIC.project / "infra" / "serverless", folder)
    seed(account)
    told = {
        run: {
            stage: preflight(run, account, folder, stage)
            for stage in ("staging", "prod", "qa")
        }
        for run in (here, there)
    }

    lines = {run: without_what_is_drawn(told[run], {}) for run in told}
    assert lines[there] == lines[here]
    assert {stage: code for stage, (code, _) in told[there].items()} == {
        "staging": 1,
        "prod": 1,
        "qa": 1,
    }


# --- a release and the way back ------------------------------------------------------


@dataclass(slots=True)
class Story:
    """A bad release, taken back twice."""

    flowguard: Run
    account: EmbeddedAccount
    folder: pathlib.Path
    backend: Backend = field(init=False)
    told: dict[str, Any] = field(default_factory=dict)
    """The exit code and the report of each command."""

    def __post_init__(self) -> None:
        shutil.copytree(FILES, self.folder)
        self.backend = Backend(self.account, self.folder)

    def tell(self) -> list[str]:
        """All of it, without what is drawn."""
        spec = self.folder / "smoke.yml"
        for pattern, text in HASTY:
            spec.write_text(re.sub(pattern, text, spec.read_text()))
        self.backend.create(GOOD)
        self.backend.write_bad_release()
        self.run("preflight", *ON_STACK, *AS_BAD)
        self.by_hand()
        self.by_deploy()
        lines: list[str] = without_what_is_drawn(self.told, self.ids())
        return lines

    def by_hand(self) -> None:
        """Another tool has deployed it; a person takes it back."""
        kept = self.snapshot("before-update")
        self.backend.update(BAD)
        _, plan = self.run("rollback", *ON_STACK, *kept, "--dry-run", name="plan")
        approve = ("--approve", plan["rollback"]["plan_hash"])
        self.run("rollback", *ON_STACK, *kept, *approve)

    def by_deploy(self) -> None:
        """FlowGuard deploys it, with a template that must go by way of S3."""
        template = self.folder / "template.yaml"
        template.write_text(template.read_text() + f"# {'-' * 70}\n" * 700)
        assert template.stat().st_size > INLINE
        kept = self.snapshot("before-deploy")
        how = (*AS_BAD, "--s3", STORAGE, "--window", "0m", *kept, *TESTED)
        self.run("deploy", *ON_STACK, *how)

    def snapshot(self, name: str) -> tuple[str, ...]:
        """Take one and keep its templates in S3; the options that name it."""
        path = self.folder / f"{name}.json"
        what = ("--preflight", "preflight.json", "--output", path.name)
        code, log = self._run("snapshot", *ON_STACK, *what, "--keep", KEPT)
        assert code == 0, log
        self.told[name] = (code, json.loads(path.read_text()))
        digest = snapshot_file.digest(snapshot_file.load(path))
        return ("--snapshot", path.name, "--snapshot-digest", digest)

    def run(self, command: str, *options: str, name: str = "") -> Any:
        """Run a command; its exit code and its report."""
        path = self.folder / f"{name or command}.json"
        code, log = self._run(command, *options, "--output", f"json={path.name}")
        assert path.exists(), log
        self.told[name or command] = (code, json.loads(path.read_text()))
        return self.told[name or command]

    def ids(self) -> dict[str, str]:
        """The drawn ids of the stack's resources, by their logical ids."""
        import boto3

        with self.account.applied():
            found = boto3.client("cloudformation").list_stack_resources(StackName=STACK)
        return {
            row["PhysicalResourceId"]: row["LogicalResourceId"]
            for row in found["StackResourceSummaries"]
            if row["PhysicalResourceId"] != "qa"  # the stage's, which is in all names
        }

    def _run(self, *command: str) -> tuple[int, str]:
        return self.flowguard(self.folder, self.account, command)


def test_a_release_and_the_way_back_by_way_of_s3(
    account: EmbeddedAccount, tmp_path: pathlib.Path
) -> None:
    told = {}
    for run in (here, there):
        account.reset()
        folder = project(tmp_path / run.__name__)
        story = Story(run, account, folder / "infra" / "qa")
        told[run] = story.tell()

    assert told[there] == told[here]
    assert {name: code for name, (code, _) in story.told.items()} == {
        "preflight": 0,
        "before-update": 0,
        "plan": 0,
        "rollback": 0,
        "before-deploy": 0,
        "deploy": 4,
    }
