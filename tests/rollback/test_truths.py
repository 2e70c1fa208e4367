"""Whatever the state, and however far it gets: nothing untrue is said.

Each row of the decision table is walked in each way that a run can end: carried out,
only planned, held for an approval, and refused by AWS at each of its calls. What the
report says is held against what the fake of CloudFormation really serves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cloudformation import denied, serving
from rollback.scenarios import SCENARIOS
from rollback.stage import NAME, WHATEVER, Stage

from flowguard.model.results import Coverage, Report, Target, Verdict
from flowguard.model.rollback import Decision, Live, RollbackReport, StepOutcome
from flowguard.notify.message import event_of, message_of
from flowguard.report import FORMATS
from flowguard.report.rollback.words import headline
from flowguard.rollback.row import TAKEN_BACK, Approval, Row
from flowguard.rollback.table import BY_ID, TABLE

WAYS = ("carried out", "planned", "held", "refused")
DONE = re.compile(
    r"\b(is|are|was|were|has been) (restored|put back|set back|taken back|tried again)"
    r"|: it goes on with"
)
"""Words by which something is told as done."""
OF_BEFORE = ("B11", "R0", "B11f")
"""Rows that tell of what an earlier run has restored."""
CALLS = (
    "cancel_update_stack",
    "continue_update_rollback",
    "create_change_set",
    "delete_object",
    "delete_stack",
    "execute_change_set",
    "rollback_stack",
    "stop_deployment",
)


@pytest.fixture
def stage() -> Iterator[Stage]:
    """An account with nothing in it yet."""
    with serving() as fake:
        yield Stage(fake, fake.direct(), mine=WHATEVER)


def walked(name: str, way: str, stage: Stage) -> tuple[RollbackReport, str, str]:
    """The report, and the code that the stack had at the snapshot and at the start."""
    scenario = SCENARIOS[name]
    wish = stage.wish(**(scenario.arrange(stage) or {}))
    started = code(stage)
    if way == "planned":
        return stage.roll_back(replace(wish, dry_run=True)), "orders/1.zip", started
    if way == "held":
        stage.mine = ""
        return stage.roll_back(wish), "orders/1.zip", started
    if way == "refused":
        for operation in CALLS:
            stage.fake.on(operation, 0, denied)
    report = stage.roll_back(wish)
    if report.needs_approval:
        report = stage.roll_back(replace(wish, approve=report.plan_hash))
    return report, "orders/1.zip", started


def code(stage: Stage) -> str:
    """What the stack's function runs; empty where there is none."""
    try:
        return stage.code()
    except (KeyError, LookupError):
        return ""


def said(report: RollbackReport) -> Iterator[str]:
    """Each sentence of it."""
    yield headline(report)
    yield from report.reasons
    yield from report.to_do
    yield from report.not_rolled_back
    yield report.live


def whole(report: RollbackReport) -> Report:
    """The report of the command."""
    return Report(
        command="rollback",
        target=Target(NAME, None, "eu-central-1", "111122223333"),
        verdict=Verdict.BLOCK,
        results=(),
        coverage=Coverage(),
        started_at=datetime(2026, 1, 18, tzinfo=UTC),
        duration=1.0,
        flowguard_version="0",
        rollback=report,
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_untrue_is_said(name: str, way: str, stage: Stage) -> None:
    report, before, started = walked(name, way, stage)

    match report.live_release:
        case Live.BEFORE:
            assert code(stage) == before or code(stage) == started == kept(stage)
        case Live.PARTS if report.row == "B4":
            assert code(stage) == before
        case Live.DEPLOYED:
            assert code(stage) == started
        case Live.NONE:
            assert code(stage) == ""
        case _:
            pass
    if not acted(report) and report.row not in OF_BEFORE:
        done = [text for text in said(report) if DONE.search(text)]
        assert not done, "nothing was done, in this run or before"
    if "and verified" in headline(report):
        assert report.verified
        assert report.identities or report.live_release is Live.NONE
    if report.not_rolled_back:
        assert report.live_release in {Live.BEFORE, Live.PARTS}
        back = stage.status in TAKEN_BACK or report.row in OF_BEFORE
        assert acted(report) or back or stage.fronts
    if report.steps and not acted(report) and not stage.fronts:
        assert "rolled back" not in headline(report)


def kept(stage: Stage) -> str:
    """The code of the release that the snapshot is of, where that is the live one."""
    before = stage.before
    return code(stage) if before and not before.failed else ""


def acted(report: RollbackReport) -> bool:
    done = {StepOutcome.DONE, StepOutcome.ALREADY}
    return any(s.outcome in done and s.step.settles for s in report.steps)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_format_says_it(name: str, stage: Stage) -> None:
    """What is live, what was not rolled back and what to do stands in each of them."""
    report, _, _ = walked(name, "carried out", stage)
    told = whole(report)
    message = message_of(told, event_of(told), {}).text()

    for form, render in FORMATS.items():
        text = render(told)
        for line in (report.live, *report.not_rolled_back, *report.to_do):
            assert words(line) in words(text), (form, line)
        assert "no rules" not in text
        assert "asked no questions" not in text
    assert words(report.live) in words(message)


def words(text: str) -> str:
    """The letters of a text alone: each format has marks and breaks of its own."""
    text = re.sub(r"&(#\d+|#x[0-9a-f]+|[a-z]+);", "", text)
    return re.sub(r"\\u[0-9a-f]{4}|[^A-Za-z0-9]", "", text)


@pytest.mark.parametrize("row", [row for row in TABLE if row.ends], ids=lambda r: r.id)
def test_a_row_that_acts_does_not_tell_it_as_done(row: Row) -> None:
    """Its words are told of a plan, too, and where AWS refuses the call."""
    assert not DONE.search(row.says)


@pytest.mark.parametrize("name", [n for n in SCENARIOS if "N0" in n])
def test_nothing_is_kept_where_nothing_was_deployed(name: str, stage: Stage) -> None:
    report, _, _ = walked(name, "carried out", stage)

    assert not any("keep the deploy" in text for text in said(report))
    assert "nothing was deployed" in report.live


def test_what_waits_for_an_approval_is_held(stage: Stage) -> None:
    """The walk above does hold what it says that it holds."""
    held = [n for n in SCENARIOS if BY_ID[n.split()[0]].approval is Approval.OURS]
    report, _, _ = walked(held[0], "held", stage)

    assert report.needs_approval
    assert report.decision is Decision.ROLL_BACK
