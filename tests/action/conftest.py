"""The job that most tests of the Action run their step in."""

from __future__ import annotations

import pathlib

import pytest
from action.jobs import Job


@pytest.fixture
def job(
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Job:
    """A job whose workspace has a template, and no AWS anywhere near."""
    return Job(tmp_path, monkeypatch, capsys)
