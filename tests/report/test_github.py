"""The report as annotations of a GitHub job."""

from dataclasses import replace

import pytest
from hypothesis import given
from report.hostile import TEXT
from report.runner import commands
from report.sample import EMPTY, report_with

from flowguard.model.places import Location, Severity
from flowguard.model.results import Finding, Outcome, Report, RuleResult
from flowguard.report.github import annotate, render


def report_of(*findings: Finding) -> Report:
    """Make a report of these findings."""
    return replace(EMPTY, results=(RuleResult("r", Outcome.FAILED, findings),))


def finding(
    severity: Severity = Severity.ERROR,
    message: str = "wrong",
    location: Location | None = None,
) -> Finding:
    """Make a finding."""
    return Finding("r", severity, message, location or Location("t.yaml"))


@pytest.mark.parametrize(
    ("location", "properties"),
    [
        (
            Location("t.yaml", 3, 5),
            {"line": "3", "endLine": "3", "col": "5", "endColumn": "5"},
        ),
        (
            Location("t.yaml", 3, 5, 3, 9),
            {"line": "3", "endLine": "3", "col": "5", "endColumn": "8"},
        ),
        (Location("t.yaml", 3, 5, 7, 1), {"line": "3", "endLine": "7"}),
    ],
    ids=["the end is not known", "within a line", "over several lines"],
)
def test_an_annotation_has_the_range(
    location: Location, properties: dict[str, str]
) -> None:
    (command,) = commands(render(report_of(finding(location=location))))

    assert command.properties == {"file": "t.yaml", **properties, "title": "r"}


def test_a_finding_without_a_file_has_no_place() -> None:
    (command,) = commands(render(report_of(finding(location=Location("")))))

    assert command.properties == {"title": "r"}


def test_each_severity_has_its_command_and_the_worst_comes_first() -> None:
    found = [finding(severity) for severity in Severity]

    assert [c.name for c in commands(render(report_of(*found)))] == [
        "error",
        "warning",
        "notice",
    ]


def test_ten_annotations_are_all_shown() -> None:
    found = [finding(location=Location("t", n)) for n in range(1, 11)]

    lines = [c.properties["line"] for c in commands(render(report_of(*found)))]

    assert lines == [str(n) for n in range(1, 11)]


def test_of_more_than_ten_the_last_one_says_what_is_left_out() -> None:
    found = [finding(location=Location("t", n)) for n in range(1, 13)]

    *shown, last = commands(render(report_of(*found)))

    assert len(shown) == 9
    assert last.properties == {"title": "and 3 more of severity error"}
    assert last.data.splitlines()[1:] == [f"r at t:{n}:1: wrong" for n in (10, 11, 12)]


def test_what_the_step_annotated_already_leaves_less_room() -> None:
    found = [finding(location=Location("t", n)) for n in range(1, 11)]

    lines = annotate(report_of(*found), {Severity.ERROR: 2, Severity.INFO: 5})

    assert len(lines) == 8
    assert "and 3 more of severity error" in lines[-1]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("has no policy", "Orders: has no policy"),
        ("Orders has no policy", "Orders has no policy"),
    ],
)
def test_the_resource_is_named_once(message: str, shown: str) -> None:
    found = replace(finding(message=message), logical_id="Orders")
    (command,) = commands(render(report_of(found)))

    assert command.data == shown


def test_a_message_is_cut_where_the_runner_would() -> None:
    (command,) = commands(render(report_of(finding(message="é%" * 5000))))

    assert len(command.data) == 4096
    assert command.data.endswith("…")


@given(text=TEXT)
def test_hostile_text_adds_neither_commands_nor_properties(text: str) -> None:
    found = commands(render(report_with(text)))

    assert len(found) == 3
    for command in found:
        assert set(command.properties) <= {
            *("file", "line", "endLine", "col", "endColumn", "title"),
        }
        assert len(command.data) <= 4096
