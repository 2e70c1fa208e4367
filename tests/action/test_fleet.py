"""The Action over a fleet: a matrix, then one verdict."""

from __future__ import annotations

import json

import pytest
from action.jobs import Job, Ran
from fleets import failed, member

from flowguard.fleet import Member
from flowguard.model.results import Verdict
from flowguard.report import FORMATS

CONFIG = """\
stages:
  staging: {region: eu-central-1}
  prod: {region: eu-central-1}
targets:
  - {template: a/template.yaml, stack_name: "a-{stage}"}
  - {template: b/template.yaml, stack_name: "b-{stage}", stage: prod}
"""


def merged(job: Job, *members: Member, **inputs: str) -> Ran:
    """Run the command merge over the targets' reports."""
    folder = job.workspace / "reports"
    folder.mkdir(exist_ok=True)
    for target in members:
        (folder / f"{target.name}.json").write_text(FORMATS["json"](target.report))
    given = {"command": "merge", "stack_name": "", "reports": "reports"}
    return job.run(**{**given, **inputs})


def test_the_matrix_is_an_output(job: Job) -> None:
    (job.workspace / "flowguard.yml").write_text(CONFIG)

    ran = job.run(command="targets", stack_name="", stage="prod")

    matrix = json.loads(ran.outputs["matrix"])
    assert ran.code == 0
    assert [entry["name"] for entry in matrix["include"]] == ["a-prod", "b-prod"]
    assert ran.outputs["verdict"] == ran.outputs["deploy-allowed"] == ""


def test_no_target_of_a_stage_fails_the_step(job: Job) -> None:
    (job.workspace / "flowguard.yml").write_text(CONFIG)

    ran = job.run(command="targets", stack_name="", stage="qa")

    (error,) = ran.annotations("error")
    assert ran.code == 2
    assert "no target has the stage 'qa'" in error.data
    assert ran.outputs["matrix"] == ""


def test_findings_that_are_alike_are_counted_for_each_target(job: Job) -> None:
    blocked = [member(name, verdict=Verdict.BLOCK, results=[failed()]) for name in "ab"]

    ran = merged(job, *blocked)

    assert ran.outputs["error-count"] == "2"
    assert ran.outputs["replacement-count"] == ""


@pytest.mark.parametrize("name", ["report_file", "sarif_file", "pr_comment", "offline"])
def test_what_a_matrix_has_no_use_for_is_refused(name: str, job: Job) -> None:
    value = {"pr_comment": "always", "offline": "true"}.get(name, "x.json")

    ran = job.run(command="targets", stack_name="", **{name: value})

    (error,) = ran.annotations("error")
    assert ran.code == 2
    assert "is not for the command 'targets'" in error.data


def test_one_blocked_target_blocks_all(job: Job) -> None:
    blocked = member("orders", verdict=Verdict.BLOCK, results=[failed()])

    ran = merged(job, blocked, member("shop"), report_file="all.json")

    (error,) = ran.annotations("error")
    assert ran.code == 1
    assert ran.outputs["verdict"] == "block"
    assert ran.outputs["deploy-allowed"] == "false"
    assert ran.outputs["error-count"] == "1"
    assert error.properties["title"] == "name-taken"
    assert "| ❌ blocked | orders | 1 error |" in ran.summary
    assert "| ✅ go | shop |" in ran.summary
    written = json.loads((job.workspace / "all.json").read_text())
    assert [target["name"] for target in written["targets"]] == ["orders", "shop"]


def test_a_target_without_a_report_fails_the_step(job: Job) -> None:
    ran = merged(job, member("orders"), expect='["orders", "shop"]')

    assert ran.code == 2
    assert ran.outputs["verdict"] == "inconclusive"
    assert ran.outputs["deploy-allowed"] == "false"
    assert "| ❔ no report | shop |" in ran.summary


def test_all_clear(job: Job) -> None:
    ran = merged(job, member("orders"), member("shop"), expect='["orders", "shop"]')

    assert (ran.code, ran.outputs["deploy-allowed"]) == (0, "true")


@pytest.mark.parametrize(
    ("command", "name"), [("merge", "stage"), ("targets", "reports")]
)
def test_an_input_of_another_command_is_refused(
    job: Job, command: str, name: str
) -> None:
    ran = job.run(command=command, stack_name="", **{name: "reports"})

    (error,) = ran.annotations("error")
    assert ran.code == 2
    assert f"input '{name}' is not for the command '{command}'" in error.data


@pytest.mark.parametrize(("strict", "code"), [("false", 0), ("true", 3)])
def test_a_target_that_was_judged_without_aws_allows_no_deploy(
    strict: str, code: int, job: Job
) -> None:
    """Whether it was to be asked stands in no report, so that nobody can rely on it."""
    ran = merged(job, member("orders", account=None), member("shop"), strict=strict)

    assert ran.code == code
    assert ran.outputs["aws-asked"] == "false"
    assert ran.outputs["deploy-allowed"] == "false"


def test_targets_that_all_asked_aws_allow_the_deploy(job: Job) -> None:
    ran = merged(job, member("orders"), member("shop"))

    assert ran.outputs["aws-asked"] == "true"
    assert ran.outputs["deploy-allowed"] == "true"
