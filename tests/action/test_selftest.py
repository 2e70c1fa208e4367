"""The projects of selftest.yml come out as it asserts."""

from __future__ import annotations

import pathlib
import shutil

import pytest
from action.jobs import Job

PROJECTS = pathlib.Path(__file__).parents[2] / ".github" / "selftest"


@pytest.mark.parametrize(
    ("project", "code", "verdict", "errors"),
    [("passes", 0, "pass", "0"), ("blocked", 1, "block", "1")],
)
def test_it_comes_out_as_expected(
    project: str, code: int, verdict: str, errors: str, job: Job
) -> None:
    shutil.copytree(PROJECTS / project, job.workspace / project)

    ran = job.run(offline="true", working_directory=project, stack_name="selftest")

    assert ran.code == code
    assert ran.outputs["verdict"] == verdict
    assert ran.outputs["error-count"] == errors
