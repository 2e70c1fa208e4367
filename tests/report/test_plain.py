"""The report for people."""

from dataclasses import replace
from textwrap import dedent

import pytest
from inline_snapshot import snapshot
from report.sample import EMPTY, RICH

from flowguard.model.places import Location, Severity
from flowguard.model.questions import UnknownKind
from flowguard.model.readiness import Readiness
from flowguard.model.results import (
    Coverage,
    Finding,
    Outcome,
    Report,
    RuleResult,
    Unanswered,
    Verdict,
)
from flowguard.model.smoke import SmokeOutcome, SmokeReport, SmokeResult
from flowguard.report.plain import render, render_terminal


def report_of(source: str, location: Location) -> Report:
    """Make a report with one finding in a file that reads `source`."""
    finding = Finding("some-rule", Severity.ERROR, "wrong", location)
    result = RuleResult("some-rule", Outcome.FAILED, (finding,))
    return replace(EMPTY, results=(result,), sources={location.path: source})


def excerpt(source: str, location: Location, width: int = 60) -> str:
    """Render a finding at `location` and return the lines of its excerpt."""
    lines = render_terminal(
        report_of(source, location), color=False, width=width
    ).split("\n")
    bars = [number for number, line in enumerate(lines) if line.strip() == "|"]
    return "\n".join(lines[bars[0] + 1 : bars[0] + 3]) if bars else ""


@pytest.mark.parametrize(
    ("source", "location", "expected"),
    [
        pytest.param(
            "a: b\n",
            Location("t", 1, 4),
            """\
            1 | a: b
              |    ^""",
            id="the end is not known",
        ),
        pytest.param(
            "a: bcd # no\n",
            Location("t", 1, 4, 1, 7),
            """\
            1 | a: bcd # no
              |    ^^^""",
            id="within a line",
        ),
        pytest.param(
            "a:\n  b: |\n    c\n",
            Location("t", 2, 6, 4, 1),
            """\
            2 |   b: |
              |      ^""",
            id="over several lines",
        ),
        pytest.param(
            "\ta:\tbc",
            Location("t", 1, 5, 1, 7),
            """\
            1 |     a:  bc
              |         ^^""",
            id="tabs",
        ),
        pytest.param(
            "名前: 漢字",
            Location("t", 1, 5, 1, 7),
            """\
            1 | 名前: 漢字
              |       ^^^^""",
            id="wide characters",
        ),
        pytest.param(
            "e\u0301: x",
            Location("t", 1, 5, 1, 6),
            """\
            1 | e\u0301: x
              |    ^""",
            id="combining characters",
        ),
        pytest.param(
            "a\x1b[1m: ##[b]",
            Location("t", 1, 11, 1, 12),
            r"""
            1 | a\x1b[1m: ##\[b]
              |               ^""".removeprefix("\n"),
            id="escapes",
        ),
        pytest.param(
            "a: b",
            Location("t", 1, 99),
            """\
            1 | a: b
              |     ^""",
            id="a column past the end",
        ),
        pytest.param("a: b", Location("t", 9, 1), "", id="a line past the end"),
    ],
)
def test_carets_stand_below_what_is_meant(
    source: str, location: Location, expected: str
) -> None:
    assert excerpt(source, location) == dedent(expected)


@pytest.mark.parametrize("column", [1, 30, 500, 99_999, 100_000])
def test_a_long_line_is_trimmed_around_the_carets(column: int) -> None:
    line = "".join(chr(ord("a") + n % 26) for n in range(100_000))

    source, carets = excerpt(line, Location("t", 1, column, 1, column + 3)).split("\n")

    assert max(len(source), len(carets)) <= 60
    assert source[carets.index("^")] == line[column - 1]
    assert source.endswith("…") == (column < 99_000)


def test_many_denied_questions_are_a_few_lines() -> None:
    unknowns = tuple(
        Unanswered(f"table {n}", UnknownKind.DENIED, "no", "dynamodb:DescribeTable")
        for n in range(40)
    )
    results = tuple(
        RuleResult(rule, Outcome.INCONCLUSIVE, unknowns=unknowns)
        for rule in ("one", "two")
    )
    report = replace(EMPTY, results=results, verdict=Verdict.INCONCLUSIVE)

    verbose = render_terminal(report, color=False, width=80, verbose=True)

    assert render(report) == snapshot("""\
without an answer
  40 questions denied, needs dynamodb:DescribeTable
    table 0
    table 1
    table 2
    and 37 more (--verbose lists them)
  undecided: one, two

could not tell: no findings
  shop (eu-central-1, no account asked)
  2 rules: 2 inconclusive, in 0.0 s
  asked no questions
""")
    assert all(f"    table {n}: no\n" in verbose for n in range(40))


def test_verbose_shows_what_is_left_out_otherwise() -> None:
    usual = render_terminal(RICH, color=False, width=80)
    verbose = render_terminal(RICH, color=False, width=80, verbose=True)

    assert "holds nothing that matters" not in usual
    assert "ScratchBucket: bucket has no DeletionPolicy (holds nothing" in verbose
    assert "the owner of ${Queue.Arn}: Queue is made by this deploy" in verbose


def test_quiet_leaves_the_findings_and_the_verdict() -> None:
    quiet = render_terminal(RICH, color=False, width=80, quiet=True)

    assert quiet.endswith("\n\nblocked: 1 error, 1 warning, 1 info\n")
    assert "error[existing-resource]" in quiet
    assert "without an answer" not in quiet


def test_colour_changes_nothing_but_the_colour() -> None:
    from rich.text import Text

    colourful = render_terminal(RICH, color=True, width=80)
    lines = [line.rstrip() for line in Text.from_ansi(colourful).plain.split("\n")]

    assert "\n".join(lines).rstrip("\n") == render_terminal(
        RICH, color=False, width=80
    ).rstrip("\n")


def test_related_places_are_a_few_unless_verbose() -> None:
    places = tuple((f"copy {n}", Location("t", n + 1)) for n in range(12))
    finding = Finding("r", Severity.INFO, "m", Location("t"), related_locations=places)
    result = RuleResult("r", Outcome.FAILED, (finding,))
    report = replace(EMPTY, results=(result,))

    assert "= note: and 2 more\n" in render(report)
    assert "copy 11: t:12:1" in render_terminal(
        report, color=False, width=80, verbose=True
    )


def test_a_run_that_did_not_ask_aws_does_not_claim_to_have() -> None:
    unknowns = (Unanswered("q", UnknownKind.UNSUPPORTED, "AWS was not asked"),)
    results = (
        RuleResult("of-the-account", Outcome.PASSED, unknowns=unknowns),
        RuleResult("of-the-template", Outcome.PASSED),
    )
    coverage = Coverage(asked=1, not_knowable=1)

    assert render(replace(EMPTY, results=results, coverage=coverage)) == snapshot("""\
go: no findings
  shop (eu-central-1, no account asked)
  2 rules: 2 passed, in 0.0 s
  passed: of-the-template
  passed as far as there are answers: of-the-account
  did not ask AWS, which leaves 1 question open
""")


@pytest.mark.parametrize(
    ("readiness", "reasons", "said"),
    [
        (Readiness.GREEN, (), "  can be taken back: green\n"),
        (
            Readiness.RED,
            ("api.zip is gone (artifact-gone)", "it is new (first-deploy)"),
            "  cannot be taken back: red, because api.zip is gone (artifact-gone); and 1 more\n",
        ),
    ],
)
def test_whether_the_deploy_can_be_taken_back(
    readiness: Readiness, reasons: tuple[str, ...], said: str
) -> None:
    judged = replace(RICH, readiness=readiness, readiness_reasons=reasons)

    assert said in render(judged)


def test_that_a_check_is_not_critical_is_never_cut_off() -> None:
    one = SmokeResult("users", SmokeOutcome.FAILED, critical=False, message="no " * 60)
    report = replace(EMPTY, smoke=SmokeReport(results=(one,)))

    assert "… (not critical)" in render(report)
