"""What AWS does not undo: each row of the table, both ways round, and the comparison."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowguard.model.places import Location
from flowguard.model.questions import Unknown, UnknownKind, Unresolved
from flowguard.model.readiness import Readiness
from flowguard.plan import versions
from flowguard.plan.irreversible import Side, Undone, Way, undone
from flowguard.template import resource_types
from flowguard.template.irreversible import Kind, Row, rows

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ALL = pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
UNKNOWN = Unresolved(
    "!GetAtt Other.Value",
    Location("template.yaml", 1, 1),
    Unknown(UnknownKind.KNOWN_AFTER_DEPLOY, "later"),
)


def properties(row: Row, value: Any) -> Mapping[str, Any]:
    """The properties of a resource that the row is about, with a value at its path."""
    more = {name: wanted[0].replace("*", "ee") for name, wanted in row.where.items()}
    if isinstance(value, dict) and (not row.property or row.change is Kind.PAST):
        return {**more, **value}
    for name in reversed(row.property.split("/")):
        value = {name: value} if value != "" else {}
    return {**more, **value}


def compare(row: Row, before: Any, after: Any) -> list[Undone]:
    kind = row.types[0].replace("*", "Migration")
    switch = {"UpdatePolicy": {"EnableVersionUpgrade": row.policy[:1] != "!"}}
    old, new = (Side(properties(row, value), switch) for value in (before, after))
    found = undone(kind, old, new, NOW)
    return [one for one in found if one.row.property == row.property]


@ALL
def test_a_deploy_that_makes_the_move(row: Row) -> None:
    found = [one for one in compare(row, *row.example) if one.way is Way.DEPLOY]

    assert [one.verdict for one in found] == ([row.deploy] if row.deploy else [])
    assert all(one.sure and row.why in one.says() for one in found)


@ALL
def test_a_deploy_whose_way_back_makes_the_move(row: Row) -> None:
    both_ways = row.change is Kind.CHANGED and row.deploy is not None
    found = compare(row, *reversed(row.example))

    if row.change is not Kind.PAST and not both_ways:
        assert [(one.way, one.verdict) for one in found] == (
            [(Way.BACK, row.back)] if row.back else []
        )
    assert all(one.sure for one in found)


@ALL
def test_no_change_is_no_concern(row: Row) -> None:
    for value in row.example:
        assert compare(row, value, value) == []


@ALL
def test_what_nobody_knows_is_never_harmless(row: Row) -> None:
    if not row.property or row.change is Kind.PAST:
        return
    found = compare(row, row.example[0], UNKNOWN)

    assert [(one.verdict, one.sure) for one in found] == [(Readiness.AMBER, False)]
    assert "may" in found[0].says()


@ALL
def test_every_row_can_be_read_and_looked_up(row: Row) -> None:
    assert row.deploy or row.back
    assert "https://" in row.source
    assert row.why[-1] != "."
    assert row.way[-1] != "."
    for kind in row.types:
        if "*" not in kind and kind != "AWS::CloudFormation::CustomResource":
            assert resource_types.is_known(kind), kind


def test_there_are_rows_enough() -> None:
    assert len(rows()) == len({row.id for row in rows()}) >= 25


@pytest.mark.parametrize(
    ("engine", "before", "after", "verdict"),
    [
        ("postgres", "14.9", "16.3", Readiness.RED),
        ("postgres", "16.2", "16.3", Readiness.AMBER),
        ("postgres", "16.9", "16.10", Readiness.AMBER),
        ("mysql", "8.0.39", "8.4.3", Readiness.RED),
        ("mysql", "8.0.39", "8.0.40", Readiness.AMBER),
        ("aurora-postgresql", "15.7", "15.12", Readiness.AMBER),
        ("postgres", "14", "14.12", None),
        ("postgres", "14.12", "14", None),
    ],
)
def test_major_and_minor_versions(
    engine: str, before: str, after: str, verdict: Readiness | None
) -> None:
    sides = [Side({"Engine": engine, "EngineVersion": v}) for v in (before, after)]

    found = undone("AWS::RDS::DBInstance", sides[0], sides[1], NOW)

    assert [one.verdict for one in found] == ([verdict] if verdict else [])


def test_storage_that_grows_is_fine_to_deploy_and_not_to_take_back() -> None:
    small, large = (Side({"AllocatedStorage": n}) for n in ("20", 40))

    (grown,) = undone("AWS::RDS::DBInstance", small, large, NOW)
    (shrunk,) = undone("AWS::RDS::DBInstance", large, small, NOW)

    assert grown.says() == (
        "goes from AllocatedStorage 20 to 40, and no rollback can set that back: the "
        "storage of a database cannot shrink"
    )
    assert "which AWS refuses" in shrunk.says()


def test_a_resource_that_is_made_anew_is_no_matter_of_its_version() -> None:
    before = Side({"Engine": "postgres", "EngineVersion": "14.9", "DBName": "a"})
    after = Side({"Engine": "postgres", "EngineVersion": "16.3", "DBName": "b"})

    assert undone("AWS::RDS::DBInstance", before, after, NOW) == ()


def test_a_domain_without_its_switch_is_replaced() -> None:
    old, new = (Side({"EngineVersion": f"OpenSearch_{v}"}) for v in ("1.3", "2.11"))

    (one,) = undone("AWS::OpenSearchService::Domain", old, new, NOW)

    assert (one.way, one.verdict) == (Way.DEPLOY, Readiness.RED)
    assert "new, empty domain" in one.says()


def test_a_policy_that_is_taken_away_deletes_nothing() -> None:
    policy = Side({"LifecyclePolicy": {"LifecyclePolicyText": "{}"}})

    (added,) = undone("AWS::ECR::Repository", Side({}), policy, NOW)

    assert added.way is Way.DEPLOY
    assert undone("AWS::ECR::Repository", policy, Side({}), NOW) == ()


def test_a_runtime_is_refused_from_a_day_on() -> None:
    old, new = (Side({"Runtime": f"nodejs{v}.x"}) for v in (14, 24))
    later = datetime(2027, 3, 4, tzinfo=UTC)

    assert undone("AWS::Lambda::Function", old, new, NOW) == ()
    assert undone("AWS::Lambda::Function", old, new, later)[0].way is Way.BACK


# --- the order of versions ------------------------------------------------------------

ORDERED = [
    ("9.6.24", "10.1"),
    ("14.9", "14.10"),
    ("14.9", "16.3"),
    ("Elasticsearch_7.10", "OpenSearch_1.0"),
    ("OpenSearch_1.3", "OpenSearch_2.11"),
    ("1.28", "1.29"),
    ("1.9", "1.10"),
    ("2.8.1", "3.5.1"),
    ("2.8.2.tiered", "3.7.x"),
    ("6.x", "7.1"),
    ("5.7.mysql_aurora.2.11.2", "8.0.mysql_aurora.3.05.2"),
    ("8.0.mysql_aurora.3.04.1", "8.0.mysql_aurora.3.05.2"),
    ("14.00.3281.6.v1", "15.00.4236.7.v1"),
    ("19.0.0.0.ru-2023-04.rur-2023-04.r1", "19.0.0.0.ru-2023-10.rur-2023-10.r1"),
]


@pytest.mark.parametrize(("old", "new"), ORDERED)
def test_the_order_of_versions_that_aws_has(old: str, new: str) -> None:
    assert versions.is_older(old, new)
    assert not versions.is_older(new, old)


numbers = st.lists(st.integers(0, 999), min_size=1, max_size=4)
prefixes = st.sampled_from(["", "OpenSearch_", "v"])


@given(numbers, numbers, prefixes)
def test_versions_are_in_the_order_of_their_numbers(
    one: list[int], two: list[int], prefix: str
) -> None:
    a, b = (prefix + ".".join(map(str, part)) for part in (one, two))
    length = min(len(one), len(two))

    assert versions.is_older(a, b) == (one[:length] < two[:length])
    assert versions.is_same(a, b) == (one[:length] == two[:length])
    assert not (versions.is_older(a, b) and versions.is_older(b, a))


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_can_be_compared(one: str, two: str) -> None:
    assert not (versions.is_older(one, two) and versions.is_older(two, one))
