"""The linters of the field find nothing in what GitHub and Docker read of ours."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
TOOLS = pathlib.Path(sys.executable).parent

WORKFLOWS = [
    str(path.relative_to(ROOT))
    for folder in (ROOT, *(ROOT / "examples").iterdir())
    for path in sorted(folder.glob(".github/workflows/*.yml"))
]
ACTIONS = ["action.yml", "setup/action.yml"]
FORMS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")
    if path.name != "config.yml"
)
SCRIPTS = [
    str(path.relative_to(ROOT))
    for folder in (".ci", "tests/acceptance/docker")
    for path in sorted((ROOT / folder).iterdir())
    if path.is_file() and path.read_bytes().startswith(b"#!/usr/bin/env bash")
]
SCHEMAS = {
    "github-actions": ACTIONS,
    "github-workflows": WORKFLOWS,
    "github-issue-forms": FORMS,
    "github-issue-config": [".github/ISSUE_TEMPLATE/config.yml"],
    "dependabot": [".github/dependabot.yml"],
}


def findings(tool: str, *arguments: str) -> str:
    """What a linter says; empty where it finds nothing."""
    done = subprocess.run(
        [str(TOOLS / tool), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr if done.returncode else ""


def test_the_files_are_found() -> None:
    """Else the linters would find nothing in nothing."""
    assert {"ci", "release", "selftest", "backend-deploy"} <= {
        pathlib.Path(path).stem for path in WORKFLOWS
    }
    assert FORMS
    assert ".ci/run" in SCRIPTS


@pytest.mark.parametrize("schema", SCHEMAS)
def test_schemas(schema: str) -> None:
    built_in = ["--builtin-schema", f"vendor.{schema}"]

    assert findings("check-jsonschema", *built_in, *SCHEMAS[schema]) == ""


def test_actionlint() -> None:
    """It also holds the inputs of `uses: ./` against action.yml."""
    shellcheck = f"-shellcheck={TOOLS / 'shellcheck'}"

    assert findings("actionlint", shellcheck, "-no-color", *WORKFLOWS) == ""


def test_zizmor() -> None:
    options = ["--offline", "--no-progress", "--persona=pedantic", "--quiet"]
    config = ["--config", ".github/zizmor.yml"]
    files = [*ACTIONS, *WORKFLOWS, ".github/dependabot.yml"]

    assert findings("zizmor", *options, *config, *files) == ""


def test_hadolint() -> None:
    assert findings("hadolint", "Dockerfile") == ""


def test_shellcheck() -> None:
    assert findings("shellcheck", *SCRIPTS) == ""
