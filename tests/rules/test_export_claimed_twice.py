"""The rule `export-claimed-twice`."""

from __future__ import annotations

from typing import Any

import pytest
from fleets import OTHER, found, member

from flowguard.model.places import Location, Severity
from flowguard.rules.export_claimed_twice import ExportClaimedTwice

RULE = ExportClaimedTwice()


@pytest.mark.parametrize(
    ("second", "count"),
    [
        ({}, 1),
        ({"region": "us-east-1"}, 0),
        ({"account": OTHER}, 0),
        ({"stack": "orders"}, 0),
    ],
)
def test_an_export_is_unique_in_a_region_of_an_account(
    second: dict[str, Any], count: int
) -> None:
    findings = found(
        RULE,
        member("orders", exports_added=("api",)),
        member("shop", exports_added=("api",), **second),
    )

    assert len(findings) == count


def test_the_finding_points_at_both() -> None:
    (finding,) = found(
        RULE,
        member("orders", exports_added=("api",)),
        member("shop", exports_added=("api", "other")),
    )

    assert finding.severity is Severity.ERROR
    assert finding.location == Location("shop.yaml", 9, 3)
    assert finding.related_locations == (
        ("orders exports it here", Location("orders.yaml", 9, 3)),
    )
