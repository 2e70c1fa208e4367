"""The rule `name-claimed-twice`."""

from __future__ import annotations

from typing import Any

import pytest
from fleets import BUCKET, OTHER, ROLE, TABLE, compared, found, member

from flowguard.model.places import Location, Severity
from flowguard.model.results import Outcome, Verdict
from flowguard.rules.name_claimed_twice import NameClaimedTwice

RULE = NameClaimedTwice()
US = {"region": "us-east-1"}
CHINA = {"region": "cn-north-1"}


@pytest.mark.parametrize(
    ("kind", "second", "count"),
    [
        (TABLE, {}, 1),
        (TABLE, US, 0),
        (TABLE, {"account": OTHER}, 0),
        (ROLE, {}, 1),
        (ROLE, US, 1),
        (ROLE, {"account": OTHER}, 0),
        (BUCKET, {"account": OTHER, **US}, 1),
        (BUCKET, {"account": OTHER, **CHINA}, 0),
        ("AWS::Cognito::UserPoolDomain", {"account": OTHER}, 1),
        ("AWS::Cognito::UserPoolDomain", US, 0),
        (TABLE, {"stack": "orders"}, 0),
    ],
)
def test_a_name_is_unique_as_far_as_its_type_says(
    kind: str, second: dict[str, Any], count: int
) -> None:
    names = ((kind, "users", "Users"),)

    findings = found(
        RULE,
        member("orders", names=names),
        member("shop", names=names, **second),
    )

    assert len(findings) == count


def test_names_that_differ_in_type_or_text_are_two() -> None:
    assert not found(
        RULE,
        member("orders", names=((TABLE, "users", "Users"),)),
        member("shop", names=((TABLE, "carts", "T"), (ROLE, "users", "R"))),
    )


def test_the_finding_points_at_both() -> None:
    (finding,) = found(
        RULE,
        member("orders", names=((TABLE, "users", "Users"),)),
        member("shop", names=((TABLE, "users", "People"),)),
    )

    assert finding.severity is Severity.ERROR
    assert finding.logical_id == "People"
    assert finding.location == Location("shop.yaml", 5, 7)
    assert finding.related_locations == (
        ("Users of orders is here", Location("orders.yaml", 5, 7)),
    )
    assert "shop would take the name 'users', as orders would" in finding.message


def test_an_account_that_is_not_known_is_a_doubt() -> None:
    names = ((TABLE, "users", "Users"),)

    (finding,) = found(
        RULE,
        member("orders", names=names),
        member("shop", names=names, account=None),
    )

    assert finding.severity is Severity.WARNING
    assert finding.message.endswith("if their account is the same")


@pytest.mark.parametrize(("home", "count"), [(OTHER, 0), (None, 1)])
def test_the_configuration_says_where_a_target_is_that_did_not_ask(
    home: str | None, count: int
) -> None:
    names = ((TABLE, "users", "Users"),)

    findings = found(
        RULE,
        member("orders", names=names),
        member("shop", names=names, account=None, home=home),
    )

    assert len(findings) == count


def test_three_claimants_are_two_findings() -> None:
    names = ((TABLE, "users", "Users"),)

    findings = found(RULE, *(member(name, names=names) for name in "abc"))

    assert len(findings) == 2


def test_a_target_without_a_report_leaves_it_open() -> None:
    fleet = compared(RULE, member("orders"), missing="shop")

    (result,) = fleet.between.results
    assert result.outcome is Outcome.INCONCLUSIVE
    assert fleet.verdict is Verdict.INCONCLUSIVE
    assert "the report of the target shop" in result.unknowns[0].lookup
