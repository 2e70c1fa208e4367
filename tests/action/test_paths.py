"""A path that one step gives is taken by the next, whatever its working directory."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from action.jobs import Job
from fleets import member
from guard.service import NAME, Site, serving_site, template

from flowguard.report import FORMATS

SPEC = """\
base: http://127.0.0.1:{port}
checks: {{health: {{get: /health}}}}
gate: {{spread: 0.2s, miss: 30%}}
"""


@pytest.fixture
def site(job: Job) -> Iterator[Site]:
    """A service, its stack, and a repository with two folders."""
    with serving_site() as site:
        site.up()
        site.fake.tick = 20
        job.set(
            AWS_ACCESS_KEY_ID="key",
            AWS_SECRET_ACCESS_KEY="secret",
            AWS_ENDPOINT_URL=site.fake.url,
        )
        for folder in ("a", "b"):
            (job.workspace / folder).mkdir()
        (job.workspace / "smoke.yml").write_text(SPEC.format(port=site.port))
        (job.workspace / "a" / "app.json").write_text(template(3))
        yield site


def test_what_one_step_wrote_is_read_by_the_next(job: Job, site: Site) -> None:
    """Of the pre-flight's report, the snapshot and the baseline."""
    judged = job.run(
        working_directory="a",
        stack_name=NAME,
        template="app.json",
        report_file="out/preflight.json",
        fail_on="never",
    )
    taken = job.run(
        command="snapshot",
        stack_name=NAME,
        working_directory="b",
        template="",
        fail_on="",
        report_file="",
        preflight_report=judged.outputs["report-file"],
        snapshot="out/before.json",
        no_templates="true",
    )
    kept = job.run(
        command="smoke",
        stack_name=NAME,
        working_directory="a",
        preflight_report="",
        snapshot="",
        no_templates="",
        baseline="out/baseline.json",
    )
    site.stage.deploy(template(3))
    found = job.run(
        command="verify",
        stack_name=NAME,
        working_directory="b",
        baseline="",
        snapshot=taken.outputs["snapshot-file"],
        snapshot_digest=taken.outputs["snapshot-digest"],
        against=kept.outputs["baseline-file"],
        junit_file="smoke.xml",
    )

    assert judged.outputs["report-file"] == "a/out/preflight.json"
    assert taken.outputs["snapshot-file"] == "b/out/before.json"
    assert kept.outputs["baseline-file"] == "a/out/baseline.json"
    assert found.outputs["junit-file"] == "b/smoke.xml"
    assert "can the deploy be taken back" in taken.log
    assert found.outputs["smoke-passed-count"] == "1"


def test_a_matrix_is_read_in_each_working_directory(job: Job) -> None:
    """`targets` names a template from the root of the repository."""
    (job.workspace / "services").mkdir()
    (job.workspace / "template.yaml").rename(job.workspace / "services/t.yaml")
    (job.workspace / "flowguard.yml").write_text(
        "targets: [{template: services/t.yaml, stack_name: app}]\n"
    )
    matrix = json.loads(job.run(command="targets", stack_name="").outputs["matrix"])
    (entry,) = matrix["include"]

    ran = job.run(
        command="preflight",
        offline="true",
        working_directory="services",
        template=entry["template"],
        stack_name=entry["stack-name"],
    )

    assert ran.code == 0
    assert ran.annotations("warning")[0].properties["file"] == "services/t.yaml"


def test_reports_of_other_steps_are_merged(job: Job) -> None:
    (job.workspace / "reports").mkdir()
    (job.workspace / "b").mkdir()
    report = FORMATS["json"](member("orders").report)
    (job.workspace / "reports" / "orders.json").write_text(report)

    ran = job.run(
        command="merge", stack_name="", working_directory="b", reports="reports"
    )

    assert ran.code == 0


def test_a_path_that_may_be_two_is_refused(job: Job) -> None:
    """What a pull request puts beside it must not be read in its place."""
    (job.workspace / "b").mkdir()
    for folder in (job.workspace, job.workspace / "b"):
        (folder / "app.yaml").write_text("Resources: {T: {Type: AWS::SNS::Topic}}\n")
    given = {"offline": "true", "working_directory": "b", "report_file": "r.json"}

    ran = job.run(**given, template="app.yaml")
    here = job.run(**given, template="./app.yaml")
    there = job.run(**given, template=str(job.workspace / "app.yaml"))

    (error,) = ran.annotations("error")
    assert ran.code == 2
    assert "input 'template' is 'app.yaml', which is in working-directory and" in (
        error.data
    )
    assert "write ./app.yaml" in error.data
    assert (here.code, there.code) == (0, 0)
