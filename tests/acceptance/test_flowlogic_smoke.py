"""Nothing fails, run after run, where nothing is broken."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flowlogic_backend.service import PEOPLE
from flowlogic_backend.trial import SUITE, an_account, deployed

from flowguard.model import SmokeOutcome, SmokeReport, Verdict
from flowguard.smoke.verdict import verdict

RUNS = 200
AT_ONCE = 8
SPEED = 10.0
QUIET = {SmokeOutcome.PASSED, SmokeOutcome.SLOW}
"""A machine that is busy with other things is slow, and that warns."""


@pytest.mark.timeout(600)
def test_nothing_fails_in_200_runs() -> None:
    with an_account() as account, deployed(account) as service:
        # As a deploy has it: held against a run from before.
        baseline = service.before()

        def once(number: int) -> SmokeReport:
            beside = baseline if number % 2 else None
            return service.tested(baseline=beside, speed=SPEED)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            reports = list(pool.map(once, range(RUNS)))

    phases = [one for report in reports for one in report.phases]
    results = [one for report in reports for one in report.results]
    assert not [one for one in phases if one.outcome not in QUIET]
    assert not [one for one in results if one.outcome not in QUIET]
    assert [verdict(report, SUITE.gate) for report in reports] == [Verdict.PASS] * RUNS
    assert len(service.backend.users) == PEOPLE
    assert not account.pool.users
