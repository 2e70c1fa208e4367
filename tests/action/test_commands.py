"""The smoke tests' own commands in a step: what runs them, and what they get."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from action.jobs import Job, Ran

LISTS = "import json, os; json.dump(dict(os.environ), open('got.json', 'w'))"
SPEC = f"""\
vars: {{api_token: canary-7f3a}}
checks:
  unit:
    command: [{sys.executable}, -c, "{LISTS}"]
    env: {{TOKEN: "${{vars.api_token}}", PLAIN: shown}}
"""


def run(job: Job, **inputs: str) -> Ran:
    (job.workspace / "smoke.yml").write_text(SPEC)
    return job.run(command="smoke", stack_name="", report_file="report.json", **inputs)


def outcome(job: Job) -> tuple[str, str]:
    """How the check ended, and why, by the report."""
    report = json.loads((job.workspace / "report.json").read_text())
    (result,) = report["smoke"]["results"]
    return result["outcome"], result["message"]


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("pull_request", {"pull_request": {"number": 7}}),
        ("pull_request_target", {"pull_request": {"number": 7}}),
        ("pull_request", {}),
        ("pull_request_review", {"pull_request": {"number": 7}}),
        ("issue_comment", {"issue": {"number": 7, "pull_request": {"url": "…"}}}),
        ("workflow_run", {"workflow_run": {"event": "pull_request"}}),
    ],
)
def test_on_a_pull_request_none_is_run_unless_an_input_says_so(
    name: str, event: dict[str, Any], job: Job
) -> None:
    path = job.folder / "event.json"
    path.write_text(json.dumps(event))
    job.set(GITHUB_EVENT_NAME=name, GITHUB_EVENT_PATH=str(path))

    left_out = run(job)

    assert not (job.workspace / "got.json").exists()
    found, why = outcome(job)
    assert (left_out.code, found) == (3, "errored")
    assert "run-commands" in why
    assert why in left_out.log
    assert left_out.outputs["deploy-allowed"] == "false"

    assert run(job, run_commands="true").code == 0
    assert (job.workspace / "got.json").exists()


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("push", {"ref": "refs/heads/main"}),
        ("issue_comment", {"issue": {"number": 7}}),
        ("workflow_run", {"workflow_run": {"event": "push"}}),
        ("workflow_dispatch", []),
    ],
)
def test_anywhere_else_they_are_run(name: str, event: object, job: Job) -> None:
    path = job.folder / "event.json"
    path.write_text(json.dumps(event))
    job.set(GITHUB_EVENT_NAME=name, GITHUB_EVENT_PATH=str(path))

    assert run(job).code == 0
    assert outcome(job)[0] == "passed"


def test_they_get_nothing_of_the_step(job: Job) -> None:
    job.set(ACTIONS_RUNTIME_TOKEN="t", GITHUB_TOKEN="t", STAGE="dev")

    run(job, approve="", github_token="ghs_x")

    got = json.loads((job.workspace / "got.json").read_text())
    assert not [name for name in got if name.startswith(("INPUT_", "ACTIONS_"))]
    assert not got.keys() & {"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_TOKEN"}
    assert "ghs_x" not in str(got)
    assert (got["STAGE"], got["GITHUB_REPOSITORY"]) == ("dev", "shop/backend")


def test_the_runner_hides_what_they_are_handed(job: Job) -> None:
    """A file that one writes may be printed by a later step."""
    job.set(GITHUB_ACTIONS="true")

    ran = run(job)

    masks = [command.data for command in ran.commands if command.name == "add-mask"]
    assert masks == ["canary-7f3a"]
    assert ran.log.count("canary-7f3a") == 1


def test_where_no_runner_reads_it_no_secret_is_printed(job: Job) -> None:
    ran = run(job)

    assert "canary-7f3a" not in ran.log
    assert (
        json.loads((job.workspace / "got.json").read_text())["TOKEN"] == "canary-7f3a"
    )
