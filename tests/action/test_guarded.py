"""Steps that test a deploy and take it back, against an account over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from action.jobs import Job
from guard.service import NAME, Site, serving_site, template
from smoke_servers.serving import Answer, Asked, serving

from flowguard.model.readiness import Readiness
from flowguard.rollback import snapshot_file

SPEC = """\
base: http://127.0.0.1:{port}
checks: {{health: {{get: /health}}}}
gate: {{spread: 0.2s, miss: 30%}}
"""
CANARY = "canary-91d4"
ROLLED_BACK = "olled back and verified"


@pytest.fixture
def site(job: Job) -> Iterator[Site]:
    """A stack whose first release is up, its service, and a job beside them."""
    with serving_site() as site:
        site.up()
        # What describes a stack lets so much time pass that few questions are asked.
        site.fake.tick = 20
        job.set(
            AWS_ACCESS_KEY_ID="key",
            AWS_SECRET_ACCESS_KEY=CANARY,
            AWS_ENDPOINT_URL=site.fake.url,
        )
        (job.workspace / "template.yaml").unlink()
        (job.workspace / "smoke.yml").write_text(SPEC.format(port=site.port))
        for release in (1, 2, 3):
            path = job.workspace / f"{release}.json"
            path.write_text(template(release))
        yield site


def test_a_guarded_deploy_from_its_snapshot_to_its_rollback(
    job: Job, site: Site
) -> None:
    taken = job.run(
        command="snapshot",
        stack_name=NAME,
        snapshot="out/before.json",
        no_templates="true",
    )
    kept = job.run(
        command="smoke",
        stack_name=NAME,
        snapshot="",
        no_templates="false",
        baseline="out/baseline.json",
    )
    site.stage.deploy(template(2))
    found = job.run(
        command="verify",
        stack_name=NAME,
        baseline="",
        against="out/baseline.json",
        snapshot=taken.outputs["snapshot-file"],
        snapshot_digest=taken.outputs["snapshot-digest"],
        html_file="out/report.html",
        junit_file="out/report.xml",
        report_file="out/report.json",
    )

    assert (taken.code, kept.code) == (0, 0)
    assert taken.outputs["snapshot-file"] == "out/before.json"
    assert taken.outputs["stack-status"] == "CREATE_COMPLETE"
    assert f"snapshot of {NAME}" in taken.summary
    assert kept.outputs["baseline-file"] == "out/baseline.json"
    assert kept.outputs["smoke-passed-count"] == "1"
    assert found.outputs["smoke-failed-count"] == "1"
    assert found.outputs["exit-code"] == str(found.code)
    assert found.outputs["deploy-allowed"] == "false"
    # Without its templates a deploy that succeeded cannot be restored.
    assert found.outputs["decision"] == "stop"
    assert found.outputs["rolled-back"] == "false"
    for name in ("report.html", "report.xml", "report.json"):
        assert (job.workspace / "out" / name).stat().st_size
    assert "health" in found.summary
    for ran in (taken, kept, found):
        assert CANARY not in ran.log + ran.summary + json.dumps(ran.outputs)


def test_a_bad_release_is_deployed_and_taken_back(job: Job, site: Site) -> None:
    ran = job.run(command="deploy", stack_name=NAME, template="2.json", window="120m")

    assert ran.code == 4
    assert site.status == "UPDATE_ROLLBACK_COMPLETE"
    assert ran.outputs["rolled-back"] == "true"
    assert ran.outputs["decision"] == "roll-back"
    assert ran.outputs["verdict"] == "block"
    assert ran.outputs["exit-code"] == "4"
    assert ran.outputs["stack-status"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "olled back and verified" in ran.summary
    assert ran.annotations("error")


def test_a_good_release_is_deployed(job: Job, site: Site) -> None:
    ran = job.run(command="deploy", stack_name=NAME, template="3.json", window="0m")

    assert (ran.code, site.status) == (0, "UPDATE_COMPLETE")
    assert ran.outputs["rolled-back"] == "false"
    assert ran.outputs["decision"] == "keep"
    assert ran.outputs["deploy-allowed"] == "true"


def test_a_rollback_is_planned_first(job: Job, site: Site) -> None:
    site.stage.deploy(template(2))

    ran = job.run(command="rollback", stack_name=NAME, dry_run="true")

    assert not site.changed()
    assert ran.outputs["rolled-back"] == "false"
    assert ran.outputs["exit-code"] == str(ran.code)


@pytest.mark.usefixtures("site")
def test_people_are_told_of_it(job: Job) -> None:
    told: list[dict[str, str]] = []

    def take(asked: Asked) -> Answer:
        told.append(json.loads(asked.body))
        return Answer()

    (job.workspace / "flowguard.yml").write_text("notify: [{webhook: '${env.HOOK}'}]\n")
    with serving(take) as url:
        job.set(HOOK=f"{url}/{CANARY}")
        ran = job.run(
            command="deploy", stack_name=NAME, template="2.json", window="120m"
        )

    (message,) = told
    assert message["event"] == "rolled-back"
    assert message["stack_name"] == NAME
    assert CANARY not in ran.log + ran.summary


@pytest.mark.usefixtures("site")
def test_who_was_not_reached_is_told_and_changes_nothing(job: Job) -> None:
    (job.workspace / "flowguard.yml").write_text("notify: [{slack: '${env.HOOK}'}]\n")

    ran = job.run(command="deploy", stack_name=NAME, template="2.json", window="120m")

    assert ran.code == 4
    assert "Slack did not get the message (the variable HOOK is not set)" in ran.log
    assert "Slack did not get the message" in ran.summary


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"command": "snapshot", "no_templates": "true"},
            "the command 'snapshot' needs snapshot: FILE",
        ),
        (
            {"command": "snapshot", "snapshot": "x.json"},
            "needs keep: s3://BUCKET/PREFIX or no-templates",
        ),
        (
            {"command": "verify", "snapshot_digest": "sha256:1"},
            "snapshot-digest names no file",
        ),
        (
            {"command": "smoke", "variables": "x"},
            "variables 'x' has no value",
        ),
        (
            {"command": "deploy", "baseline": "x"},
            "input 'baseline' is not for the command 'deploy'",
        ),
    ],
)
def test_what_cannot_be_done_is_told_in_the_words_of_the_inputs(
    given: dict[str, str], said: str, job: Job, site: Site
) -> None:
    ran = job.run(stack_name=NAME, **given)

    assert ran.code == 2
    assert said in ran.log.replace("%25", "%")
    assert not site.changed()
    assert ran.outputs["exit-code"] == "2"


# --- whose deploy it is --------------------------------------------------------------


def deployed(job: Job, site: Site) -> dict[str, str]:
    """A bad release that this pipeline deployed, and the inputs that say so."""
    before = site.stage.snapshot(Readiness.GREEN)
    (job.workspace / "before.json").write_text(snapshot_file.dump(before))
    site.stage.deploy(template(2))
    recorded = job.run(command="record", stack_name=NAME, record="out/deploy.json")
    assert recorded.code == 0
    assert recorded.outputs["deploy-allowed"] == ""
    return {
        "command": "verify",
        "stack_name": NAME,
        "snapshot": "before.json",
        "record": recorded.outputs["record-file"],
    }


@pytest.mark.parametrize("name", ["", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_a_recorded_deploy_is_rolled_back_also_on_a_full_disk(
    name: str, job: Job, site: Site
) -> None:
    inputs = deployed(job, site)
    if name:
        job.set(**{name: "/dev/full"})

    ran = job.run(**inputs)

    assert ran.code == 4
    assert site.code() == "orders/1.zip"
    assert ROLLED_BACK in ran.log
    assert inputs["record"] == "out/deploy.json"


def test_a_record_needs_a_file(job: Job, site: Site) -> None:
    ran = job.run(command="record", stack_name=NAME)

    assert ran.code == 2
    assert "the command 'record' needs record: FILE" in ran.log
    assert not site.changed()


# --- what was done is told, whatever else breaks ----------------------------------

BAD = {"command": "deploy", "stack_name": NAME, "template": "2.json", "window": "120m"}


@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
@pytest.mark.parametrize("path", ["/dev/full", "/proc/none", "."])
def test_a_file_of_the_runner_that_cannot_be_written_hides_no_rollback(
    name: str, path: str, job: Job, site: Site
) -> None:
    job.set(**{name: path})

    ran = job.run(**BAD)

    assert ran.code == 4
    assert site.status == "UPDATE_ROLLBACK_COMPLETE"
    assert ROLLED_BACK in ran.log
    assert any("cannot be used" in error.data for error in ran.annotations("error"))
    if name == "GITHUB_OUTPUT":
        assert ROLLED_BACK in ran.summary
    else:
        assert ran.outputs["exit-code"] == "4"
        assert ran.outputs["rolled-back"] == "true"


@pytest.mark.parametrize("name", ["report_file", "sarif_file", "html_file"])
def test_a_report_that_cannot_be_written_hides_no_rollback(
    name: str, job: Job, site: Site
) -> None:
    """The folder is gone when the deploy is done."""

    def block(_: object) -> None:
        (job.workspace / "out" / "report").mkdir()

    site.fake.on("execute_change_set", 1, block)
    (job.workspace / "out").mkdir(exist_ok=True)

    ran = job.run(**BAD, **{name: "out/report"})

    assert ran.code == 4
    assert ROLLED_BACK in ran.log
    assert ROLLED_BACK in ran.summary
    assert ran.outputs["exit-code"] == "4"
    assert ran.outputs[name.replace("_", "-")] == ""
    assert "cannot write the" in ran.annotations("error")[-1].data


def test_a_deploy_of_which_nobody_could_be_told_is_not_begun(
    job: Job, site: Site
) -> None:
    (job.workspace / "taken").write_text("")

    ran = job.run(**BAD, report_file="taken/report.json")

    assert ran.code == 2
    assert "cannot write the json report" in ran.log
    assert not site.changed()


@pytest.mark.parametrize("where", ["markdown", "plain"])
def test_a_bug_in_a_page_hides_no_rollback(
    where: str, job: Job, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RuntimeError("a bug")

    name = {"markdown": "render", "plain": "render_terminal"}[where]
    monkeypatch.setattr(f"flowguard.report.{where}.{name}", broken)

    ran = job.run(**BAD)

    assert ran.code == 4
    assert site.status == "UPDATE_ROLLBACK_COMPLETE"
    assert ran.outputs["exit-code"] == "4"
    assert ROLLED_BACK in (ran.log if where == "markdown" else ran.summary)
    assert "broke: RuntimeError: a bug" in ran.annotations("error")[-1].data


@pytest.mark.usefixtures("site")
def test_people_who_cannot_be_told_hide_no_rollback(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("flowguard.notify.teller", broken)
    (job.workspace / "flowguard.yml").write_text("notify: [{slack: '${env.HOOK}'}]\n")

    ran = job.run(**BAD)

    assert ran.code == 4
    assert ROLLED_BACK in ran.log
    assert "nobody was told: RuntimeError: a bug" in ran.log


def test_a_spec_that_is_gone_afterwards_hides_no_rollback(job: Job, site: Site) -> None:
    """What the deploy itself wrote must not matter when its outcome is told."""
    site.fake.on(
        "cancel_update_stack", 1, lambda _: (job.workspace / "smoke.yml").unlink()
    )

    ran = job.run(**BAD)

    assert ran.code in {4, 5}
    assert ran.outputs["decision"] == "roll-back"
