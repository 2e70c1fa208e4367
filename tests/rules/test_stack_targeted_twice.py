"""The rule `stack-targeted-twice`."""

from __future__ import annotations

from typing import Any

import pytest
from fleets import OTHER, found, member

from flowguard.model.places import Location, Severity
from flowguard.rules.stack_targeted_twice import StackTargetedTwice

RULE = StackTargetedTwice()


@pytest.mark.parametrize(
    ("second", "severity"),
    [
        ({"stack": "orders"}, Severity.ERROR),
        ({"stack": "orders", "account": None}, Severity.WARNING),
        ({"stack": "orders", "region": "us-east-1"}, None),
        ({"stack": "orders", "account": OTHER}, None),
        ({"stack": "orders", "account": None, "home": OTHER}, None),
        ({}, None),
    ],
)
def test_a_stack_is_its_name_in_a_region_of_an_account(
    second: dict[str, Any], severity: Severity | None
) -> None:
    findings = found(RULE, member("orders"), member("shop", **second))

    assert [f.severity for f in findings] == ([severity] if severity else [])


def test_the_finding_points_at_the_target() -> None:
    (finding,) = found(RULE, member("orders"), member("shop", stack="orders"))

    assert finding.location == Location("flowguard.yml", 3, 5)
    assert "shop and orders are both the stack 'orders'" in finding.message
