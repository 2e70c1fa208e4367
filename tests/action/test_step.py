"""A step: what it leaves behind, whatever becomes of it."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys

import pytest
from action.jobs import Job, Ran, read_outputs

from flowguard.action.input import INPUTS
from flowguard.action.outputs import Output

PATIENCE = 30
"""Seconds after which a test waits no more."""


def test_a_deploy_that_may_go_ahead(job: Job) -> None:
    ran = job.run(offline="true")

    assert ran.code == 0
    said = {
        "verdict": "pass",
        "deploy-allowed": "true",
        "aws-asked": "false",
        "error-count": "0",
        "warning-count": "1",
        "info-count": "0",
        "unanswered-count": "0",
        "replacement-count": "0",
        "stack-name": "app",
        "exit-code": "0",
    }
    assert ran.outputs == dict.fromkeys(Output, "") | said


def test_a_deploy_that_is_blocked(job: Job) -> None:
    ran = job.run(offline="true", fail_on="warning")

    (warning,) = ran.annotations("warning")
    assert ran.code == 1
    assert ran.outputs["verdict"] == "block"
    assert ran.outputs["deploy-allowed"] == "false"
    assert ran.outputs.keys() == set(Output)
    assert warning.properties["file"] == "template.yaml"
    assert warning.properties["line"] == "2"
    assert "stateful-resource-unprotected" in ran.summary
    assert "stateful-resource-unprotected" in ran.log.partition("::group::")[0]


def test_the_summary_leads_to_the_line_at_this_commit(job: Job) -> None:
    job.set(GITHUB_SERVER_URL="https://github.example")

    ran = job.run(offline="true")

    address = "https://github.example/shop/backend/blob/c0ffee/template.yaml#L2"
    assert f"[`template.yaml:2`]({address})" in ran.summary


def test_each_way_to_tell_people_can_be_left_out(job: Job) -> None:
    ran = job.run(offline="true", annotations="false", job_summary="false")

    assert ran.commands == []
    assert ran.summary == ""


def test_reports_are_written_where_the_inputs_say(job: Job) -> None:
    (job.workspace / "backend").mkdir()
    (job.workspace / "template.yaml").rename(job.workspace / "backend/template.yaml")

    ran = job.run(
        offline="true",
        working_directory="backend",
        report_file="out/report.json",
        sarif_file="../flowguard.sarif",
    )

    report = json.loads((job.workspace / "backend/out/report.json").read_text())
    sarif = json.loads((job.workspace / "flowguard.sarif").read_text())
    assert ran.outputs["report-file"] == "backend/out/report.json"
    assert ran.outputs["sarif-file"] == "flowguard.sarif"
    assert report["verdict"] == "pass"
    assert sarif["version"] == "2.1.0"
    (warning,) = ran.annotations("warning")
    assert warning.properties["file"] == "backend/template.yaml"


def test_a_workspace_without_git_is_the_root_of_what_is_annotated(job: Job) -> None:
    (job.workspace / ".git").rmdir()
    (job.workspace / "backend").mkdir()
    (job.workspace / "template.yaml").rename(job.workspace / "backend/template.yaml")

    ran = job.run(offline="true", working_directory="backend")

    (warning,) = ran.annotations("warning")
    assert warning.properties["file"] == "backend/template.yaml"


def test_the_token_is_in_nothing_that_is_printed(job: Job) -> None:
    """It leaves the process for GitHub alone: an order to hide it would tell it."""
    ran = job.run(offline="true", github_token="ghs_secret")

    assert "ghs_secret" not in ran.log + ran.summary + str(ran.outputs)


def test_started_by_hand_it_needs_no_files_of_a_runner(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_OUTPUT")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")

    assert job.run(offline="true").code == 0


# --- without credentials -------------------------------------------------------


def test_a_pull_request_without_credentials_is_judged_by_its_template(
    job: Job,
) -> None:
    job.is_about(7)

    ran = job.run()

    (notice,) = ran.annotations("notice")
    assert ran.code == 0
    assert ran.outputs["verdict"] == "pass"
    assert notice.properties["title"] == "AWS was not asked"
    assert "name-taken" in notice.data
    assert "capability-missing" not in notice.data
    assert "AWS was not asked, since the job has no credentials" in ran.summary


@pytest.mark.parametrize(
    ("offline", "strict", "said"),
    [
        ("auto", "false", (0, "pass", "false")),
        ("auto", "true", (3, "inconclusive", "false")),
        ("true", "false", (0, "pass", "true")),
        ("true", "true", (3, "inconclusive", "false")),
        ("false", "false", (2, "", "false")),
        ("false", "true", (2, "", "false")),
    ],
)
def test_nothing_is_allowed_where_aws_was_to_be_asked_and_was_not(
    offline: str, strict: str, said: tuple[int, str, str], job: Job
) -> None:
    """As the table in docs/action.md says of a pull request without credentials."""
    job.is_about(7)

    ran = job.run(offline=offline, strict=strict)

    assert (ran.code, ran.outputs["verdict"], ran.outputs["deploy-allowed"]) == said
    assert ran.outputs["aws-asked"] == ("" if ran.code == 2 else "false")


def test_a_template_with_a_finding_is_blocked_before_it_is_undecided(job: Job) -> None:
    ran = job.run(offline="true", strict="true", fail_on="warning")

    assert ran.code == 1
    assert ran.outputs["verdict"] == "block"


@pytest.mark.parametrize("event", ["push", "workflow_dispatch", "merge_group"])
def test_elsewhere_a_gate_without_credentials_stops_the_deploy(
    event: str, job: Job
) -> None:
    job.set(GITHUB_EVENT_NAME=event)

    ran = job.run()

    assert "no AWS credentials were found" in told(ran)
    assert "aws-actions/configure-aws-credentials" in told(ran)
    assert "offline: true" in told(ran)


def test_a_pull_request_that_must_ask_aws_says_what_it_needs(job: Job) -> None:
    job.is_about(7)

    assert "no AWS credentials were found" in told(job.run(offline="false"))


def test_a_profile_of_the_runner_is_told_to_be_out_of_sight(job: Job) -> None:
    job.is_about(7)
    job.set(AWS_PROFILE="staging")

    assert "output-env-credentials: true" in told(job.run())


def test_a_self_hosted_runner_may_have_credentials_of_its_own(job: Job) -> None:
    keys = job.folder / "keys"
    keys.write_text("[default]\naws_access_key_id = x\naws_secret_access_key = x\n")
    job.is_about(7)
    job.set(
        AWS_ENDPOINT_URL="http://127.0.0.1:1", AWS_SHARED_CREDENTIALS_FILE=str(keys)
    )

    on_github = job.run()
    job.set(RUNNER_ENVIRONMENT="self-hosted")

    assert on_github.code == 0
    assert "AWS cannot be reached" in told(job.run())


def test_the_localhost_of_the_runner_is_told_to_be_out_of_reach(job: Job) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    job.set(
        AWS_ACCESS_KEY_ID="x",
        AWS_SECRET_ACCESS_KEY="x",
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
    )

    assert "the localhost of the container" in told(job.run())


def test_a_template_alone_is_judged_without_what_only_aws_needs(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it imports is most of the time that such a step takes."""
    monkeypatch.setenv("INPUT_STACK-NAME", "app")
    job.set(INPUT_OFFLINE="true")
    program = (
        "import sys; from flowguard.action import main; code = main(); "
        "print(code, *sorted({'boto3', 'botocore', 'pydantic', 'requests', 'urllib3', "
        "'urllib.request'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines()[-1] == "0"


# --- what cannot be done ---------------------------------------------------------


@pytest.mark.parametrize("name", [entry.name for entry in INPUTS if entry.is_path])
def test_a_path_outside_of_the_workspace_is_refused(
    name: str, job: Job, tmp_path: pathlib.Path
) -> None:
    (job.workspace / "link").symlink_to(tmp_path)
    commands = next(entry.commands for entry in INPUTS if entry.name == name)
    given = {"command": commands[0] if commands else "preflight"}
    if name == "reports":
        given["stack_name"] = ""
    for path in (str(tmp_path / "x"), "../x", "link/x"):
        ran = job.run(**given, **{name.replace("-", "_"): path})

        assert f"input {name!r} is {path!r}" in told(ran)
        assert "outside of the workspace" in told(ran)


def test_an_absolute_path_inside_of_it_is_taken(job: Job) -> None:
    """The runner translates the workspace's own path for the container."""
    ran = job.run(offline="true", template=str(job.workspace / "template.yaml"))

    assert ran.code == 0


def test_a_folder_that_is_not_there_is_told(job: Job) -> None:
    ran = job.run(working_directory="backend")

    assert "input 'working-directory' is 'backend'" in told(ran)


def test_no_summary_is_written_where_none_is_wanted(job: Job) -> None:
    ran = job.run(working_directory="backend", job_summary="false")

    assert ran.code == 2
    assert ran.summary == ""


def test_a_report_that_cannot_be_written_fails_the_step(job: Job) -> None:
    (job.workspace / "taken").write_text("")

    ran = job.run(offline="true", report_file="taken/report.json")

    (error,) = ran.annotations("error")
    assert ran.code == 2
    assert "cannot write the json report" in error.data
    assert ran.outputs["verdict"] == "pass"
    assert ran.outputs["deploy-allowed"] == "false"
    assert ran.outputs["report-file"] == ""
    assert "stateful-resource-unprotected" in ran.summary


def test_a_template_that_is_wrong_is_annotated_where_it_is(job: Job) -> None:
    (job.workspace / "template.yaml").write_text("Resources:\n  - [\n")

    ran = job.run(offline="true")

    (error,) = ran.annotations("error")
    assert ran.code == 2
    assert error.properties["file"] == "template.yaml"
    assert int(error.properties["line"]) > 1
    assert "template.yaml:" in ran.summary


def test_what_is_wrong_is_told_in_the_words_of_the_inputs(job: Job) -> None:
    assert "add stack-name: NAME" in told(job.run(offline="true", stack_name=""))
    assert "accept: there is no rule 'x'" in told(job.run(offline="true", accept="x"))


def test_a_file_of_the_runner_that_cannot_be_written_is_told(job: Job) -> None:
    job.set(GITHUB_STEP_SUMMARY=str(job.workspace))

    ran = job.run(offline="true")

    (error,) = ran.annotations("error")
    assert ran.code == 2
    assert error.data.startswith(f"{job.workspace} cannot be used")
    assert ran.outputs["deploy-allowed"] == "false"


def test_a_bug_of_ours_tells_no_secret(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(
            "ghs_canary and canary-key of https://ann:cnry-pw@api.test/x"
        )

    monkeypatch.setattr("flowguard.cli.preflight.check", broken)
    job.set(DEPLOY_KEY="canary-key")

    ran = job.run(offline="true", github_token="ghs_canary")

    assert "FlowGuard broke: RuntimeError: *** and *** of https://***@api.test/x" in (
        told(ran)
    )
    for secret in ("canary", "cnry-pw"):
        assert secret not in ran.log + ran.summary + str(ran.outputs)


def test_a_bug_of_ours_leaves_outputs_and_no_way_to_deploy(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom ##[error]x\n::error::y")

    monkeypatch.setattr("flowguard.cli.preflight.check", broken)

    ran = job.run(offline="true")

    names = [command.name for command in ran.commands]
    assert "FlowGuard broke: RuntimeError: boom" in told(ran)
    assert names == ["group", "endgroup", "error"]
    assert "Traceback (most recent call last)" in ran.log


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_cancelled_step_says_so_at_once(sent: signal.Signals, job: Job) -> None:
    """AWS takes the connection and never answers; the signal comes meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "INPUT_STACK-NAME": "app",
        }
        with subprocess.Popen(
            [sys.executable, "-m", "flowguard.action"],
            cwd=job.workspace,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                connection, _ = silent.accept()
                process.send_signal(sent)
                process.communicate(timeout=PATIENCE)
                connection.close()
            finally:
                process.kill()

    outputs = read_outputs(job.folder / "output")
    assert process.returncode == 2
    assert outputs.keys() == set(Output)
    assert outputs["deploy-allowed"] == "false"
    assert "interrupted" in (job.folder / "summary").read_text()


def told(ran: Ran) -> str:
    """The one error of a step that could not do its job; it is in the summary, too."""
    (error,) = ran.annotations("error")
    assert ran.code == 2
    assert ran.outputs.keys() == set(Output)
    assert ran.outputs["verdict"] == ""
    assert ran.outputs["deploy-allowed"] == "false"
    assert "FlowGuard could not do its job" in ran.summary
    return error.data
