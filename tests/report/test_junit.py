"""The report as JUnit XML."""

from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from report.hostile import TEXT
from report.sample import EMPTY, RICH, report_with

from flowguard.model.places import Severity
from flowguard.model.results import Report
from flowguard.model.smoke import SmokeOutcome, SmokeReport, SmokeResult
from flowguard.report.junit import render
from flowguard.smoke.findings import results


def endings(report: Report) -> dict[str, list[str]]:
    """Read how each test case ended."""
    root = fromstring(render(report))  # noqa: S314 — it is ours
    return {
        case.attrib["name"]: [child.tag for child in case]
        for case in root.iter("testcase")
    }


def counts(root: Element) -> dict[str, str]:
    """Count the test cases of a document by how they ended."""
    tags = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    return {
        "tests": str(len(root.findall(".//testcase"))),
        **{name: str(len(root.findall(f".//{tag}"))) for name, tag in tags.items()},
    }


def test_each_rule_ends_as_it_concluded() -> None:
    assert endings(RICH) == {
        "existing-resource": ["failure"],
        "stateful-without-retain": ["system-out"],
        "odd-name": ["system-out"],
        "export-still-used": ["skipped"],
        "stack-state": [],
        "same-name-twice": [],
        "missing-reference": [],
        "hosted-zone": ["error"],
    }


@pytest.mark.parametrize(
    ("report", "failed"),
    [
        (RICH, {"existing-resource"}),
        (
            replace(RICH, fail_on=Severity.WARNING),
            {"existing-resource", "stateful-without-retain"},
        ),
        (replace(RICH, accepted=("existing-resource",)), set[str]()),
        (replace(RICH, fail_on=None), set[str]()),
    ],
    ids=["errors block", "warnings block", "accepted", "nothing blocks"],
)
def test_what_blocks_is_a_failure(report: Report, failed: set[str]) -> None:
    assert {name for name, how in endings(report).items() if "failure" in how} == failed


@pytest.mark.parametrize("report", [RICH, report_with("x")], ids=["rich", "one"])
def test_the_numbers_are_those_of_the_cases(report: Report) -> None:
    root = fromstring(render(report))  # noqa: S314 — it is ours
    (suite,) = root

    assert counts(root).items() <= root.attrib.items()
    assert counts(root).items() <= suite.attrib.items()


@given(text=TEXT)
def test_hostile_text_is_well_formed(text: str) -> None:
    root = fromstring(render(report_with(text)))  # noqa: S314 — it is ours

    assert [child.tag for child in root[0]] == [
        "properties",
        *["testcase"] * 4,
        "system-out",
    ]


def test_what_is_said_of_all_smoke_tests_is_a_case_of_its_own() -> None:
    """A run that ends with 3 has a case that says why."""
    only = SmokeResult("users", SmokeOutcome.FAILED, critical=False, message="500")
    tests = SmokeReport(results=(only,), coverage="no release was asked for")
    report = replace(EMPTY, smoke=tests, results=results(tests))

    text = render(report)

    assert endings(report) == {"users": ["skipped"], "checks": ["error"]}
    assert "nothing that counts was tested" in text
    assert "leave `critical: false` out" in text
    assert "no release was asked for" in text
