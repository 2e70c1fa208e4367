"""The report as SARIF."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from jsonschema import Draft4Validator, FormatChecker
from report.hostile import TEXT
from report.sample import EMPTY, EXISTS, RETAIN, RICH, TEMPLATE, report_with

from flowguard.model.places import Location
from flowguard.model.results import Finding, Outcome, Report, RuleResult
from flowguard.report.sarif import render
from flowguard.rules import BUILTIN

SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0.schema.json").read_text())
VALIDATOR = Draft4Validator(SCHEMA, format_checker=FormatChecker())


def run_of(report: Report) -> Any:
    """Read the one run of a report."""
    (run,) = json.loads(render(report))["runs"]
    return run


def fingerprints(*findings: Finding, source: str) -> list[str]:
    """Read the fingerprints of findings in a template that reads `source`."""
    result = RuleResult("r", Outcome.FAILED, findings)
    report = replace(EMPTY, results=(result,), sources={TEMPLATE: source})
    return [
        found["partialFingerprints"]["flowguard/v1"]
        for found in run_of(report)["results"]
    ]


@pytest.mark.parametrize("report", [RICH, EMPTY], ids=["rich", "empty"])
def test_a_report_fits_the_schema(report: Report) -> None:
    VALIDATOR.validate(json.loads(render(report)))


@given(text=TEXT)
def test_hostile_text_fits_the_schema(text: str) -> None:
    VALIDATOR.validate(json.loads(render(report_with(text))))


@pytest.mark.parametrize("path", ["a b/ä#?%.yml", "c:d.yml", "x/../y", "-"])
def test_a_path_is_a_relative_reference(path: str) -> None:
    finding = replace(EXISTS, location=Location(path, 1))
    result = RuleResult("r", Outcome.FAILED, (finding,))
    (found,) = run_of(replace(EMPTY, results=(result,)))["results"]
    uri = found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]

    assert uri.isascii()
    assert not set(uri) & set(" #?:")
    assert unquote(uri) == path


def test_a_rule_that_cannot_tell_is_open() -> None:
    (found,) = (r for r in run_of(RICH)["results"] if r["kind"] == "open")

    assert (found["ruleId"], found["level"]) == ("export-still-used", "none")
    assert (
        "who imports shop-staging-api: ThrottlingException" in found["message"]["text"]
    )


def test_a_rule_that_broke_is_no_result() -> None:
    run = run_of(RICH)
    (invocation,) = run["invocations"]
    (notification,) = invocation["toolExecutionNotifications"]

    assert not invocation["executionSuccessful"]
    assert notification["associatedRule"]["id"] == "hosted-zone"
    assert "hosted-zone" not in {result["ruleId"] for result in run["results"]}


def test_a_suppressed_finding_says_why() -> None:
    (found,) = (r for r in run_of(RICH)["results"] if "suppressions" in r)

    assert found["suppressions"][0]["justification"] == "holds nothing that matters"


def test_every_result_names_its_rule() -> None:
    run = run_of(RICH)
    rules = run["tool"]["driver"]["rules"]

    assert run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


@pytest.mark.parametrize("rule", BUILTIN, ids=lambda rule: rule.id)
def test_a_rule_comes_with_its_page(rule: Any) -> None:
    result = RuleResult(rule.id, Outcome.PASSED)
    (described,) = run_of(replace(EMPTY, results=(result,)))["tool"]["driver"]["rules"]

    assert described["shortDescription"]["text"] in " ".join(rule.__doc__.split())
    assert len(described["fullDescription"]["text"]) <= 1024
    assert described["help"]["markdown"].count("\n## ") == rule.__doc__.count("## ")


def test_a_message_holds_no_link() -> None:
    finding = replace(EXISTS, message="see [x](0) and a[1]", help="", logical_id="")
    result = RuleResult("r", Outcome.FAILED, (finding,))
    (found,) = run_of(replace(EMPTY, results=(result,)))["results"]

    assert found["message"]["text"] == r"see \[x\](0) and a[1]"


def test_fingerprints_survive_moved_lines() -> None:
    source = RICH.sources[TEMPLATE]
    moved = replace(EXISTS, location=replace(EXISTS.location, line=7, end_line=7))

    before = fingerprints(EXISTS, source=source)

    assert fingerprints(moved, source=f"# one\n# two\n{source}") == before


def test_fingerprints_tell_findings_apart() -> None:
    source = RICH.sources[TEMPLATE]
    found = fingerprints(EXISTS, EXISTS, RETAIN, source=source)

    assert len(set(found)) == 3
