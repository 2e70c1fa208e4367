"""The decision table is the one place that knows its rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import flowguard
from flowguard.model.rollback import Decision, Live, RollbackReport
from flowguard.report.rollback.words import headline
from flowguard.rollback.exit_codes import GO, NOT_ROLLED_BACK, exit_code
from flowguard.rollback.proof import Acted, live
from flowguard.rollback.row import Exit, Row, when
from flowguard.rollback.table import BY_ID, TABLE, row_of
from flowguard.rollback.table.deployed import SAME

SOURCES = Path(flowguard.__file__).parent
OWN = SOURCES / "rollback" / "table"
AN_ID = re.compile(rf"(?<![\w-])(?:{'|'.join(BY_ID)})(?![\w-])")


def test_no_row_is_named_outside_the_table() -> None:
    named = [
        f"{path.relative_to(SOURCES)}:{number}: {line.strip()}"
        for path in sorted(SOURCES.rglob("*.py"))
        if OWN not in path.parents
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if AN_ID.search(line)
    ]

    assert not named, "say what follows from a row in a field of `Row`"


def test_each_row_has_an_id_of_its_own() -> None:
    assert len(BY_ID) == len(TABLE) + 1
    assert BY_ID[SAME.id] is SAME
    assert not TABLE[-1].when, "the last row always holds"


def test_what_follows_from_a_row_is_said_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    serves = (Live.OTHER, "what the owl brought")
    row = Row(
        "X1",
        "an owl came",
        when(),
        Decision.KEEP,
        exit=Exit.GO_IF_ASKED,
        headline="an owl has it",
        live=serves,
    )
    monkeypatch.setitem(BY_ID, row.id, row)
    report = RollbackReport(Decision.KEEP, row.id, status_after="UPDATE_COMPLETE")

    assert exit_code(report) == GO
    assert exit_code(report, verifying=True) == NOT_ROLLED_BACK
    assert headline(report) == "an owl has it"
    assert live("UPDATE_COMPLETE", row, Acted.NOT) == serves


@pytest.mark.parametrize("name", ["", "Z9"])
def test_nothing_follows_from_a_row_that_is_not_there(name: str) -> None:
    """A report of a deploy that nobody looked at has no row; one that another version
    wrote, or a token of its, may have a row that this one does not know."""
    row = row_of(name)
    report = RollbackReport(Decision.KEEP, name, status_after="UPDATE_COMPLETE")

    assert (row.headline, row.live) == ("", None)
    assert exit_code(report) == NOT_ROLLED_BACK
