"""What was found before the deploy, and the file that keeps it."""

from __future__ import annotations

import json
import pathlib
from datetime import UTC, datetime
from typing import Any

import pytest

from flowguard.errors import ConfigError
from flowguard.model.places import Location
from flowguard.model.smoke import SmokeOutcome
from flowguard.smoke.baseline import (
    Baseline,
    CheckBaseline,
    fingerprint,
    read,
    stranger,
    suite_fingerprint,
    write,
)
from flowguard.smoke.expectation import Expect
from flowguard.smoke.failures import Failure, Kind
from flowguard.smoke.request import RequestSpec, Step
from flowguard.smoke.suite import Check, Gate, Http, Suite

PLACE = "https://api.example.org"


def check(name: str = "users", path: str = "/users", line: int = 3) -> Check:
    place = Location("smoke.yml", line, 1)
    step = Step(RequestSpec("GET", path), Expect(), location=place)
    return Check(name, Http((step,)), location=place)


def baseline(*checks: Check, base: str = PLACE) -> Baseline:
    entries = (
        CheckBaseline(
            one.name,
            fingerprint(one),
            SmokeOutcome.PASSED,
            passed=3,
            failed=1,
            times=(0.05, 0.051),
            dependencies=(("dynamodb", SmokeOutcome.FAILED),),
            failures=(Failure(Kind.ANSWER, 1, ("json status",)),),
        )
        for one in checks
    )
    taken = datetime(2026, 1, 18, 12, 0, tzinfo=UTC)
    return Baseline(taken, suite_fingerprint(Suite(checks)), base, tuple(entries))


def test_what_is_written_is_read_again(tmp_path: pathlib.Path) -> None:
    path, taken = tmp_path / "new" / "baseline.json", baseline(check())
    write(taken, path)

    assert read(path) == taken
    assert [one.name for one in path.parent.iterdir()] == ["baseline.json"]


def test_a_check_keeps_its_baseline_when_it_moves_in_its_file() -> None:
    moved = check(line=99)

    assert baseline(check()).of("users", fingerprint(moved))


@pytest.mark.parametrize("changed", [check(path="/people"), check(name="people")])
def test_a_check_that_was_changed_has_no_baseline(changed: Check) -> None:
    assert baseline(check()).of(changed.name, fingerprint(changed)) is None


def test_a_baseline_of_this_suite_is_no_stranger() -> None:
    assert stranger(baseline(check()), Suite((check(),)), PLACE) == ""


def test_a_baseline_of_another_place_is_told() -> None:
    said = stranger(baseline(check()), Suite((check(),)), "https://other.example.org")

    assert said == f"the baseline is of {PLACE}, and is not used"


def test_a_baseline_of_another_spec_is_told() -> None:
    suite = Suite((check(), check("new", "/new")))

    assert stranger(baseline(check()), suite, PLACE) == (
        "the baseline is of another version of the spec: it knows 1 of 2 checks"
    )


@pytest.mark.parametrize(
    ("outcome", "passed", "failed", "broken"),
    [
        (SmokeOutcome.FAILED, 0, 2, True),
        (SmokeOutcome.INCONCLUSIVE, 5, 5, True),
        (SmokeOutcome.INCONCLUSIVE, 8, 2, False),
        (SmokeOutcome.PASSED, 4, 0, False),
        (SmokeOutcome.ERRORED, 0, 0, False),
    ],
)
def test_a_check_was_broken_already(
    outcome: SmokeOutcome, passed: int, failed: int, broken: bool
) -> None:
    found = CheckBaseline("users", "", outcome, passed, failed)

    assert found.broken(Gate()) is broken


def spoilt(**changes: Any) -> str:
    entry = {
        "name": "users",
        "fingerprint": "f",
        "outcome": "passed",
        "passed": 2,
        "failed": 0,
        "unmeasured": 0,
        "times": [0.1],
        "dependencies": {},
    }
    document = {
        "schema": "flowguard.baseline/1",
        "taken_at": "2026-01-18T12:00:00Z",
        "suite": "s",
        "base": PLACE,
        "checks": [entry | changes],
    }
    return json.dumps(document)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "\0",
        "[" * 100_000,
        '{"schema": "flowguard.report/1"}',
        '{"schema": "flowguard.baseline/1"}',
        spoilt(passed=-1),
        spoilt(passed=True),
        spoilt(failed="2"),
        spoilt(unmeasured=10**30),
        spoilt(times=[float("nan")]),
        spoilt(times=[float("inf")]),
        spoilt(times=[-1]),
        spoilt(times=[10**400]),
        spoilt(times="fast"),
        spoilt(outcome="splendid"),
        spoilt(outcome=[]),
        spoilt(dependencies=[]),
        spoilt(dependencies={"s3": {}}),
        spoilt(name=1),
        spoilt().replace("2026-01-18T12:00:00Z", "yesterday"),
        spoilt().replace('"checks": [', '"checks": [7, '),
    ],
)
def test_a_file_of_others_is_refused(tmp_path: pathlib.Path, text: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)

    with pytest.raises(ConfigError, match="cannot be read as a baseline"):
        read(path)


def test_bytes_that_are_no_text_are_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_bytes(b"\xff\xfe{}")

    with pytest.raises(ConfigError, match="it is no JSON"):
        read(path)


def test_a_file_that_is_not_there_is_told(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read(tmp_path / "baseline.json")


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match="cannot be written"):
        write(baseline(), tmp_path / "file" / "baseline.json")
