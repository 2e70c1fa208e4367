"""The rule `index-changes-irreversible`."""

from __future__ import annotations

import pytest
from kit import check, deployed, planner, stack

from flowguard.lookups import StackResource
from flowguard.model.places import Severity
from flowguard.rules.index_changes_irreversible import IndexChangesIrreversible


def table(*indexes: str) -> str:
    lines = "".join(
        f"            - {{IndexName: {name}, KeySchema: [{{AttributeName: {name[0]}, "
        f"KeyType: HASH}}], Projection: {{ProjectionType: {name[1:] or 'ALL'}}}}}\n"
        for name in indexes
    )
    return (
        "    Resources:\n      Users:\n        Type: AWS::DynamoDB::Table\n"
        "        Properties:\n          TableName: users\n"
        f"          GlobalSecondaryIndexes:{'' if lines else ' []'}\n{lines}"
    )


ROWS = [StackResource("Users", "users", "AWS::DynamoDB::Table", "CREATE_COMPLETE")]


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        ("a", "ab", None),
        ("ab", "a", Severity.WARNING),
        ("a", "b", Severity.ERROR),
        ("", "ab", Severity.ERROR),
        ("ab", "", Severity.ERROR),
        ("ab", "ab", None),
    ],
)
def test_one_index_at_a_time_and_only_added(
    before: str, after: str, severity: Severity | None
) -> None:
    given = deployed(stack(), table(*before), ROWS)

    findings = check(IndexChangesIrreversible(), planner(table(*after)), given).findings

    assert [finding.severity for finding in findings] == (
        [severity] if severity else []
    )
    assert all(finding.location.line == 6 for finding in findings)


def test_an_index_of_another_key_is_made_anew() -> None:
    before = table("a")
    after = before.replace("AttributeName: a", "AttributeName: z")

    (finding,) = check(
        IndexChangesIrreversible(), planner(after), deployed(stack(), before, ROWS)
    ).findings

    assert finding.evidence == (("indexes", "-a +a"),)
