"""What holds for every format."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from inline_snapshot import external_file
from report.hostile import ATTEMPTS, TEXT
from report.runner import commands
from report.sample import EMPTY, RICH, report_with
from report.sample_smoke import ROLLED_BACK, SMOKE, smoke_with

from flowguard.model.results import Report
from flowguard.report import FORMATS
from flowguard.report.plain import render_terminal

SUFFIXES = {
    "plain": ".txt",
    "json": ".json",
    "github": ".txt",
    "markdown": ".md",
    "sarif": ".sarif",
    "junit": ".xml",
    "html": ".html",
}

ACTS_ON_A_TERMINAL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]"
)


@pytest.mark.parametrize("name", FORMATS)
def test_a_rich_report_reads_as_expected(name: str) -> None:
    path = f"expected/rich-{name}{SUFFIXES[name]}"

    assert FORMATS[name](RICH) == external_file(path, format=".txt")


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_report_reads_as_expected(name: str) -> None:
    path = f"expected/empty-{name}{SUFFIXES[name]}"

    assert FORMATS[name](EMPTY) == external_file(path, format=".txt")


@pytest.mark.parametrize("name", FORMATS)
def test_a_rollback_after_smoke_tests_reads_as_expected(name: str) -> None:
    path = f"expected/rollback-{name}{SUFFIXES[name]}"

    assert FORMATS[name](ROLLED_BACK) == external_file(path, format=".txt")


def test_smoke_tests_alone_read_as_expected() -> None:
    path = "expected/smoke-plain.txt"

    assert FORMATS["plain"](SMOKE) == external_file(path, format=".txt")


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_report_renders_the_same(name: str) -> None:
    assert FORMATS[name](RICH) == FORMATS[name](RICH)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("report_of", [report_with, smoke_with])
@given(text=TEXT)
def test_hostile_text_is_harmless_in_a_log(
    report_of: Callable[[str], Report], name: str, text: str
) -> None:
    """Neither terminal escapes nor workflow commands leave by any format."""
    rendered = FORMATS[name](report_of(text))
    ours = {"error", "warning"} if name == "github" else set[str]()

    assert not ACTS_ON_A_TERMINAL.search(rendered)
    assert {command.name for command in commands(rendered)} <= ours
    assert rendered.encode("utf-8").endswith(b"\n")


@pytest.mark.parametrize("report_of", [report_with, smoke_with])
@given(text=TEXT)
def test_hostile_text_is_harmless_on_a_terminal(
    report_of: Callable[[str], Report], text: str
) -> None:
    rendered = render_terminal(report_of(text), color=True, width=60, verbose=True)
    without_colours = re.sub("\x1b\\[[0-9;]*m", "", rendered)

    assert not ACTS_ON_A_TERMINAL.search(without_colours)
    assert not commands(without_colours)
    assert "\x1b[1;31m" in rendered


def test_the_oracle_sees_commands() -> None:
    log = "a\n \t::error file=a%3Ab,line=1::x%0Ay\nnot ::error::\nz ##[debug]hidden"

    assert [(c.name, c.properties, c.data) for c in commands(log)] == [
        ("error", {"file": "a:b", "line": "1"}, "x\ny"),
        ("debug", {}, "hidden"),
    ]
    assert {c.name for text in ATTEMPTS for c in commands(text)} >= {
        "error",
        "set-output",
        "add-path",
        "stop-commands",
    }


def test_a_format_is_loaded_when_it_is_used() -> None:
    code = (
        "import sys, flowguard.report\n"
        "print(*(m for m in sys.modules if m.startswith(('rich', 'flowguard.r'))))"
    )
    child = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )

    assert child.stdout.split() == ["flowguard.report"]
