"""A baseline that the first attempt of a run may have spoilt excuses nothing."""

from __future__ import annotations

import pytest

from flowguard.cli.smoke_session import is_run_again
from flowguard.model.results import Verdict
from flowguard.model.smoke import SmokeOutcome, SmokePhase, SmokeReport, SmokeResult
from flowguard.smoke.doubt import doubted
from flowguard.smoke.suite import Gate
from flowguard.smoke.verdict import verdict


@pytest.mark.parametrize(
    ("attempt", "again"), [("", False), ("1", False), ("2", True), ("x", False)]
)
def test_a_workflow_says_whether_it_is_run_again(
    attempt: str, again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_RUN_ATTEMPT", attempt)

    assert is_run_again() is again


def test_what_was_broken_before_is_no_pass_then() -> None:
    broken = SmokeResult("health", SmokeOutcome.PRE_EXISTING)
    soak = SmokePhase("soak", SmokeOutcome.PRE_EXISTING)
    report = SmokeReport((broken,), (soak,))
    assert verdict(report, Gate()) is not Verdict.INCONCLUSIVE

    found = doubted(report)

    assert verdict(found, Gate()) is Verdict.INCONCLUSIVE
    assert "run was run again" in found.results[0].message
    assert "--keep" in found.results[0].help


def test_what_passed_or_failed_stays_so() -> None:
    both = (
        SmokeResult("health", SmokeOutcome.PASSED),
        SmokeResult("users", SmokeOutcome.FAILED),
    )

    assert doubted(SmokeReport(both)) == SmokeReport(both)
