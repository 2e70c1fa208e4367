"""The example's smoke tests as a pipeline runs them, and run after run."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flowlogic_backend.breaks import Break
from flowlogic_backend.service import PEOPLE, RELEASE
from flowlogic_backend.trial import EXAMPLE, SUITE, Deployed, an_account, deployed

from flowguard.model.results import Verdict
from flowguard.model.smoke import SmokeOutcome, SmokeReport
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


def flowguard_smoke(service: Deployed, *options: str) -> tuple[int, str]:
    """The exit code of the command, and what it prints."""
    command = (sys.executable, "-m", "flowguard", "smoke", "--spec", "smoke.yml")
    stack = ("--stack-name", service.account.deploy(service.url))
    ran = subprocess.run(
        (*command, *stack, "--format", "plain", *options),
        cwd=EXAMPLE,
        env={
            **os.environ,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "eu-central-1",
            "GITHUB_SHA": RELEASE,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_a_deploy_that_drops_the_authorizer_is_blocked(tmp_path: Path) -> None:
    """On the wall clock, as a process: a baseline, the deploy, the judgement."""
    before = str(tmp_path / "before.json")
    with an_account() as account, deployed(account, Break.LIST_ENDLESS) as service:
        taken = flowguard_smoke(service, "--baseline", before)
        same = flowguard_smoke(service, "--against", before)
        service.backend.broken = {*service.backend.broken, Break.AUTHORIZER_GONE}
        broken = flowguard_smoke(service, "--against", before)

    assert taken[0] == 0, taken[1]
    assert same[0] == 0, same[1]
    assert broken[0] == 1, broken[1]
    assert "GET /users answers 200 to anybody: its authorizer is gone" in broken[1]
    assert not account.pool.users
