"""Many reports become one, and nothing is lost on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from fleets import TABLE, failed, member
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from report.hostile import TEXT
from report.sample import RICH, report_with

from flowguard.fleet import Member
from flowguard.merge import merge
from flowguard.model.places import Severity
from flowguard.model.questions import UnknownKind
from flowguard.model.results import Outcome, Report, RuleResult, Unanswered, Verdict
from flowguard.prediction import Gate
from flowguard.report import FORMATS as ONE
from flowguard.report.fleet import FORMATS
from flowguard.report.reading import read
from flowguard.report.schema import report_schema

GATE = Gate()
VALIDATOR = Draft202012Validator(report_schema())
WORST = [Verdict.BLOCK, Verdict.INCONCLUSIVE, Verdict.PASS]

UNANSWERED = Unanswered("the table users", UnknownKind.DENIED, "no", "dynamodb:Get")
RESULTS = st.sampled_from(
    [
        failed("name-taken", "users is taken"),
        failed("name-taken", "carts is taken"),
        failed("stack-blocked", "it is stuck"),
        RuleResult("name-taken", Outcome.PASSED),
        RuleResult("export-in-use", Outcome.INCONCLUSIVE, unknowns=(UNANSWERED,)),
        RuleResult("naming-drift", Outcome.CRASHED, error="KeyError: 'x'"),
    ]
)
REPORTS = st.lists(
    st.tuples(st.sampled_from(Verdict), st.lists(RESULTS, max_size=4)), max_size=6
)
MISSING = st.lists(st.sampled_from(["billing", "search"]), unique=True)


def members_of(drawn: list[tuple[Verdict, list[RuleResult]]]) -> list[Member]:
    """A target for each report that was drawn."""
    return [
        member(f"target-{number}", verdict=verdict, results=results)
        for number, (verdict, results) in enumerate(drawn)
    ]


@given(drawn=REPORTS, missing=MISSING)
def test_the_worst_verdict_counts(
    drawn: list[tuple[Verdict, list[RuleResult]]], missing: list[str]
) -> None:
    fleet = merge(members_of(drawn), missing, gate=GATE)
    verdicts = {verdict for verdict, _ in drawn}
    verdicts |= {Verdict.INCONCLUSIVE} if missing else set()
    expected = next((v for v in WORST if v in verdicts), Verdict.PASS)

    assert fleet.verdict is expected
    assert fleet.whole.verdict is expected


@given(drawn=REPORTS, missing=MISSING)
def test_nothing_is_lost(
    drawn: list[tuple[Verdict, list[RuleResult]]], missing: list[str]
) -> None:
    """Each finding, question and crash of each target stands in the whole."""
    members = members_of(drawn)
    whole = merge(members, missing, gate=GATE).whole
    results = {result.rule_id: result for result in whole.results}

    assert len(results) == len(whole.results)
    for target in members:
        for result in target.report.results:
            together = results[result.rule_id]
            for finding in result.findings:
                (same,) = (f for f in together.findings if f.message == finding.message)
                assert same.location == finding.location
                assert target.name in dict(same.evidence)["target"].split(", ")
            assert set(result.unknowns) <= set(together.unknowns)
            assert result.error in together.error
            if result.outcome is Outcome.CRASHED:
                assert together.outcome is Outcome.CRASHED


@given(drawn=REPORTS, missing=MISSING)
def test_the_merged_report_can_be_read_and_merged_again(
    drawn: list[tuple[Verdict, list[RuleResult]]], missing: list[str]
) -> None:
    fleet = merge(members_of(drawn), missing, gate=GATE)
    text = FORMATS["json"](fleet)
    document = read(text)

    VALIDATOR.validate(json.loads(text))
    assert [t.name for t in document.targets if t.report is None] == missing
    again = [
        Member(target.name, target.report.value())
        for target in document.targets
        if target.report is not None
    ]
    assert merge(again, missing, gate=GATE).verdict is fleet.verdict


def test_the_same_finding_of_two_targets_is_one_that_names_both() -> None:
    members = [member(name, results=[failed()]) for name in ("staging", "prod")]

    (finding,) = merge(members, gate=GATE).whole.findings

    assert finding.evidence == (("target", "staging, prod"),)


def test_what_is_between_the_targets_blocks_them() -> None:
    names = ((TABLE, "users", "Users"),)
    members = [member("orders", names=names), member("shop", names=names)]

    assert merge(members, gate=GATE).verdict is Verdict.BLOCK
    assert merge(members, gate=Gate(None)).verdict is Verdict.PASS


# --- reading -----------------------------------------------------------------------


def as_json_says(report: Report) -> Report:
    """The report without what JSON leaves out."""
    return replace(
        report,
        started_at=report.started_at.replace(microsecond=0),
        duration=round(report.duration, 3),
        sources={},
        changes=(),
        stack_status="",
    )


@pytest.mark.parametrize(
    "report",
    [RICH, member("orders", names=((TABLE, "users", "Users"),), imports=("x",)).report],
    ids=["rich", "claims"],
)
def test_what_was_written_is_read(report: Report) -> None:
    again = read(ONE["json"](report)).value()

    assert again == as_json_says(report)


@given(text=TEXT)
def test_hostile_text_is_read_as_it_was(text: str) -> None:
    again = read(ONE["json"](report_with(text))).value()

    assert again == as_json_says(report_with(text))


DOCUMENT = json.loads(ONE["json"](RICH))
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, -1, 0, "x", "pass", [], {}, True, 1.5]
)


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """A report with one value changed or left out."""
    document = json.loads(json.dumps(DOCUMENT))
    inside: Any = document
    while True:
        keys = list(inside) if isinstance(inside, dict) else range(len(inside))
        key = draw(st.sampled_from(sorted(keys)))
        if isinstance(inside[key], dict | list) and inside[key] and draw(st.booleans()):
            inside = inside[key]
            continue
        if draw(st.booleans()):
            del inside[key]
        else:
            inside[key] = draw(VALUES)
        return document


@given(document=broken())
def test_a_report_is_read_where_it_fits_the_schema(document: Any) -> None:
    """The published schema and the reader are one contract."""
    try:
        read(json.dumps(document))
    except ValueError:
        fits = False
    else:
        fits = True

    assert fits == VALIDATOR.is_valid(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "it is no JSON"),
        ("[]", "it is no report of FlowGuard's"),
        ('{"schema": 1}', "it is no report of FlowGuard's"),
        ('{"version": "2.1.0"}', "it is no report of FlowGuard's"),
        (
            '{"schema": "flowguard.report/2"}',
            "it is of the format flowguard.report/2; this one reads flowguard.report/1",
        ),
        (
            '{"schema": "flowguard.report/1"}',
            "Object missing required field `flowguard_version`",
        ),
        ("[" * 100_000, "it is no JSON"),
    ],
)
def test_what_is_no_report_is_told(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=rf"^{message}"):
        read(text)


# --- formats -------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_who_is_blocked_and_who_is_missing(name: str) -> None:
    blocked = member("orders", verdict=Verdict.BLOCK, results=[failed()])
    text = FORMATS[name](merge([blocked, member("shop")], ["billing"], gate=GATE))

    assert "name-taken" in text
    assert "orders" in text or name == "github"
    assert "billing" in text


@given(text=TEXT)
@pytest.mark.parametrize("name", ["plain", "markdown", "github"])
def test_a_targets_name_cannot_command_the_runner(name: str, text: str) -> None:
    target = Member(text, report_with(text))
    lines = FORMATS[name](merge([target], [f"{text}!"], gate=GATE)).splitlines()

    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert all(line.startswith(("::error ", "::warning ")) for line in commands)
    assert name == "github" or not commands
    assert not any("##[" in line for line in lines)


def test_junit_has_a_suite_for_each_target_and_one_between() -> None:
    blocked = member("orders", verdict=Verdict.BLOCK, results=[failed()])
    fleet = merge([blocked, member("shop")], gate=GATE)
    root = fromstring(FORMATS["junit"](fleet))  # noqa: S314 — it is ours

    assert [suite.attrib["name"] for suite in root] == [
        "flowguard preflight orders",
        "flowguard preflight shop",
        "flowguard merge fleet",
    ]
    assert (root.attrib["tests"], root.attrib["failures"]) == ("5", "1")


def test_sarif_has_one_run_with_the_findings_of_all() -> None:
    members = [
        member(name, results=[failed(message=f"{name} is taken")])
        for name in ("orders", "shop")
    ]
    (run,) = json.loads(FORMATS["sarif"](merge(members, gate=GATE)))["runs"]

    messages = [result["message"]["text"] for result in run["results"]]
    assert [text.partition("\n")[0] for text in messages] == [
        "orders is taken",
        "shop is taken",
    ]
    assert run["automationDetails"]["id"] == "flowguard/fleet/"


def test_a_target_that_passed_is_a_row_and_no_more() -> None:
    fleet = merge([member("orders"), member("shop", results=[failed()])], gate=GATE)
    lines = FORMATS["plain"](fleet).splitlines()

    assert lines[0].split()[:2] == ["go", "orders"]
    assert "── orders" not in lines
    assert "── shop" in lines
    assert fleet.count(Severity.ERROR) == 1
