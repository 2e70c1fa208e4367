"""The projects of selftest.yml come out as it asserts."""

from __future__ import annotations

import pathlib
import shutil

import pytest
from action.jobs import Job
from smoke_servers.serving import Answer, Asked, serving

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


@pytest.mark.parametrize(
    ("check", "code", "verdict", "count"),
    [
        ("answers", 0, "pass", "smoke-passed-count"),
        ("missing", 1, "block", "smoke-failed-count"),
    ],
)
def test_a_service_comes_out_as_expected(
    check: str, code: int, verdict: str, count: str, job: Job
) -> None:
    """GitHub itself is asked there, and a server that answers alike is asked here."""
    shutil.copytree(PROJECTS / "smoke", job.workspace / "smoke")

    def answer(asked: Asked) -> Answer:
        if asked.target != "/robots.txt":
            return Answer(404)
        return Answer(headers={"Content-Type": "text/plain; charset=utf-8"})

    with serving(answer) as url:
        ran = job.run(
            command="smoke",
            stack_name="",
            working_directory="smoke",
            base_url=url,
            checks=check,
            junit_file="smoke.xml",
        )

    assert ran.code == code
    assert ran.outputs["verdict"] == verdict
    assert ran.outputs[count] == "1"
    assert ran.outputs["exit-code"] == str(code)
    junit = (job.workspace / ran.outputs["junit-file"]).read_text()
    assert f'name="{check}"' in junit
