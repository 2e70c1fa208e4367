"""JUnit files, of several test runners, and such as nobody should trust."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowguard.model.smoke import Part, SmokeOutcome
from flowguard.process import junit

PASSED, FAILED, ERRORED = (
    SmokeOutcome.PASSED,
    SmokeOutcome.FAILED,
    SmokeOutcome.ERRORED,
)


def read(folder: Path, text: str | bytes) -> junit.Tests:
    """What a file tells of."""
    path = folder / "junit.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return junit.read(path)


def test_as_pytest_writes_it(tmp_path: Path) -> None:
    text = """<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests">
    <testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4">
    <testcase classname="tests.test_a" name="test_ok" time="0.001"/>
    <testcase classname="tests.test_a" name="test_no"><failure
      message="assert 1 == 2">E   assert 1 == 2</failure></testcase>
    <testcase classname="tests.test_a" name="test_setup"><error
      message="failed on setup">fixture</error></testcase>
    <testcase classname="tests.test_a" name="test_later"><skipped
      message="not now"/></testcase></testsuite></testsuites>"""

    assert read(tmp_path, text) == junit.Tests(
        (
            Part("tests.test_a > test_ok", PASSED),
            Part("tests.test_a > test_no", FAILED, "assert 1 == 2"),
            Part("tests.test_a > test_setup", ERRORED, "failed on setup"),
        ),
        skipped=1,
    )


def test_as_playwright_writes_it(tmp_path: Path) -> None:
    text = """<testsuites><testsuite name="login.spec.ts">
    <testcase name="Login works" classname="login.spec.ts"/>
    <testcase name="Login fails" classname="login.spec.ts">
    <failure message="login.spec.ts:3:1 fails" type="FAILURE"><![CDATA[ why ]]></failure>
    <system-out><![CDATA[ <failure/> ]]></system-out></testcase></testsuite></testsuites>"""

    parts = read(tmp_path, text).parts

    assert [part.outcome for part in parts] == [PASSED, FAILED]


def test_a_failure_without_a_message_tells_its_text(tmp_path: Path) -> None:
    text = """<testsuite><testcase name="a"><failure>
    expected 200,
    got 500</failure></testcase></testsuite>"""

    assert read(tmp_path, text).parts == (Part("a", FAILED, "expected 200, got 500"),)


def test_a_failure_outweighs_an_error_of_the_same_test(tmp_path: Path) -> None:
    text = """<testsuite><testcase name="a"><error message="e"/><failure message="f"/>
    <error message="g"/></testcase></testsuite>"""

    assert read(tmp_path, text).parts == (Part("a", FAILED, "f"),)


def test_suites_may_nest(tmp_path: Path) -> None:
    text = "<testsuite><testsuite><testcase name='a'/></testsuite></testsuite>"

    assert read(tmp_path, text).parts == (Part("a", PASSED),)


def test_other_encodings_are_read(tmp_path: Path) -> None:
    text = "<?xml version='1.0' encoding='utf-16'?><testsuite><testcase name='ü'/></testsuite>"

    assert read(tmp_path, text.encode("utf-16")).parts == (Part("ü", PASSED),)


def test_long_words_are_cut_short(tmp_path: Path) -> None:
    text = f"""<testsuite><testcase name="{"n" * 9000}"><failure
    >{"m " * 900_000}</failure></testcase></testsuite>"""

    (part,) = read(tmp_path, text).parts

    assert len(part.name) <= 500
    assert len(part.message) <= 500


LAUGHS = "<!DOCTYPE t [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><testsuite>&b;</testsuite>"
FETCHES = (
    "<!DOCTYPE t [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><testsuite>&a;</testsuite>"
)
BY_URL = "<!DOCTYPE t SYSTEM 'http://127.0.0.1:1/t.dtd'><testsuite/>"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (LAUGHS, "document type"),
        (FETCHES, "document type"),
        (BY_URL, "document type"),
        ("<testsuite>&undefined;</testsuite>", "no XML"),
        ("<testsuite>" + "<a>" * 200, "nested too deep"),
        ("<html></html>", "its root is 'html'"),
        ("", "no XML"),
        ("{}", "no XML"),
        ("<testsuite></testsuit>", "no XML"),
        (b"<testsuite>\xff\xfe</testsuite>", "no XML"),
        ("<?xml version='1.0' encoding='nothing'?><testsuite/>", "no XML"),
        ("<testsuite>" + "<testcase name='a'/>" * 10_001, "more than 10,000 tests"),
        (b"<testsuite>" + b" " * (21 << 20), "larger than 20 MB"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_no_test_runner_writes_is_refused(
    tmp_path: Path, text: str | bytes, why: str
) -> None:
    with pytest.raises(junit.UnreadableError, match=why):
        read(tmp_path, text)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(junit.UnreadableError):
        junit.read(tmp_path / "gone.xml")
