"""Every row of the decision table, end to end, through boto3."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cloudformation import serving
from rollback.scenarios import SCENARIOS
from rollback.stage import WHATEVER, Stage

from flowguard.rollback.exit_codes import exit_code
from flowguard.rollback.row import Approval
from flowguard.rollback.table import BY_ID


@pytest.fixture
def stage() -> Iterator[Stage]:
    """An account with nothing in it yet."""
    with serving() as fake:
        yield Stage(fake, fake.aws(), mine=WHATEVER)


@pytest.mark.parametrize("row", BY_ID)
def test_decision_table_has_a_scenario_for_each_row(row: str) -> None:
    assert row in SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_decision_table(name: str, stage: Stage) -> None:
    scenario, row = SCENARIOS[name], BY_ID[name.split(maxsplit=1)[0]]
    wish = stage.wish(**(scenario.arrange(stage) or {}))
    stage.lines.clear()

    report = stage.approved(wish) if scenario.approved else stage.roll_back(wish)

    assert any(line.startswith(f"{row.id}: ") for line in stage.lines) or (
        report.row == row.id
    )
    assert stage.changed() == scenario.calls(stage)
    assert exit_code(report) == scenario.code, report
    assert report.verified is scenario.verified, report.identities
    assert scenario.approved is (row.approval is Approval.ASK)
    if scenario.status:
        assert stage.status == scenario.status
