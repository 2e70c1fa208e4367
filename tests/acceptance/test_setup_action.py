"""`setup/action.yml` puts the command on the runner."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import yaml

from flowguard import __version__

ROOT = pathlib.Path(__file__).parents[2]


def script() -> str:
    """What the one step of the action runs."""
    action = yaml.safe_load((ROOT / "setup" / "action.yml").read_text())
    (step,) = action["runs"]["steps"]
    return str(step["run"])


def run(folder: pathlib.Path, python: str) -> subprocess.CompletedProcess[str]:
    """Run the step as a runner does, which says where the action is."""
    environment = {
        **os.environ,
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_PATH": str(folder / "path"),
        "PYTHON": python,
        "RUNNER_TEMP": str(folder),
        "SOURCE": f"{ROOT}/setup/..",
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script()],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_is_in_the_path_afterwards(tmp_path: pathlib.Path) -> None:
    """It is this commit's, whatever is called flowguard in the workspace."""
    (tmp_path / "flowguard.py").write_text("raise SystemExit('hijacked')")

    done = run(tmp_path, sys.executable)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "output").read_text() == f"version={__version__}\n"
    folder = pathlib.Path((tmp_path / "path").read_text().strip())
    version = subprocess.run(
        [folder / "flowguard", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert version.stdout == f"flowguard {__version__}\n"
    assert [path.name for path in folder.iterdir()] == ["flowguard"]


def test_an_old_python_is_told(tmp_path: pathlib.Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    done = run(tmp_path, str(old))

    assert done.returncode == 2
    assert "::error title=FlowGuard::" in done.stdout
    assert "not Python 3.11 or newer" in done.stdout
