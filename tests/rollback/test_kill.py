"""Killed at any point, the command run again goes on, and does nothing twice."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from cloudformation import Fake
from rollback.scenarios import SCENARIOS
from rollback.stage import NAME, WHATEVER, Stage

from flowguard.model.rollback import Decision, RollbackReport
from flowguard.rollback.exit_codes import exit_code
from flowguard.rollback.health import Diagnosis, Health
from flowguard.rollback.look import Wish
from flowguard.rollback.table import TABLE


class Killed(BaseException):
    """SIGKILL: nothing of the run's own is done any more."""


ACTING = [*{row.how: row.id for row in reversed(TABLE)}.values()]
"""One row for each thing that is done."""
ASKED = Diagnosis(Health.ASKED)


class Fuse:
    """Ends the run at its nth call, once AWS has taken it.

    That is also before the call that comes next.
    """

    def __init__(self, stage: Stage, call: int, signal: type[BaseException]) -> None:
        self.blown = False
        self._handle: Callable[..., Any] = stage.fake.handle
        self._left = call
        self._signal = signal
        stage.fake.handle = self  # type: ignore[method-assign]

    def __call__(self, service: str, name: str, asked: dict[str, Any]) -> Any:
        """Stand before the account."""
        answer = self._handle(service, name, asked)
        self._left -= 1
        if self._left == 0:
            self.blown = True
            raise self._signal
        return answer


def interrupted(stage: Stage, wish: Wish) -> RollbackReport | None:
    """The report of a run, if it came to one."""
    try:
        return stage.roll_back(wish)
    except Killed:
        return None


@pytest.mark.parametrize("name", ACTING)
def test_a_run_killed_at_any_call_is_gone_on_with(name: str) -> None:
    reports = [*stopped(name, Killed)]

    assert reports
    assert not any(reports)


@pytest.mark.parametrize("name", ["B1", "B3", "A3d"])
def test_a_run_that_is_told_to_end_says_what_to_do(name: str) -> None:
    for report in stopped(name, KeyboardInterrupt):
        assert report
        assert report.decision is Decision.STOP
        assert exit_code(report) == 3
        assert any(what.endswith("run this again") for what in report.to_do)


def stopped(name: str, signal: type[BaseException]) -> Iterator[RollbackReport | None]:
    """What came of each run that ended at a call, from the first one on.

    Each was gone on with, and ended as one that nobody ends.
    """
    expected = SCENARIOS[name]
    for call in itertools.count(1):
        fake = Fake()
        stage = Stage(fake, fake.direct(), mine=WHATEVER)
        asked = expected.arrange(stage) or {}
        wish = approving(stage, stage.wish(**{**asked, "diagnosis": ASKED}), name)
        begun = count(stage)
        fuse = Fuse(stage, call, signal)
        first = interrupted(stage, wish)
        if not fuse.blown:
            return

        last = to_the_end(stage, wish)

        assert exit_code(last) == expected.code, (call, last)
        assert stage.status == expected.status or not expected.status
        assert count(stage) - begun == operations(name), call
        yield first


def approving(stage: Stage, wish: Wish, name: str) -> Wish:
    """By the stack's id, and with the hash of the plan that it makes."""
    if NAME in stage.fake.lifecycle.stacks:
        wish = replace(wish, stack=stage.id)
    if not SCENARIOS[name].approved:
        return wish
    return replace(wish, approve=stage.roll_back(wish).plan_hash)


def to_the_end(stage: Stage, wish: Wish) -> RollbackReport:
    """Run it again, as a person would whom it tells to."""
    report = stage.roll_back(wish)
    for _ in range(3):
        if not any(what.endswith("run this again") for what in report.to_do):
            break
        report = stage.roll_back(wish)
    return report


def count(stage: Stage) -> int:
    """How many operations there were on the stack."""
    there = NAME in stage.fake.lifecycle.stacks
    return len(stage.fake.stack(NAME).operations) if there else 0


@cache
def operations(name: str) -> int:
    """How many of them a run begins that nobody ends."""
    fake = Fake()
    stage = Stage(fake, fake.direct(), mine=WHATEVER)
    asked = SCENARIOS[name].arrange(stage) or {}
    wish = approving(stage, stage.wish(**{**asked, "diagnosis": ASKED}), name)
    begun = count(stage)
    stage.roll_back(wish)
    return count(stage) - begun
