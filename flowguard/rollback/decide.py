"""Facts → the row of the decision table that they call for."""

from __future__ import annotations

from flowguard.rollback.facts import Facts
from flowguard.rollback.row import Row
from flowguard.rollback.table import TABLE


def decide(facts: Facts) -> Row:
    """The first row that holds; the last one always does."""
    return next(row for row in TABLE if holds(row, facts))


def holds(row: Row, facts: Facts) -> bool:
    """Whether all that the row asks for is so."""
    return all(getattr(facts, name) in values for name, values in row.when.items())
