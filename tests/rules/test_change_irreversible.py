"""The rule `change-irreversible`."""

from __future__ import annotations

import pytest
from kit import check, deployed, planner, stack

from flowguard.lookups import StackResource
from flowguard.model.places import Severity
from flowguard.model.results import Outcome
from flowguard.rules.change_irreversible import ChangeIrreversible

DATABASE = """\
    Parameters: {{Version: {{Type: String, Default: "14.9"}}}}
    Resources:
      Db:
        Type: AWS::RDS::DBInstance
        DeletionPolicy: Snapshot
        UpdateReplacePolicy: Snapshot
        Properties:
          Engine: postgres
          EngineVersion: {version}
          AllocatedStorage: {storage}
    """
ROWS = [StackResource("Db", "orders-db", "AWS::RDS::DBInstance", "CREATE_COMPLETE")]


def database(version: str, storage: str = "20") -> str:
    return DATABASE.format(version=version, storage=storage)


def test_an_upgrade_that_no_rollback_takes_back() -> None:
    given = deployed(stack(), database("'14.9'"), ROWS)

    (finding,) = check(
        ChangeIrreversible(), planner(database("'16.3'")), given
    ).findings

    assert (finding.logical_id, finding.severity) == ("Db", Severity.ERROR)
    assert finding.location.line == 9
    assert finding.message == (
        "Db (AWS::RDS::DBInstance) goes from EngineVersion 14.9 to 16.3, and no "
        "rollback can set that back: RDS never goes back to an earlier engine version"
    )
    assert (
        "right after `aws rds create-db-snapshot --db-instance-identifier orders-db "
        "--db-snapshot-identifier before-deploy`" in finding.help
    )
    assert "--accept change-irreversible" in finding.help
    assert "https://docs.aws.amazon.com" in dict(finding.evidence)["source"]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (("'16.2'", "20"), ("'16.3'", "20"), [Severity.WARNING]),
        (("'16.3'", "20"), ("'16.3'", "40"), [Severity.WARNING]),
        (("'16.3'", "40"), ("'16.3'", "20"), [Severity.ERROR]),
        (("'16.3'", "20"), ("'14.9'", "20"), [Severity.ERROR]),
        (("'16.3'", "20"), ("16.3", "'20'"), []),
        (("!Ref Version", "20"), ("!Ref Version", "20"), []),
    ],
)
def test_which_changes_it_finds(
    before: tuple[str, str], after: tuple[str, str], found: list[Severity]
) -> None:
    given = deployed(stack(), database(*before), ROWS)

    findings = check(ChangeIrreversible(), planner(database(*after)), given).findings

    assert [finding.severity for finding in findings] == found


def test_a_parameter_is_compared_by_its_value() -> None:
    now = stack(parameters=(("Version", "14.9"),))
    given = deployed(now, database("!Ref Version"), ROWS)
    plans = planner(database("!Ref Version"), parameters={"Version": "16.3"})

    (finding,) = check(ChangeIrreversible(), plans, given).findings

    assert "from EngineVersion 14.9 to 16.3" in finding.message


def test_a_value_that_nobody_knows_is_a_warning() -> None:
    given = deployed(stack(), database("'14.9'"), ROWS)
    plans = planner(database("!GetAtt Db.Endpoint.Port"))

    (finding,) = check(ChangeIrreversible(), plans, given).findings

    assert finding.severity is Severity.WARNING
    assert "may go from EngineVersion 14.9 to !GetAtt" in finding.message


def test_a_new_database_has_nothing_to_go_back_to() -> None:
    given = deployed(stack(), "    Resources: {T: {Type: AWS::SNS::Topic}}\n", [])

    result = check(ChangeIrreversible(), planner(database("'16.3'")), given)

    assert result.outcome is Outcome.PASSED


def test_an_attribute_of_a_user_pool_stays() -> None:
    text = (
        "    Resources:\n      Users:\n        Type: AWS::Cognito::UserPool\n"
        "        Properties: {{Schema: [{schema}]}}\n"
    )
    rows = [StackResource("Users", "eu_1", "AWS::Cognito::UserPool", "CREATE_COMPLETE")]
    given = deployed(stack(), text.format(schema="{Name: plan}"), rows)
    added = planner(text.format(schema="{Name: plan}, {Name: team}"))

    (finding,) = check(ChangeIrreversible(), added, given).findings

    assert finding.severity is Severity.WARNING
    assert "changes Schema (team), and no rollback" in finding.message
    assert "Cognito lets nobody change or delete an attribute" in finding.message
    assert "--resources-to-skip" in finding.help


def test_an_attribute_of_a_user_pool_that_is_changed_is_refused() -> None:
    text = (
        "    Resources:\n      Users:\n        Type: AWS::Cognito::UserPool\n"
        "        Properties: {{Schema: [{{Name: email, Required: {required}}}]}}\n"
    )
    rows = [StackResource("Users", "eu_1", "AWS::Cognito::UserPool", "CREATE_COMPLETE")]
    given = deployed(stack(), text.format(required="false"), rows)

    (finding,) = check(
        ChangeIrreversible(), planner(text.format(required="true")), given
    ).findings

    assert finding.severity is Severity.ERROR
    assert "changes Schema (email), which AWS refuses" in finding.message
    assert "write Schema again, as it is deployed" in finding.help
