"""The decision table: which state calls for what. Data; `decide` reads it.

The rows are in order, and the first one that holds is the answer. A row that needs
an approval is printed, with a hash, and carried out once that hash is given back.
All that follows from a row is said in it: no code outside of this folder names one.
"""

from __future__ import annotations

from flowguard.model.rollback import Decision
from flowguard.rollback.row import Row, when
from flowguard.rollback.table.deployed import DEPLOYED, SAME
from flowguard.rollback.table.failed import FAILED
from flowguard.rollback.table.restored import RESTORED_BEFORE
from flowguard.rollback.table.stuck import STUCK
from flowguard.rollback.table.unsettled import UNSETTLED

TABLE: tuple[Row, ...] = (
    *UNSETTLED,
    *RESTORED_BEFORE,
    *STUCK,
    *FAILED,
    *DEPLOYED,
    Row(
        "S10",
        "the stack is in a state that nothing is known to mend",
        when(),
        Decision.STOP,
        advice=("ask AWS Support, with the stack's id and its failed events",),
    ),
)
"""Every row, in the order in which they are asked."""

BY_ID = {row.id: row for row in (*TABLE, SAME)}

_NO_ROW = Row("", "no row was read", when(), Decision.STOP)


def row_of(name: str) -> Row:
    """The row of an id, as a report or a token has it; one from which nothing follows
    where the table has none of that name."""
    return BY_ID.get(name, _NO_ROW)
