"""The rule `import-of-removed-export`."""

from __future__ import annotations

from typing import Any

import pytest
from fleets import OTHER, found, member

from flowguard.model.places import Location, Severity
from flowguard.rules.import_of_removed_export import ImportOfRemovedExport

RULE = ImportOfRemovedExport()


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("importer", "count"),
    [
        ({}, 1),
        ({"region": "us-east-1"}, 0),
        ({"account": OTHER}, 0),
        ({"stack": "network"}, 0),
    ],
)
def test_whoever_comes_first(importer: dict[str, Any], count: int, order: int) -> None:
    members = [
        member("network", exports_removed=("vpc",)),
        member("shop", imports=("vpc", "zone"), **importer),
    ]

    assert len(found(RULE, *members[::order])) == count


def test_the_finding_points_at_the_import_and_the_export() -> None:
    (finding,) = found(
        RULE,
        member("network", exports_removed=("vpc",)),
        member("shop", imports=("vpc",)),
    )

    assert finding.severity is Severity.ERROR
    assert finding.location == Location("shop.yaml", 9, 3)
    assert finding.related_locations == (
        ("network would remove it", Location("network.yaml", 9, 3)),
    )
    assert "deploy shop without Fn::ImportValue: vpc first" in finding.help
