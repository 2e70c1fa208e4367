"""Whatever text there is, the runner obeys no command but ours."""

from __future__ import annotations

import re

import pytest
from action.jobs import Job
from hypothesis import HealthCheck, given, settings
from report.hostile import ATTEMPTS, TEXT
from report.sample import report_with

from flowguard.action.outputs import Output
from flowguard.cli.output import Done
from flowguard.errors import TemplateError
from flowguard.model.places import Location

OURS = {"error", "warning", "notice", "group", "endgroup"}
SUMMARY_LIMIT = 1024 * 1024

# The job is made once; each example runs a step of its own in it.
many = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@many
@given(text=TEXT)
def test_no_text_of_a_report_is_a_command_or_an_output(job: Job, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "flowguard.cli.preflight.check", lambda *_: Done(report_with(text), 1)
        )

        ran = job.run(offline="true")

    assert ran.code == 1
    assert [command.name for command in ran.commands] == [
        *("group", "error", "error", "warning", "endgroup"),
    ]
    assert ran.outputs.keys() == set(Output)
    assert ran.outputs["verdict"] == "block"
    assert ran.outputs["deploy-allowed"] == "false"


@many
@given(text=TEXT)
def test_no_text_of_an_error_is_a_command_or_an_output(job: Job, text: str) -> None:
    def fail(*_: object) -> None:
        raise TemplateError(text, help=text, location=Location(text, 3))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flowguard.cli.preflight.check", fail)

        ran = job.run(offline="true")

    (error,) = ran.commands
    assert error.name == "error"
    assert set(error.properties) <= {"file", "line", "title"}
    assert ran.outputs.keys() == set(Output)


def test_no_value_of_an_input_is_a_command(job: Job) -> None:
    for text in ATTEMPTS:
        if "\x00" in text or "\ud800" in text:  # no variable can hold these
            continue
        for name in ("fail_on", "template", "working_directory", "accept", "stage"):
            ran = job.run(**{"offline": "true", "fail_on": "", name: text})

            assert {command.name for command in ran.commands} <= OURS
            assert ran.outputs.keys() == set(Output)
            job.run(**{name: ""})


def test_no_text_of_a_template_is_a_command(job: Job) -> None:
    for text in ATTEMPTS:
        name = re.sub("[\x00-\x1f\x7f-\x9f\ud800\ufffe\uffff]", "?", text)
        quoted = name.replace("'", "''")
        (job.workspace / "template.yaml").write_text(
            f"Description: '{quoted}'\n"
            "Resources:\n"
            f"  '{quoted}':\n"
            f"    Type: AWS::DynamoDB::Table # {name}\n"
            f"    Properties: {{TableName: '{quoted}'}}\n",
            encoding="utf-8",
        )

        ran = job.run(offline="true", stack_name="app")

        assert {command.name for command in ran.commands} <= OURS
        assert ran.outputs.keys() == set(Output)


def test_the_summary_is_no_longer_than_github_takes(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = report_with("ä" * 3000, number=2000)
    monkeypatch.setattr("flowguard.cli.preflight.check", lambda *_: Done(report, 1))

    ran = job.run(offline="true")

    assert SUMMARY_LIMIT // 2 < len(ran.summary.encode()) < SUMMARY_LIMIT
    assert "The report was cut here" in ran.summary
