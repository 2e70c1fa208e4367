"""Try an image as workflows use it, against an emulated AWS account.

`python scripts/try_image.py IMAGE VERSION`, in an environment with the requirements of
the demo, ends with 0 where the image has that version, sees what is wrong with the
demo's project, lets a sound one pass, and keeps a snapshot in S3.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from flowguard.demo.backend import FILES, SNAPSHOTS, STACK, Backend
from flowguard.demo.seed import FLOWLOGIC, seed
from flowguard.demo.server import EmbeddedAccount

PASSED, BLOCKED = 0, 1


@dataclass(frozen=True, slots=True)
class Image:
    """An image, which runs beside an account and finds a folder as its workspace."""

    name: str
    workspace: pathlib.Path
    variables: Mapping[str, str]

    def step(self, code: int, says: str, **inputs: str) -> None:
        """Run it as a step of a workflow, with its inputs.

        Raises `SystemExit` where the exit code is another, or the log does not hold
        what it must say.
        """
        named = {
            f"INPUT_{key.replace('_', '-').upper()}": inputs[key] for key in inputs
        }
        self._run((), code, says, named)

    def command(self, *arguments: str, code: int, says: str) -> None:
        """Run a command line; raises as `step` does."""
        self._run(arguments, code, says, {})

    def _run(
        self,
        arguments: tuple[str, ...],
        code: int,
        says: str,
        inputs: Mapping[str, str],
    ) -> None:
        variables = {
            **self.variables,
            **inputs,
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_WORKSPACE": "/github/workspace",
        }
        ran = subprocess.run(
            [
                *("docker", "run", "--rm", "--network=host"),
                *(f"--env={name}={value}" for name, value in variables.items()),
                f"--volume={self.workspace}:/github/workspace",
                *("--workdir=/github/workspace", self.name, *arguments),
            ],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        tried = " ".join(arguments) or " ".join(inputs.values())
        if ran.returncode != code or says not in ran.stdout:
            sys.exit(
                f"{ran.stdout}\n{tried}: ended with {ran.returncode}, where it is to "
                f"end with {code} and to say {says!r}"
            )
        sys.stdout.write(f"{tried}: ended with {code}, as it must\n")


def main(name: str, version: str) -> None:
    """Try all of it; raises `SystemExit` at the first thing that is not as it must be."""
    # Beside the checkout, where a workflow's container and the engine's host agree.
    with (
        tempfile.TemporaryDirectory(dir=pathlib.Path.cwd()) as folder,
        EmbeddedAccount() as account,
    ):
        workspace = pathlib.Path(folder)
        shutil.copytree(FLOWLOGIC.project, workspace, dirs_exist_ok=True)
        shutil.copytree(FILES, workspace / "qa")
        seed(account)
        Backend(account, workspace / "qa").create("1.4.0")
        image = Image(name, workspace, account.variables())

        image.command("--version", code=PASSED, says=f"flowguard {version}")
        image.step(
            BLOCKED,
            "no stack owns it",
            command="preflight",
            working_directory="infra/serverless",
            stage="staging",
        )
        image.step(
            PASSED,
            "no findings",
            command="preflight",
            working_directory="qa",
            stack_name=STACK,
            parameter_overrides="Release=1.5.0",
            capabilities="CAPABILITY_IAM",
        )
        kept = ("--keep", f"s3://{SNAPSHOTS}/{STACK}", "--output", "before.json")
        image.command(
            *("snapshot", "--stack-name", STACK, *kept),
            code=PASSED,
            says="snapshot-digest=sha256:",
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
