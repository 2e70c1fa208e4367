"""The commit that is checked out, as git and as GitHub's runner have it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from flowguard.process import checked_out

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A repository with one commit, as the working folder; gives the commit."""
    monkeypatch.chdir(tmp_path)
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for command in (
        ("init", "--quiet", "--initial-branch", "topic"),
        (*who, "commit", "--quiet", "--allow-empty", "--message", "a"),
    ):
        subprocess.run(["git", *command], check=True)
    head = ["git", "rev-parse", "HEAD"]
    return subprocess.run(
        head, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_git_is_asked(repository: str) -> None:
    assert checked_out("sha", {}) == repository
    assert checked_out("short", {}) == repository[:7]
    assert checked_out("branch", {}) == "topic"


def test_a_commit_by_itself_has_no_branch(repository: str) -> None:
    subprocess.run(["git", "checkout", "--quiet", "--detach"], check=True)

    assert checked_out("branch", {}) is None
    assert checked_out("sha", {}) == repository


@pytest.mark.parametrize("what", ["sha", "short", "branch"])
def test_outside_of_a_repository_nobody_knows(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert checked_out(what, {}) is None


def test_without_git_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert checked_out("sha", {}) is None


def test_the_runner_of_github_says_it() -> None:
    push = {"GITHUB_SHA": COMMIT, "GITHUB_REF_NAME": "main"}
    pull_request = {**push, "GITHUB_REF_NAME": "7/merge", "GITHUB_HEAD_REF": "topic"}

    assert checked_out("sha", push) == COMMIT
    assert checked_out("short", push) == COMMIT[:7]
    assert checked_out("branch", push) == "main"
    assert checked_out("branch", pull_request) == "topic"
